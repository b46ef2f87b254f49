//! Where a document of JSON ends, found without reading it: a broken one takes nothing of what follows with it.

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
    /// Where the document ends in `bytes`, which go on where those of the call before ended: behind its last brace, or, of
    /// one that is broken off, where a line begins another one.
    pub(crate) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.in_text {
                at += self.text(bytes.get(at..).unwrap_or_default());
                continue;
            }
            let line_begins = std::mem::replace(&mut self.line_begins, *byte == b'\n');
            at += 1;
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                b'"' => self.in_text = true,
                // In a document that is whole no object stands there.
                b'{' if line_begins && self.depth > 0 && !matches!(self.last, b'[' | b',' | b':') => {
                    return Some(at - 1);
                }
                b'{' => self.depth += 1,
                b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
            self.last = *byte;
        }
        None
    }

    /// Goes on in a text; how far.
    fn text(&mut self, bytes: &[u8]) -> usize {
        let mut escaped = std::mem::take(&mut self.escaped);
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                // A text that is whole has no line's end in it.
                b'\n' => {
                    (self.in_text, self.line_begins) = (false, true);
                    return at + 1;
                }
                _ if escaped => escaped = false,
                b'"' => {
                    self.in_text = false;
                    return at + 1;
                }
                b'\\' => escaped = true,
                _ => {}
            }
        }
        self.escaped = escaped;
        bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Extent;

    #[track_caller]
    fn check(document: &str, after: &str) {
        let end = Extent::default().end(format!("{document}{after}").as_bytes());
        assert_eq!(end, Some(document.len()), "{document}");
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
