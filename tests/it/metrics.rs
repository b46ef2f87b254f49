//! Metrics through the OpenTelemetry API: the conventions' names, units, bounds and labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use opentelemetry::metrics::{InstrumentProvider, Meter, MeterProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use tracing::info_span;
use tracing_genai::{GenAiSpanExt as _, Usage};

use crate::support::{DEADLINE, Memory};

mod observers;

/// A provider of the SDK, and what it has exported.
struct Measured {
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

/// Labels as text, and the value: a counter's, or a histogram's count and sum.
type Series = BTreeMap<String, (u64, f64)>;

impl Measured {
    fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let provider =
            SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exporter.clone()).build()).build();
        Self { provider, exporter }
    }

    fn memory(&self) -> Memory {
        Memory::with(|builder| builder.with_meter_provider(&self.provider))
    }

    fn collect(&self, memory: &Memory) -> Vec<ResourceMetrics> {
        memory.telemetry.flush(DEADLINE);
        self.provider.force_flush().unwrap();
        self.exporter.get_finished_metrics().unwrap()
    }

    /// The series of one metric.
    fn series(&self, memory: &Memory, name: &str) -> Series {
        let mut found = Series::new();
        for resource in self.collect(memory) {
            for metric in resource.scope_metrics().flat_map(ScopeMetrics::metrics).filter(|m| m.name() == name) {
                match metric.data() {
                    AggregatedMetrics::F64(data) => put(&mut found, data, |value| *value),
                    AggregatedMetrics::U64(data) => {
                        put(&mut found, data, |value| u32::try_from(*value).unwrap().into());
                    }
                    AggregatedMetrics::I64(_) => panic!("{name} is signed"),
                }
            }
        }
        found
    }
}

fn put<T: Copy + std::fmt::Debug>(into: &mut Series, data: &MetricData<T>, number: fn(&T) -> f64) {
    match data {
        MetricData::Sum(sum) => {
            assert!(sum.is_monotonic());
            for point in sum.data_points() {
                into.insert(told(point.attributes()), (1, number(&point.value())));
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                into.insert(told(point.attributes()), (point.count(), number(&point.sum())));
            }
        }
        other => panic!("{other:?}"),
    }
}

fn told<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut told: Vec<String> = attributes.map(|kv| format!("{}={}", kv.key, kv.value)).collect();
    told.sort();
    told.join(" ")
}

#[test]
fn a_call_is_measured_under_the_conventions_names_and_labels() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        for _ in 0..2 {
            let call = info_span!("c", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
            call.record_usage(Usage::new(1_000_000, 500_000));
            call.record_response_model("gpt-4o-mini-2024-07-18");
            call.record_attribute("server.address", "api.openai.com").record_attribute("server.port", 443_i64);
            call.record_attribute("gen_ai.response.time_to_first_chunk", 0.25);
        }
        info_span!("find", span_type = "retrieval", data_source = "policies");
        info_span!("work", span_type = "agent");
        info_span!("none of ours");
    });
    let base = "gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=gpt-4o-mini \
                gen_ai.response.model=gpt-4o-mini-2024-07-18";
    let call = format!("{base} server.address=api.openai.com server.port=443");

    let tokens = measured.series(&memory, "gen_ai.client.token.usage");
    let labelled = |token_type| call.replace(" server.a", &format!(" gen_ai.token.type={token_type} server.a"));
    assert_eq!(tokens, Series::from([(labelled("input"), (2, 2_000_000.0)), (labelled("output"), (2, 1_000_000.0))]));
    let durations = measured.series(&memory, "gen_ai.client.operation.duration");
    assert_eq!(durations.len(), 2, "the call and the retrieval: {durations:?}");
    assert_eq!(durations[&call].0, 2);
    let first = measured.series(&memory, "gen_ai.client.operation.time_to_first_chunk");
    assert_eq!(first, Series::from([(call.clone(), (2, 0.5))]));
    let money = "gen_ai.provider.name=openai gen_ai.request.model=gpt-4o-mini \
                 gen_ai.response.model=gpt-4o-mini-2024-07-18 tracing_genai.cost.source=catalogue";
    let cost = measured.series(&memory, "tracing_genai.cost");
    assert_eq!(cost.keys().collect::<Vec<_>>(), [money]);
    assert!((cost[money].1 - 0.9).abs() < 1e-9, "{cost:?}");
    assert_eq!(measured.series(&memory, "tracing_genai.unpriced_tokens"), Series::new());
}

#[test]
fn with_newer_names_inference_is_measured_as_a_family_of_its_own_by_modality() {
    let measured = Measured::new();
    let memory = Memory::with(|builder| builder.with_meter_provider(&measured.provider).with_newer_names());
    memory.run(|| {
        let usage = Usage::new(1_000, 500).cache_read(300).cache_write(200).reasoning(100).audio_input(50);
        let call = info_span!("c", span_type = "llm", model = "m");
        call.record_usage(usage).record_attribute("gen_ai.response.time_to_first_chunk", 0.25);
        info_span!("e", span_type = "embedding", model = "m").record_usage(Usage::new(10, 0));
    });
    let of = |name: &str| measured.series(&memory, &format!("gen_ai.client.inference.{name}"));
    let chat = "gen_ai.operation.name=chat gen_ai.request.model=m";
    let by = |modality: &str| format!("{chat} gen_ai.token.modality={modality}");
    let input = of("usage.input_tokens");
    assert_eq!((input[&by("text")].1, input[&by("audio")].1), (950.0, 50.0));
    assert_eq!(of("usage.output_tokens")[&by("text")], (1, 500.0));
    assert_eq!(of("usage.cache_read.input_tokens")[&by("text")], (1, 300.0));
    assert_eq!(of("usage.cache_write.input_tokens")[&by("text")], (1, 200.0));
    assert_eq!(of("usage.reasoning.output_tokens")[&by("text")], (1, 100.0));
    assert_eq!(of("operation.input_tokens")[chat], (1, 1_000.0));
    assert_eq!(of("operation.output_tokens")[chat], (1, 500.0));
    assert_eq!(of("time_to_first_chunk")[chat], (1, 0.25));
    assert_eq!(of("duration").keys().collect::<Vec<_>>(), [chat]);
    // An embedding is no inference.
    let others = measured.series(&memory, "gen_ai.client.operation.duration");
    assert_eq!(others.keys().collect::<Vec<_>>(), ["gen_ai.operation.name=embeddings gen_ai.request.model=m"]);
    assert_eq!(measured.series(&memory, "gen_ai.client.token.usage"), Series::new());
}

#[test]
fn instruments_have_the_conventions_units_and_bounds() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        info_span!("c", span_type = "llm", model = "m").record_usage(Usage::new(5, 5));
    });
    let (mut units, mut bounds) = (BTreeMap::new(), BTreeMap::new());
    for resource in measured.collect(&memory) {
        for scope in resource.scope_metrics() {
            assert_eq!(scope.scope().name(), "tracing-genai");
            assert_eq!(scope.scope().schema_url(), Some(tracing_genai::conventions::SCHEMA_URL));
            for metric in scope.metrics() {
                units.insert(metric.name().to_owned(), metric.unit().to_owned());
                assert!(!metric.description().is_empty());
                let histogram = match metric.data() {
                    AggregatedMetrics::F64(MetricData::Histogram(data)) => {
                        data.data_points().next().map(|point| point.bounds().collect::<Vec<_>>())
                    }
                    AggregatedMetrics::U64(MetricData::Histogram(data)) => {
                        data.data_points().next().map(|point| point.bounds().collect::<Vec<_>>())
                    }
                    _ => None,
                };
                bounds.extend(histogram.map(|bounds| (metric.name().to_owned(), (bounds[0], *bounds.last().unwrap()))));
            }
        }
    }
    let expected = [
        ("gen_ai.client.operation.duration", "s"),
        ("gen_ai.client.token.usage", "{token}"),
        ("tracing_genai.unpriced_tokens", "{token}"),
        ("otel.sdk.span.live", "{span}"),
        ("otel.sdk.processor.span.processed", "{span}"),
        ("otel.sdk.processor.span.queue.size", "{span}"),
        ("otel.sdk.exporter.span.inflight", "{span}"),
        ("otel.sdk.exporter.span.exported", "{span}"),
        ("tracing_genai.span.spooled", "{span}"),
        ("tracing_genai.span.shed", "{span}"),
        ("tracing_genai.span.unmeasured", "{span}"),
        ("tracing_genai.content.shed", "By"),
        ("tracing_genai.buffer.size", "By"),
        ("tracing_genai.buffer.capacity", "By"),
    ];
    assert_eq!(units, expected.map(|(name, unit)| (name.to_owned(), unit.to_owned())).into());
    assert_eq!(bounds["gen_ai.client.operation.duration"], (0.01, 81.92));
    assert_eq!(bounds["gen_ai.client.token.usage"], (1.0, 67_108_864.0));
}

#[test]
fn a_tool_that_a_client_of_mcp_calls_is_none_of_the_operations_of_a_client_of_models() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        info_span!("tools/call", otel.kind = "client", gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "w");
        info_span!("find", span_type = "retrieval", data_source = "policies");
    });
    let durations = measured.series(&memory, "gen_ai.client.operation.duration");
    assert_eq!(durations.keys().collect::<Vec<_>>(), ["gen_ai.operation.name=retrieval"]);
}

#[test]
fn a_failed_call_tells_its_error_and_tokens_without_an_amount_are_counted_with_the_reason() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        let call = info_span!("c", span_type = "llm", provider = "openai", model = "no-such-model");
        call.record_usage(Usage::new(7, 3));
        let failed = info_span!("c", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        failed.record_error_type("rate_limit_exceeded");
    });
    let durations = measured.series(&memory, "gen_ai.client.operation.duration");
    assert_eq!(durations.keys().filter(|labels| labels.starts_with("error.type=rate_limit_exceeded ")).count(), 1);
    let unpriced = measured.series(&memory, "tracing_genai.unpriced_tokens");
    let labels = |token_type| {
        format!(
            "gen_ai.provider.name=openai gen_ai.request.model=no-such-model gen_ai.token.type={token_type} \
             tracing_genai.cost.status=unknown_model"
        )
    };
    assert_eq!(unpriced, Series::from([(labels("input"), (1, 7.0)), (labels("output"), (1, 3.0))]));
    assert_eq!(measured.series(&memory, "tracing_genai.cost"), Series::new());
}

#[test]
fn a_call_that_two_spans_tell_of_is_measured_once() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        let mine = info_span!("mine", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        mine.in_scope(|| {
            let theirs = info_span!("theirs", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
            theirs.record_usage(Usage::new(100, 10));
        });
        mine.record_usage(Usage::new(100, 10));
    });
    let tokens = measured.series(&memory, "gen_ai.client.token.usage");
    assert_eq!(tokens.values().map(|(count, _)| count).sum::<u64>(), 2, "{tokens:?}");
    let durations = measured.series(&memory, "gen_ai.client.operation.duration");
    assert_eq!(durations.values().map(|(count, _)| count).sum::<u64>(), 1);
}

#[test]
fn a_call_of_which_the_outer_span_alone_knows_the_tokens_is_measured_once() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        for inner_cost in [None, Some(0.5)] {
            let mine = info_span!("mine", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
            mine.in_scope(|| {
                let theirs = info_span!("theirs", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
                inner_cost.map(|usd| theirs.record_cost(usd));
            });
            mine.record_usage(Usage::new(1_000_000, 0));
        }
    });
    let durations = measured.series(&memory, "gen_ai.client.operation.duration");
    assert_eq!(durations.values().map(|(count, _)| count).sum::<u64>(), 2, "{durations:?}");
    let tokens = measured.series(&memory, "gen_ai.client.token.usage");
    assert_eq!(tokens.values().map(|(_, sum)| sum).sum::<f64>().to_string(), "2000000");
    let cost = measured.series(&memory, "tracing_genai.cost");
    assert_eq!(cost.values().map(|(_, usd)| usd).sum::<f64>().to_string(), "0.65");
    assert_eq!(measured.series(&memory, "tracing_genai.unpriced_tokens"), Series::new());
}

#[test]
fn no_value_of_a_scope_is_a_label() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        for user in 0..3 {
            let scope = tracing_genai::Scope::new().with_conversation(format!("c-{user}")).with_session("s");
            let scope = scope.with_user(format!("u-{user}")).with_tenant("acme").with_cost_centre("emea");
            scope.with_tag("beta").with_metadata("plan", "gold").in_scope(|| {
                info_span!("c", span_type = "llm", model = "m").record_usage(Usage::new(5, 5));
            });
        }
    });
    let durations = measured.series(&memory, "gen_ai.client.operation.duration");
    assert_eq!(durations.keys().collect::<Vec<_>>(), ["gen_ai.operation.name=chat gen_ai.request.model=m"]);
    let tokens = measured.series(&memory, "gen_ai.client.token.usage");
    assert_eq!(tokens.len(), 2, "{tokens:?}");
}

#[test]
fn a_flood_of_models_stays_bounded_and_keeps_the_sums() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        for model in 0..1_200 {
            info_span!("c", span_type = "llm", model = format!("m{model}")).record_cost(0.5);
        }
    });
    let cost = measured.series(&memory, "tracing_genai.cost");
    assert_eq!(cost.len(), 1_001);
    assert!((cost["otel.metric.overflow=true"].1 - 100.0).abs() < 1e-9);
    assert!((cost.values().map(|(_, usd)| usd).sum::<f64>() - 600.0).abs() < 1e-9);
    assert_eq!(memory.report().measurements_unlabelled(), 400, "cost and duration of 200 calls");
}

#[test]
fn labels_are_redacted_as_spans_are() {
    let measured = Measured::new();
    let memory = measured.memory();
    memory.run(|| {
        let call = info_span!("c", span_type = "llm", model = "for bob@example.com");
        call.record_usage(Usage::new(1, 1));
    });
    let tokens = measured.series(&memory, "gen_ai.client.token.usage");
    assert!(!format!("{tokens:?}").contains("bob@"), "{tokens:?}");
}

#[test]
fn a_meter_provider_that_panics_costs_no_span() {
    struct Broken;
    impl InstrumentProvider for Broken {
        fn f64_histogram(
            &self,
            _: opentelemetry::metrics::HistogramBuilder<'_, opentelemetry::metrics::Histogram<f64>>,
        ) -> opentelemetry::metrics::Histogram<f64> {
            struct Panics;
            impl opentelemetry::metrics::SyncInstrument<f64> for Panics {
                fn measure(&self, _: f64, _: &[KeyValue]) {
                    panic!("no");
                }
            }
            opentelemetry::metrics::Histogram::new(Arc::new(Panics))
        }
    }
    impl MeterProvider for Broken {
        fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
            Meter::new(Arc::new(Self))
        }
    }
    let memory = Memory::with(|builder| builder.with_meter_provider(&Broken));
    let (spans, log) = memory.run_logged(|| {
        drop(info_span!("c", span_type = "llm", model = "m"));
    });
    assert_eq!(spans.len(), 1);
    log.line_with("the meter provider panicked");
}
