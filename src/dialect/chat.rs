//! Messages, tools and documents as those read them who know the words of chat completions and of `LangChain` alone. A part
//! that they do not know would make them show none of the conversation.

use serde_json::{Map, Value as Json, json};

use super::flat::{answers, is_answer, parts, plain};

/// Messages of a chat completion: what went in, or what came out.
pub(super) fn messages(messages: &[Json], is_input: bool) -> Vec<Json> {
    let mut made = Vec::with_capacity(messages.len());
    for given in messages {
        let answers = answers(given);
        let rest = (answers.len() < parts(given).len() || answers.is_empty())
            .then(|| message(given, if is_input { "user" } else { "assistant" }, !answers.is_empty()));
        let begins_with_rest = parts(given).first().is_some_and(|part| !is_answer(part));
        // Each result of a tool is a message of its own there.
        let answers = answers
            .into_iter()
            .map(|(id, response)| json!({ "role": "tool", "tool_call_id": id, "content": plain(response) }));
        let (before, behind) = if begins_with_rest { (rest, None) } else { (None, rest) };
        made.extend(before.into_iter().chain(answers).chain(behind));
    }
    made
}

/// `otherwise` is the role of one that names none; a tool's without its results is of whoever calls the model.
fn message(given: &Json, otherwise: &str, has_answers: bool) -> Json {
    let Some(members) = given.as_object() else { return json!({ "role": otherwise, "content": plain(given) }) };
    let role = members.get("role").and_then(Json::as_str).map_or(otherwise, known_role);
    let role = if role == "tool" && has_answers { "user" } else { role };
    let mut made = Map::new();
    made.insert("role".to_owned(), role.into());
    if members.contains_key("parts") {
        write_parts(parts(given), &mut made);
    }
    for (name, value) in members.iter().filter(|(name, _)| *name != "parts") {
        if !made.contains_key(name) {
            made.insert(name.clone(), value.clone());
        }
    }
    made.into()
}

fn known_role(role: &str) -> &str {
    match role {
        "system" | "user" | "assistant" | "tool" => role,
        "developer" => "system",
        "model" => "assistant",
        "function" => "tool",
        _ => "user",
    }
}

/// What was said, thought and asked for. What chat completions have no part for stands as it is, as text.
fn write_parts(parts: &[Json], made: &mut Map<String, Json>) {
    let (mut content, mut calls, mut thoughts) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        let text_of = |name: &str| part.get(name).and_then(Json::as_str);
        match (text_of("type").unwrap_or_default(), text_of("content"), text_of("uri")) {
            ("text", Some(text), _) => content.push(json!({ "type": "text", "text": text })),
            ("reasoning", Some(text), _) => thoughts.push(text),
            ("uri", _, Some(url)) if text_of("modality").is_none_or(|modality| modality == "image") => {
                content.push(json!({ "type": "image_url", "image_url": { "url": url } }));
            }
            ("tool_call", ..) => calls.push(call(part)),
            ("tool_call_response", ..) => {}
            _ => content.push(json!({ "type": "text", "text": part.to_string() })),
        }
    }
    let content = match content.as_slice() {
        [] => Json::Null,
        [one] if one.get("text").is_some() => one.get("text").cloned().unwrap_or_default(),
        _ => content.into(),
    };
    made.insert("content".to_owned(), content);
    if !thoughts.is_empty() {
        made.insert("reasoning".to_owned(), thoughts.join("\n\n").into());
    }
    if !calls.is_empty() {
        made.insert("tool_calls".to_owned(), calls.into());
    }
}

fn call(part: &Json) -> Json {
    let told = |name: &str| part.get(name).filter(|value| !value.is_null()).map(plain).unwrap_or_default();
    json!({
        "id": told("id"),
        "type": "function",
        "function": { "name": told("name"), "arguments": told("arguments") },
    })
}

/// Definitions of tools in chat completions' words, or nothing where `definitions` is no list.
pub(super) fn tools(definitions: &str) -> Option<Json> {
    let definitions: Vec<Json> = serde_json::from_str(definitions).ok()?;
    Some(definitions.into_iter().map(tool).collect())
}

/// A function with its name, description and schema in an object of their own.
pub(super) fn tool(definition: Json) -> Json {
    let is_plain = |members: &Map<String, Json>| {
        members.get("type").is_none_or(|kind| kind == "function") && members.contains_key("name")
    };
    match definition {
        Json::Object(mut members) if is_plain(&members) => {
            members.remove("type");
            json!({ "type": "function", "function": members })
        }
        other => other,
    }
}

/// Documents in `LangChain`'s words, or nothing where `documents` is no list of some.
pub(super) fn documents(documents: &str) -> Option<String> {
    let documents: Vec<Json> = serde_json::from_str(documents).ok()?;
    Some(Json::Array(documents.into_iter().map(document).collect()).to_string())
}

/// The words of a document stand under another name. What else is told of it is kept.
fn document(given: Json) -> Json {
    match given {
        Json::Object(mut members) => {
            if !members.contains_key("page_content")
                && let Some(words) = ["content", "text"].into_iter().find_map(|name| members.remove(name))
            {
                members.insert("page_content".to_owned(), plain(&words).into());
            }
            members.into()
        }
        other => json!({ "page_content": plain(&other) }),
    }
}
