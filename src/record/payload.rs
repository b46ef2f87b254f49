//! An input or output of a span.

/// What went into or came out of a call: text, JSON or GenAI messages.
///
/// Text comes from `&str` and `String`; JSON from [`Payload::json`]; messages from the builders in
/// [`message`](crate::message). Nothing of it leaves the process unless content capture is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub(crate) form: Form,
    pub(crate) body: String,
}

/// How the body of a payload is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
    Messages,
}

impl Payload {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { form: Form::Text, body: text.into() }
    }

    /// A JSON document. Text that does not parse as JSON is kept as plain text.
    pub fn json(json: impl Into<String>) -> Self {
        Self { form: Form::Json, body: json.into() }
    }

    /// Text from bytes; invalid UTF-8 is replaced by U+FFFD.
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::text(String::from_utf8_lossy(bytes))
    }

    /// GenAI messages as one JSON string in the conventions' schema.
    pub(crate) fn messages(json: String) -> Self {
        Self { form: Form::Messages, body: json }
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
