//! The canonical span: what the steps of the pipeline work on.

use opentelemetry::trace::Event;
use opentelemetry::{Array, Key, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents};

use crate::chunks::Chunks;
use crate::conventions::{SpanType, attribute, bit};

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
    /// Found by normalization: what the attribute says.
    span_type: Option<SpanType>,
    held: Held,
}

/// Which keys may stand on the span: most that are asked for do not, and that is known without looking.
#[derive(Debug)]
struct Held {
    /// A bit for each key, which others may share.
    keys: u128,
    /// How many attributes it was made of. With more, something was added past it.
    attributes: usize,
}

impl Span {
    pub(crate) fn new(data: SpanData, gen_ai: bool) -> Self {
        let held = Held::of(&data.attributes);
        Self { data, gen_ai, chunks: None, span_type: None, held }
    }

    /// The same where `keys` holds a bit for each key that stands on it.
    pub(crate) fn with_keys(data: SpanData, gen_ai: bool, keys: u128) -> Self {
        let held = Held { keys, attributes: data.attributes.len() };
        Self { data, gen_ai, chunks: None, span_type: None, held }
    }

    /// What kind of step it is, where that is known.
    pub(crate) fn span_type(&self) -> Option<SpanType> {
        self.span_type.or_else(|| self.text(attribute::SPAN_TYPE).and_then(SpanType::parse))
    }

    /// Puts the span type on it.
    pub(crate) fn set_span_type(&mut self, span_type: SpanType) {
        self.span_type = Some(span_type);
        if self.text(attribute::SPAN_TYPE) != Some(span_type.as_str()) {
            self.set(attribute::SPAN_TYPE, span_type.as_str());
        }
    }

    /// The value under `key`.
    #[inline]
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let held = self.held.may_hold(key, self.data.attributes.len());
        debug_assert!(held || self.find(key).is_none(), "{key} was put on the span past `set` and `changed`");
        if held { self.find(key) } else { None }
    }

    fn find(&self, key: &str) -> Option<&Value> {
        self.data.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| &kv.value)
    }

    /// The text under `key`, when it is text.
    #[inline]
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The integer under `key`, when it is one.
    #[inline]
    pub(crate) fn int(&self, key: &str) -> Option<i64> {
        match self.get(key) {
            Some(Value::I64(number)) => Some(*number),
            _ => None,
        }
    }

    /// Puts `value` under `key`, in place of what stood there.
    pub(crate) fn set(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        if self.held.may_hold(key.as_str(), self.data.attributes.len())
            && let Some(kv) = self.data.attributes.iter_mut().find(|kv| kv.key == key)
        {
            kv.value = value;
            return;
        }
        self.add(key, value);
    }

    /// Puts `value` under a `key` that does not stand on the span.
    pub(crate) fn add(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let key = key.into();
        let attributes = &mut self.data.attributes;
        if attributes.len() <= self.held.attributes {
            self.held.keys |= bit(key.as_str());
            self.held.attributes = attributes.len() + 1;
        }
        attributes.push(KeyValue::new(key, value));
    }

    /// Takes the value under `key` out.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        if !self.held.may_hold(key, self.data.attributes.len()) {
            return None;
        }
        let at = self.data.attributes.iter().position(|kv| kv.key.as_str() == key)?;
        Some(self.data.attributes.remove(at).value)
    }

    /// Attributes got other keys, or were put there past [`set`](Self::set).
    pub(crate) fn changed(&mut self) {
        self.held = Held::of(&self.data.attributes);
    }
}

impl Held {
    fn of(attributes: &[KeyValue]) -> Self {
        let keys = attributes.iter().fold(0, |keys, kv| keys | bit(kv.key.as_str()));
        Self { keys, attributes: attributes.len() }
    }

    /// Whether `key` may stand on a span that has so many attributes now.
    #[inline]
    fn may_hold(&self, key: &str, attributes: usize) -> bool {
        self.keys & bit(key) != 0 || attributes > self.attributes
    }
}

/// Attributes and events of more bytes than this go first where there is no room for whole spans.
pub(crate) const SHED_ABOVE: usize = 1 << 10;

/// A copy with other attributes and events. Those that `data` has are not cloned first: they are the most of it.
pub(crate) fn copied_with(data: &SpanData, attributes: Vec<KeyValue>, events: SpanEvents) -> SpanData {
    SpanData {
        span_context: data.span_context.clone(),
        parent_span_id: data.parent_span_id,
        parent_span_is_remote: data.parent_span_is_remote,
        span_kind: data.span_kind.clone(),
        name: data.name.clone(),
        start_time: data.start_time,
        end_time: data.end_time,
        attributes,
        dropped_attributes_count: data.dropped_attributes_count,
        events,
        links: data.links.clone(),
        status: data.status.clone(),
        instrumentation_scope: data.instrumentation_scope.clone(),
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
