//! Odd input: nothing panics in the application, nothing typed is wrong, and each loss is in the `Report`.

use std::future::Future;
use std::time::Duration;

use opentelemetry::Value;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData, SpanExporter};
use tracing::{Span, info_span};
use tracing_genai::{GenAiSpanExt, LossReason, Payload, Usage};

use crate::support::{DEADLINE, Memory, builder, get, named, text};

#[test]
fn a_model_that_is_none_leaves_the_name_without_it() {
    let memory = Memory::new();
    let long = "m".repeat(1 << 20);
    let spans = memory.run(|| {
        drop(info_span!("a", span_type = "llm", model = "", provider = "empty"));
        drop(info_span!("b", span_type = "llm", model = long.as_str(), provider = "long"));
        drop(info_span!("c", span_type = "llm", model = true, provider = "bool"));
    });
    assert_eq!(spans.len(), 3);
    let by_provider =
        |name: &str| spans.iter().find(|span| text(span, "gen_ai.provider.name").as_deref() == Some(name)).unwrap();
    assert_eq!(by_provider("empty").name, "chat");
    assert_eq!(by_provider("long").name, "chat");
    assert!(text(by_provider("long"), "gen_ai.request.model").unwrap().len() < 70_000, "shortened");
    assert_eq!(by_provider("bool").name, "chat true");
}

#[test]
fn textual_counts_are_kept_as_text_and_counted() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "llm", model = "m", input_tokens = "twelve");
        span.record_usage(Usage::new(1, u64::MAX));
        span.record("input_tokens", "twelve");
    });
    let chat = named(&spans, "chat m");
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), None);
    assert_eq!(text(chat, "tracing_genai.invalid.gen_ai.usage.input_tokens").as_deref(), Some("twelve"));
    assert_eq!(get(chat, "gen_ai.usage.output_tokens"), None);
    assert_eq!(memory.telemetry.report().values_invalid(), 2);
}

#[test]
fn an_unknown_span_type_leaves_as_it_is() {
    let memory = Memory::new();
    let spans = memory.run(|| drop(info_span!("mine", span_type = "teapot", model = "m")));
    let mine = named(&spans, "mine");
    assert_eq!(text(mine, "span_type").as_deref(), Some("teapot"));
    assert_eq!(text(mine, "gen_ai.request.model").as_deref(), Some("m"));
}

#[test]
fn a_span_entered_from_two_threads_is_one_span() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "tool", tool = "shared");
        std::thread::scope(|threads| {
            for part in ["app.first", "app.second"] {
                let span = span.clone();
                threads.spawn(move || {
                    span.in_scope(|| {
                        span.record_attribute(part, true);
                    });
                });
            }
        });
    });
    let shared = named(&spans, "execute_tool shared");
    assert_eq!(get(shared, "app.first"), Some(&Value::Bool(true)));
    assert_eq!(get(shared, "app.second"), Some(&Value::Bool(true)));
}

#[test]
fn a_span_that_closes_after_the_shutdown_is_counted_as_lost() {
    let memory = Memory::new();
    let subscriber =
        tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), memory.telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        let open = info_span!("open", span_type = "tool", tool = "open");
        drop(info_span!("ended", span_type = "tool", tool = "ended"));
        let report = memory.telemetry.shutdown(DEADLINE);
        assert!(report.is_complete(), "{report}");
        open.record_model("late");
        drop(open);
    });
    let report = memory.telemetry.shutdown(DEADLINE);
    assert_eq!(report.lost_by(LossReason::AtShutdown), 1, "{report}");
    assert_eq!(report.delivered(), 1);
}

#[test]
fn ten_thousand_children_and_a_depth_of_a_thousand_arrive() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        info_span!("wide", span_type = "agent", agent = "wide").in_scope(|| {
            for _ in 0..10_000 {
                drop(info_span!("leaf", span_type = "tool", tool = "leaf"));
            }
        });
        let mut entered = vec![info_span!("deep", span_type = "agent", agent = "deep").entered()];
        for _ in 0..1_000 {
            entered.push(info_span!("level", span_type = "chain", workflow = "level").entered());
        }
        while let Some(span) = entered.pop() {
            drop(span);
        }
    });
    assert_eq!(spans.len(), 10_000 + 1 + 1_000 + 1);
    assert!(memory.telemetry.report().is_complete());
}

#[test]
fn bytes_that_are_no_text_become_text() {
    let memory = Memory::with(|builder| builder.with_content(tracing_genai::Content::span_only()));
    let spans = memory.run(|| {
        info_span!("a", span_type = "tool", tool = "t").record_input(Payload::bytes(b"caf\xe9"));
    });
    assert_eq!(text(named(&spans, "execute_tool t"), "gen_ai.tool.call.arguments").as_deref(), Some("caf\u{fffd}"));
}

#[test]
fn what_a_span_is_survives_three_hundred_attributes_and_five_hundred_events() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "llm", model = "m");
        for number in 0..300_i64 {
            span.record_attribute(format!("app.n{number}"), number);
        }
        span.in_scope(|| {
            for number in 0..500 {
                tracing::info!(number, "line");
            }
        });
        span.record_usage(Usage::new(5, 6));
    });
    let chat = named(&spans, "chat m");
    assert_eq!(get(chat, "gen_ai.usage.output_tokens"), Some(&Value::I64(6)));
    assert_eq!(text(chat, "span_type").as_deref(), Some("llm"));
    assert!(chat.attributes.len() <= 140, "{}", chat.attributes.len());
    assert!(chat.dropped_attributes_count > 0);
    assert_eq!(chat.events.events.len(), 128);
}

/// Panics, or blocks for ever, in every export.
#[derive(Debug)]
struct Broken {
    blocks: bool,
}

impl SpanExporter for Broken {
    fn export(&self, _batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let blocks = self.blocks;
        async move {
            assert!(blocks, "an exporter of somebody else");
            std::future::pending().await
        }
    }
}

#[test]
fn a_destination_that_panics_or_blocks_touches_no_other_one() {
    for blocks in [false, true] {
        let well = InMemorySpanExporter::default();
        let telemetry =
            builder().with_span_exporter(Broken { blocks }).with_span_exporter(well.clone()).build().unwrap();
        tracing::subscriber::with_default(
            tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), telemetry.layer()),
            || drop(info_span!("a", span_type = "tool", tool = "t")),
        );
        let report = telemetry.shutdown(Duration::from_secs(2));
        assert_eq!(report.destinations()[1].delivered(), 1, "{report}");
        let reason = if blocks { LossReason::AtShutdown } else { LossReason::DestinationPanicked };
        assert_eq!((report.delivered(), report.lost_by(reason)), (1, 1), "{report}");
    }
}

#[test]
fn recording_on_no_span_is_nothing() {
    Span::none().record_model("m").record_error(&std::fmt::Error).record_usage(Usage::new(1, 2));
    Span::current().record_output("x");
}
