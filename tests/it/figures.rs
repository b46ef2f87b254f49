//! The report's numbers as metrics: what an exporter of metrics gets is what the report says.

use std::collections::BTreeMap;

use opentelemetry::KeyValue;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing::info_span;
use tracing_genai::{Content, GenAiSpanExt, LossReason, Report};

use crate::shedding::gate;
use crate::support::{DEADLINE, Memory};

const PROCESSED: &str = "otel.sdk.processor.span.processed";
const QUEUE: &str = "otel.sdk.processor.span.queue.size";
const CAPACITY: &str = "otel.sdk.processor.span.queue.capacity";
const INFLIGHT: &str = "otel.sdk.exporter.span.inflight";
const EXPORTED: &str = "otel.sdk.exporter.span.exported";
const LIVE: &str = "otel.sdk.span.live";

/// By metric, and by the last part of the component's name with the error.
type Values = BTreeMap<(String, String), i64>;

/// A provider of the SDK, and what it tells.
struct Measured {
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

impl Measured {
    fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        Self { provider: SdkMeterProvider::builder().with_reader(reader).build(), exporter }
    }

    fn now(&self) -> Values {
        self.exporter.reset();
        self.provider.force_flush().unwrap();
        let collected = self.exporter.get_finished_metrics().unwrap();
        let metrics = collected.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
        let mut values = Values::new();
        for metric in metrics {
            let mut put = |value: i64, labels: &mut dyn Iterator<Item = &KeyValue>| {
                let known = values.insert((metric.name().to_owned(), told(labels)), value);
                assert!(known.is_none(), "two values of one series of {}", metric.name());
            };
            match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) if sum.is_monotonic() => {
                    sum.data_points().for_each(|at| put(at.value().try_into().unwrap(), &mut at.attributes()));
                }
                AggregatedMetrics::I64(MetricData::Sum(sum)) if !sum.is_monotonic() => {
                    sum.data_points().for_each(|at| put(at.value(), &mut at.attributes()));
                }
                // Those of calls.
                _ => {}
            }
        }
        values
    }
}

/// `otlp_http_span_exporter collector:4318 refused`, without the number of the telemetry in this process.
fn told(labels: &mut dyn Iterator<Item = &KeyValue>) -> String {
    let labels: BTreeMap<String, String> = labels.map(|kv| (kv.key.to_string(), kv.value.to_string())).collect();
    let name = labels.get("otel.component.name").map(|name| name.split('/').next().unwrap());
    let error = labels.get("error.type").map(String::as_str);
    let sampled = labels.get("otel.span.sampling_result").map(String::as_str);
    assert_eq!(name.is_some(), labels.contains_key("otel.component.type"), "{labels:?}");
    [name, error, sampled].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What the report says, as metrics would.
fn expected(report: &Report) -> Values {
    let mut values = Values::new();
    let mut put = |metric: &str, labels: String, value: u64| {
        values.insert((metric.to_owned(), labels), value.try_into().unwrap());
    };
    let lost = |part: &str, count: &dyn Fn(LossReason) -> u64, put: &mut dyn FnMut(String, u64)| {
        for (reason, word) in [
            (LossReason::QueueFull, "queue_full"),
            (LossReason::ExporterFailed, "exporter_failed"),
            (LossReason::Refused, "refused"),
        ] {
            if count(reason) > 0 {
                put(format!("{part} {word}"), count(reason));
            }
        }
    };
    let (mut in_queue, mut shed, mut shed_bytes) = (report.waiting(), report.shed(), report.shed_bytes());
    for part in report.destinations() {
        let name = part.name().to_owned();
        put(EXPORTED, name.clone(), part.delivered());
        put(INFLIGHT, name.clone(), part.waiting());
        put("tracing_genai.span.spooled", name.clone(), part.spooled());
        put("tracing_genai.span.shed", name.clone(), part.shed());
        put("tracing_genai.content.shed", name.clone(), part.shed_bytes());
        lost(&name, &|reason| part.lost_by(reason), &mut |labels, spans| put(EXPORTED, labels, spans));
        in_queue -= part.waiting();
        shed -= part.shed();
        shed_bytes -= part.shed_bytes();
    }
    let own = "tracing_genai::GenAiSpanProcessor";
    put(QUEUE, own.to_owned(), in_queue);
    put("tracing_genai.span.shed", own.to_owned(), shed);
    put("tracing_genai.content.shed", own.to_owned(), shed_bytes);
    put("tracing_genai.span.unmeasured", own.to_owned(), report.unmeasured());
    let in_queue =
        |reason| report.lost_by(reason) - report.destinations().iter().map(|part| part.lost_by(reason)).sum::<u64>();
    lost(own, &in_queue, &mut |labels, spans| put(PROCESSED, labels, spans));
    values
}

/// Of each value that the report has, the metric has the same.
#[track_caller]
fn assert_told(measured: &Measured, report: &Report) -> Values {
    let values = measured.now();
    for (series, value) in expected(report) {
        assert_eq!(values.get(&series), Some(&value), "{series:?} in {values:#?}\n{report}");
    }
    values
}

/// Takes nothing.
#[derive(Debug)]
struct Failing;

impl SpanExporter for Failing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure("away".to_owned()))
    }
}

#[test]
fn metrics_tell_what_the_report_says() {
    const CALLS: u32 = 1_000;
    let measured = Measured::new();
    let (gate, redaction) = gate();
    let memory = Memory::with(|builder| {
        let variables = |name: &str| (name == "OTEL_BSP_MAX_QUEUE_SIZE").then(|| "900".to_owned());
        builder
            .with_env(variables)
            .with_span_exporter(Failing)
            .with_meter_provider(&measured.provider)
            .with_queue_bytes(1 << 20)
            .with_content(Content::span_only())
            .with_redaction(redaction)
    });
    memory.run(|| {
        drop(info_span!("first"));
        gate.reached.recv_timeout(DEADLINE).unwrap();
        let open = info_span!("open");
        let _open = open.enter();
        for _ in 0..CALLS {
            info_span!("call", span_type = "llm").record_input("why? ".repeat(1_000));
        }
        // The worker stands still.
        let report = memory.report();
        assert!(report.shed() > 0 && report.lost_by(LossReason::QueueFull) > 0 && report.waiting() > 0, "{report}");
        let values = assert_told(&measured, &report);
        let of = |name: &str, labels: &str| values.get(&(name.to_owned(), labels.to_owned())).copied();
        assert_eq!(of(LIVE, "RECORD_AND_SAMPLE"), Some(1), "{values:#?}");
        assert_eq!(of(CAPACITY, "tracing_genai::GenAiSpanProcessor"), Some(900));
        assert_eq!(of("tracing_genai.buffer.capacity", "tracing_genai::GenAiSpanProcessor"), Some(1 << 20));
        assert!(of("tracing_genai.buffer.size", "tracing_genai::GenAiSpanProcessor") > Some(1 << 18));
        drop(gate);
    });
    memory.telemetry.flush(DEADLINE);
    let report = memory.report();
    let [failed, kept] = report.destinations() else { panic!("{report}") };
    let spans = kept.delivered();
    assert!(spans > 0 && failed.lost_by(LossReason::ExporterFailed) > 0 && report.waiting() == 0, "{report}");
    let values = assert_told(&measured, &report);
    let processed = values[&(PROCESSED.to_owned(), "tracing_genai::GenAiSpanProcessor".to_owned())];
    assert_eq!(processed, i64::try_from(spans + kept.lost()).unwrap());
    assert_eq!(values[&(LIVE.to_owned(), "RECORD_AND_SAMPLE".to_owned())], 0);
    assert_eq!(values[&("tracing_genai.buffer.size".to_owned(), "tracing_genai::GenAiSpanProcessor".to_owned())], 0);
}
