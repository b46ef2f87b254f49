//! The values of a span's fields, kept close together until the worker makes attributes of them.

use opentelemetry::{Array, KeyValue, Value};
use tracing::Metadata;

/// Texts up to this many bytes stand in the list itself: model names, identifiers, UUIDs.
const SHORT: usize = 38;
/// Values for which room is made at once, at most.
const ROOM: usize = 32;

/// Values in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    list: Vec<(&'static str, FieldValue)>,
    /// How many are to be expected: one allocation for all of them.
    expected: usize,
    /// How many of them were given when the span was created.
    initial: usize,
}

/// A value.
#[derive(Debug)]
pub(super) enum FieldValue {
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Short {
        length: u8,
        bytes: [u8; SHORT],
    },
    Long(String),
    /// One of several attributes that a field becomes.
    Made(Box<KeyValue>),
}

impl Fields {
    /// For a span of `metadata`.
    pub(super) fn of(metadata: &Metadata<'_>) -> Self {
        Self { list: Vec::new(), expected: metadata.fields().len().min(ROOM), initial: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds a value; gives the one that says nothing any more: a stream may record a long text over and over.
    pub(super) fn push(&mut self, name: &'static str, value: FieldValue) -> Option<FieldValue> {
        if self.list.capacity() == 0 {
            self.list.reserve(self.expected);
        }
        let replaced = if matches!(value, FieldValue::Long(_)) { self.remove_long(name) } else { None };
        self.list.push((name, value));
        replaced
    }

    fn remove_long(&mut self, name: &str) -> Option<FieldValue> {
        let is_earlier =
            |(earlier, value): &(&str, FieldValue)| *earlier == name && matches!(value, FieldValue::Long(_));
        let at = self.list.iter().rposition(is_earlier)?;
        if at < self.initial {
            self.initial -= 1;
        }
        Some(self.list.remove(at).1)
    }

    /// The names under which values are kept.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.list.iter().map(|(name, _)| *name)
    }

    /// Bytes that the values hold, near enough for a budget.
    pub(crate) fn bytes(&self) -> usize {
        let elsewhere = |kept: &FieldValue| match kept {
            FieldValue::Long(text) => text.len(),
            FieldValue::Made(made) => made_bytes(made),
            _ => 0,
        };
        self.list.iter().map(|field| size_of_val(field) + elsewhere(&field.1)).sum()
    }

    /// All that were kept so far were given when the span was created.
    pub(super) fn are_initial(&mut self) {
        self.initial = self.list.len();
    }

    /// Makes attributes of the values, as the OpenTelemetry layer makes them, but that unsigned integers stay what they
    /// are where `numbers` says so. Those that were given at first stand before what was set in other ways, the others
    /// behind it.
    pub(crate) fn move_to(self, attributes: &mut Vec<KeyValue>, numbers: bool) {
        let others = std::mem::replace(attributes, Vec::with_capacity(attributes.len() + self.list.len()));
        let mut fields = self.list.into_iter().map(|(name, kept)| match kept {
            FieldValue::Made(made) => *made,
            value => KeyValue::new(name, value.into_value(numbers)),
        });
        attributes.extend(fields.by_ref().take(self.initial));
        attributes.extend(others);
        attributes.extend(fields);
    }
}

impl FieldValue {
    pub(super) fn text(text: &str) -> Self {
        Self::short(text).unwrap_or_else(|| Self::Long(text.to_owned()))
    }

    pub(super) fn owned(text: String) -> Self {
        Self::short(&text).unwrap_or(Self::Long(text))
    }

    fn short(text: &str) -> Option<Self> {
        let length = u8::try_from(text.len()).ok()?;
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self::Short { length, bytes })
    }

    fn into_value(self, numbers: bool) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::I64(value) => Value::I64(value),
            Self::U64(value) => match i64::try_from(value) {
                Ok(number) if numbers => Value::I64(number),
                _ => Value::from(value.to_string()),
            },
            Self::F64(value) => Value::F64(value),
            Self::Short { length, bytes } => {
                // It was text, and cut nowhere: nothing is lost here.
                let text = bytes.get(..usize::from(length)).unwrap_or_default();
                Value::from(String::from_utf8_lossy(text).into_owned())
            }
            Self::Long(text) => Value::from(text),
            Self::Made(made) => made.value,
        }
    }
}

/// Texts and lists of texts are all that is made.
fn made_bytes(made: &KeyValue) -> usize {
    let value = match &made.value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(items)) => items.iter().map(|item| item.as_str().len() + 8).sum(),
        _ => 8,
    };
    made.key.as_str().len() + value
}

#[cfg(test)]
mod tests {
    use opentelemetry::{KeyValue, Value};

    use super::{FieldValue, Fields, SHORT};

    /// What comes out, beside an attribute that was set in another way.
    fn attributes(fields: Fields, numbers: bool) -> Vec<(String, Value)> {
        let mut attributes = vec![KeyValue::new("other", true)];
        fields.move_to(&mut attributes, numbers);
        attributes.into_iter().map(|kv| (kv.key.to_string(), kv.value)).collect()
    }

    #[test]
    fn values_come_out_as_they_went_in_and_in_their_order() {
        let (full, long) = ("x".repeat(SHORT), "ü".repeat(SHORT));
        let mut fields = Fields::default();
        fields.push("a", FieldValue::text("grün"));
        fields.push("n", FieldValue::I64(-1));
        fields.push("empty", FieldValue::text(""));
        fields.push("full", FieldValue::owned(full.clone()));
        fields.are_initial();
        fields.push("long", FieldValue::text(&long));
        fields.push("f", FieldValue::F64(0.5));
        fields.push("made", FieldValue::Made(Box::new(KeyValue::new("made.chain", 1.5))));
        fields.push("a", FieldValue::Bool(false));
        let expected: [(&str, Value); 9] = [
            ("a", "grün".into()),
            ("n", Value::I64(-1)),
            ("empty", "".into()),
            ("full", full.into()),
            ("other", true.into()),
            ("long", long.into()),
            ("f", 0.5.into()),
            ("made.chain", 1.5.into()),
            ("a", false.into()),
        ];
        assert_eq!(attributes(fields, true), expected.map(|(key, value)| (key.to_owned(), value)));
    }

    #[test]
    fn unsigned_integers_are_numbers_where_they_may_be() {
        let counts = || {
            let mut fields = Fields::default();
            fields.push("few", FieldValue::U64(7));
            fields.push("huge", FieldValue::U64(u64::MAX));
            fields
        };
        let huge = Value::from(u64::MAX.to_string());
        assert_eq!(attributes(counts(), true)[1..], [("few".to_owned(), 7.into()), ("huge".to_owned(), huge.clone())]);
        assert_eq!(attributes(counts(), false)[1..], [("few".to_owned(), "7".into()), ("huge".to_owned(), huge)]);
    }

    #[test]
    fn a_long_text_that_is_recorded_over_and_over_is_held_once() {
        let mut fields = Fields::default();
        fields.push("answer", FieldValue::text(&"a".repeat(1_000)));
        fields.push("n", FieldValue::I64(1));
        fields.are_initial();
        let one = fields.bytes();
        for _ in 0..100 {
            fields.push("answer", FieldValue::text(&"b".repeat(1_000)));
        }
        assert_eq!(fields.bytes(), one);
        let last = Value::from("b".repeat(1_000));
        let expected = [("n".to_owned(), 1.into()), ("other".to_owned(), true.into()), ("answer".to_owned(), last)];
        assert_eq!(attributes(fields, true), expected);
    }
}
