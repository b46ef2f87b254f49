//! Values that are recorded into fields which the current span never declared.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt as _;
use futures::executor::block_on;
use serde_json::json;
use tracing::field::Empty;
use tracing::span::{Attributes, Id, Record};
use tracing::{Span, Subscriber, info_span};
use tracing_genai::{Api, GenAiSpanExt, GenAiStreamExt as _, Usage};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::Memory;

/// As rig up to 0.40 does: into whatever span is current.
fn record_into_the_current_span() {
    Span::current().record("gen_ai.usage.input_tokens", 310_u64).record("gen_ai.usage.output_tokens", 42_u64);
}

#[derive(Clone, Default)]
struct Records(Arc<AtomicU64>);

impl<S: Subscriber> Layer<S> for Records {
    fn on_new_span(&self, _attrs: &Attributes<'_>, _id: &Id, _ctx: Context<'_, S>) {}

    fn on_record(&self, _id: &Id, _values: &Record<'_>, _ctx: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn tracing_drops_them_before_any_layer_hears_of_them() {
    let records = Records::default();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(records.clone()), || {
        info_span!("mine", span_type = "llm").in_scope(record_into_the_current_span);
        assert_eq!(records.0.load(Ordering::Relaxed), 0);
        info_span!("mine", gen_ai.usage.input_tokens = Empty).in_scope(record_into_the_current_span);
        assert_eq!(records.0.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_call_that_ends_without_counts_is_told_once_for_each_call_site() {
    let (_, log) = Memory::new().run_logged(|| {
        for _ in 0..3 {
            info_span!("plan", span_type = "llm", model = "m").in_scope(record_into_the_current_span);
        }
    });
    let line = log.line_with("ended without usage");
    for part in ["\"plan\"", file!(), "record_usage", "input_tokens"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

/// What a stream of OpenAI's chat sends, without usage unless it was asked for it.
fn events(with_usage: bool) -> impl futures::Stream<Item = serde_json::Value> + Unpin {
    let mut events = vec![
        json!({"id": "c-1", "model": "m", "choices": [{"index": 0, "delta": {"content": "Left."}}]}),
        json!({"id": "c-1", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
    ];
    if with_usage {
        events.push(json!({"choices": [], "usage": {"prompt_tokens": 812, "completion_tokens": 140}}));
    }
    futures::stream::iter(events)
}

#[test]
fn a_stream_that_was_not_asked_for_usage_is_told_how_to_ask() {
    let (_, log) = Memory::new().run_logged(|| {
        for _ in 0..2 {
            let stream = events(false).in_genai_span(info_span!("ask", span_type = "llm", input_tokens = Empty));
            assert_eq!(block_on(stream.with_response(Api::OpenAiChat, |event| event).count()), 2);
        }
    });
    let line = log.line_with("ended without usage");
    for part in ["\"ask\"", file!(), r#""stream_options": {"include_usage": true}"#] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert!(!line.contains("Declare"), "{line}");
}

#[test]
fn a_stream_that_told_all_it_could_is_not_told_of() {
    let (_, log) = Memory::new().run_logged(|| {
        let with_usage = events(true).in_genai_span(info_span!("whole", span_type = "llm"));
        block_on(with_usage.with_response(Api::OpenAiChat, |event| event).count());
        let at_finish_reason = events(true).in_genai_span(info_span!("finish reason", span_type = "llm"));
        block_on(at_finish_reason.with_response(Api::OpenAiChat, |event| event).take(2).count());
        let early = events(true).in_genai_span(info_span!("early", span_type = "llm"));
        block_on(early.with_response(Api::OpenAiChat, |event| event).take(1).count());
        let other = events(false).in_genai_span(info_span!("other", span_type = "llm"));
        block_on(other.with_response(Api::Anthropic, |event| event).count());
    });
    assert_eq!(log.lines_with("ended without usage"), Vec::<String>::new());
}

#[test]
fn a_span_around_a_call_that_is_counted_is_not_told_of() {
    let (_, log) = Memory::new().run_logged(|| {
        info_span!("wrapper", span_type = "llm", model = "m").in_scope(|| {
            info_span!("call", span_type = "llm", model = "m").record_usage(Usage::new(812, 140));
        });
    });
    assert_eq!(log.lines_with("ended without usage"), Vec::<String>::new());
}

#[test]
fn a_call_that_has_counts_or_failed_or_might_have_had_some_is_not_told() {
    let (_, log) = Memory::new().run_logged(|| {
        info_span!("recorded", span_type = "llm").record_usage(Usage::new(1, 2));
        info_span!("failed", span_type = "llm", error.type = "timeout").in_scope(|| {});
        info_span!("declared", span_type = "llm", input_tokens = Empty).in_scope(|| {});
        info_span!("tool", span_type = "tool").in_scope(|| {});
        info_span!("answered", span_type = "llm").record_response(Api::OpenAiChat, "<html>502 Bad Gateway</html>");
        info_span!("plain").in_scope(record_into_the_current_span);
    });
    assert_eq!(log.lines_with("ended without usage"), Vec::<String>::new());
}
