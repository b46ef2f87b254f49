//! Input and output, under the key that the span's type has for them.

use serde_json::json;

use crate::conventions::{SpanType, attribute};
use crate::record::{Form, Payload};
use crate::span::Span;

/// Whether a payload went in or came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

/// Puts recorded payloads, and those of the short fields `input` and `output`, where backends look for them.
pub(super) fn place(span: &mut Span, span_type: Option<SpanType>, input: Option<Payload>, output: Option<Payload>) {
    let input = input.or_else(|| generic(span, attribute::INPUT_VALUE, attribute::INPUT_MIME_TYPE, span_type));
    let output = output.or_else(|| generic(span, attribute::OUTPUT_VALUE, attribute::OUTPUT_MIME_TYPE, span_type));
    if let Some(payload) = input {
        put(span, span_type, Direction::In, payload);
    }
    if let Some(payload) = output {
        put(span, span_type, Direction::Out, payload);
    }
}

/// A value under the generic key of a span whose type has a better one.
fn generic(span: &mut Span, key: &str, mime_key: &str, span_type: Option<SpanType>) -> Option<Payload> {
    let specific = match span_type {
        Some(SpanType::Llm | SpanType::Agent | SpanType::Chain | SpanType::Tool) => true,
        Some(SpanType::Retrieval | SpanType::Memory) => key == attribute::INPUT_VALUE,
        _ => false,
    };
    // The other representation stands there already, or backends read no other.
    if !specific || span.get(mime_key).is_some() {
        return None;
    }
    let text = span.text(key)?.to_owned();
    span.remove(key);
    Some(if is_json_document(&text) { Payload::json(text) } else { Payload::text(text) })
}

fn put(span: &mut Span, span_type: Option<SpanType>, direction: Direction, payload: Payload) {
    let input = direction == Direction::In;
    match span_type {
        Some(SpanType::Llm | SpanType::Agent | SpanType::Chain) => {
            let key = if input { attribute::GEN_AI_INPUT_MESSAGES } else { attribute::GEN_AI_OUTPUT_MESSAGES };
            span.set(key, messages(payload, direction));
        }
        Some(SpanType::Tool) => {
            let key = if input { attribute::GEN_AI_TOOL_CALL_ARGUMENTS } else { attribute::GEN_AI_TOOL_CALL_RESULT };
            span.set(key, payload.body);
        }
        Some(SpanType::Retrieval) if input => span.set(attribute::GEN_AI_RETRIEVAL_QUERY_TEXT, payload.body),
        Some(SpanType::Retrieval) if is_json_array(&payload) => {
            span.set(attribute::GEN_AI_RETRIEVAL_DOCUMENTS, payload.body);
        }
        Some(SpanType::Memory) if input => span.set(attribute::GEN_AI_MEMORY_QUERY_TEXT, payload.body),
        Some(SpanType::Memory) if is_json_array(&payload) => span.set(attribute::GEN_AI_MEMORY_RECORDS, payload.body),
        _ => {
            let (key, mime_key) = if input {
                (attribute::INPUT_VALUE, attribute::INPUT_MIME_TYPE)
            } else {
                (attribute::OUTPUT_VALUE, attribute::OUTPUT_MIME_TYPE)
            };
            span.set(mime_key, if payload.form == Form::Text { "text/plain" } else { "application/json" });
            span.set(key, payload.body);
        }
    }
}

/// Messages as they are; anything else as the one text of one message.
fn messages(payload: Payload, direction: Direction) -> String {
    if payload.form == Form::Messages || (payload.form == Form::Json && are_messages(&payload.body)) {
        return payload.body;
    }
    let part = json!([{ "type": "text", "content": payload.body }]);
    match direction {
        Direction::In => json!([{ "role": "user", "parts": part }]),
        Direction::Out => json!([{ "role": "assistant", "parts": part, "finish_reason": "stop" }]),
    }
    .to_string()
}

/// GenAI messages are a list of objects with `role` and `parts`.
fn are_messages(json: &str) -> bool {
    serde_json::from_str::<Vec<serde_json::Value>>(json)
        .is_ok_and(|items| items.iter().all(|item| item.get("role").is_some() && item.get("parts").is_some()))
}

fn is_json_array(payload: &Payload) -> bool {
    payload.form == Form::Json && payload.body.trim_start().starts_with('[') && is_json_document(&payload.body)
}

fn is_json_document(text: &str) -> bool {
    let start = text.trim_start();
    (start.starts_with('{') || start.starts_with('['))
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
