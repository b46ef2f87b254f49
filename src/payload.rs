//! An input or output of a span.

use crate::budget::{fit_text, piece};
use crate::message::{Message, Messages};

/// What went into or came out of a call: text, JSON or GenAI messages.
///
/// Text comes from `&str` and `String`; JSON from [`Payload::json`]; messages from [`Message`], arrays and lists of it.
/// Nothing of it leaves the process unless content capture is on. It is moved, not formatted, on the caller's thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    pub(crate) body: Body,
}

/// The forms of a payload.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Text(String),
    Json(String),
    Messages(Messages),
}

impl Payload {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { body: Body::Text(text.into()) }
    }

    /// A JSON document, as text: `value.to_string()` of a `serde_json::Value`. Text that does not parse as JSON is kept as
    /// plain text.
    pub fn json(json: impl Into<String>) -> Self {
        Self { body: Body::Json(json.into()) }
    }

    /// Text from bytes; invalid UTF-8 is replaced by U+FFFD.
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::text(String::from_utf8_lossy(bytes))
    }

    /// Bytes of what it says, near enough.
    pub(crate) fn text_bytes(&self) -> usize {
        match &self.body {
            Body::Text(text) | Body::Json(text) => text.len(),
            Body::Messages(messages) => messages.text_bytes(),
        }
    }

    /// What it holds in memory beside itself, near enough for a budget.
    pub(crate) fn memory(&self) -> usize {
        match &self.body {
            Body::Text(text) | Body::Json(text) => piece(text.capacity()),
            Body::Messages(messages) => messages.memory(),
        }
    }

    /// Gives back room that it does not use.
    pub(crate) fn shrink(&mut self) {
        match &mut self.body {
            Body::Text(text) | Body::Json(text) => fit_text(text),
            Body::Messages(messages) => messages.shrink(),
        }
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&String> for Payload {
    fn from(text: &String) -> Self {
        Self::text(text.as_str())
    }
}

impl From<Messages> for Payload {
    fn from(messages: Messages) -> Self {
        Self { body: Body::Messages(messages) }
    }
}

impl From<Message> for Payload {
    fn from(message: Message) -> Self {
        Messages::from(message).into()
    }
}

impl From<Vec<Message>> for Payload {
    fn from(messages: Vec<Message>) -> Self {
        Messages::from(messages).into()
    }
}

impl From<&[Message]> for Payload {
    fn from(messages: &[Message]) -> Self {
        Messages::from(messages).into()
    }
}

impl<const N: usize> From<&[Message; N]> for Payload {
    fn from(messages: &[Message; N]) -> Self {
        messages.as_slice().into()
    }
}

impl<const N: usize> From<[Message; N]> for Payload {
    fn from(messages: [Message; N]) -> Self {
        Messages::from(messages).into()
    }
}
