//! The events of an answer: server-sent events, lines of JSON, an array of JSON, or one document.

use serde_json::Value;
use serde_json::error::Category;

use super::extent::Extent;
use super::json;

const DONE: &[u8] = b"[DONE]";

/// How the bytes could be read.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// In the form of a stream.
    pub(super) streamed: bool,
    /// The stream said that it is over.
    pub(super) done: bool,
    /// Why not all could be read.
    pub(super) flaw: Option<String>,
}

/// Gives each event to `take`. What is no JSON is left out.
pub(super) fn each(bytes: &[u8], mut take: impl FnMut(&Value)) -> Outcome {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[' | b']' | b',') if !bytes.trim_ascii().starts_with(DONE) => documents(bytes, &mut take),
        Some(_) => server_sent(bytes, &mut take),
        None => Outcome { flaw: Some("the body is empty".to_owned()), ..Outcome::default() },
    }
}

/// Documents one after the other, on lines or not; those of an array too, also when the array comes in pieces.
fn documents(bytes: &[u8], take: &mut dyn FnMut(&Value)) -> Outcome {
    let mut outcome = Outcome::default();
    let mut rest = bytes;
    let mut taken = 0_usize;
    loop {
        let start = rest.iter().position(|byte| !(byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',')));
        let Some((between, document)) = start.and_then(|start| rest.split_at_checked(start)) else {
            outcome.streamed |= rest.contains(&b'[') && taken == 0;
            return outcome;
        };
        outcome.streamed |= !between.trim_ascii().is_empty() || taken > 0;
        let (value, after, flaw) = first(document);
        take(&value);
        outcome.flaw = outcome.flaw.or(flaw);
        taken += 1;
        rest = after;
    }
}

/// Lines with `data:` in front; an empty line ends an event.
fn server_sent(bytes: &[u8], take: &mut dyn FnMut(&Value)) -> Outcome {
    let mut outcome = Outcome { streamed: true, ..Outcome::default() };
    let mut data: Vec<u8> = Vec::new();
    let mut known = false;
    // A line ends in either or both.
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .flat_map(|line| line.strip_suffix(b"\r").unwrap_or(line).split(|byte| *byte == b'\r'));
    for line in lines.chain([&[][..]]) {
        if line.is_empty() {
            outcome.end_of_event(&data, take);
            data.clear();
        } else if let Some(more) = line.strip_prefix(b"data:") {
            known = true;
            if more.trim_ascii() == DONE {
                outcome.done = true;
                continue;
            }
            if !data.is_empty() {
                data.push(b'\n');
            }
            data.extend_from_slice(more.strip_prefix(b" ").unwrap_or(more));
        } else {
            let field = line.split(|byte| *byte == b':').next().unwrap_or_default();
            known |= matches!(field, b"" | b"event" | b"id" | b"retry") || line.trim_ascii() == DONE;
            outcome.done |= line.trim_ascii() == DONE;
        }
    }
    if !known {
        outcome.streamed = false;
        outcome.flaw.get_or_insert_with(|| "the body is neither JSON nor a stream of events".to_owned());
    }
    outcome
}

impl Outcome {
    /// One event, or several where the lines between them were left out.
    fn end_of_event(&mut self, data: &[u8], take: &mut dyn FnMut(&Value)) {
        if !data.trim_ascii().is_empty()
            && let Some(flaw) = documents(data, take).flaw
        {
            self.flaw.get_or_insert(flaw);
        }
    }
}

/// The first document: what could be read of it, what stands behind it, and why not all could be read.
fn first(bytes: &[u8]) -> (Value, &[u8], Option<String>) {
    let (value, read) = json::document(bytes);
    if matches!(read, Ok(true)) {
        return (value, &[], None);
    }
    let end = Extent::default().end(bytes).unwrap_or(bytes.len());
    let (document, after) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    if read.is_ok() {
        return (value, after, None);
    }
    // What was read may stand behind it, and a text or a number that is none takes nothing else along.
    let (value, read) = json::document(&json::mended(document));
    (value, after, read.err().map(|error| flaw(&error, document)))
}

/// The error's own words may repeat what stands in the body.
fn flaw(error: &serde_json::Error, document: &[u8]) -> String {
    match error.classify() {
        Category::Eof => format!("the body ends early, at byte {}", document.len()),
        Category::Data => "an event is no object".to_owned(),
        _ => format!("the body is no proper JSON, at line {} column {}", error.line(), error.column()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> (Vec<String>, Outcome) {
        let mut ids = Vec::new();
        let outcome = each(text.as_bytes(), |event| ids.extend(event["id"].as_str().map(str::to_owned)));
        (ids, outcome)
    }

    #[test]
    fn every_form_of_a_stream_gives_its_events() {
        for text in [
            "data: {\"id\": \"a\"}\n\ndata: {\"id\": \"b\"}\n\ndata: [DONE]\n\n",
            ": keep-alive\r\n\r\nevent: x\r\ndata:{\"id\":\r\ndata: \"a\"}\r\n\r\ndata: {\"id\": \"b\"}",
            "{\"id\": \"a\"}\n{\"id\": \"b\"}\n",
            "event: x\rdata: {\"id\": \"a\"}\r\rdata: {\"id\":\rdata: \"b\"}\r\rdata: [DONE]\r\r",
            "data: {\"id\": \"a\"}\ndata: {\"id\": \"b\"}\ndata: [DONE]\n",
            "[{\"id\": \"a\"},\r\n{\"id\": \"b\"}]",
            "{\n \"id\": \"a\"\n}\n{\n \"id\": \"b\"\n}",
            "\u{FEFF}{\"id\": \"a\"}{\"id\": \"b\"}",
        ] {
            let (ids, outcome) = ids(text);
            assert_eq!(
                (ids.as_slice(), outcome.flaw.as_deref()),
                (&["a".to_owned(), "b".to_owned()][..], None),
                "{text}"
            );
            assert!(outcome.streamed, "{text}");
        }
        assert!(ids("data: [DONE]").1.done);
        assert!(ids("[DONE]").1.done);
    }

    #[test]
    fn pieces_of_an_array_are_events() {
        for piece in ["[{\"id\": \"a\"}", ",\r\n{\"id\": \"a\"}", "{\"id\": \"a\"}]"] {
            assert_eq!(ids(piece).0, ["a"], "{piece}");
        }
        assert_eq!(ids("]").1.flaw, None);
    }

    #[test]
    fn one_document_is_no_stream() {
        assert!(!ids("{\"id\": \"a\"}").1.streamed);
    }

    #[test]
    fn behind_a_broken_document_the_others_are_read() {
        for text in [
            "{\"id\": nothing}\n{\"id\": \"a\"}\n{\"id\": \"b\"}",
            "{\"id\": \"a\", \"b\n{\"id\": \"b\"}",
            "{\"id\": \"a\", \"b\": {\"c\": 1\n{\"id\": \"b\"}",
            "[{\"id\": \"a\"}\n,\r\n{\"b\": }\n,\r\n{\"id\": \"b\"}]",
            "data: {\"id\": \"a\"}\ndata: {\"b\"}\ndata: {\"id\": \"b\"}\n\n",
        ] {
            let (ids, outcome) = ids(text);
            assert_eq!(ids, ["a", "b"], "{text}");
            assert!(outcome.flaw.is_some(), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_utf_8_or_half_a_letter_takes_nothing_else_along() {
        for text in [&b"D\xE9j\xE0 vu"[..], br"\ud83d", br"\uDE00\ud83d\u0041", br"\\\ud83d\n", br"\ud83d\"] {
            let body = [b"{\"text\": \"", text, b"\", \"id\": \"a\"}"].concat();
            let mut events = Vec::new();
            let outcome = each(&body, |event| events.push(event.clone()));
            let broken = text.ends_with(b"d\\");
            assert_eq!((events.len(), outcome.flaw.is_some()), (1, broken), "{}", body.escape_ascii());
            assert_eq!(events[0]["id"] == "a", !broken, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn a_number_that_is_none_takes_nothing_else_along() {
        for number in ["NaN", "Infinity", "-Infinity", "[NaN,-Infinity, {\"x\":Infinity}]"] {
            let (read, outcome) = ids(&format!("{{\"logprob\": {number}, \"id\": \"a NaN \\\\\"}}\n{{\"id\": \"b\"}}"));
            assert_eq!((read, outcome.flaw), (vec!["a NaN \\".to_owned(), "b".to_owned()], None), "{number}");
        }
        assert_eq!(ids("data: {\"logprob\": NaN, \"id\": \"a\"}\n\ndata: [DONE]\n\n").0, ["a"]);
    }

    #[test]
    fn what_is_no_answer_has_a_reason() {
        for text in ["", "  ", "<html>busy</html>", "{", "{\"id\": 1e999}", "data: {\"id\": \"a", "nul"] {
            assert!(ids(text).1.flaw.is_some(), "{text}");
        }
    }

    #[test]
    fn a_reason_repeats_nothing_of_the_body() {
        for text in ["data: \"a secret\"", "{\"a secret\"}", "data: a secret", "a secret"] {
            let flaw = ids(text).1.flaw.unwrap();
            assert!(!flaw.contains("secret"), "{flaw}");
        }
    }
}
