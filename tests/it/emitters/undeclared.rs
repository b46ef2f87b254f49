//! Values that are recorded into fields which the current span never declared.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::Empty;
use tracing::span::{Attributes, Id, Record};
use tracing::{Span, Subscriber, info_span};
use tracing_genai::{GenAiSpanExt, Usage};
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

#[test]
fn a_call_that_has_counts_or_failed_or_might_have_had_some_is_not_told() {
    let (_, log) = Memory::new().run_logged(|| {
        info_span!("recorded", span_type = "llm").record_usage(Usage::new(1, 2));
        info_span!("failed", span_type = "llm", error.type = "timeout").in_scope(|| {});
        info_span!("declared", span_type = "llm", input_tokens = Empty).in_scope(|| {});
        info_span!("tool", span_type = "tool").in_scope(|| {});
        info_span!("plain").in_scope(record_into_the_current_span);
    });
    assert_eq!(log.lines_with("ended without usage"), Vec::<String>::new());
}
