//! What a pattern's match must pass besides.

use std::ops::Range;

/// What a match must pass besides.
#[derive(Clone, Copy, Debug)]
pub(in crate::content) enum Check {
    None,
    /// Only what passes Luhn within the match is a secret.
    Luhn,
    /// What is a word, or words with dashes between them, is none.
    Words,
    /// What is called is none: a function, or a type whose value stands behind it.
    Value,
}

impl Check {
    /// Whether `text[found]`, which a pattern found, is a secret. What Luhn's check needs is found otherwise.
    pub(super) fn passes(self, text: &str, found: &Range<usize>) -> bool {
        match self {
            Self::None | Self::Luhn => true,
            Self::Words => !text.get(found.clone()).is_some_and(is_words),
            Self::Value => !text.get(found.end..).is_some_and(|rest| rest.starts_with('(')),
        }
    }
}

fn is_words(text: &str) -> bool {
    let has_digit = || text.contains(|letter: char| letter.is_ascii_digit());
    text.chars().all(char::is_alphabetic) || (text.matches('-').count() > 1 && !has_digit())
}
