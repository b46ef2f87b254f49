//! The canonical span: what the steps of the pipeline work on.

use opentelemetry::trace::Event;
use opentelemetry::{Array, Key, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::chunks::Chunks;

/// A key and a value, or an event, beside their text.
const ENTRY_BYTES: usize = 64;

/// A finished span on the worker. After normalization each key stands once and in its canonical spelling.
///
/// `data` is the SDK's own type, moved here and never cloned, so that foreign exporters can take it as it is.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) data: SpanData,
    /// Declared by `span_type` or carries a key that only GenAI spans carry.
    pub(crate) gen_ai: bool,
    /// Of the streamed answer that it stands for.
    pub(crate) chunks: Option<Box<Chunks>>,
}

impl Span {
    /// The value under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.data.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| &kv.value)
    }

    /// The text under `key`, when it is text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The integer under `key`, when it is one.
    pub(crate) fn int(&self, key: &str) -> Option<i64> {
        match self.get(key) {
            Some(Value::I64(number)) => Some(*number),
            _ => None,
        }
    }

    /// Puts `value` under `key`, in place of what stood there.
    pub(crate) fn set(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        match self.data.attributes.iter_mut().find(|kv| kv.key == key) {
            Some(kv) => kv.value = value,
            None => self.data.attributes.push(KeyValue::new(key, value)),
        }
    }

    /// Takes the value under `key` out.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.data.attributes.iter().position(|kv| kv.key.as_str() == key)?;
        Some(self.data.attributes.remove(at).value)
    }
}

/// Bytes that a span's name, attributes, events and links hold, near enough for a budget. One pass, no parsing.
pub(crate) fn data_bytes(data: &SpanData) -> usize {
    let events = data.events.iter().map(event_bytes);
    let links = data.links.iter().map(|link| 2 * ENTRY_BYTES + attributes_bytes(&link.attributes));
    data.name.len() + attributes_bytes(&data.attributes) + events.sum::<usize>() + links.sum::<usize>()
}

/// The same of an event.
pub(crate) fn event_bytes(event: &Event) -> usize {
    ENTRY_BYTES + event.name.len() + attributes_bytes(&event.attributes)
}

fn attributes_bytes(list: &[KeyValue]) -> usize {
    list.iter().map(|kv| ENTRY_BYTES + pair_bytes(kv)).sum()
}

/// The same of a key and its value.
pub(crate) fn pair_bytes(kv: &KeyValue) -> usize {
    kv.key.as_str().len() + value_bytes(&kv.value)
}

/// Bytes that a value holds, near enough for a budget.
pub(crate) fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(items)) => items.iter().map(|item| item.as_str().len() + 8).sum(),
        Value::Array(Array::I64(items)) => items.len() * 8,
        Value::Array(Array::F64(items)) => items.len() * 8,
        Value::Array(Array::Bool(items)) => items.len(),
        _ => 8,
    }
}
