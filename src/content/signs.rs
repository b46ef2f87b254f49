//! What every secret of the ready set and all media hold some of. A text without any of it is passed over: that is told
//! in less than what the patterns take for it. What a new pattern finds needs its sign here or in `token`, and its
//! place in `plain`; the tests in `redact/passed_over.rs` find what lacks one.

use std::sync::LazyLock;

use super::json::looks_like_json;
use super::media;
use super::plain::{CARD_BYTES, in_number};
use super::scan::{Literals, has_run};
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

static ALL: LazyLock<Option<Signs>> = LazyLock::new(|| {
    let literals = |words: &[&str]| {
        let lowered: Vec<String> =
            words.iter().map(|word| word.bytes().map(lowered).map(char::from).collect()).collect();
        Literals::new(&lowered.iter().map(String::as_str).collect::<Vec<_>>()).ok()
    };
    Some(Signs { few: literals(SIGNS)?, words: literals(WORDS)? })
});

/// A letter in lower case; some other bytes become one, too. It takes less than to tell letters.
fn lowered(byte: u8) -> u8 {
    byte | 0x20
}

/// So many bytes are looked at at once, on the stack.
const WINDOW: usize = 1024;
/// Windows overlap by the longest word.
const OVERLAP: usize = 16;
/// Letters of other alphabets that count as an ASCII letter where case does not: a long s and the sign of Kelvin.
const FOLDED: [char; 2] = ['\u{17f}', '\u{212a}'];

/// Within a run as long as a token a block of so many bytes stands whole.
const BLOCK: usize = 8;

/// Of a byte: it is looked at by itself.
const MARK: u8 = 1;
/// Of a byte: no token goes over it.
const END: u8 = 2;
const DIGIT: u8 = 4;
/// Bytes below are none of a token, nor are those beyond ASCII, which are negative. Spaces, quotes and the comma are
/// among them.
const LOWEST: i8 = b'-'.cast_signed();

/// Whether a pattern of the ready set may match `text`, or media may stand in it: false means that none does.
pub(super) fn has_sign(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut marks = Marks { bytes, is_json: looks_like_json(text), digits: 0, end: 0 };
    let mut lower = [0; WINDOW];
    let mut classes = [END; WINDOW];
    let mut at = 0;
    while let Some(window) = bytes.get(at..bytes.len().min(at + WINDOW)) {
        let lower = read(window, &mut lower, &mut classes);
        if at > 0
            && let Some(behind) = classes.get_mut(window.len()..)
        {
            // Behind the text nothing is marked, and no run goes on.
            behind.fill(END);
        }
        if marks.has_sign(&classes, at, window.len()) || has_word(lower) {
            return true;
        }
        if at + window.len() == bytes.len() {
            break;
        }
        at += WINDOW - OVERLAP;
    }
    (!text.is_ascii() && FOLDED.iter().any(|letter| text.contains(*letter)))
        || (marks.digits >= CARD_BYTES && has_run(bytes, CARD_BYTES, in_number))
        || media::has_long_run(text)
}

/// Finds out what each byte is, and lowers it. Without a way out of the loop the machine takes many at
/// once.
#[inline(never)]
fn read<'l>(bytes: &[u8], lower: &'l mut [u8; WINDOW], classes: &mut [u8; WINDOW]) -> &'l [u8] {
    let lower = lower.get_mut(..bytes.len()).unwrap_or_default();
    lower.iter_mut().zip(classes).zip(bytes).for_each(|((lower, class), byte)| {
        let of = |class: u8, is_it: bool| if is_it { class } else { 0 };
        let marked = of(MARK, *byte == b'@') | of(MARK, *byte == b'\\');
        *class = marked | of(END, byte.cast_signed() < LOWEST) | of(DIGIT, byte.is_ascii_digit());
        *lower = lowered(*byte);
    });
    lower
}

/// The class in each of eight bytes.
const fn each(class: u8) -> u64 {
    u64::from_le_bytes([class; BLOCK])
}

/// What is told by single bytes and by runs of them.
struct Marks<'t> {
    bytes: &'t [u8],
    is_json: bool,
    /// Those within two windows are counted twice.
    digits: usize,
    /// Where the last run ends that was looked at: each is, once.
    end: usize,
}

impl Marks<'_> {
    /// Whether a byte of the window at `at` tells by itself that a secret may stand there, or whether a token may.
    fn has_sign(&mut self, classes: &[u8; WINDOW], at: usize, length: usize) -> bool {
        let (blocks, _) = classes.as_chunks::<BLOCK>();
        let (pairs, _) = blocks.as_chunks::<2>();
        let mut at = at;
        for pair in pairs.get(..length.div_ceil(2 * BLOCK)).unwrap_or(pairs) {
            let [first, second] = pair.map(u64::from_le_bytes);
            if ((first | second) & each(MARK | DIGIT) != 0
                && (self.is_any_sign(first, at) || self.is_any_sign(second, at + BLOCK)))
                || (first & each(END) == 0 && self.has_token_around(at))
                || (second & each(END) == 0 && self.has_token_around(at + BLOCK))
            {
                return true;
            }
            at += 2 * BLOCK;
        }
        false
    }

    /// Whether one of the eight bytes at `at`, which are of these classes, is a sign by itself.
    #[inline]
    fn is_any_sign(&mut self, classes: u64, at: usize) -> bool {
        // The highest byte of the product is the sum of all.
        let [.., digits] = (classes & each(DIGIT)).wrapping_mul(each(1)).to_le_bytes();
        self.digits += usize::from(digits / DIGIT);
        classes & each(MARK) != 0 && self.is_any_marked_a_sign(classes & each(MARK), at)
    }

    #[cold]
    fn is_any_marked_a_sign(&self, mut marked: u64, at: usize) -> bool {
        while marked != 0 {
            match self.bytes.get(at + marked.trailing_zeros() as usize / BLOCK..) {
                // It can hide a secret from the patterns.
                Some([b'\\', b'u' | b'/' | b'\\', ..]) if self.is_json => return true,
                Some([b'@', ..]) => return true,
                _ => marked &= marked - 1,
            }
        }
        false
    }

    /// Whether a token may stand in the run that holds the block at `at`.
    #[inline(never)]
    fn has_token_around(&mut self, at: usize) -> bool {
        if at < self.end {
            return false;
        }
        let Some((before, behind)) = self.bytes.split_at_checked(at) else { return false };
        let tail = behind.iter().take_while(|byte| in_token(**byte)).count();
        if tail < BLOCK {
            return false;
        }
        self.end = at + tail;
        let head = before.iter().rev().take_while(|byte| in_token(**byte)).count();
        head + tail >= LONG_TOKEN_BYTES && begins_token(self.bytes, at - head, at + tail)
    }
}

/// Whether one of the signs stands in bytes that were [`lowered`].
fn has_word(lower: &[u8]) -> bool {
    ALL.as_ref().is_none_or(|signs| signs.few.any_in(lower) && signs.words.any_in(lower))
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
    #[test]
    fn a_sign_is_found_wherever_it_stands() {
        for sign in [
            "sk-a1B2c3D4e5F6g7H8",
            "a@b",
            "4111 1111-1111 1111",
            "Api_Key",
            "WHSEC_",
            "-----BEGIN",
            "\\u0041",
            "\\nsk-a1B2c3D4e5F6",
            "{\u{17f}",
        ] {
            for before in (0..4 * BLOCK).chain(WINDOW - 4 * BLOCK..WINDOW + 2 * BLOCK) {
                let before: String = "[ it is so".chars().chain(" and so on".chars().cycle()).take(before).collect();
                for behind in ["", " ", ", and so on it goes"] {
                    let text = format!("[{before} {sign}{behind}");
                    assert!(has_sign(&text), "{text}");
                    assert!(!has_sign(&format!("[{before} {behind}")), "{text}");
                }
            }
        }
    }
}
