//! Finish reasons in one list.

use opentelemetry::{Array, StringValue, Value};

use crate::conventions::attribute;
use crate::span::Span;

/// Adds what was recorded one by one to what stands on the span.
pub(super) fn reasons(span: &mut Span, recorded: Vec<String>) {
    if recorded.is_empty() {
        return;
    }
    // Reasons recorded by our trait are the later and fuller word.
    let reasons: Vec<StringValue> = recorded.into_iter().map(StringValue::from).collect();
    span.set(attribute::GEN_AI_RESPONSE_FINISH_REASONS, Value::Array(Array::String(reasons)));
}
