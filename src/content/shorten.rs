//! Text made shorter, with a mark of how much is missing: JSON is shortened inside, so that it still parses.

use serde_json::{Map, Value, json};

use super::json::parse;
use crate::head::head;

/// Shorter strings are structure: roles, types, ids.
const LEAF_BYTES: usize = 64;
/// What one item of a list is worth, before items are left out.
pub(super) const ITEM_BYTES: usize = 160;
/// No mark is longer.
const MARK_BYTES: usize = 32;

/// A shortened text, and how many bytes of the original are missing in it.
#[derive(Debug, PartialEq)]
pub(super) struct Short {
    pub(super) text: String,
    pub(super) missing: usize,
}

/// `text` in at most `limit` bytes and a mark, or nothing when it is no longer. JSON stays JSON.
pub(super) fn shorten(text: &str, limit: usize) -> Option<Short> {
    if text.len() <= limit {
        return None;
    }
    // What a list of many small items needs is not known before it is tried: then once more with less.
    for budget in [limit, limit / 4 * 3, limit / 2] {
        let Some(mut json @ (Value::Array(_) | Value::Object(_))) = parse(text) else {
            return shorten_plain(text, limit);
        };
        let mut missing = 0;
        let size = Measured::of(&json);
        fit(&mut json, &size, budget, &mut missing);
        let short = json.to_string();
        if short.len() <= limit {
            return Some(Short { text: short, missing });
        }
    }
    let gap = json!([{ "truncated": mark(text.len(), "bytes") }]);
    Some(Short { text: gap.to_string(), missing: text.len() })
}

/// [`shorten`] for whoever is past the pipeline: the text, and the bytes that are missing in it.
#[cfg(feature = "_otlp")]
pub(crate) fn shorten_text(text: &str, limit: usize) -> Option<(String, usize)> {
    shorten(text, limit).map(|short| (short.text, short.missing))
}

/// `text` cut at a character's end, in at most `limit` bytes and a mark, or nothing when it is no longer.
pub(super) fn shorten_plain(text: &str, limit: usize) -> Option<Short> {
    // What was cut before bears a mark; the new mark tells of both cuts.
    let (text, before) = split_mark(text);
    let kept = head(text, limit);
    let missing = text.len() - kept.len();
    (missing > 0).then(|| Short { text: format!("{kept}{}", mark(missing.saturating_add(before), "bytes")), missing })
}

/// The largest share `s` such that all of `sizes`, none above `s`, are together within `budget`.
pub(crate) fn fair_share(sizes: impl Iterator<Item = usize>, budget: usize) -> usize {
    let mut sizes: Vec<usize> = sizes.collect();
    sizes.sort_unstable();
    let mut left = budget;
    let mut count = sizes.len();
    for size in sizes {
        let share = left / count;
        if size > share {
            return share;
        }
        left -= size;
        count -= 1;
    }
    usize::MAX
}

pub(super) fn mark(missing: usize, of: &str) -> String {
    format!("…[+{missing} {of}]")
}

/// Text and the count of its mark, where it ends in one.
fn split_mark(text: &str) -> (&str, usize) {
    let parts = || {
        let (before, rest) = text.strip_suffix(" bytes]")?.rsplit_once("…[+")?;
        Some((before, rest.parse().ok()?))
    };
    parts().unwrap_or((text, 0))
}

/// The bytes of a value as JSON text, and of what it holds.
struct Measured {
    bytes: usize,
    /// Items, or members without their keys.
    parts: Vec<Self>,
}

impl Measured {
    fn of(value: &Value) -> Self {
        let parts: Vec<Self> = match value {
            Value::Array(items) => items.iter().map(Self::of).collect(),
            Value::Object(members) => members.values().map(Self::of).collect(),
            _ => Vec::new(),
        };
        let inner: usize = parts.iter().map(|part| part.bytes + 1).sum();
        let bytes = match value {
            Value::Null | Value::Bool(true) => 4,
            Value::Bool(false) => 5,
            Value::Number(number) => number.to_string().len(),
            Value::String(text) => escaped_bytes(text) + 2,
            Value::Array(_) => inner + 2,
            Value::Object(members) => inner + 2 + members.keys().map(|key| escaped_bytes(key) + 3).sum::<usize>(),
        };
        Self { bytes, parts }
    }
}

fn escaped_bytes(text: &str) -> usize {
    text.bytes().map(escaped_byte).sum()
}

/// Bytes that JSON text spends on `byte`.
fn escaped_byte(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..=0x1f => 6,
        _ => 1,
    }
}

/// Makes `value` about as small as `budget`, and counts what is `missing` then.
fn fit(value: &mut Value, size: &Measured, budget: usize, missing: &mut usize) {
    if size.bytes <= budget {
        return;
    }
    match value {
        Value::String(text) => fit_string(text, budget, missing),
        Value::Array(items) => fit_items(items, &size.parts, budget, missing),
        Value::Object(members) => fit_members(members, &size.parts, budget, missing),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn fit_string(text: &mut String, budget: usize, missing: &mut usize) {
    if text.len() <= LEAF_BYTES {
        return;
    }
    let mut left = budget.saturating_sub(MARK_BYTES + 2);
    let fits = text.bytes().take_while(|byte| {
        let bytes = escaped_byte(*byte);
        let room = bytes <= left;
        left = left.saturating_sub(bytes);
        room
    });
    let limit = fits.count();
    if let Some(short) = shorten_plain(text, limit) {
        *missing += short.missing;
        *text = short.text;
    }
}

fn fit_items(items: &mut Vec<Value>, sizes: &[Measured], budget: usize, missing: &mut usize) {
    let costs: Vec<usize> = sizes.iter().map(|size| size.bytes.min(ITEM_BYTES) + 1).collect();
    let (first, last) = ends(&costs, budget.saturating_sub(2));
    let gap = first..items.len() - last;
    let dropped = gap.len();
    let mut room = budget.saturating_sub(2 + first + last);
    if dropped > 0 {
        *missing += sizes.iter().skip(first).take(dropped).map(|size| size.bytes).sum::<usize>();
        let mark = items.get(first).map(|item| gap_item(item, dropped));
        room = room.saturating_sub(mark.as_ref().map_or(0, |mark| Measured::of(mark).bytes + 1));
        items.splice(gap.clone(), mark);
    }
    let kept = || sizes.iter().take(first).chain(sizes.iter().skip(gap.end));
    let share = fair_share(kept().map(|size| size.bytes), room);
    let left = items.iter_mut().enumerate().filter(|(at, _)| dropped == 0 || *at != first);
    for ((_, item), size) in left.zip(kept()) {
        fit(item, size, share, missing);
    }
}

fn fit_members(members: &mut Map<String, Value>, sizes: &[Measured], budget: usize, missing: &mut usize) {
    let keys: Vec<usize> = members.keys().map(|key| escaped_bytes(key) + 4).collect();
    let costs: Vec<usize> = sizes.iter().zip(&keys).map(|(size, key)| size.bytes.min(ITEM_BYTES) + key).collect();
    let (first, last) = ends(&costs, budget.saturating_sub(2));
    let gap = first..members.len() - last;
    let kept = |at: &usize| !gap.contains(at);
    let spent: usize = keys.iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, key)| key).sum();
    let mut room = budget.saturating_sub(2 + spent);
    if !gap.is_empty() {
        room = room.saturating_sub(2 * MARK_BYTES);
    }
    let share = fair_share(sizes.iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, size)| size.bytes), room);
    let all = std::mem::take(members);
    for (at, ((key, mut value), size)) in all.into_iter().zip(sizes).enumerate() {
        if kept(&at) {
            fit(&mut value, size, share, missing);
            members.insert(key, value);
        } else {
            *missing += key.len() + size.bytes;
            if at == gap.start {
                members.insert("truncated".to_owned(), mark(gap.len(), "members").into());
            }
        }
    }
}

/// How many from the front and from the back have room. What is in the middle of a conversation matters least.
pub(super) fn ends(costs: &[usize], mut room: usize) -> (usize, usize) {
    if costs.iter().sum::<usize>() <= room {
        return (costs.len(), 0);
    }
    // The gap has a mark of its own.
    room = room.saturating_sub(ITEM_BYTES);
    let (mut first, mut last) = (0, 0);
    while first + last < costs.len() {
        let from_front = first <= last;
        let at = if from_front { first } else { costs.len() - 1 - last };
        match costs.get(at) {
            Some(cost) if *cost <= room => room -= cost,
            _ => break,
        }
        if from_front {
            first += 1;
        } else {
            last += 1;
        }
    }
    (first, last)
}

/// What stands in place of items left out, in the shape of the first of them: one message or part of another shape
/// makes backends drop the whole list.
fn gap_item(example: &Value, count: usize) -> Value {
    let text = mark(count, "items");
    let Value::Object(members) = example else { return text.into() };
    let mut gap = match (members.get("role"), members.contains_key("parts")) {
        (Some(role), true) => json!({ "role": role, "parts": [{ "type": "text", "content": text }] }),
        (Some(role), false) => json!({ "role": role, "content": text }),
        (None, _) if members.contains_key("type") => json!({ "type": "text", "content": text }),
        (None, _) => json!({ "truncated": text }),
    };
    if let (Some(reason), Some(gap)) = (members.get("finish_reason"), gap.as_object_mut()) {
        gap.insert("finish_reason".to_owned(), reason.clone());
    }
    gap
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn short(text: &str, limit: usize) -> Value {
        let short = shorten(text, limit).unwrap();
        assert!(short.text.len() <= limit, "{} > {limit}", short.text.len());
        serde_json::from_str(&short.text).unwrap()
    }

    #[test]
    fn a_text_that_ends_as_if_any_number_of_bytes_were_missing_is_cut_as_any_other() {
        let text = format!("{}…[+{} bytes]", "x".repeat(100), usize::MAX);
        let short = shorten_plain(&text, 10).unwrap();
        assert_eq!(short.missing, 90);
        assert!(short.text.starts_with("xxxxxxxxxx…[+"), "{}", short.text);
    }

    #[test]
    fn plain_text_is_cut_at_a_character_and_says_how_much_is_missing() {
        assert_eq!(shorten("short", 5), None);
        assert_eq!(shorten("0123456789", 4).unwrap(), Short { text: "0123…[+6 bytes]".to_owned(), missing: 6 });
        assert_eq!(shorten("ää", 3).unwrap().text, "ä…[+2 bytes]");
    }

    #[test]
    fn a_second_cut_tells_of_both() {
        let once = shorten_plain("0123456789", 8).unwrap().text;
        assert_eq!(shorten_plain(&once, 8), None);
        assert_eq!(shorten_plain(&once, 4).unwrap(), Short { text: "0123…[+6 bytes]".to_owned(), missing: 4 });
    }

    #[test]
    fn the_longest_text_of_a_conversation_is_cut_and_its_structure_stays() {
        let text = json!([
            { "role": "system", "parts": [{ "type": "text", "content": "be brief" }] },
            { "role": "user", "parts": [{ "type": "text", "content": "lorem \"ipsum\"\n".repeat(5000) }] },
            { "role": "assistant", "parts": [{ "type": "tool_call", "id": "call_1", "name": "f", "arguments": { "a": 1 } }] },
        ]);
        let clean = short(&text.to_string(), 4096);
        assert_eq!(clean[0], text[0]);
        assert_eq!(clean[2], text[2]);
        assert_eq!(clean[1]["role"], "user");
        let content = clean[1]["parts"][0]["content"].as_str().unwrap();
        assert!(content.starts_with("lorem") && content.ends_with(" bytes]"), "{content}");
        assert!(clean.to_string().len() > 3500, "what fits is kept");
    }

    #[test]
    fn of_too_many_messages_the_middle_is_left_out_and_its_place_is_a_message() {
        let message =
            |n: usize| json!({ "role": "user", "parts": [{ "type": "text", "content": format!("message {n}") }] });
        let text = Value::from((0..1000).map(message).collect::<Vec<_>>()).to_string();
        let clean = short(&text, 4096);
        let items = clean.as_array().unwrap();
        assert_eq!(items[0], message(0));
        assert_eq!(*items.last().unwrap(), message(999));
        let gap = items.iter().find(|item| item.to_string().contains("…[+")).unwrap();
        let mark = gap["parts"][0]["content"].as_str().unwrap();
        assert_eq!(mark, format!("…[+{} items]", 1001 - items.len()));
        assert_eq!(gap["role"], "user");
    }

    #[test]
    fn what_no_cut_can_fit_still_parses() {
        let keys: Map<String, Value> = (0..5000).map(|n| (format!("key {n} {}", "x".repeat(90)), json!(n))).collect();
        let deep = (0..60).fold(json!("x".repeat(1000)), |inner, n| json!({ format!("level {n}"): [inner] }));
        let numbers = json!((0..100_000).collect::<Vec<_>>());
        for value in [Value::Object(keys), deep, numbers] {
            for limit in [100, 1000, 10_000] {
                if value.to_string().len() > limit {
                    short(&value.to_string(), limit);
                }
            }
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,200}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 200, 12, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
                prop::collection::vec((".{0,20}", inner), 0..12)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_parses_and_is_within_the_limit(value in any_json(), limit in 64usize..2000) {
            let text = value.to_string();
            if let Some(short) = shorten(&text, limit) {
                let room = if text.starts_with(['{', '[']) { 0 } else { MARK_BYTES };
                prop_assert!(short.text.len() <= limit + room);
                if room == 0 {
                    prop_assert!(serde_json::from_str::<Value>(&short.text).is_ok());
                }
            } else {
                prop_assert!(text.len() <= limit);
            }
        }

        #[test]
        fn any_text_is_cut_to_the_limit_and_a_mark(text in "\\PC*", limit in 0usize..200) {
            match shorten_plain(&text, limit) {
                Some(short) => prop_assert!(short.text.len() <= limit + MARK_BYTES && short.missing > 0),
                None => prop_assert!(split_mark(&text).0.len() <= limit),
            }
        }
    }
}
