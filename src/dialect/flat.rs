//! Messages, tools and documents with one attribute for each field, as OpenInference has them. Bounded: the whole stands
//! under one key besides.

use serde_json::Value as Json;

use super::chat;
use super::convert::Out;
use super::reading::Reading;
use super::table::{Flat, FlatMessages, MessageKeys};
use super::value::instructions;
use crate::conventions::attribute;

impl Flat {
    /// Whether `key` is one that is written here.
    pub(super) fn begins(&self, key: &str) -> bool {
        let below = |prefix: &str| key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        self.documents.iter().any(|(_, prefix)| below(prefix))
            || self.messages.as_ref().is_some_and(|keys| below(keys.input) || below(keys.output) || below(keys.tools))
    }
}

/// Writes what the span has of them. What is no JSON, or of another shape, is left where it stands.
pub(super) fn write(keys: &Flat, reading: &Reading<'_>, out: &mut Out) {
    if let Some(keys) = &keys.messages {
        let given = list(reading, attribute::GEN_AI_INPUT_MESSAGES).unwrap_or_default();
        let input: Vec<Json> = instructions(reading, &given).into_iter().chain(given).collect();
        write_messages(keys, keys.input, &input, out);
        let output = list(reading, attribute::GEN_AI_OUTPUT_MESSAGES).unwrap_or_default();
        write_messages(keys, keys.output, &output, out);
        let tools = list(reading, attribute::GEN_AI_TOOL_DEFINITIONS).unwrap_or_default();
        for (at, tool) in tools.iter().take(keys.most_messages).enumerate() {
            out.put(format!("{}.{at}.{}", keys.tools, keys.tool), chat::tool(tool.clone()).to_string());
        }
    }
    let prefix = keys.documents.iter().find(|(span_type, _)| Some(*span_type) == reading.span_type);
    if let Some((_, prefix)) = prefix {
        // The conventions have no place for what a reranking gave.
        let documents = [attribute::GEN_AI_RETRIEVAL_DOCUMENTS, attribute::OUTPUT_VALUE];
        let documents = documents.into_iter().find_map(|key| list(reading, key)).unwrap_or_default();
        for (at, document) in documents.iter().take(keys.most_documents).enumerate() {
            write_document(keys, &format!("{prefix}.{at}"), at, document, out);
        }
    }
}

fn list(reading: &Reading<'_>, key: &str) -> Option<Vec<Json>> {
    serde_json::from_str(reading.text(key)?).ok()
}

/// Of too many messages the first and the last stay, with a message in between that says how many are missing.
fn write_messages(keys: &FlatMessages, prefix: &str, messages: &[Json], out: &mut Out) {
    let most = keys.most_messages;
    let surplus = messages.len().saturating_sub(most.saturating_sub(1));
    let gap = (messages.len() > most).then(|| {
        serde_json::json!({ "role": "user", "parts": [{ "type": "text", "content": format!("…[+{surplus} messages]") }] })
    });
    let kept = match &gap {
        None => messages.iter().chain(None).chain(&[]),
        Some(gap) => {
            let first = 2.min(messages.len());
            let head = messages.get(..first).unwrap_or_default();
            let tail = messages.get(first + surplus..).unwrap_or_default();
            head.iter().chain(Some(gap)).chain(tail)
        }
    };
    let room = out.len().saturating_add(keys.most_attributes);
    let mut at = 0;
    for message in kept {
        let answers = answers(message);
        let is_more = answers.len() < parts(message).len() || answers.is_empty();
        // Each result of a tool is a message of its own there.
        for (id, response) in answers {
            let prefix = format!("{prefix}.{at}");
            at += 1;
            field(&format!("{prefix}.{}", keys.message.role), "tool", room, out);
            field(&format!("{prefix}.{}", keys.message.tool_call_id), id, room, out);
            field(&format!("{prefix}.{}", keys.message.content), &plain(response), room, out);
        }
        if is_more {
            write_message(&keys.message, &format!("{prefix}.{at}"), message, room, out);
            at += 1;
        }
    }
}

fn write_message(keys: &MessageKeys, prefix: &str, message: &Json, room: usize, out: &mut Out) {
    let text_of = |name: &str| message.get(name).and_then(Json::as_str);
    field(&format!("{prefix}.{}", keys.role), text_of("role").unwrap_or("user"), room, out);
    if let Some(name) = text_of("name") {
        field(&format!("{prefix}.{}", keys.name), name, room, out);
    }
    let parts = parts(message);
    let kind = |part: &Json| part.get("type").and_then(Json::as_str).unwrap_or_default().to_owned();
    let numbered = |suffix: &str, at: usize| format!("{prefix}.{}", suffix.replace('#', &at.to_string()));
    let contents: Vec<(&str, &str, &str)> = parts.iter().filter_map(|part| content(keys, part)).collect();
    if contents.iter().all(|(kind, ..)| *kind == "text") {
        let texts: Vec<&str> = contents.iter().map(|(.., text)| *text).collect();
        let whole = if texts.is_empty() { text_of("content").map(str::to_owned) } else { Some(texts.join("\n")) };
        if let Some(whole) = whole {
            field(&format!("{prefix}.{}", keys.content), &whole, room, out);
        }
    } else {
        for (at, (kind, key, value)) in contents.iter().enumerate() {
            field(&numbered(keys.part_type, at), kind, room, out);
            field(&numbered(key, at), value, room, out);
        }
    }
    for (at, call) in parts.iter().filter(|part| kind(part) == "tool_call").enumerate() {
        let told = |name: &str| call.get(name).map(plain);
        for (suffix, value) in
            [(keys.call_id, told("id")), (keys.call_name, told("name")), (keys.call_arguments, told("arguments"))]
        {
            if let Some(value) = value {
                field(&numbered(suffix, at), &value, room, out);
            }
        }
    }
}

/// What a part says or shows: its kind, the key for it, and its value.
fn content<'p>(keys: &MessageKeys, part: &'p Json) -> Option<(&'static str, &'static str, &'p str)> {
    let text_of = |name: &str| part.get(name).and_then(Json::as_str);
    match text_of("type")? {
        "text" => Some(("text", keys.part_text, text_of("content")?)),
        "reasoning" => Some(("reasoning", keys.part_text, text_of("content")?)),
        "uri" if text_of("modality").is_none_or(|modality| modality == "image") => {
            Some(("image", keys.part_image, text_of("uri")?))
        }
        _ => None,
    }
}

pub(super) fn parts(message: &Json) -> &[Json] {
    message.get("parts").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn is_answer(part: &Json) -> bool {
    part.get("type").is_some_and(|kind| kind == "tool_call_response")
}

/// Results of tools in a message: the call's id, and what came back.
pub(super) fn answers(message: &Json) -> Vec<(&str, &Json)> {
    parts(message)
        .iter()
        .filter(|part| is_answer(part))
        .map(|part| {
            let response = part.get("response").or_else(|| part.get("result")).unwrap_or(&Json::Null);
            (part.get("id").and_then(Json::as_str).unwrap_or_default(), response)
        })
        .collect()
}

/// A document without id or score makes readers drop all of them: its place stands for the id, and nothing for the score.
fn write_document(keys: &Flat, prefix: &str, at: usize, document: &Json, out: &mut Out) {
    let keys = &keys.document;
    let id = document.get("id").map_or_else(|| at.to_string(), plain);
    out.put(format!("{prefix}.{}", keys.id), id);
    let score = document.get("score").and_then(|score| score.as_f64().or_else(|| score.as_str()?.parse().ok()));
    if let Some(score) = score.filter(|score| score.is_finite()) {
        out.put(format!("{prefix}.{}", keys.score), score);
    }
    let content = ["content", "text", "page_content"].into_iter().find_map(|name| document.get(name));
    let content = content.or_else(|| document.is_string().then_some(document));
    if let Some(content) = content {
        out.put(format!("{prefix}.{}", keys.content), plain(content));
    }
    if let Some(metadata) = document.get("metadata").filter(|metadata| metadata.is_object()) {
        out.put(format!("{prefix}.{}", keys.metadata), metadata.to_string());
    }
}

fn field(key: &str, value: &str, room: usize, out: &mut Out) {
    if out.len() < room {
        out.put(key.to_owned(), value.to_owned());
    }
}

/// Text as it is, anything else as JSON.
pub(super) fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
