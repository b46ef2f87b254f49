//! Bytes of a connection, put together to whole events.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of an event that has not ended. What is longer is left out.
const MAX_EVENT: usize = 1 << 20;

/// What has come of the event that has not ended. Shared between the stream and its end, and never by two threads at once.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    /// The event is longer than is kept.
    too_long: bool,
}

impl Pieces {
    pub(super) fn shared() -> Arc<Self> {
        Arc::default()
    }

    /// Adds what has come, and gives what is whole to `take`.
    pub(super) fn add(&self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        let mut held = self.held();
        // A boundary may stand across two pieces.
        let from = held.bytes.len().saturating_sub(3);
        held.bytes.extend_from_slice(bytes);
        if let Some(end) = last_boundary(&held.bytes, from) {
            let rest = held.bytes.split_off(end);
            let whole = std::mem::replace(&mut held.bytes, rest);
            if !std::mem::take(&mut held.too_long) {
                take(&whole);
            }
        }
        if held.bytes.len() > MAX_EVENT {
            held.bytes.clear();
            held.too_long = true;
        }
    }

    /// Gives what is left.
    pub(super) fn finish(&self, mut take: impl FnMut(&[u8])) {
        let mut held = self.held();
        let left = std::mem::take(&mut held.bytes);
        if !left.trim_ascii().is_empty() && !held.too_long {
            take(&left);
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the last event that is whole ends: at a blank line, or at any line's end where lines are JSON. An array of
/// JSON is whole at its end.
fn last_boundary(bytes: &[u8], from: usize) -> Option<usize> {
    match bytes.trim_ascii_start().first()? {
        b'[' | b',' => None,
        b'{' => bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1),
        _ => {
            let tail = bytes.get(from..).unwrap_or_default();
            let ends =
                |mark: &[u8]| tail.windows(mark.len()).rposition(|window| window == mark).map(|at| at + mark.len());
            [ends(b"\n\n"), ends(b"\r\n\r\n"), ends(b"\r\r")].into_iter().flatten().max().map(|at| from + at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pieces;

    fn events(pieces: &[&str]) -> Vec<String> {
        let held = Pieces::default();
        let mut events = Vec::new();
        for piece in pieces {
            held.add(piece.as_bytes(), |event| events.push(String::from_utf8_lossy(event).into_owned()));
        }
        held.finish(|event| events.push(String::from_utf8_lossy(event).into_owned()));
        events
    }

    #[test]
    fn events_are_whole_wherever_they_were_cut() {
        assert_eq!(events(&["da", "ta: 1\n", "\ndata: 2\n\nda", "ta: 3"]), ["data: 1\n\n", "data: 2\n\n", "data: 3"]);
        assert_eq!(events(&["data: 1\r\n\r", "\n", "data: 2\r\n\r\n"]).concat(), "data: 1\r\n\r\ndata: 2\r\n\r\n");
        assert_eq!(events(&["{\"a\"", ":1}\n{\"b\":2", "}\n"]), ["{\"a\":1}\n", "{\"b\":2}\n"]);
        assert_eq!(events(&["[{},\n", "{}]\n"]), ["[{},\n{}]\n"]);
    }

    #[test]
    fn an_event_without_end_is_left_out_and_the_next_is_read() {
        let endless = "x".repeat(super::MAX_EVENT);
        assert_eq!(events(&["data: ", &endless, "xx\n\n", "data: 2\n\n"]), ["data: 2\n\n"]);
    }
}
