//! Attributes that a backend would misread, or drop, under their own keys.

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value as Json};

use super::amount::json;
use super::convert::Out;
use super::flat::plain;
use super::reading::matches;
use super::table::{Aside, Place, Which};

/// Whether the attribute under `key` is to go elsewhere.
pub(super) fn is_meant(aside: &Aside, key: &str) -> bool {
    match aside.which {
        Which::These(keys, prefixes) => keys.contains(&key) || matches(prefixes, key),
        Which::AllBut(kept) => !matches(kept, key),
    }
}

/// The key that an attribute had before it was put aside.
pub(super) fn own_key<'k>(aside: Option<&Aside>, key: &'k str) -> &'k str {
    match aside.map(|aside| &aside.place) {
        Some(Place::Under(prefix)) => key.strip_prefix(prefix).unwrap_or(key),
        _ => key,
    }
}

/// What goes into one JSON object: no dialect has two.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    key: &'static str,
    members: Map<String, Json>,
}

impl Gathered {
    pub(super) fn take(&mut self, place: &Place, key: &str, value: &Value, out: &mut Out) {
        match *place {
            Place::Under(prefix) => out.put(Key::new(format!("{prefix}{key}")), value.clone()),
            Place::Into(under) => {
                self.key = under;
                self.members.insert(key.to_owned(), json(value));
            }
        }
    }

    pub(super) fn write(self, out: &mut Out) {
        if out.has(self.key) {
            // The span has one of its own.
            for (name, value) in self.members {
                out.put(format!("{}.{name}", self.key), plain(&value));
            }
        } else if !self.members.is_empty() {
            out.put(self.key, Json::Object(self.members).to_string());
        }
    }
}

/// The attributes of a span that is no GenAI span, or nothing where none of them is meant.
pub(super) fn of_other_span(aside: &Aside, data: &SpanData) -> Option<Vec<KeyValue>> {
    let Place::Under(prefix) = aside.place else { return None };
    if !aside.every_span || !data.attributes.iter().any(|kv| is_meant(aside, kv.key.as_str())) {
        return None;
    }
    let moved = data.attributes.iter().map(|kv| {
        if is_meant(aside, kv.key.as_str()) {
            KeyValue::new(format!("{prefix}{}", kv.key.as_str()), kv.value.clone())
        } else {
            kv.clone()
        }
    });
    Some(moved.collect())
}
