//! What came in and what went out, under one key each, whatever the span type.

use opentelemetry::Value;
use serde_json::{Value as Json, json};

use super::amount;
use super::chat;
use super::convert::Out;
use super::flat::parts as parts_of;
use super::reading::Reading;
use super::table::{ValueForm, Values};
use crate::conventions::{SpanType, attribute};

/// Where the input of a span may stand, apart from messages; the first that is there counts.
const INPUTS: [&str; 4] = [
    attribute::GEN_AI_TOOL_CALL_ARGUMENTS,
    attribute::GEN_AI_RETRIEVAL_QUERY_TEXT,
    attribute::GEN_AI_MEMORY_QUERY_TEXT,
    attribute::INPUT_VALUE,
];
/// Where its output may stand.
const OUTPUTS: [&str; 4] = [
    attribute::GEN_AI_TOOL_CALL_RESULT,
    attribute::GEN_AI_RETRIEVAL_DOCUMENTS,
    attribute::GEN_AI_MEMORY_RECORDS,
    attribute::OUTPUT_VALUE,
];

/// Canonical keys that do not leave any more, since their values stand elsewhere.
#[derive(Debug, Default)]
pub(super) struct Consumed(Vec<&'static str>);

impl Consumed {
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains(&key)
    }
}

/// A value, and the canonical keys that it was made of.
struct Said {
    body: Body,
    of: Vec<&'static str>,
}

enum Body {
    Messages(Vec<Json>),
    Json(String),
    Text(String),
}

/// Writes input and output, where the span has them.
pub(super) fn write(values: &Values, reading: &Reading<'_>, out: &mut Out) -> Consumed {
    let input = input(reading);
    let output = said(reading, attribute::GEN_AI_OUTPUT_MESSAGES, &OUTPUTS);
    let mut consumed = Consumed::default();
    // Readers take them in place of messages, both at once: half of a pair would hide the other half.
    let completes = values.pair && (input.is_some() != output.is_some());
    let sides = [(values.input, input, true), (values.output, output, false)];
    for (side, (key, said, is_input)) in sides.into_iter().enumerate() {
        let written = match said {
            Some(Said { body, of }) => {
                if values.in_place {
                    consumed.0.extend(of);
                    consumed.0.push(if is_input { attribute::INPUT_MIME_TYPE } else { attribute::OUTPUT_MIME_TYPE });
                }
                Some(formed(values, body, reading, is_input))
            }
            None => completes.then(|| (String::new(), false)),
        };
        let Some((text, is_json)) = written else { continue };
        out.put(key, text);
        if let Some((of_input, of_output)) = values.types {
            let media = if is_json { "application/json" } else { "text/plain" };
            out.put(if side == 0 { of_input } else { of_output }, media);
        }
    }
    consumed
}

/// The instructions as a message of their own, but for those that stand among the messages that were `given`, too: rig has
/// them in both places. Some clients write them as plain text.
pub(super) fn instructions(reading: &Reading<'_>, given: &[Json]) -> Option<Json> {
    let told = text(reading.get(attribute::GEN_AI_SYSTEM_INSTRUCTIONS)?);
    let part = |text: String| json!({ "type": "text", "content": text });
    let mut parts: Vec<Json> = match serde_json::from_str(&told) {
        Ok(Json::Array(parts)) => parts
            .into_iter()
            .map(|given| match given {
                Json::String(text) => part(text),
                other => other,
            })
            .collect(),
        _ => vec![part(told)],
    };
    parts.retain(|part| !given.iter().any(|message| instructs(message) && says(message, part)));
    (!parts.is_empty()).then(|| json!({ "role": "system", "parts": parts }))
}

fn instructs(message: &Json) -> bool {
    message.get("role").and_then(Json::as_str).is_some_and(|role| matches!(role, "system" | "developer"))
}

fn says(message: &Json, part: &Json) -> bool {
    let content = message.get("content");
    parts_of(message).contains(part) || (content.is_some() && content == part.get("content"))
}

/// Instructions go before the messages: the value is to be complete.
fn input(reading: &Reading<'_>) -> Option<Said> {
    let mut said = said(reading, attribute::GEN_AI_INPUT_MESSAGES, &INPUTS);
    match &mut said {
        Some(Said { body: Body::Messages(messages), of }) => {
            if let Some(system) = instructions(reading, messages) {
                messages.insert(0, system);
            }
            of.push(attribute::GEN_AI_SYSTEM_INSTRUCTIONS);
        }
        None => {
            let system = instructions(reading, &[])?;
            let of = vec![attribute::GEN_AI_SYSTEM_INSTRUCTIONS];
            said = Some(Said { body: Body::Messages(vec![system]), of });
        }
        Some(_) => {}
    }
    said
}

fn said(reading: &Reading<'_>, messages: &'static str, others: &[&'static str]) -> Option<Said> {
    if let Some(value) = reading.get(messages) {
        let text = text(value);
        let body = match serde_json::from_str::<Vec<Json>>(&text) {
            Ok(items) => Body::Messages(items),
            Err(_) => plain_or_json(text),
        };
        return Some(Said { body, of: vec![messages] });
    }
    others.iter().find_map(|key| Some(Said { body: plain_or_json(text(reading.get(key)?)), of: vec![key] }))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.as_str().to_owned(),
        other => amount::json(other).to_string(),
    }
}

fn plain_or_json(text: String) -> Body {
    if is_document(&text) { Body::Json(text) } else { Body::Text(text) }
}

fn is_document(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// What an agent or a chain was given as JSON stands in a message for want of another place, and is no conversation.
fn without_wrapping(body: Body, reading: &Reading<'_>) -> Body {
    match body {
        Body::Messages(messages) if reading.span_type != Some(SpanType::Llm) => match only_text(&messages) {
            Some(text) if is_document(text) => Body::Json(text.to_owned()),
            _ => Body::Messages(messages),
        },
        other => other,
    }
}

/// The text that leaves, and whether it is JSON.
fn formed(values: &Values, body: Body, reading: &Reading<'_>, is_input: bool) -> (String, bool) {
    match (values.form, without_wrapping(body, reading)) {
        (ValueForm::Call, body) if is_input => (call(body), true),
        (ValueForm::Json, Body::Text(text)) => (Json::from(text).to_string(), true),
        (ValueForm::Json | ValueForm::Prompt, Body::Messages(messages)) => {
            (conversation(values, messages, reading, is_input).to_string(), true)
        }
        (ValueForm::Json | ValueForm::Prompt, Body::Json(text))
            if !is_input && reading.span_type == Some(SpanType::Retrieval) =>
        {
            (chat::documents(&text).unwrap_or(text), true)
        }
        (_, Body::Messages(messages)) => match only_text(&messages) {
            // Of an agent or a chain a list shows the words alone. A model's call is to be complete.
            Some(text) if reading.span_type != Some(SpanType::Llm) => (text.to_owned(), false),
            _ => (conversation(values, messages, reading, is_input).to_string(), true),
        },
        (_, Body::Json(text)) => (text, true),
        (_, Body::Text(text)) => (text, false),
    }
}

/// Messages, alone or with the tools that the model was offered.
fn conversation(values: &Values, messages: Vec<Json>, reading: &Reading<'_>, is_input: bool) -> Json {
    let messages = if values.chat { chat::messages(&messages, is_input) } else { messages };
    let offers = values.chat && is_input && reading.span_type == Some(SpanType::Llm);
    let definitions = reading.text(attribute::GEN_AI_TOOL_DEFINITIONS).filter(|_| offers);
    match (definitions.and_then(chat::tools), values.form) {
        (Some(tools), _) => json!({ "messages": messages, "tools": tools }),
        (None, ValueForm::Text) => messages.into(),
        (None, _) => json!({ "messages": messages }),
    }
}

/// The input as the arguments of a call.
fn call(body: Body) -> String {
    let value = match body {
        Body::Messages(messages) => Json::from(messages),
        Body::Json(text) => serde_json::from_str(&text).unwrap_or(Json::from(text)),
        Body::Text(text) => text.into(),
    };
    let call = match value {
        Json::Object(members) => json!({ "args": [], "kwargs": members }),
        other => json!({ "args": [other], "kwargs": {} }),
    };
    call.to_string()
}

/// The text of a conversation that is one message of one text.
fn only_text(messages: &[Json]) -> Option<&str> {
    let [message] = messages else { return None };
    let [part] = message.get("parts")?.as_array()?.as_slice() else { return None };
    (part.get("type")? == "text").then(|| part.get("content")?.as_str())?
}
