//! The canonical span: what the steps of the pipeline work on.

#![expect(clippy::inline_always, reason = "of a constant key, its number and what it is compared with are constants")]

mod held;
#[cfg(test)]
pub(crate) mod sample;
mod sides;
pub(crate) mod size;

use opentelemetry::{Array, Key, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents};

use self::held::Held;
pub(crate) use self::sides::Sides;
use crate::chunks::Chunks;
use crate::conventions::{KeyFacts, SpanType, attribute, bit_number, facts};

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
    /// Of the amount that was computed here, where a destination tells them.
    pub(crate) sides: Option<Sides>,
    /// Found by normalization: what the attribute says.
    known_type: Option<SpanType>,
    held: Held,
}

/// What a span counts for beside those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// It is no model call, or a span below tells of the same one.
    Nothing,
    /// A span below tells of the same call and not what it cost: the amount alone.
    Amount,
    /// A span below tells of the same call and not what it used: the tokens alone.
    Tokens,
    /// The same where it does not tell what the call cost either: tokens and amount.
    Figures,
    /// A model call.
    Call,
}

impl Span {
    pub(crate) fn new(data: SpanData, gen_ai: bool) -> Self {
        let held = Held::of(&data.attributes);
        Self { data, gen_ai, chunks: None, sides: None, known_type: None, held }
    }

    /// The same of a span whose attributes are still to be added.
    #[inline]
    pub(crate) fn without_attributes(data: SpanData) -> Self {
        Self { data, gen_ai: false, chunks: None, sides: None, known_type: None, held: Held::of(&[]) }
    }

    /// Adds an attribute that the span came with, whether or not one of the same key stands there. `facts` are those of
    /// its key. Whether there may be one.
    #[inline]
    pub(crate) fn add(&mut self, key: Key, value: Value, facts: &KeyFacts) -> bool {
        self.held.note_argument(facts.argument);
        self.append(key, value, facts.bit_number())
    }

    #[inline]
    fn append(&mut self, key: Key, value: Value, number: u8) -> bool {
        let may_be_there = self.held.add(number, self.data.attributes.len());
        self.data.attributes.push(KeyValue::new(key, value));
        may_be_there
    }

    /// What kind of step it is, where that is known.
    pub(crate) fn span_type(&self) -> Option<SpanType> {
        self.known_type.or_else(|| self.text(attribute::SPAN_TYPE).and_then(SpanType::parse))
    }

    /// Puts the span type on it.
    pub(crate) fn set_span_type(&mut self, span_type: SpanType) {
        self.known_type = Some(span_type);
        if self.text(attribute::SPAN_TYPE) != Some(span_type.as_str()) {
            self.set(attribute::SPAN_TYPE, span_type.as_str());
        }
    }

    /// The value under `key`.
    #[inline(always)]
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let number = bit_number(key);
        self.assert_told(key, number);
        if self.held.may_have(number) { self.find(key, number) } else { None }
    }

    fn find(&self, key: &str, number: u8) -> Option<&Value> {
        match self.data.attributes.get(self.held.first(number)) {
            // Most often it is one and the same text, and is not compared.
            Some(kv) if std::ptr::eq(kv.key.as_str(), key) => Some(&kv.value),
            _ => self.find_text(key, number),
        }
    }

    #[inline(never)]
    fn find_text(&self, key: &str, number: u8) -> Option<&Value> {
        self.data.attributes.get(self.position(key, number)?).map(|kv| &kv.value)
    }

    /// The text under `key`, when it is text.
    #[inline(always)]
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The integer under `key`, when it is one.
    #[inline(always)]
    pub(crate) fn int(&self, key: &str) -> Option<i64> {
        match self.get(key) {
            Some(Value::I64(number)) => Some(*number),
            _ => None,
        }
    }

    /// Puts `value` under `key`, in place of what stood there.
    #[inline(always)]
    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        let (number, value) = (bit_number(key), value.into());
        self.assert_told(key, number);
        if self.held.may_have(number) {
            self.put(key, value, number);
        } else {
            self.append(Key::from_static_str(key), value, number);
        }
    }

    #[inline(never)]
    fn put(&mut self, key: &'static str, value: Value, number: u8) {
        match self.position(key, number).and_then(|at| self.data.attributes.get_mut(at)) {
            Some(kv) => kv.value = value,
            None => _ = self.append(Key::from_static_str(key), value, number),
        }
    }

    /// Takes the value under `key` out.
    #[inline(always)]
    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        let number = bit_number(key);
        self.assert_told(key, number);
        if self.held.may_have(number) { self.take(key, number) } else { None }
    }

    fn take(&mut self, key: &str, number: u8) -> Option<Value> {
        let at = self.position(key, number)?;
        let taken = self.data.attributes.remove(at).value;
        self.held.take(number, at, self.data.attributes.len());
        Some(taken)
    }

    /// Whether an attribute may be an argument of the function: no is certain.
    pub(crate) fn has_argument(&self) -> bool {
        let has = self.held.has_argument();
        debug_assert!(
            has || !self.data.attributes.iter().any(|kv| facts(kv.key.as_str()).argument),
            "what may be an argument was put on the span past `add` and `changed`"
        );
        has
    }

    /// Attributes got other keys, or were put there past [`set`](Self::set).
    pub(crate) fn changed(&mut self) {
        self.held = Held::of(&self.data.attributes);
    }

    /// A key that was put there past all of these would not be found.
    #[inline]
    fn assert_told(&self, key: &str, number: u8) {
        debug_assert!(
            (self.held.may_have(number) && self.position(key, number).is_some())
                || !self.data.attributes.iter().any(|kv| kv.key.as_str() == key),
            "{key} was put on the span past `set` and `changed`"
        );
    }

    /// Where `key` stands; `number` is that of its bit, which a key on the span has.
    #[inline]
    fn position(&self, key: &str, number: u8) -> Option<usize> {
        let attributes = &self.data.attributes;
        let is_it = |kv: &KeyValue| kv.key.as_str() == key;
        let first = self.held.first(number);
        if attributes.get(first).is_some_and(is_it) {
            return Some(first);
        }
        if self.held.is_only(number, attributes.len()) { None } else { attributes.iter().position(is_it) }
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

/// Bytes of a key and of what its value says.
pub(crate) fn pair_bytes(kv: &KeyValue) -> usize {
    kv.key.as_str().len() + value_bytes(&kv.value)
}

/// Bytes of what a value says.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two of them, `a.app` and `b.app`, share a number.
    const KEYS: [&str; 6] =
        ["a.app", attribute::GEN_AI_REQUEST_MODEL, attribute::USER_ID, attribute::ERROR_TYPE, "b.app", "a"];

    proptest! {
        #[test]
        fn what_was_put_is_found_whatever_was_taken_out(
            others in prop_oneof![Just(0_usize), 0..4_usize, 250..260_usize],
            steps in proptest::collection::vec((0..4_u8, 0..KEYS.len(), any::<i64>()), 0..30),
        ) {
            prop_assert_eq!(bit_number("a.app"), bit_number("b.app"));
            let others_first = (0..others).map(|n| KeyValue::new(format!("app.other.{n}"), true)).collect();
            let mut span = Span::new(sample::data(others_first), true);
            let mut expected = std::collections::HashMap::new();
            for (step, key, number) in steps {
                let key = KEYS[key];
                match step {
                    0 => prop_assert_eq!(span.remove(key), expected.remove(key).map(Value::I64)),
                    // As a limit takes something out.
                    1 => {
                        span.data.attributes.retain(|kv| kv.key.as_str() != key);
                        expected.remove(key);
                    }
                    _ => {
                        span.set(key, number);
                        expected.insert(key, number);
                    }
                }
                for key in KEYS {
                    prop_assert_eq!(span.int(key), expected.get(key).copied(), "{}", key);
                }
            }
            prop_assert_eq!(span.data.attributes.len(), others + expected.len());
        }
    }
}
