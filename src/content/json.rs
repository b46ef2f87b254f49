//! Text that is JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::scan::{bytes_equal, has_run};
use crate::json_number::is_as_written;

/// How deep JSON within a string of JSON is followed.
pub(super) const NESTED: usize = 3;
/// A whole number of fewer digits has room in 64 bits.
const DIGITS: usize = 19;

/// The JSON that `text` is: an object, an array or a string. Nested deeper than 128, it counts as plain text.
pub(super) fn parse(text: &str) -> Option<Value> {
    if !looks_like_json(text) {
        return None;
    }
    serde_json::from_str(&with_all_digits(text)).ok()
}

/// The JSON that `text` is, or `text` as a JSON string: also where a number would be written in another way, as `1.10`.
pub(super) fn json_of(text: &str) -> Value {
    let json = serde_json::from_str(&with_all_digits(text)).ok();
    json.filter(|json| is_as_written(json, text)).unwrap_or_else(|| Value::from(text))
}

/// `text` with quotes around whole numbers beyond 64 bits, such as a parcel's: they would be read as doubles.
pub(super) fn with_all_digits(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let has_digits = has_run(text.as_bytes(), DIGITS, |byte| byte.is_ascii_digit());
    let (mut from, mut at) = (0, if has_digits { 0 } else { text.len() });
    while let Some((byte, behind)) = text.as_bytes().get(at..).and_then(<[u8]>::split_first) {
        at += match byte {
            b'"' => string_bytes(behind).map_or(behind.len(), |length| length + 1) + 1,
            b'-' | b'0'..=b'9' => {
                let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let end = at + 1 + behind.iter().position(|byte| !is_of_number(byte)).unwrap_or(behind.len());
                let (Some(before), Some(number)) = (text.get(from..at), text.get(at..end)) else { break };
                if is_beyond_64_bits(number) {
                    out.extend([before, "\"", number, "\""]);
                    from = end;
                }
                number.len()
            }
            _ => 1,
        };
    }
    if from == 0 { Cow::Borrowed(text) } else { Cow::Owned(out + text.get(from..).unwrap_or_default()) }
}

/// What begins with a nought is no number of JSON.
fn is_beyond_64_bits(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.len() >= DIGITS && is_whole && number.parse::<i64>().is_err() && number.parse::<u64>().is_err()
}

/// Whether `text` begins as JSON that can hold text.
pub(super) fn looks_like_json(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'{' | b'[' | b'"') => true,
        Some(first) if first.is_ascii_alphanumeric() => false,
        _ => text.trim_start().starts_with(['{', '[', '"']),
    }
}

/// Whether each object of a list of JSON has the member: yes is certain where `list` is JSON, and no is not. Strings are
/// passed over many bytes at once.
pub(super) fn each_has(list: &str, member: &str) -> bool {
    if is_last_of_one(list, member).is_some() {
        return true;
    }
    let mut depth = 0_usize;
    let mut found = false;
    let mut rest = list.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'"' => {
                let Some(length) = string_bytes(behind) else { return false };
                let (string, behind) = behind.split_at(length);
                rest = behind.get(1..).unwrap_or_default();
                found |= depth == 2 && *string == *member.as_bytes() && rest.trim_ascii_start().starts_with(b":");
            }
            b'{' | b'[' => {
                depth += 1;
                // Of what is no object nothing is asked.
                found |= depth == 2 && *byte == b'[';
            }
            b'}' | b']' => {
                if depth == 0 || (depth == 2 && !found) {
                    return false;
                }
                found &= depth != 2;
                depth -= 1;
            }
            _ => {}
        }
    }
    depth == 0
}

/// The text under `member`, which is the last one of the only object of a list: told from the list's end.
fn is_last_of_one<'t>(list: &'t str, member: &str) -> Option<&'t str> {
    let object = list.trim_ascii_end().strip_suffix(']')?.trim_ascii_end().strip_suffix('}')?.trim_ascii_end();
    let (before, text) = object.strip_suffix('"')?.rsplit_once('"')?;
    let name = before.trim_ascii_end().strip_suffix(':')?.trim_ascii_end().strip_suffix('"')?;
    let before_name = name.strip_suffix(member)?.strip_suffix('"')?;
    let escaped = before_name.ends_with('\\') || text.contains('\\');
    // Another object stands behind a comma, and the comma behind a brace.
    let pairs = list.bytes().zip(list.as_bytes().get(1..).unwrap_or_default());
    let parts = |byte: u8, next: u8| u8::from(byte == b'}') & (u8::from(next == b',') | u8::from(next <= b' '));
    let parted = pairs.fold(0, |found, (byte, next)| found | parts(byte, *next)) != 0;
    (!escaped && !parted).then_some(text)
}

/// Bytes of the string that `rest` begins in, up to its quote.
fn string_bytes(rest: &[u8]) -> Option<usize> {
    let is_end = |byte: &u8| *byte == b'"' || *byte == b'\\';
    let end_in = |chunk: &[u8; 16]| {
        // Without a way out of the loop the machine takes all of a chunk at once.
        let end = |byte: u8| u8::from(byte == b'"') | u8::from(byte == b'\\');
        chunk.iter().fold(0, |ends, byte| ends | end(*byte)) != 0
    };
    let mut behind = rest;
    loop {
        if let Some((chunk, next)) = behind.split_first_chunk::<16>()
            && !end_in(chunk)
        {
            behind = next;
            continue;
        }
        let length = match behind.first_chunk() {
            Some(word) => first_end(u64::from_le_bytes(*word)),
            None => None,
        };
        let length = length.or_else(|| behind.iter().position(is_end))?;
        let (_, end) = behind.split_at_checked(length)?;
        if let [b'"', ..] = end {
            return Some(rest.len() - end.len());
        }
        behind = end.get(2..)?;
    }
}

/// Where the first quote or backslash stands in eight bytes.
fn first_end(word: u64) -> Option<usize> {
    let ends = bytes_equal(word, b'"') | bytes_equal(word, b'\\');
    (ends != 0).then(|| ends.trailing_zeros() as usize / 8)
}

/// Renames the object's keys by `rename`. Keys that become equal keep apart by a number.
pub(super) fn rename_keys(object: &mut Map<String, Value>, mut rename: impl FnMut(&str) -> Option<String>) -> bool {
    let names: Vec<Option<String>> = object.keys().map(|key| rename(key)).collect();
    if names.iter().all(Option::is_none) {
        return false;
    }
    let members = std::mem::take(object);
    let mut copies: HashMap<String, usize> = HashMap::new();
    for ((key, value), name) in members.into_iter().zip(names) {
        let mut free = name.unwrap_or(key);
        while object.contains_key(&free) {
            let count = copies.entry(free.clone()).or_insert(1);
            *count += 1;
            free = format!("{free}#{count}");
        }
        object.insert(free, value);
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_keep_their_digits() {
        for (text, kept) in [
            (r#"{"parcel": 92748902711539543475001234}"#, r#"{"parcel":"92748902711539543475001234"}"#),
            ("[-92748902711539543475001234]", r#"["-92748902711539543475001234"]"#),
            ("[18446744073709551615,-9223372036854775808]", "[18446744073709551615,-9223372036854775808]"),
            (r#"["\"92748902711539543475001234",0.5]"#, r#"["\"92748902711539543475001234",0.5]"#),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), kept);
        }
        assert!(parse("[00092748902711539543475001234]").is_none());
        assert!(parse("[\"92748902711539543475001234").is_none());
    }

    proptest! {
        #[test]
        fn each_object_of_a_list_is_told_to_have_a_member_only_where_it_has(
            texts in prop::collection::vec(r#"[a-z"\\{}\[\]:, ]{0,40}"#, 1..5),
            has in prop::collection::vec(any::<bool>(), 5),
            pretty: bool,
            flat: bool,
        ) {
            let message = |(text, has): (&String, &bool)| match (*has, flat) {
                (true, _) => json!({ "role": text, "parts": [{ "content": text, "reason": 1 }], "reason": text }),
                (false, true) => json!({ "reasons": text, "r": "reason" }),
                (false, false) => json!({ text: [{ "reason": text }, ["reason"]], "parts": { "reason": 1 } }),
            };
            let list = Value::Array(texts.iter().zip(&has).map(message).collect());
            let text = if pretty { format!("{list:#}") } else { list.to_string() };
            let all = list.as_array().unwrap().iter().all(|message| message.get("reason").is_some());
            prop_assert_eq!(each_has(&text, "reason"), all);
        }
    }
}
