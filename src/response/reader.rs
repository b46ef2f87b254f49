//! `ResponseReader`: an answer, read as it comes.

use serde::Serialize;

use super::answer::{Known, ProviderResponse};
use super::fields::Fields;
use super::{Api, events};

/// Reads a provider's answer: the events of a stream as they come, or a body of which status and headers are at hand.
///
/// Events may come in any number of pieces, but each whole. The last word on each field counts, but that no nought undoes
/// a count, and nothing is added up, so that an event that comes again changes nothing. It works on data alone and does
/// no I/O.
///
/// ```
/// use tracing_genai::{Api, ResponseReader};
///
/// let mut reader = ResponseReader::new(Api::OpenAiChat);
/// reader.push(br#"data: {"id": "c-1", "model": "gpt-4o-mini", "choices": [{"index": 0, "finish_reason": "stop"}]}"#);
/// reader.push(br#"data: {"choices": [], "usage": {"prompt_tokens": 812, "completion_tokens": 140}}"#);
/// reader.push(b"data: [DONE]");
/// let response = reader.finish();
/// assert_eq!(response.usage().map(|usage| usage.output_tokens()), Some(140));
/// ```
#[derive(Debug)]
#[must_use = "call `finish` for what was read"]
pub struct ResponseReader {
    api: Api,
    fields: Fields,
    known: Known,
    pushes: usize,
    /// Something was pushed that says nothing.
    blank: bool,
}

impl ResponseReader {
    /// For an answer of `api`.
    pub fn new(api: Api) -> Self {
        Self { api, fields: Fields::default(), known: Known::default(), pushes: 0, blank: false }
    }

    /// The HTTP status of the answer. From 400 on the answer is an error, whatever its body is.
    pub fn with_status(mut self, status: u16) -> Self {
        self.known.status = Some(status);
        self
    }

    /// The headers of the answer; those that say something of cost, region, tokens or an error are read.
    ///
    /// ```
    /// use tracing_genai::{Api, ResponseReader};
    ///
    /// # let headers = axum::http::HeaderMap::new();
    /// // Of `reqwest` or `hyper`, whose values may be no text.
    /// let headers = headers.iter().filter_map(|(name, value)| Some((name, value.to_str().ok()?)));
    /// let reader = ResponseReader::new(Api::OpenAiChat).with_status(429).with_headers(headers);
    /// # let _ = reader;
    /// ```
    pub fn with_headers<K: AsRef<str>, V: AsRef<str>>(mut self, headers: impl IntoIterator<Item = (K, V)>) -> Self {
        for (name, value) in headers {
            self.known.header(name.as_ref(), value.as_ref());
        }
        self
    }

    /// The model that was asked for, where the answer may not name it: streams of some models on Bedrock count otherwise, and
    /// so do chat completions of Gemini behind a gateway's own name.
    pub fn with_request_model(mut self, model: impl Into<String>) -> Self {
        self.known.request_model = Some(model.into());
        self
    }

    /// Reads one event or more: the data of server-sent events with or without their `data:`, lines of JSON, elements of
    /// an array of JSON, or a whole body. An empty line, which ends an event, says nothing.
    pub fn push(&mut self, bytes: &[u8]) {
        if bytes.trim_ascii().is_empty() {
            self.blank = true;
            return;
        }
        self.pushes += 1;
        let Self { api, fields, .. } = self;
        let outcome = events::each(bytes, |event| fields.take(*api, event));
        self.known.streamed |= outcome.streamed || self.pushes > 1;
        self.known.done |= outcome.done;
        if let Some(flaw) = outcome.flaw {
            self.fields.note(flaw);
        }
    }

    /// Reads one event from anything that serializes: a `serde_json::Value`, or the type of a client crate.
    pub fn push_event<T: Serialize + ?Sized>(&mut self, event: &T) {
        match serde_json::to_vec(event) {
            Ok(json) => self.push(&body_of(json)),
            // The error's words may be the program's own, and hold what it could not serialize.
            Err(_) => self.fields.note("the body cannot be serialized".to_owned()),
        }
    }

    /// Notes that an event was too long to be kept until its end came.
    pub(crate) fn note_left_out(&mut self) {
        self.fields.note("an event is too long");
    }

    /// Notes that nobody waits for the rest. Where nothing has come yet, that is no flaw of the body.
    pub(crate) fn note_given_up(&mut self) {
        self.known.unread = self.pushes == 0 && !self.blank;
    }

    /// What the answer says of itself.
    pub fn finish(mut self) -> ProviderResponse {
        if self.blank && self.pushes == 0 {
            self.fields.note("the body is empty");
        }
        ProviderResponse::new(self.api, self.fields, self.known)
    }
}

impl From<Api> for ResponseReader {
    fn from(api: Api) -> Self {
        Self::new(api)
    }
}

/// A body that is text or bytes serializes as a text or a list of numbers; what is read is what stands in it.
fn body_of(json: Vec<u8>) -> Vec<u8> {
    match json.as_slice() {
        // What there is none of says nothing, as an empty line does.
        b"null" => Vec::new(),
        [b'"', ..] => serde_json::from_slice::<String>(&json).map_or(json, String::into_bytes),
        [b'[', b'0'..=b'9' | b']', ..] => serde_json::from_slice(&json).unwrap_or(json),
        _ => json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_between_events_or_behind_a_body_are_no_flaw_and_no_stream() {
        let mut reader = ResponseReader::new(Api::OpenAiChat);
        let stream = "data: {\"id\": \"c\", \"choices\": [{\"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n";
        stream.split('\n').for_each(|line| reader.push(line.as_bytes()));
        assert_eq!(reader.finish().flaw(), None);

        let mut reader = ResponseReader::new(Api::OpenAiChat);
        reader.push(br#"{"model": "m", "usage": {"prompt_tokens": 8, "total_tokens": 8}}"#);
        reader.push(b"\r\n");
        let response = reader.finish();
        assert_eq!((response.flaw(), response.is_partial()), (None, false));

        let mut reader = ResponseReader::new(Api::OpenAiChat);
        for event in [None, Some(serde_json::json!({"id": "c", "choices": [{"finish_reason": "stop"}]})), None] {
            reader.push_event(&event);
        }
        assert_eq!(reader.finish().flaw(), None);

        let mut reader = ResponseReader::new(Api::OpenAiChat);
        reader.push(b"");
        assert_eq!(reader.finish().flaw(), Some("the body is empty"));
    }
}
