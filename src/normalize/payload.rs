//! Input and output, under the key that the span's type has for them.

use crate::conventions::{SpanType, attribute};
use crate::message::{Message, Messages};
use crate::payload::{Body, Payload};
use crate::span::Span;

/// Whether a payload went in or came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

/// Puts recorded payloads, and those of the short fields `input` and `output`, where backends look for them.
pub(super) fn place(span: &mut Span, span_type: Option<SpanType>, input: Option<Payload>, output: Option<Payload>) {
    let has_input = input.is_none() && span.get(attribute::INPUT_VALUE).is_some();
    let has_output = output.is_none() && span.get(attribute::OUTPUT_VALUE).is_some();
    let input =
        if has_input { generic(span, attribute::INPUT_VALUE, attribute::INPUT_MIME_TYPE, span_type) } else { input };
    let output = if has_output {
        generic(span, attribute::OUTPUT_VALUE, attribute::OUTPUT_MIME_TYPE, span_type)
    } else {
        output
    };
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
    let key = match span_type {
        Some(SpanType::Llm | SpanType::Agent | SpanType::Chain) => {
            let key = if input { attribute::GEN_AI_INPUT_MESSAGES } else { attribute::GEN_AI_OUTPUT_MESSAGES };
            span.set(key, messages(payload.body, direction));
            return;
        }
        Some(SpanType::Tool) if input => attribute::GEN_AI_TOOL_CALL_ARGUMENTS,
        Some(SpanType::Tool) => attribute::GEN_AI_TOOL_CALL_RESULT,
        Some(SpanType::Retrieval) if input => attribute::GEN_AI_RETRIEVAL_QUERY_TEXT,
        Some(SpanType::Retrieval) if is_json_array(&payload.body) => attribute::GEN_AI_RETRIEVAL_DOCUMENTS,
        Some(SpanType::Memory) if input => attribute::GEN_AI_MEMORY_QUERY_TEXT,
        Some(SpanType::Memory) if is_json_array(&payload.body) => attribute::GEN_AI_MEMORY_RECORDS,
        _ => {
            let (key, mime_key) = if input {
                (attribute::INPUT_VALUE, attribute::INPUT_MIME_TYPE)
            } else {
                (attribute::OUTPUT_VALUE, attribute::OUTPUT_MIME_TYPE)
            };
            let plain = !matches!(&payload.body, Body::Messages(_)) && !is_json(&payload.body);
            span.set(mime_key, if plain { "text/plain" } else { "application/json" });
            key
        }
    };
    span.set(key, text(payload.body));
}

fn text(body: Body) -> String {
    match body {
        Body::Text(text) | Body::Json(text) => text,
        Body::Messages(messages) => messages.to_string(),
    }
}

/// Messages as they are; anything else as the one text of one message.
fn messages(body: Body, direction: Direction) -> String {
    let text = match body {
        Body::Messages(messages) => return messages.to_string(),
        Body::Json(json) if are_messages(&json) => return json,
        Body::Json(text) | Body::Text(text) => text,
    };
    let message = match direction {
        Direction::In => Message::user(text),
        // Its finish reason may have been recorded elsewhere; it comes to it where the message leaves.
        Direction::Out => Message::assistant(text),
    };
    Messages::from(message).to_string()
}

/// GenAI messages are a list of objects with `role` and `parts`.
fn are_messages(json: &str) -> bool {
    serde_json::from_str::<Vec<serde_json::Value>>(json)
        .is_ok_and(|items| items.iter().all(|item| item.get("role").is_some() && item.get("parts").is_some()))
}

fn is_json_array(body: &Body) -> bool {
    matches!(body, Body::Json(json) if json.trim_start().starts_with('[') && is_json_document(json))
}

/// What was given as JSON and is none is plain text.
fn is_json(body: &Body) -> bool {
    matches!(body, Body::Json(json) if serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok())
}

fn is_json_document(text: &str) -> bool {
    let start = text.trim_start();
    (start.starts_with('{') || start.starts_with('[')) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
