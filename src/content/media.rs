//! Images, recordings and other binary data in a text: what stays is their type and size.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value, json};

use super::json::{NESTED, looks_like_json, parse};
use super::scan::{Literals, has_run, holds};

/// A run of base64 this long is data and no word.
const RUN_BYTES: usize = 1024;
/// Data uses most of the alphabet; a repeated letter does not.
const DISTINCT: usize = 20;
/// A list of so many numbers that are all bytes is data.
const BYTES: usize = 256;
/// What stands before the data in a `data:` URI.
const BASE64_URI: &str = ";base64,";
/// Media is not told in less.
const SHORTEST: usize = BASE64_URI.len();
/// The longest `data:` and media type that is looked for before it.
const URI_HEAD_BYTES: usize = 160;
/// What tells in JSON that media may be there, though short.
pub(super) const SIGNS: [&str; 4] = ["base64", "\"blob\"", "nline", "input_audio"];
/// To be found in one pass.
static SIGNED: LazyLock<Option<Literals>> = LazyLock::new(|| Literals::new(&SIGNS).ok());

/// `text` with references in place of media, or nothing when there is none.
pub(super) fn replaced(text: &str) -> Option<String> {
    without_media(text, NESTED)
}

/// Replaces media in the names of events, which are a part of where their attributes stand.
pub(super) fn apply_to_event_names(data: &mut SpanData) {
    for event in &mut data.events.events {
        if let Some(name) = replaced(&event.name) {
            event.name = Cow::Owned(name);
        }
    }
}

fn without_media(text: &str, nested: usize) -> Option<String> {
    if text.len() < SHORTEST {
        return None;
    }
    if nested > 0
        && looks_like_json(text)
        && may_hold_media(text)
        && let Some(mut json) = parse(text)
    {
        return refer(&mut json, nested - 1).then(|| json.to_string());
    }
    plain(text)
}

/// Whether it is worth to take JSON text apart: a sign of media, a long run of base64, or a long list of numbers.
fn may_hold_media(text: &str) -> bool {
    SIGNED.as_ref().is_none_or(|signs| signs.any_in(text.as_bytes())) || has_long_run(text)
}

/// Whether a long run of base64, or a long list of numbers, may stand in `text`.
pub(super) fn has_long_run(text: &str) -> bool {
    let number = |byte: u8| byte.is_ascii_digit() || byte == b',' || byte.is_ascii_whitespace();
    has_run(text.as_bytes(), RUN_BYTES, is_base64) || has_run(text.as_bytes(), 2 * BYTES - 1, number)
}

/// Replaces media within `value` by references.
fn refer(value: &mut Value, nested: usize) -> bool {
    match value {
        Value::String(text) => match without_media(text, nested) {
            Some(reference) => {
                *text = reference;
                true
            }
            None => false,
        },
        Value::Array(items) if is_bytes(items) => {
            *value = reference("application/octet-stream", items.len()).into();
            true
        }
        Value::Array(items) => {
            let mut changed = false;
            for item in items {
                changed |= refer(item, nested);
            }
            changed
        }
        Value::Object(members) => {
            if let Some(part) = blob_reference(members) {
                *value = part;
                return true;
            }
            let changed = refer_source(members);
            members.values_mut().fold(changed, |changed, member| refer(member, nested) || changed)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A part of the GenAI schema that holds the bytes becomes one that does not.
fn blob_reference(members: &Map<String, Value>) -> Option<Value> {
    if members.get("type")?.as_str()? != "blob" {
        return None;
    }
    let content = members.get("content")?.as_str()?;
    let mut part = json!({ "type": "blob_reference", "bytes": decoded_bytes(content) });
    for key in ["modality", "mime_type"] {
        if let (Some(value), Some(part)) = (members.get(key), part.as_object_mut()) {
            part.insert(key.to_owned(), value.clone());
        }
    }
    Some(part)
}

/// `{"media_type": …, "data": …}` as providers spell it.
fn refer_source(members: &mut Map<String, Value>) -> bool {
    let text = |key: &str| members.get(key).and_then(Value::as_str);
    let mime_type = ["media_type", "mime_type", "mimeType"].iter().find_map(|key| text(key));
    let mime_type = match (mime_type, text("format")) {
        (Some(mime_type), _) => mime_type.to_owned(),
        (None, Some(format)) => format!("audio/{format}"),
        (None, None) => return false,
    };
    match members.get_mut("data") {
        Some(Value::String(data)) if !data.is_empty() && data.bytes().all(is_base64) => {
            *data = reference(&mime_type, decoded_bytes(data));
            true
        }
        _ => false,
    }
}

fn is_bytes(items: &[Value]) -> bool {
    items.len() >= BYTES && items.iter().all(|item| item.as_u64().is_some_and(|number| number <= 255))
}

/// Replaces `data:` URIs and long runs of base64 in text.
fn plain(text: &str) -> Option<String> {
    let may_hold = has_run(text.as_bytes(), RUN_BYTES, is_base64) || (holds(text, b';') && text.contains(BASE64_URI));
    if !may_hold {
        return None;
    }
    let mut out = String::new();
    let mut from = 0;
    for media in media_in(text) {
        out.push_str(text.get(from..media.range.start)?);
        out.push_str(&reference(&media.mime_type, media.bytes));
        from = media.range.end;
    }
    if from == 0 {
        return None;
    }
    out.push_str(text.get(from..)?);
    Some(out)
}

struct Media<'t> {
    range: Range<usize>,
    mime_type: Cow<'t, str>,
    bytes: usize,
}

fn media_in(text: &str) -> Vec<Media<'_>> {
    let mut found: Vec<Media<'_>> = Vec::new();
    for run in base64_runs(text) {
        let data = text.get(run.clone()).unwrap_or_default();
        let before = text.get(found.last().map_or(0, |last| last.range.end)..run.start).unwrap_or_default();
        let bytes = decoded_bytes(data);
        if let Some((start, mime_type)) = data_uri(before) {
            let range = run.start - (before.len() - start)..run.end;
            found.push(Media { range, mime_type: Cow::Borrowed(mime_type), bytes });
        } else if is_data(data) {
            found.push(Media { range: run, mime_type: Cow::Borrowed("base64"), bytes });
        }
    }
    found
}

/// Runs that are long, or stand behind `;base64,`.
fn base64_runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + bytes.get(at..)?.iter().position(|byte| is_base64(*byte))?;
            let rest = bytes.get(start..)?;
            let length = rest.iter().position(|byte| !is_base64(*byte)).unwrap_or(rest.len());
            at = start + length;
            if length >= RUN_BYTES || bytes.get(..start).is_some_and(|before| before.ends_with(BASE64_URI.as_bytes())) {
                return Some(start..at);
            }
        }
    })
}

/// Where the `data:` that `before` ends with begins, and its media type.
fn data_uri(before: &str) -> Option<(usize, &str)> {
    let head = before.strip_suffix(BASE64_URI)?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/+.-_;=:".contains(byte);
    let length = head.bytes().rev().take(URI_HEAD_BYTES).take_while(plain).count();
    let uri = head.get(head.len() - length..)?;
    let start = uri.rfind("data:")?;
    Some((head.len() - length + start, uri.get(start + "data:".len()..)?))
}

/// Whether a long run is data: text without spaces exists, but it does not use the whole alphabet.
fn is_data(run: &str) -> bool {
    let seen = run.bytes().take(4 * RUN_BYTES).fold([false; 256], |mut seen, byte| {
        if let Some(slot) = seen.get_mut(usize::from(byte)) {
            *slot = true;
        }
        seen
    });
    let of =
        |range: std::ops::RangeInclusive<u8>| range.filter(|byte| seen.get(usize::from(*byte)) == Some(&true)).count();
    let (upper, lower, digits) = (of(b'A'..=b'Z'), of(b'a'..=b'z'), of(b'0'..=b'9'));
    upper > 0 && lower > 0 && digits > 0 && upper + lower + digits >= DISTINCT
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// Bytes that base64 text stands for.
fn decoded_bytes(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}

fn reference(mime_type: &str, bytes: usize) -> String {
    format!("[{mime_type}, {bytes} bytes]")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Base64 of bytes that look like data.
    fn base64(length: usize) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..length).map(|at| char::from(alphabet[(at * 37 + at / 64) % 64])).collect()
    }

    fn json_without_media(text: &str) -> Value {
        serde_json::from_str(&without_media(text, NESTED).unwrap()).unwrap()
    }

    #[test]
    fn a_blob_part_becomes_a_part_that_tells_type_and_size() {
        let part = json!([{ "role": "user", "parts": [
            { "type": "text", "content": "what is this?" },
            { "type": "blob", "modality": "image", "mime_type": "image/png", "content": base64(4000) },
        ]}]);
        let clean = json_without_media(&part.to_string());
        assert_eq!(clean[0]["parts"][0], part[0]["parts"][0]);
        let reference =
            json!({ "type": "blob_reference", "bytes": 3000, "modality": "image", "mime_type": "image/png" });
        assert_eq!(clean[0]["parts"][1], reference);
    }

    #[test]
    fn media_of_each_provider_becomes_type_and_size_though_small() {
        let data = base64(80);
        for (shape, pointer, reference) in [
            (
                json!({ "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{data}") } }),
                "/image_url/url",
                "[image/png, 60 bytes]",
            ),
            (
                json!({ "type": "image", "source": { "type": "base64", "media_type": "image/jpeg", "data": data } }),
                "/source/data",
                "[image/jpeg, 60 bytes]",
            ),
            (
                json!({ "inlineData": { "mimeType": "audio/wav", "data": data } }),
                "/inlineData/data",
                "[audio/wav, 60 bytes]",
            ),
            (json!({ "input_audio": { "data": data, "format": "mp3" } }), "/input_audio/data", "[audio/mp3, 60 bytes]"),
        ] {
            assert_eq!(json_without_media(&shape.to_string()).pointer(pointer).unwrap(), reference);
        }
    }

    #[test]
    fn data_in_plain_text_is_replaced_where_it_stands() {
        let text = format!("see data:image/gif;base64,{} and {}!", base64(100), base64(4000));
        assert_eq!(without_media(&text, NESTED).unwrap(), "see [image/gif, 75 bytes] and [base64, 3000 bytes]!");
        let bytes = format!("{:?}", vec![137u8; 300]);
        assert_eq!(json_without_media(&bytes), "[application/octet-stream, 300 bytes]");
    }

    #[test]
    fn long_words_numbers_and_prose_are_no_media() {
        let floats = format!("{:?}", vec![0.25_f64; 1536]);
        let words = "The quick brown fox jumps over 12 lazy dogs. ".repeat(100);
        for text in [
            "x".repeat(100_000),
            "deadbeef0123".repeat(1000),
            floats,
            words,
            json!({ "format": "json", "data": "a b" }).to_string(),
        ] {
            assert_eq!(without_media(&text, NESTED), None);
        }
    }
}
