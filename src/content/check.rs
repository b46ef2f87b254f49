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
    /// Nor is what a help text or an error says there: words and names without a digit, or what is told part by part.
    Prose,
}

impl Check {
    /// Whether `text[found]`, which a pattern found, is a secret. What Luhn's check needs is found otherwise.
    pub(super) fn passes(self, text: &str, found: &Range<usize>) -> bool {
        match self {
            Self::None | Self::Luhn => true,
            Self::Words => !text.get(found.clone()).is_some_and(is_words),
            Self::Value => {
                let is_called = text.get(found.end..).is_some_and(|rest| rest.starts_with('('));
                !(is_called && text.get(found.clone()).is_some_and(is_path))
            }
            Self::Prose => !text.get(found.clone()).is_some_and(is_prose),
        }
    }
}

/// Of a function or a type: `os.getenv`, `rpassword::prompt`.
fn is_path(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphabetic() || "_.:".contains(letter))
}

fn is_prose(text: &str) -> bool {
    const PARTS: [&str; 4] = ["id=", "src=", "type=", "env="];
    text.chars().all(|letter| letter.is_alphabetic() || "_-.,;:!?()[]".contains(letter))
        || PARTS.iter().any(|part| text.starts_with(part))
}

fn is_words(text: &str) -> bool {
    let has_digit = || text.contains(|letter: char| letter.is_ascii_digit());
    text.chars().all(char::is_alphabetic) || (text.matches('-').count() > 1 && !has_digit())
}
