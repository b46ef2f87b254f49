//! Finish reasons in one list.

use opentelemetry::{Array, StringValue, Value};

use crate::conventions::attribute;
use crate::span::Span;

/// Messages above this are not searched for a reason.
const MAX_MESSAGES: usize = 64 * 1_024;
/// Messages must say something; some clients say that they do not know.
const UNKNOWN: &str = "unknown";
/// The member of a message.
const FINISH_REASON: &str = "finish_reason";

/// Adds what was recorded one by one to what stands on the span. Where nothing does, the messages may tell.
pub(super) fn reasons(span: &mut Span, recorded: Vec<String>) {
    // Reasons recorded by our trait are the later and fuller word.
    let reasons = if !recorded.is_empty() {
        recorded
    } else if span.get(attribute::GEN_AI_RESPONSE_FINISH_REASONS).is_none() {
        of_messages(span)
    } else {
        return;
    };
    if !reasons.is_empty() {
        let reasons: Vec<StringValue> = reasons.into_iter().map(StringValue::from).collect();
        span.set(attribute::GEN_AI_RESPONSE_FINISH_REASONS, Value::Array(Array::String(reasons)));
    }
}

fn of_messages(span: &Span) -> Vec<String> {
    let messages = span.text(attribute::GEN_AI_OUTPUT_MESSAGES);
    let Some(text) = messages.filter(|text| text.len() <= MAX_MESSAGES && text.contains(FINISH_REASON)) else {
        return Vec::new();
    };
    let messages: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let reasons = messages.iter().filter_map(|message| message.get(FINISH_REASON)?.as_str());
    reasons.filter(|reason| !reason.is_empty() && *reason != UNKNOWN).map(str::to_owned).collect()
}
