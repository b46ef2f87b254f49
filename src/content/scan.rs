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

/// Whether `length` bytes that belong follow one another. Of each stretch of that length the last byte is looked at
/// first: where it does not belong, no run goes over it.
pub(super) fn has_run(text: &str, length: usize, belongs: impl Fn(u8) -> bool) -> bool {
    let mut start = 0;
    while let Some(stretch) = text.as_bytes().get(start..start + length) {
        match stretch.iter().rposition(|byte| !belongs(*byte)) {
            Some(at) => start += at + 1,
            None => return true,
        }
    }
    false
}

/// Whether a backslash stands before one of `marks`.
pub(super) fn escapes(text: &str, marks: &[u8]) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('\\') {
        if after.bytes().next().is_some_and(|next| marks.contains(&next)) {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn escapes_are_found_wherever_they_stand(text in r#"[\\u/n"a]{0,12}"#) {
            let found = text.contains("\\u") || text.contains("\\/") || text.contains("\\\\");
            prop_assert_eq!(escapes(&text, b"u/\\"), found);
        }

        #[test]
        fn texts_are_found_wherever_they_stand(before in "[a-d]{0,80}", after in "[a-d]{0,80}", yes: bool) {
            let literals = Literals::new(&["xyz", "zzzz"]).unwrap();
            let text = format!("{before}{}{after}", if yes { "xyz" } else { "xy" });
            prop_assert_eq!(literals.any_in(text.as_bytes()), yes);
        }
    }
}
