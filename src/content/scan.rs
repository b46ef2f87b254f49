//! What a text holds, told by its bytes: many at once, where the machine can.

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, BuildError};

/// Texts of which any may stand in another.
#[derive(Clone, Debug)]
pub(super) enum Literals {
    /// Looks at 16 bytes and more at once.
    Packed(Searcher),
    /// For machines that cannot.
    Automaton(AhoCorasick),
}

impl Literals {
    pub(super) fn new(texts: &[&str]) -> Result<Self, BuildError> {
        let mut builder = Config::new().heuristic_pattern_limits(false).builder();
        match builder.extend(texts).build() {
            Some(searcher) => Ok(Self::Packed(searcher)),
            None => AhoCorasick::new(texts).map(Self::Automaton),
        }
    }

    /// Whether any of them stands in `bytes`.
    pub(super) fn any_in(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Packed(searcher) => searcher.find(bytes).is_some(),
            Self::Automaton(automaton) => automaton.is_match(bytes),
        }
    }
}

/// Whether `text` holds `byte`. Without a way out of the loop the machine takes many bytes at once, and texts are short.
pub(super) fn holds(text: &str, byte: u8) -> bool {
    #[expect(clippy::needless_bitwise_bool, reason = "a lazy one would be a way out of the loop")]
    let chunk = |bytes: &[u8]| bytes.iter().fold(false, |found, other| found | (*other == byte));
    text.as_bytes().chunks(256).any(chunk)
}

/// A bit in each byte of `word` that is `byte`, up to the first of them; behind it there may be others. None without.
#[inline]
pub(super) fn bytes_equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let other = word ^ (ONES * u64::from(byte));
    other.wrapping_sub(ONES) & !other & (ONES << 7)
}

/// Whether `length` bytes that belong follow one another. Of each stretch of that length the last byte is looked at
/// first: where it does not belong, no run goes over it.
pub(super) fn has_run(bytes: &[u8], length: usize, belongs: impl Fn(u8) -> bool) -> bool {
    let mut start = 0;
    while let Some(stretch) = bytes.get(start..start + length) {
        match stretch.iter().rposition(|byte| !belongs(*byte)) {
            Some(at) => start += at + 1,
            None => return true,
        }
    }
    false
}

/// Whether a backslash stands before one of `marks`.
pub(super) fn escapes(text: &[u8], marks: [u8; 3]) -> bool {
    let [a, b, c] = marks.map(|mark| move |byte: u8| u8::from(byte == mark));
    let behind = text.get(1..).unwrap_or_default();
    let escape = |byte: u8, next: u8| u8::from(byte == b'\\') & (a(next) | b(next) | c(next));
    // As in `holds`.
    text.iter().zip(behind).fold(0, |found, (byte, next)| found | escape(*byte, *next)) != 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn escapes_are_found_wherever_they_stand(text in r#"[\\u/n"a]{0,12}"#) {
            let found = text.contains("\\u") || text.contains("\\/") || text.contains("\\\\");
            prop_assert_eq!(escapes(text.as_bytes(), *b"u/\\"), found);
        }

        #[test]
        fn texts_are_found_wherever_they_stand(before in "[a-d]{0,80}", after in "[a-d]{0,80}", yes: bool) {
            let literals = Literals::new(&["xyz", "zzzz"]).unwrap();
            let text = format!("{before}{}{after}", if yes { "xyz" } else { "xy" });
            prop_assert_eq!(literals.any_in(text.as_bytes()), yes);
        }
    }
}
