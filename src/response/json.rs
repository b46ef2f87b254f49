//! JSON of strangers: bounded in depth, breadth and length, and read as far as it goes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Map, Number, Value};

use crate::head::head;
use crate::json_number::number_of;

/// Below this depth nothing is that we read.
const DEPTH: usize = 24;
/// Items of a list and members of an object that are kept; counts and reasons are among the first.
const BREADTH: usize = 4_096;
/// Bytes of a text that are kept; what we read are names and an error's message.
pub(super) const TEXT: usize = 8_192;

/// The first document, and whether nothing follows. What was read before an error is in the answer: of an object the members
/// that were whole.
pub(super) fn document(bytes: &[u8]) -> (Value, Result<bool, serde_json::Error>) {
    let mut members = Map::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = Top(&mut members).deserialize(&mut json).map(|()| json.end().is_ok());
    (Value::Object(members), read)
}

/// The same without what takes the rest along with it: letters that are none, and numbers that are none.
pub(super) fn mended(bytes: &[u8]) -> Vec<u8> {
    without_nan(&with_whole_letters(bytes))
}

/// An empty list, which is no count and no name, in the place of `NaN` and of both infinities: servers in Python write
/// these where a number is none.
fn without_nan(bytes: &[u8]) -> Vec<u8> {
    const NONE: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let mut rest = bytes;
    let mut numbers = Vec::with_capacity(bytes.len());
    let (mut in_text, mut escaped) = (false, false);
    while let Some((byte, after)) = rest.split_first() {
        if !in_text && let Some(after) = NONE.iter().find_map(|word| rest.strip_prefix(*word)) {
            numbers.extend_from_slice(b"[]");
            rest = after;
            continue;
        }
        in_text ^= *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        numbers.push(*byte);
        rest = after;
    }
    numbers
}

/// A mark in the place of each letter that is none: bytes that are no UTF-8, and escapes of one half of a pair, as of a
/// text that was cut between the two.
fn with_whole_letters(bytes: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = br"\ufffd";
    let text = String::from_utf8_lossy(bytes);
    let mut rest = text.as_bytes();
    let mut whole = Vec::with_capacity(rest.len());
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        whole.extend_from_slice(before);
        let second = || unit(escape.get(MARK.len()..)?).filter(|unit| (0xDC00..0xE000).contains(unit));
        let (length, is_letter) = match unit(escape) {
            Some(0xD800..0xDC00) if second().is_some() => (2 * MARK.len(), true),
            Some(unit) => (MARK.len(), !(0xD800..0xE000).contains(&unit)),
            // What is escaped may be a backslash.
            None => (escape.len().min(2), true),
        };
        let (letter, after) = escape.split_at_checked(length).unwrap_or((escape, &[]));
        whole.extend_from_slice(if is_letter { letter } else { MARK });
        rest = after;
    }
    whole.extend_from_slice(rest);
    whole
}

/// What an escape of four digits stands for.
fn unit(escape: &[u8]) -> Option<u16> {
    let digits = str::from_utf8(escape.strip_prefix(br"\u")?.get(..4)?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

/// A count: a whole number that is not negative. Nothing where there is none, and why where there is none to be had. Of
/// what is `rounded` the nearest one counts, as OpenAI bills seconds, and of a part of the first one that.
pub(super) fn count(value: &Value, rounded: bool) -> Result<Option<u64>, &'static str> {
    /// Up to here whole numbers are exact in a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => {
            if let Some(count) = number.as_u64() {
                return Ok(Some(count));
            }
            let whole = |number: f64| if rounded && number > 0.0 { number.round().max(1.0) } else { number };
            match number.as_f64().map(whole) {
                Some(number) if number < 0.0 => Err("is negative"),
                Some(number) if number.fract() != 0.0 => Err("is not whole"),
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
                Some(number) if number <= EXACT => Ok(Some(number as u64)),
                _ => Err("is too large"),
            }
        }
        Value::String(digits) => digits.parse().map(Some).map_err(|_| "is no count"),
        _ => Err("is no count"),
    }
}

/// The object itself is filled from outside, so that an error later on does not take what was read.
struct Top<'a>(&'a mut Map<String, Value>);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Some(key) = members.next_key::<String>()? else { return Ok(()) };
        if number_of(&key, &mut members)?.is_some() {
            return Err(A::Error::invalid_type(Unexpected::Other("number"), &self));
        }
        fill(self.0, key, members, DEPTH)
    }
}

/// A value inside a document.
struct Inner {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Inner {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        if self.depth == 0 {
            return json.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null);
        }
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(cut(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while list.len() < BREADTH {
            match items.next_element_seed(Self { depth: self.depth - 1 })? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        if let Some(key) = members.next_key::<String>()? {
            if let Some(number) = number_of(&key, &mut members)? {
                return Ok(number);
            }
            fill(&mut object, key, members, self.depth)?;
        }
        Ok(Value::Object(object))
    }
}

/// From the first `key` on. Of a key that stands twice the last value counts, as with most readers.
fn fill<'de, A: MapAccess<'de>>(
    object: &mut Map<String, Value>,
    mut key: String,
    mut members: A,
    depth: usize,
) -> Result<(), A::Error> {
    loop {
        let value = members.next_value_seed(Inner { depth: depth.saturating_sub(1) })?;
        if object.len() < BREADTH || object.contains_key(&key) {
            object.insert(key, value);
        }
        match members.next_key()? {
            Some(next) => key = next,
            None => return Ok(()),
        }
    }
}

fn cut(text: &str) -> String {
    head(text, TEXT).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_body_that_ends_early_the_whole_members_are_read() {
        let (value, read) = document(br#"{"id": "a", "model": "m", "usage": {"input_tokens": 12"#);
        assert_eq!(value, json!({"id": "a", "model": "m"}));
        assert!(read.unwrap_err().is_eof());
    }

    #[test]
    fn depth_breadth_and_length_are_bounded() {
        let deep = format!(r#"{{"id": "a", "deep": {}{}, "model": "m"}}"#, "[".repeat(200_000), "]".repeat(200_000));
        let (value, read) = document(deep.as_bytes());
        read.unwrap();
        assert_eq!((&value["id"], &value["model"]), (&json!("a"), &json!("m")));

        let broad = format!(r#"{{"broad": [{}0], "long": "{}"}}"#, "0,".repeat(100_000), "é".repeat(100_000));
        let (value, read) = document(broad.as_bytes());
        read.unwrap();
        assert_eq!(value["broad"].as_array().unwrap().len(), BREADTH);
        assert_eq!(value["long"].as_str().unwrap().len(), TEXT);
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts() {
        assert_eq!(document(br#"{"id": "a", "id": "b"}"#).0, json!({"id": "b"}));
    }

    #[test]
    fn a_number_is_one_also_where_another_crate_wants_them_of_any_precision() {
        let (value, read) = document(br#"{"cost": {"$serde_json::private::Number": "0.0123"}, "n": {}}"#);
        read.unwrap();
        assert_eq!((value["cost"].as_f64(), &value["n"]), (Some(0.0123), &json!({})));
    }

    #[test]
    fn a_count_is_whole_and_not_negative() {
        let number = |text: &str| count(&serde_json::from_str(text).unwrap(), false);
        assert_eq!(number("18446744073709551615"), Ok(Some(u64::MAX)));
        assert_eq!(number("12.0"), Ok(Some(12)));
        assert_eq!(number("\"12\""), Ok(Some(12)));
        assert_eq!(number("null"), Ok(None));
        for none in ["-1", "12.5", "18446744073709551616", "1e300", "\"NaN\"", "true", "[1]", "{}"] {
            number(none).unwrap_err();
        }
    }
}
