//! Bytes of a connection, put together to whole events.

use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::response::{Extent, shorten};

/// Bytes of an event that has not ended. What is longer, also without the excess of its texts, is left out.
const MAX_EVENT: usize = 1 << 20;
/// Bytes that a stream keeps room for between its events.
const USUAL_EVENT: usize = 64 << 10;

/// What has come of the event that has not ended. Shared between the stream and its end, and never by two threads at once.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    /// Nothing between two events.
    form: Option<Form>,
    /// The event is longer than is kept.
    too_long: bool,
    /// One was.
    left_out: bool,
}

/// How it is known where an event ends. No byte is looked at twice.
#[derive(Debug)]
enum Form {
    /// At an empty line.
    Lines(Lines),
    /// At the end of an object, which may be one of a list.
    Json(Extent),
}

/// Lines end in a line feed, a carriage return, or both.
#[derive(Debug, Default)]
struct Lines {
    holds_something: bool,
    returned: bool,
}

impl Pieces {
    pub(super) fn shared() -> Arc<Self> {
        Arc::default()
    }

    /// Adds what has come, and gives each event that is whole to `read`.
    pub(super) fn add(&self, bytes: &[u8], mut read: impl FnMut(&[u8])) {
        let mut held = self.held();
        let mut rest = bytes;
        loop {
            let form = match &mut held.form {
                Some(form) => form,
                none => {
                    rest = rest.trim_ascii_start();
                    let Some(first) = rest.first() else { return };
                    none.insert(Form::beginning_with(*first))
                }
            };
            let Some((event, after)) = form.end(rest).and_then(|end| rest.split_at_checked(end)) else { break };
            held.end(event, &mut read);
            rest = after;
        }
        held.keep(rest);
    }

    /// Gives what is left; whether an event was left out.
    pub(super) fn finish(&self, mut read: impl FnMut(&[u8])) -> bool {
        let mut held = self.held();
        if held.form.is_some() {
            held.end(&[], &mut read);
        }
        held.left_out
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// The event is whole with this.
    fn end(&mut self, rest: &[u8], read: &mut impl FnMut(&[u8])) {
        self.form = None;
        if take(&mut self.too_long) {
            return;
        }
        if self.bytes.is_empty() {
            read(rest);
        } else {
            self.bytes.extend_from_slice(rest);
            read(&self.bytes);
            self.bytes.clear();
            self.bytes.shrink_to(USUAL_EVENT);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.too_long {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > MAX_EVENT {
            self.bytes = shorten(&self.bytes);
            // Where little was gained it would soon be asked for again.
            if self.bytes.len() > MAX_EVENT / 2 {
                self.bytes = Vec::new();
                (self.too_long, self.left_out) = (true, true);
            }
        }
    }
}

impl Form {
    fn beginning_with(byte: u8) -> Self {
        match byte {
            b'{' | b'[' | b']' | b',' => Self::Json(Extent::default()),
            _ => Self::Lines(Lines::default()),
        }
    }

    /// Where the event ends in what comes next of it.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Lines(lines) => lines.end(bytes),
            Self::Json(extent) => extent.end(bytes),
        }
    }
}

impl Lines {
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let Self { mut holds_something, mut returned } = *self;
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' if returned => returned = false,
                b'\n' | b'\r' if !holds_something => return Some(at + 1),
                b'\n' | b'\r' => (holds_something, returned) = (false, *byte == b'\r'),
                _ => (holds_something, returned) = (true, false),
            }
        }
        *self = Self { holds_something, returned };
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Pieces;

    /// Those that come out, without the space around them.
    fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let held = Pieces::default();
        let mut events = Vec::new();
        let mut take = |event: &[u8]| events.push(String::from_utf8_lossy(event.trim_ascii()).into_owned());
        for piece in pieces {
            held.add(piece, &mut take);
        }
        held.finish(&mut take);
        events
    }

    #[test]
    fn events_are_whole_wherever_they_were_cut() {
        for (text, expected) in [
            ("data: 1\n\ndata: 2\n\ndata: 3", &["data: 1", "data: 2", "data: 3"][..]),
            ("data: 1\r\n\r\n\r\ndata: 2\ndata: 3\r\n\r\n", &["data: 1", "data: 2\ndata: 3"]),
            ("data: 1\r\rdata: 2\n\r\ndata: 3\n\r", &["data: 1", "data: 2", "data: 3"]),
            (": waiting\n\n\n\ndata: 1\n\n{\"a\":{}}", &[": waiting", "data: 1", "{\"a\":{}}"]),
            ("{\"a\":1}\n{\"b\":2}\r\n{\"c\":3}{\"d\":4}", &["{\"a\":1}", "{\"b\":2}", "{\"c\":3}", "{\"d\":4}"]),
            ("{\n \"a\": {\n  \"b\": 1\n }\n}\n", &["{\n \"a\": {\n  \"b\": 1\n }\n}"]),
            ("[{\"a\":1}\n,\r\n{\"b\":2}]\n", &["[{\"a\":1}", ",\r\n{\"b\":2}", "]"]),
            ("{\"a\":\"ä\n{\"b\":2}\ndata: 3\n\n", &["{\"a\":\"ä", "{\"b\":2}", "data: 3"]),
        ] {
            for size in 1..=text.len() {
                assert_eq!(events(text.as_bytes().chunks(size)), expected, "{text:?} by {size}");
            }
        }
    }

    #[test]
    fn an_event_that_is_too_long_is_left_out_and_no_other_one() {
        let long = "[\"x\"],".repeat(super::MAX_EVENT / 6);
        for (begin, end) in [("data: ", "\n\n"), ("{\"a\":[", "0]}"), ("data: {\"a\": [", ",{[\"}\r\n\r\n")] {
            let next = "data: 2\n\n{\"b\":3}data: 4\n\n";
            for pieces in [
                &["data: 1\n\n", begin, &long, "x", end, next][..],
                &[&format!("data: 1\n\n{begin}{long}"), &format!("x{end}{next}")],
            ] {
                let events = events(pieces.iter().map(|piece| piece.as_bytes()));
                assert_eq!(events, ["data: 1", "data: 2", "{\"b\":3}", "data: 4"], "{begin}");
            }
        }
    }
}
