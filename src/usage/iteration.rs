//! The model calls that one answer was made of.

use serde_json::{Map, Value};

use super::{Count, Unit, Usage};

/// One of several model calls behind one answer, where the provider bills them apart (Anthropic's `iterations`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Iteration {
    kind: String,
    model: Option<String>,
    usage: Usage,
}

impl Iteration {
    pub(crate) fn new(kind: impl Into<String>, model: Option<String>, usage: Usage) -> Self {
        Self { kind: kind.into(), model, usage }
    }

    /// What the call was for, in the provider's word: `message`, `compaction`, …
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The model that answered, where it is another one than that of the whole answer.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// What this call alone used.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("type".to_owned(), self.kind.as_str().into());
        if let Some(model) = &self.model {
            object.insert("model".to_owned(), model.as_str().into());
        }
        let counts = Count::ALL.into_iter().filter_map(|count| Some((count.word(), self.usage.reported(count)?)));
        let units = Unit::ALL.into_iter().filter_map(|unit| Some((unit.as_str(), self.usage.reported_unit(unit)?)));
        object.extend(counts.chain(units).map(|(word, number)| (word.to_owned(), number.into())));
        Value::Object(object)
    }

    fn from_json(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |word: &str| object.get(word).and_then(Value::as_u64);
        let mut usage = Usage::default();
        for count in Count::ALL {
            usage.report(count, number(count.word()));
        }
        for unit in Unit::ALL {
            usage.report_unit(unit, number(unit.as_str()));
        }
        Some(Self::new(text("type").unwrap_or_default(), text("model"), usage))
    }
}

/// As they stand in the attribute.
pub(super) fn to_text(iterations: &[Iteration]) -> String {
    Value::Array(iterations.iter().map(Iteration::to_json).collect()).to_string()
}

/// What can be read of the attribute; nothing where it is no list.
pub(super) fn from_text(text: &str) -> Vec<Iteration> {
    let Ok(Value::Array(items)) = serde_json::from_str(text) else { return Vec::new() };
    items.iter().filter_map(Iteration::from_json).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_are_read_as_they_were_written() {
        let iterations = [
            Iteration::new("compaction", None, Usage::new(60_385, 522)),
            Iteration::new("message", Some("m".to_owned()), Usage::new(9, 4).cache_write_1h(3).web_searches(2)),
        ];
        assert_eq!(from_text(&to_text(&iterations)), iterations);
    }

    #[test]
    fn what_is_no_list_of_calls_is_none() {
        for text in ["", "{}", "[1, null]", "[", "\u{0}"] {
            assert_eq!(from_text(text), [], "{text}");
        }
    }
}
