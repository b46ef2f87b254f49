//! Where a document of JSON ends, found without reading it: a broken one takes nothing of what follows with it.

/// What a byte is to the document that is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Within,
    /// The document ends with it.
    Last,
    /// The document was broken off, and another one begins with it.
    Next,
}

/// How far a document was gone through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent {
    depth: usize,
    in_text: bool,
    escaped: bool,
    line_begins: bool,
    /// The last byte that is neither space nor inside a text.
    last: u8,
}

impl Extent {
    /// How much of `bytes` the document takes that they begin with.
    pub(super) fn of(bytes: &[u8]) -> usize {
        let mut extent = Self::default();
        for (at, byte) in bytes.iter().enumerate() {
            match extent.step(*byte) {
                Step::Within => {}
                Step::Last => return at + 1,
                Step::Next => return at,
            }
        }
        bytes.len()
    }

    /// Goes on by one byte.
    pub(crate) fn step(&mut self, byte: u8) -> Step {
        if self.in_text {
            self.step_in_text(byte);
            return Step::Within;
        }
        let line_begins = std::mem::replace(&mut self.line_begins, byte == b'\n');
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return Step::Within,
            b'"' => self.in_text = true,
            // An object does not stand there in a document that is whole.
            b'{' if line_begins && self.depth > 0 && !matches!(self.last, b'[' | b',' | b':') => return Step::Next,
            b'{' => self.depth += 1,
            b'}' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Step::Last;
                }
            }
            _ => {}
        }
        self.last = byte;
        Step::Within
    }

    fn step_in_text(&mut self, byte: u8) {
        let escaped = std::mem::take(&mut self.escaped);
        match byte {
            // A text that is whole has no line's end in it.
            b'\n' => (self.in_text, self.line_begins) = (false, true),
            _ if escaped => {}
            b'\\' => self.escaped = true,
            b'"' => self.in_text = false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Extent;

    #[track_caller]
    fn check(document: &str, after: &str) {
        assert_eq!(Extent::of(format!("{document}{after}").as_bytes()), document.len(), "{document}");
    }

    #[test]
    fn a_document_ends_with_its_last_brace() {
        for document in ["{}", r#"{"a": "}{\"}\\"}"#, "{\n \"a\": [\n{\n},\n{}\n]\n}", "[{\"a\": {}}", ",\r\n{}"] {
            check(document, "");
            check(document, "{\"b\": 1}");
            check(document, "\n]");
        }
    }

    #[test]
    fn a_broken_document_ends_where_a_line_begins_another_one() {
        for document in ["{\"a\": 1\n", "{\"a\": \"text\n", "{\"a\": {\n", "{\"a\": \"\\\n", "{\"a\": {}\n"] {
            check(document, "{\"b\": 1}");
        }
        check("{\"a\": nothing}", "{\"b\": 1}");
        check("{\"a\": [1}", "{\"b\": 1}");
    }
}
