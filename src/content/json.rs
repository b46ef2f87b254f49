//! Text that is JSON.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// How deep JSON within a string of JSON is followed.
pub(super) const NESTED: usize = 3;

/// The JSON that `text` is: an object, an array or a string. Nested deeper than 128, it counts as plain text.
pub(super) fn parse(text: &str) -> Option<Value> {
    if !looks_like_json(text) {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Whether `text` begins as JSON that can hold text.
pub(super) fn looks_like_json(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'{' | b'[' | b'"') => true,
        Some(first) if first.is_ascii_alphanumeric() => false,
        _ => text.trim_start().starts_with(['{', '[', '"']),
    }
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
