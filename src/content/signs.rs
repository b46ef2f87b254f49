//! What every secret of the ready set and all media hold some of. A text without any of it is passed over: that is told
//! in less than what the patterns take for it. What a new pattern finds needs its sign here or in `token`, and its
//! place in `plain`; the tests in `redact/passed_over.rs` find what lacks one.

use std::sync::LazyLock;

use super::json::looks_like_json;
use super::media;
use super::plain::{CARD_BYTES, in_number};
use super::scan::{Literals, escapes, has_run};
use super::token::{LONG_TOKEN_BYTES, in_token, may_begin};

/// In lower case, of which one stands in whatever a pattern matches that is no token, and in all media. They are few, so
/// that they are looked for at once; in another order more places of everyday text would be looked at twice.
const SIGNS: &[&str] = &[
    "whsec",
    "-lf-",
    "base64",
    "slack.com/",
    "ikey",
    "secret",
    "passw",
    "nline",
    "input_audio",
    "sk-or-",
    "blob\"",
    "token",
    "bearer",
    "-key",
    "ekey",
    "authoriz",
    "passp",
    "_key",
    "basic",
    "cookie",
    "-----begin",
    "sig=",
    "ature=",
    "key=",
    "auth=",
];
/// The same, more closely. Texts of every day hold some of the former.
const WORDS: &[&str] = &[
    "-----begin",
    "hooks.slack.com/",
    "authorization",
    "bearer",
    "basic",
    "api-key",
    "api_key",
    "apikey",
    "subscription-key",
    "private-key",
    "private_key",
    "privatekey",
    "secret",
    "passw",
    "passphrase",
    "cookie",
    "whsec_",
    "pk-lf-",
    "sk-lf-",
    "sk-or-",
    "-token",
    "_token",
    "sstoken",
    "shtoken",
    "thtoken",
    "idtoken",
    "ontoken",
    "tytoken",
    "?token=",
    "&token=",
    "?sig=",
    "&sig=",
    "?signature=",
    "&signature=",
    "?key=",
    "&key=",
    "?auth=",
    "&auth=",
    "x-amz-signature=",
    "base64",
    "\"blob\"",
    "nline",
    "input_audio",
];

/// Texts to be found in one pass.
struct Signs {
    few: Literals,
    words: Literals,
}

static ALL: LazyLock<Option<Signs>> =
    LazyLock::new(|| Some(Signs { few: Literals::new(SIGNS).ok()?, words: Literals::new(WORDS).ok()? }));

/// So many bytes are put into lower case at once, on the stack.
const WINDOW: usize = 1024;
/// Windows overlap by the longest word.
const OVERLAP: usize = 16;
/// Letters of other alphabets that count as an ASCII letter where case does not: a long s and the sign of Kelvin.
const FOLDED: [char; 2] = ['\u{17f}', '\u{212a}'];

/// Whether a pattern of the ready set may match `text`, or media may stand in it: false means that none does.
pub(super) fn has_sign(text: &str) -> bool {
    let bytes = text.as_bytes();
    let seen = Seen::of(bytes);
    seen.at
        || (seen.backslash && looks_like_json(text) && escapes(text, *b"u/\\"))
        || (seen.beyond_ascii && FOLDED.iter().any(|letter| text.contains(*letter)))
        || (seen.digits >= CARD_BYTES && has_run(bytes, CARD_BYTES, in_number))
        || has_token(bytes)
        || has_word(bytes)
        || media::has_long_run(text)
}

/// What is told of a text by single bytes, of which the machine takes so many at once.
struct Seen {
    at: bool,
    backslash: bool,
    beyond_ascii: bool,
    digits: usize,
}

const LANES: usize = 16;

impl Seen {
    fn of(bytes: &[u8]) -> Self {
        let mut lanes = Lanes::default();
        let (chunks, rest) = bytes.as_chunks::<LANES>();
        for chunk in chunks {
            lanes.add(chunk);
        }
        let mut last = [0; LANES];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        lanes.add(&last);
        let any = |lanes: [u8; LANES]| lanes.iter().fold(0, |any, lane| any | lane);
        Self {
            at: any(lanes.at) != 0,
            backslash: any(lanes.backslash) != 0,
            beyond_ascii: !any(lanes.all).is_ascii(),
            digits: lanes.digits.iter().map(|digits| usize::from(*digits)).sum(),
        }
    }
}

/// The same of every sixteenth byte each.
#[derive(Default)]
struct Lanes {
    at: [u8; LANES],
    backslash: [u8; LANES],
    all: [u8; LANES],
    digits: [u8; LANES],
}

impl Lanes {
    // Else all lanes are read and written for each chunk.
    #[inline(always)]
    fn add(&mut self, chunk: &[u8; LANES]) {
        fn each(lanes: &mut [u8; LANES], chunk: &[u8; LANES], of: impl Fn(u8, u8) -> u8) {
            lanes.iter_mut().zip(chunk).for_each(|(lane, byte)| *lane = of(*lane, *byte));
        }
        each(&mut self.at, chunk, |lane, byte| lane | u8::from(byte == b'@'));
        each(&mut self.backslash, chunk, |lane, byte| lane | u8::from(byte == b'\\'));
        each(&mut self.all, chunk, |lane, byte| lane | byte);
        // Saturating, in a way that the machine has for many at once.
        let digit = |byte: u8| u8::from(byte.wrapping_sub(b'0') < 10);
        each(&mut self.digits, chunk, |lane, byte| lane.max(lane.wrapping_add(digit(byte))));
    }
}

/// Whether one of the signs stands in `bytes`, in any case.
fn has_word(bytes: &[u8]) -> bool {
    let Some(signs) = ALL.as_ref() else { return true };
    let mut lower = [0; WINDOW];
    let mut rest = bytes;
    loop {
        let length = rest.len().min(WINDOW);
        let (Some(lower), Some(window)) = (lower.get_mut(..length), rest.get(..length)) else { return true };
        lower.copy_from_slice(window);
        lower.make_ascii_lowercase();
        if signs.few.any_in(lower) && signs.words.any_in(lower) {
            return true;
        }
        if length == rest.len() {
            return false;
        }
        rest = rest.get(length - OVERLAP..).unwrap_or_default();
    }
}

/// Within a run as long as a token a block of so many bytes stands whole.
const BLOCK: usize = 8;
/// Bytes below are none of a token: spaces, quotes and the comma among them.
const LOWEST: u8 = b'-';

/// Whether a token may stand in `bytes`: each is a run that is longer than most words.
fn has_token(bytes: &[u8]) -> bool {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let (pairs, rest) = blocks.as_chunks::<2>();
    // Where the last run ends that was looked at: each is, once.
    let mut end = 0;
    for (at, [first, second]) in pairs.iter().enumerate() {
        if is_whole(*first) || is_whole(*second) {
            let at = at * 2 * BLOCK;
            if has_token_around(bytes, at, &mut end) || has_token_around(bytes, at + BLOCK, &mut end) {
                return true;
            }
        }
    }
    !rest.is_empty() && has_token_around(bytes, pairs.len() * 2 * BLOCK, &mut end)
}

/// Whether no byte of the block is below the lowest of a token, nor beyond ASCII.
#[inline]
fn is_whole(block: [u8; BLOCK]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(block);
    let above = (word | (ONES << 7)) - ONES * u64::from(LOWEST);
    above & !word & (ONES << 7) == ONES << 7
}

/// Whether a token may stand in the run that holds the block at `at`, and where that run ends.
fn has_token_around(bytes: &[u8], at: usize, end: &mut usize) -> bool {
    if at < *end {
        return false;
    }
    let Some((before, behind)) = bytes.split_at_checked(at) else { return false };
    let tail = behind.iter().take_while(|byte| in_token(**byte)).count();
    if tail < BLOCK {
        return false;
    }
    *end = at + tail;
    let head = before.iter().rev().take_while(|byte| in_token(**byte)).count();
    head + tail >= LONG_TOKEN_BYTES && begins_token(bytes, at - head, at + tail)
}

fn begins_token(bytes: &[u8], start: usize, end: usize) -> bool {
    let run = bytes.get(start..end).unwrap_or_default();
    let is_break = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'_';
    may_begin(run)
        // Behind the letter of an escape such as `\n`.
        || (bytes.get(..start).is_some_and(|before| before.ends_with(b"\\"))
            && may_begin(run.get(1..).unwrap_or_default()))
        || run.iter().enumerate().any(|(at, byte)| is_break(byte) && may_begin(run.get(at + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_few_signs_stand_in_all_words_and_the_words_in_all_signs_of_media() {
        for word in WORDS {
            assert!(SIGNS.iter().any(|sign| word.contains(sign)), "{word}");
            assert!(word.len() <= OVERLAP, "{word}");
        }
        for sign in media::SIGNS {
            assert!(WORDS.contains(&sign), "{sign}");
        }
    }

    #[test]
    fn a_conversation_of_every_day_holds_no_sign() {
        for text in [
            r#"[{"role":"user","parts":[{"type":"text","content":"It said \"two to three working days\".\nWhere is order 173254000?"}]}]"#,
            "Internationalization of responsibilities: the risk-adjusted return was confirmed on 2024-07-18, for now.",
            "Vielen Dank für Ihre Bestätigung – die Lieferung ist unterwegs und kommt morgen zwischen 8 und 12 Uhr an.",
        ] {
            assert!(!has_sign(text), "{text}");
        }
    }
}
