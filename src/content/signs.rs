//! What every secret of the ready set and all media hold some of. A text without any of it is passed over: that is told
//! in less than what the patterns take for it. What a new pattern finds needs its sign here or in `token`, and its
//! place in `plain`; the tests in `redact/passed_over.rs` find what lacks one.

use std::sync::LazyLock;

use memchr::{memchr, memmem};

use super::json::looks_like_json;
use super::media;
use super::plain::{CARD_BYTES, in_number};
use super::scan::{Literals, escapes, has_run};
use super::window::{Windows, lowered};

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
    "pwd=",
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
    "subscription_key",
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
    "pitoken",
    "ertoken",
    "ottoken",
    "pwd=",
    "token=",
    "sig=",
    "signature=",
    "key=",
    "auth=",
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

/// Letters of other alphabets that count as an ASCII letter where case does not: a long s and the sign of Kelvin.
const FOLDED: [char; 2] = ['\u{17f}', '\u{212a}'];
/// So many escapes are looked at one by one; behind them all bytes are.
const FEW_ESCAPES: usize = 8;

/// Whether a pattern of the ready set may match `text`, or media may stand in it: false means that none does.
pub(super) fn has_sign(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut windows = Windows::of(bytes);
    while let Some(mut window) = windows.next() {
        if window.may_hold_token() || has_word(window.lowered) {
            return true;
        }
    }
    memchr(b'@', bytes).is_some()
        // The same, as a URL has it.
        || (windows.digits() > 1 && memmem::find(bytes, b"%40").is_some())
        || (looks_like_json(text) && hides_something(bytes))
        || (!text.is_ascii() && FOLDED.iter().any(|letter| text.contains(*letter)))
        || (windows.digits() >= CARD_BYTES && has_run(bytes, CARD_BYTES, in_number))
        || media::has_long_run(text)
}

/// Whether an escape stands in `json` that can hide a secret from the patterns.
pub(super) fn hides_something(json: &[u8]) -> bool {
    let mut rest = json;
    for _ in 0..FEW_ESCAPES {
        match memchr(b'\\', rest).and_then(|at| rest.get(at..)) {
            Some([_, b'u' | b'/' | b'\\', ..]) => return true,
            Some([_, _, behind @ ..]) => rest = behind,
            _ => return false,
        }
    }
    escapes(rest, *b"u/\\")
}

/// Whether one of the signs stands in bytes that were [`lowered`].
fn has_word(lower: &[u8]) -> bool {
    ALL.as_ref().is_none_or(|signs| signs.few.any_in(lower) && signs.words.any_in(lower))
}

#[cfg(test)]
mod tests {
    use super::super::window::{BLOCK, OVERLAP, WINDOW};
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
            "%40",
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
