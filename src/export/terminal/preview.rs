//! The first line of what went into a span and of what came out, where content is captured.

use std::borrow::Cow;

use opentelemetry::Value;
use serde_json::Value as Json;

use super::text::printable;
use crate::conventions::attribute::{
    GEN_AI_INPUT_MESSAGES, GEN_AI_OUTPUT_MESSAGES, GEN_AI_RETRIEVAL_DOCUMENTS, GEN_AI_RETRIEVAL_QUERY_TEXT,
    GEN_AI_TOOL_CALL_ARGUMENTS, GEN_AI_TOOL_CALL_RESULT, INPUT_VALUE, OUTPUT_VALUE,
};

/// Longest line, in characters.
const LENGTH: usize = 400;
/// Longer messages are shown as they are: parsing them for one line is not worth the time.
const MAX_PARSED: usize = 64 * 1024;

/// The values that one span has of each direction; the plainest is shown.
#[derive(Default)]
pub(crate) struct Preview<'a> {
    input_messages: Option<&'a Value>,
    input: Option<&'a Value>,
    output_messages: Option<&'a Value>,
    output: Option<&'a Value>,
}

impl<'a> Preview<'a> {
    pub(crate) fn take(&mut self, key: &str, value: &'a Value) {
        match key {
            GEN_AI_INPUT_MESSAGES => self.input_messages = Some(value),
            GEN_AI_OUTPUT_MESSAGES => self.output_messages = Some(value),
            GEN_AI_TOOL_CALL_ARGUMENTS | GEN_AI_RETRIEVAL_QUERY_TEXT | INPUT_VALUE => self.input = Some(value),
            GEN_AI_TOOL_CALL_RESULT | GEN_AI_RETRIEVAL_DOCUMENTS | OUTPUT_VALUE => self.output = Some(value),
            _ => {}
        }
    }

    /// Input and output, one line each. Of a conversation it is the last message, which is the new one.
    pub(crate) fn into_lines(self) -> (Option<String>, Option<String>) {
        (line(self.input_messages, self.input), line(self.output_messages, self.output))
    }
}

fn line(messages: Option<&Value>, other: Option<&Value>) -> Option<String> {
    let line = match (messages, other) {
        (Some(messages), _) => {
            let text = messages.as_str();
            printable(&last_message(&text).map_or(text, Cow::Owned), LENGTH)
        }
        (None, Some(value)) => printable(&value.as_str(), LENGTH),
        (None, None) => return None,
    };
    (!line.is_empty()).then_some(line)
}

/// What the last message of a JSON array in the GenAI schema says.
fn last_message(text: &str) -> Option<String> {
    if text.len() > MAX_PARSED {
        return None;
    }
    let messages: Json = serde_json::from_str(text).ok()?;
    let message = messages.as_array()?.last()?;
    let parts = message.get("parts").or_else(|| message.get("content"))?;
    let said = match parts {
        Json::String(content) => content.clone(),
        Json::Array(parts) => parts.iter().filter_map(part).collect::<Vec<_>>().join(" "),
        _ => return None,
    };
    (!said.is_empty()).then_some(said)
}

fn part(part: &Json) -> Option<String> {
    let field = |name: &str| part.get(name).map(plain);
    match part.get("type").and_then(Json::as_str)? {
        "text" | "reasoning" => field("content").or_else(|| field("text")),
        "tool_call" => {
            let name = field("name").unwrap_or_default();
            Some(format!("{name}({})", field("arguments").unwrap_or_default()))
        }
        "tool_call_response" => field("response").or_else(|| field("result")),
        other => Some(format!("[{other}]")),
    }
}

/// Text without its quotes, anything else as JSON.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::attribute::GEN_AI_USAGE_INPUT_TOKENS;

    fn said(messages: &str) -> String {
        line(Some(&Value::from(messages.to_owned())), None).unwrap_or_default()
    }

    #[test]
    fn the_last_message_is_shown_in_its_own_words() {
        let conversation = r#"[{"role":"system","parts":[{"type":"text","content":"Be kind."}]},
            {"role":"user","parts":[{"type":"text","content":"Where is\nmy order?"},{"type":"blob","mime_type":"image/png"}]}]"#;
        assert_eq!(said(conversation), "Where is my order? [blob]");
        assert_eq!(
            said(r#"[{"role":"assistant","parts":[{"type":"tool_call","name":"lookup","arguments":{"id":7}}]}]"#),
            r#"lookup({"id":7})"#
        );
        assert_eq!(said(r#"[{"role":"tool","parts":[{"type":"tool_call_response","response":"sent"}]}]"#), "sent");
        assert_eq!(said(r#"[{"role":"user","content":"older shape"}]"#), "older shape");
    }

    #[test]
    fn what_is_not_in_the_schema_is_shown_as_it_is() {
        assert_eq!(said("just text"), "just text");
        assert_eq!(said(r#"[{"role":"user""#), r#"[{"role":"user""#);
        assert_eq!(said("[]"), "[]");
        let deep = "[".repeat(MAX_PARSED);
        assert!(said(&deep).starts_with("[[["));
    }

    #[test]
    fn nothing_is_shown_where_nothing_was_captured() {
        let mut preview = Preview::default();
        let tokens = Value::I64(7);
        preview.take(GEN_AI_USAGE_INPUT_TOKENS, &tokens);
        assert_eq!(preview.into_lines(), (None, None));
        assert_eq!(line(None, Some(&Value::from(" \n "))), None);
    }
}
