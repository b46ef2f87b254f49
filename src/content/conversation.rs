//! What was recorded as a model's input or output, brought into the one shape of messages that backends read.

use serde_json::{Map, Value, json};

use super::json::parse;
use crate::conventions::attribute::{
    ERROR_TYPE, TRACING_GENAI_API, TRACING_GENAI_CANCELLED, TRACING_GENAI_STREAM_CHUNKS,
};
use crate::span::Span;

/// JSON text that is a conversation, as messages of the GenAI schema: such messages as they are, and messages whose
/// `content` is text, alone in a list or under `messages`. Nothing when it is something else.
pub(super) fn messages_of(text: &str) -> Option<String> {
    let list = match parse(text)? {
        Value::Object(mut request) => request.remove("messages")?,
        list => list,
    };
    let Value::Array(items) = list else { return None };
    let messages: Option<Vec<Value>> = items.into_iter().map(message_of).collect();
    messages.filter(|messages| !messages.is_empty()).map(|messages| Value::Array(messages).to_string())
}

/// Messages of the model with a finish reason each, or nothing when all have one. Phoenix drops the whole list when
/// one has none.
pub(super) fn with_finish_reasons(text: &str, reason: impl Fn(usize) -> String) -> Option<String> {
    let Value::Array(mut messages) = parse(text)? else { return None };
    let mut changed = false;
    for (at, message) in messages.iter_mut().enumerate() {
        if let Value::Object(message) = message
            && !message.contains_key("finish_reason")
        {
            message.insert("finish_reason".to_owned(), reason(at).into());
            changed = true;
        }
    }
    changed.then(|| Value::Array(messages).to_string())
}

fn message_of(item: Value) -> Option<Value> {
    let Value::Object(mut message) = item else { return None };
    if !message.get("role").is_some_and(Value::is_string) {
        return None;
    }
    if !message.get("parts").is_some_and(Value::is_array) {
        let only_text = |key: &String| matches!(key.as_str(), "role" | "content" | "name");
        if !message.keys().all(only_text) || !message.get("content").is_some_and(Value::is_string) {
            return None;
        }
        let text = message.remove("content");
        let rest = std::mem::replace(&mut message, Map::new());
        message.insert("role".to_owned(), rest.get("role").cloned().unwrap_or_default());
        message.insert("parts".to_owned(), json!([{ "type": "text", "content": text }]));
        message.extend(rest.into_iter().filter(|(key, _)| key == "name"));
    }
    Some(message.into())
}

/// The conventions want a reason of each message. Where the answer was read and gave none, none is made up: it was cut.
pub(super) fn reason_by_default(span: &Span) -> &'static str {
    let has = |key| span.get(key).is_some();
    if has(TRACING_GENAI_CANCELLED) {
        "cancelled"
    } else if has(ERROR_TYPE) {
        "error"
    } else if has(TRACING_GENAI_STREAM_CHUNKS) && has(TRACING_GENAI_API) {
        "unknown"
    } else {
        "stop"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &Value) -> Option<Value> {
        messages_of(&text.to_string()).map(|text| serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn messages_of_both_shapes_become_messages_of_the_schema() {
        let ours = json!([{ "role": "user", "parts": [{ "type": "text", "content": "hi" }] }]);
        assert_eq!(messages(&ours), Some(ours.clone()));
        assert_eq!(messages(&json!([{ "role": "user", "content": "hi" }])), Some(ours.clone()));
        assert_eq!(messages(&json!({ "model": "m", "messages": [{ "content": "hi", "role": "user" }] })), Some(ours));
    }

    #[test]
    fn what_is_no_plain_conversation_is_left_alone() {
        for other in [
            json!([]),
            json!([1, 2]),
            json!({ "question": "why" }),
            json!([{ "role": "assistant", "content": null, "tool_calls": [] }]),
            json!([{ "role": "user", "content": [{ "type": "image_url" }] }]),
        ] {
            assert_eq!(messages(&other), None, "{other}");
        }
    }

    #[test]
    fn a_finish_reason_is_added_only_where_there_is_none() {
        let text = json!([{ "role": "assistant", "parts": [] }, { "role": "assistant", "parts": [], "finish_reason": "length" }]);
        let filled = with_finish_reasons(&text.to_string(), |_| "stop".to_owned()).unwrap();
        let reasons: Vec<Value> = serde_json::from_str::<Value>(&filled).unwrap().as_array().unwrap().clone();
        assert_eq!((&reasons[0]["finish_reason"], &reasons[1]["finish_reason"]), (&json!("stop"), &json!("length")));
        assert_eq!(with_finish_reasons(&filled, |_| "stop".to_owned()), None);
    }
}
