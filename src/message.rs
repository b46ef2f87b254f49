//! Messages of a conversation, and the one JSON string that the GenAI conventions make of them.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::budget::{fit, fit_text, piece};
use crate::json_number::is_as_written;

/// One message of a conversation: who speaks, and the parts that were said.
///
/// A tool's arguments and result that hold a whole number beyond 64 bits are kept as text, so that it keeps its digits.
///
/// ```
/// use tracing_genai::{Message, Messages};
///
/// let answer = Message::assistant("Let me look that up.")
///     .with_tool_call("call_1", "get_weather", r#"{"city":"Paris"}"#)
///     .with_finish_reason("tool_call");
/// let history = Messages::from([
///     Message::system("You are brief."),
///     Message::user("Weather in Paris?"),
///     answer,
///     Message::tool("call_1", r#"{"temperature":14}"#),
/// ]);
/// assert!(history.to_string().starts_with(r#"[{"role":"system","parts":[{"type":"text""#));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a message does nothing until it is recorded"]
pub struct Message {
    role: String,
    parts: Vec<Value>,
    name: Option<String>,
    finish_reason: Option<String>,
}

impl Message {
    /// A message without parts, by any role.
    pub fn new(role: impl Into<String>) -> Self {
        Self { role: role.into(), parts: Vec::new(), name: None, finish_reason: None }
    }

    /// Instructions to the model.
    pub fn system(text: impl Into<String>) -> Self {
        Self::new("system").with_text(text)
    }

    /// What a person or the program asks.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new("user").with_text(text)
    }

    /// What the model says.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new("assistant").with_text(text)
    }

    /// What the tool call `id` gave. `result` is JSON; what does not parse as JSON is kept as text.
    pub fn tool(id: impl Into<String>, result: impl Into<String>) -> Self {
        Self::new("tool").with_tool_call_response(id, result)
    }

    /// Adds text.
    pub fn with_text(self, text: impl Into<String>) -> Self {
        self.with_part(json!({ "type": "text", "content": text.into() }))
    }

    /// Adds what the model thought before it answered.
    pub fn with_reasoning(self, text: impl Into<String>) -> Self {
        self.with_part(json!({ "type": "reasoning", "content": text.into() }))
    }

    /// Adds a tool call that the model asks for. `arguments` is JSON; what does not parse as JSON is kept as text.
    pub fn with_tool_call(self, id: impl Into<String>, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        let arguments = json_or_text(arguments.into());
        self.with_part(json!({ "type": "tool_call", "id": id.into(), "name": name.into(), "arguments": arguments }))
    }

    /// Adds the result of the tool call `id`. `result` is JSON; what does not parse as JSON is kept as text.
    pub fn with_tool_call_response(self, id: impl Into<String>, result: impl Into<String>) -> Self {
        let response = json_or_text(result.into());
        self.with_part(json!({ "type": "tool_call_response", "id": id.into(), "response": response }))
    }

    /// Adds an image, a recording or a document, by reference.
    pub fn with_media(self, media: Media) -> Self {
        self.with_part(media.part)
    }

    /// Names the participant, where several share a role.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Why the model stopped: `stop`, `length`, `content_filter`, `tool_call`, `error` or the provider's own word.
    pub fn with_finish_reason(mut self, reason: impl Into<String>) -> Self {
        self.finish_reason = Some(reason.into());
        self
    }

    fn with_part(mut self, part: Value) -> Self {
        self.parts.push(part);
        self
    }

    fn into_value(self) -> Value {
        let mut object = Map::new();
        object.insert("role".to_owned(), self.role.into());
        object.insert("parts".to_owned(), self.parts.into());
        if let Some(name) = self.name {
            object.insert("name".to_owned(), name.into());
        }
        if let Some(reason) = self.finish_reason {
            object.insert("finish_reason".to_owned(), reason.into());
        }
        object.into()
    }
}

/// An image, a recording, a video or a document that a message refers to. Its bytes are never recorded.
///
/// `modality` is `image`, `audio`, `video`, `document` or the provider's own word.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "media does nothing until it is added to a message"]
pub struct Media {
    part: Value,
}

impl Media {
    /// Media that stands at `uri`.
    pub fn uri(modality: impl Into<String>, uri: impl Into<String>) -> Self {
        Self { part: json!({ "type": "uri", "modality": modality.into(), "uri": uri.into() }) }
    }

    /// Media that was uploaded to the provider as file `id`.
    pub fn file(modality: impl Into<String>, id: impl Into<String>) -> Self {
        Self { part: json!({ "type": "file", "modality": modality.into(), "file_id": id.into() }) }
    }

    /// The media type, such as `image/png`.
    pub fn with_mime_type(mut self, mime_type: impl Into<String>) -> Self {
        if let Some(part) = self.part.as_object_mut() {
            part.insert("mime_type".to_owned(), mime_type.into().into());
        }
        self
    }
}

/// Messages in the order they were said. Prints as one JSON string in the GenAI schema.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "messages do nothing until they are recorded"]
pub struct Messages {
    messages: Vec<Message>,
}

impl Messages {
    /// Bytes of what the parts say, near enough.
    pub(crate) fn text_bytes(&self) -> usize {
        self.messages.iter().flat_map(|message| &message.parts).map(value_bytes).sum()
    }

    /// What they hold in memory, near enough for a budget: JSON takes several times what it says.
    pub(crate) fn memory(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, |text| piece(text.capacity()));
        let message = |message: &Message| {
            let parts = list_memory(&message.parts) + piece(message.role.capacity());
            parts + text(&message.name) + text(&message.finish_reason)
        };
        piece(self.messages.capacity() * size_of::<Message>()) + self.messages.iter().map(message).sum::<usize>()
    }

    /// Gives back room that they do not use, as far as that is easily found.
    pub(crate) fn shrink(&mut self) {
        for message in &mut self.messages {
            fit_text(&mut message.role);
            fit(&mut message.parts);
            let texts = [&mut message.name, &mut message.finish_reason];
            texts.into_iter().flatten().for_each(fit_text);
            for part in message.parts.iter_mut().filter_map(Value::as_object_mut) {
                for value in part.values_mut() {
                    if let Value::String(text) = value {
                        fit_text(text);
                    }
                }
            }
        }
    }
}

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.messages.iter().cloned().map(Message::into_value).collect();
        write!(f, "{}", Value::Array(values))
    }
}

impl From<Message> for Messages {
    fn from(message: Message) -> Self {
        Self { messages: vec![message] }
    }
}

impl From<Vec<Message>> for Messages {
    fn from(messages: Vec<Message>) -> Self {
        Self { messages }
    }
}

impl From<&[Message]> for Messages {
    fn from(messages: &[Message]) -> Self {
        Self { messages: messages.to_vec() }
    }
}

impl<const N: usize> From<[Message; N]> for Messages {
    fn from(messages: [Message; N]) -> Self {
        Self { messages: messages.into() }
    }
}

impl FromIterator<Message> for Messages {
    fn from_iter<I: IntoIterator<Item = Message>>(messages: I) -> Self {
        Self { messages: messages.into_iter().collect() }
    }
}

/// Bytes of what a value says. Depth is bounded by the JSON parser that made the value.
fn value_bytes(value: &Value) -> usize {
    32 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(value_bytes).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + value_bytes(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// What a value holds beside itself.
fn value_memory(value: &Value) -> usize {
    match value {
        Value::String(text) => piece(text.capacity()),
        Value::Array(items) => list_memory(items),
        Value::Object(fields) if fields.is_empty() => 0,
        Value::Object(fields) => {
            // A table of places, and a list with room for as many as the table may have: seven of eight, or three of four.
            let places = (fields.len() * 8).div_ceil(7).next_power_of_two().max(4);
            let entries = (places - places.div_ceil(8)) * size_of::<(u64, String, Value)>();
            let each = |(key, value): (&String, &Value)| piece(key.capacity()) + value_memory(value);
            piece(entries) + piece(places * 9) + fields.iter().map(each).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn list_memory(items: &Vec<Value>) -> usize {
    piece(items.capacity() * size_of::<Value>()) + items.iter().map(value_memory).sum::<usize>()
}

fn json_or_text(text: String) -> Value {
    let keeps = |value: &Value| is_exact(value) && is_as_written(value, &text);
    serde_json::from_str(&text).ok().filter(keeps).unwrap_or(Value::String(text))
}

/// Whether each number is what was written: whole ones beyond 64 bits, such as a parcel's, are read as doubles.
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|number| number.abs() < 1e15)
        }
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(fields) => fields.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(messages: impl Into<Messages>) -> Value {
        serde_json::from_str(&messages.into().to_string()).unwrap()
    }

    /// The shapes of the conventions' schema: required fields of a message and of each part.
    fn assert_valid(messages: &Value) {
        for message in messages.as_array().unwrap() {
            assert!(message["role"].is_string(), "{message}");
            for part in message["parts"].as_array().unwrap() {
                let texts: &[&str] = match part["type"].as_str().unwrap() {
                    "text" | "reasoning" => &["content"],
                    "tool_call" => &["id", "name"],
                    "tool_call_response" => &["id"],
                    "uri" => &["modality", "uri"],
                    "file" => &["modality", "file_id"],
                    other => panic!("no part of the schema: {other}"),
                };
                for field in texts {
                    assert!(part[field].is_string(), "{field} of {part}");
                }
                assert!(part["type"] != "tool_call_response" || part.get("response").is_some());
            }
        }
    }

    #[test]
    fn a_conversation_is_valid_in_the_genai_schema() {
        let messages = parsed([
            Message::system("be brief"),
            Message::user("what is this?")
                .with_media(Media::uri("image", "https://example.com/cat.png").with_mime_type("image/png"))
                .with_media(Media::file("document", "file-1"))
                .with_name("ada"),
            Message::assistant("a cat")
                .with_reasoning("whiskers")
                .with_tool_call("call_1", "name_of", r#"{"animal":"cat"}"#)
                .with_finish_reason("tool_call"),
            Message::tool("call_1", "Tom"),
        ]);
        assert_valid(&messages);
        assert_eq!(messages[1]["parts"][1]["mime_type"], "image/png");
        assert_eq!(messages[1]["name"], "ada");
        assert_eq!(messages[2]["finish_reason"], "tool_call");
        assert_eq!(messages[2]["parts"][2]["arguments"]["animal"], "cat");
        assert_eq!(messages[3]["parts"][0]["response"], "Tom");
    }

    #[test]
    fn arguments_that_are_not_json_are_kept_as_text() {
        let messages = parsed(Message::new("assistant").with_tool_call("1", "f", "{broken"));
        assert_valid(&messages);
        assert_eq!(messages[0]["parts"][0]["arguments"], "{broken");
    }

    #[test]
    fn numbers_keep_their_digits() {
        for result in ["1.10", "1e5", "92748902711539543475001234", r#"{"parcel":[92748902711539543475001234]}"#] {
            assert_eq!(parsed(Message::tool("1", result))[0]["parts"][0]["response"], result);
        }
        for result in ["18446744073709551615", "-7", "0.25", r#"{"at":[1761000000.5]}"#] {
            assert_eq!(parsed(Message::tool("1", result))[0]["parts"][0]["response"].to_string(), result);
        }
    }

    #[test]
    fn what_json_takes_in_memory_is_counted_and_not_what_it_says() {
        let said = r#"{"rows":[{"id":1,"ok":true},{"id":2,"ok":true}]}"#;
        let messages = Messages::from(Message::tool("call_1", said));
        // Four objects and their keys: each has room for three fields, and a table beside.
        let least = 4 * 3 * size_of::<(u64, String, Value)>() + 8 * 32;
        assert!((least..2 * least).contains(&messages.memory()), "{} of {least}", messages.memory());
        let mut roomy =
            Messages::from(Message::new(String::with_capacity(10_000)).with_name(String::with_capacity(9_000)));
        assert!(roomy.memory() > 19_000);
        roomy.shrink();
        assert!(roomy.memory() < 1_000, "{}", roomy.memory());
    }

    #[test]
    fn any_text_survives_the_way_through_json() {
        let text = "\"quotes\" \\ \u{0} \u{1f980} \n";
        assert_eq!(parsed(Message::user(text))[0]["parts"][0]["content"], text);
    }
}
