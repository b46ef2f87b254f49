//! Short texts that hold no secret and no media, told by their bytes: names, ids, words of a list.

use super::patterns::{SHORTEST, may_end_secret_key};
use super::scan::{bytes_equal, has_run};
use super::token::{TOKEN_BYTES, may_begin};

/// Longer texts are looked at in other ways.
const LONGEST: usize = 128;

/// A bit for what a byte tells.
const NOT_PLAIN: u8 = 1;
/// A word begins behind it.
const BREAK: u8 = 2;
const COLON: u8 = 4;
const SLASH: u8 = 8;
const DIGIT: u8 = 16;

static KINDS: [u8; 256] = kinds();

#[expect(clippy::indexing_slicing, reason = "in a constant the compiler sees it")]
const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    loop {
        kinds[byte as usize] = match byte {
            // What JSON, media, a mail address, an assignment or an escape needs.
            b'@' | b'=' | b'"' | b'\'' | b'\\' | b';' | b'{' | b'[' | b'%' => NOT_PLAIN,
            b':' => BREAK | COLON,
            b'/' => BREAK | SLASH,
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => 0,
            _ => BREAK,
        };
        if byte == u8::MAX {
            return kinds;
        }
        byte += 1;
    }
}

fn kind(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or(NOT_PLAIN)
}

/// Whether `text` is too short for the ready set and for media, and is no JSON.
#[inline]
pub(super) fn is_short(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() < SHORTEST && bytes.first().is_none_or(u8::is_ascii_alphanumeric) && !has_at_sign(bytes)
}

/// Whether nothing of the ready set can match `text`, and no media stands in it. No is an answer for any text.
pub(super) fn is_plain(text: &str) -> bool {
    if text.len() < SHORTEST { is_short(text) } else { text.len() <= LONGEST && is_plain_bytes(text.as_bytes()) }
}

/// Of a few bytes, most of which are looked at together.
fn has_at_sign(bytes: &[u8]) -> bool {
    let in_words = |first: u64, last: u64| bytes_equal(first, b'@') | bytes_equal(last, b'@') != 0;
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        in_words(u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        in_words(u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
    } else {
        bytes.contains(&b'@')
    }
}

fn is_plain_bytes(bytes: &[u8]) -> bool {
    let (fours, rest) = bytes.as_chunks::<4>();
    let kinds = fours.iter().fold(0, |kinds, [a, b, c, d]| kinds | kind(*a) | kind(*b) | kind(*c) | kind(*d));
    let kinds = rest.iter().fold(kinds, |kinds, byte| kinds | kind(*byte));
    if kinds & NOT_PLAIN != 0 || may_begin(bytes) {
        return false;
    }
    // Behind a later break there is no room for a token.
    let early = bytes.get(..bytes.len().saturating_sub(TOKEN_BYTES)).unwrap_or_default();
    let mut early = early.iter().enumerate();
    let behind = |end: usize| may_begin(bytes.get(end..).unwrap_or_default());
    // Behind two dashes an option may stand, and behind it a secret.
    let is_option = |at: usize| bytes.get(at..).is_some_and(|rest| rest.starts_with(b"--"));
    let has_token = early.any(|(at, byte)| is_break(*byte) && (behind(at + 1) || is_option(at)));
    let has_secret = has_token || (kinds & (COLON | SLASH) != 0 && has_secret_behind_sign(bytes));
    let has_card = || kinds & DIGIT != 0 && has_run(bytes, CARD_BYTES, in_number);
    !has_secret && !has_card()
}

fn is_break(byte: u8) -> bool {
    kind(byte) & BREAK != 0
}

/// What stands before the slash of the one pattern that needs one.
const WEBHOOK: &[u8] = b"hooks.slack.com";

#[cold]
fn has_secret_behind_sign(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().any(|(at, byte)| {
        let before = bytes.get(..at).unwrap_or_default();
        match byte {
            // It may assign a secret to the name before it.
            b':' => before.last().is_some_and(|byte| *byte <= b' ') || may_end_secret_key(before),
            b'/' => before.ends_with(WEBHOOK),
            _ => false,
        }
    })
}

/// The shortest card number.
pub(super) const CARD_BYTES: usize = 13;

/// Whether a card number may hold `byte`: its digits, and blanks and dashes between them, some of which are of two or three
/// bytes.
pub(super) fn in_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | 0xc2 | 0xa0 | 0xe2 | 0x80 | 0xaf | 0x90..=0x93)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ids_and_words_of_every_day_are_plain() {
        for text in [
            "",
            "stop",
            "gpt-4o-mini-2024-07-18",
            "chatcmpl-9J3uQz0aTn4K",
            "conv_5j66UpCpwteGg4YSxUnt7lPY",
            "anthropic.claude-3-5-sonnet-20241022-v2:0",
            "meta-llama/Llama-3.1-8B-Instruct",
            "chat gpt-4o-mini",
            "src/agents/plan.rs",
            "app::agents::plan",
            "The order is late, so it is!",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for text in
            ["a@b", "password: hunter2", "Basic dXNlcjpwYXNzd29yZA", "sk-a1B2c3D4e5F6g7H8", "4111 1111 1111 1111"]
        {
            assert!(!is_plain(text), "{text}");
        }
    }
}
