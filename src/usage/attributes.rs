//! Usage on a span: the attributes that hold it.

use opentelemetry::{Key, Value};

use super::{Count, Unit, Usage, iteration};
use crate::conventions::attribute::{
    TRACING_GENAI_USAGE_CONVENTION, TRACING_GENAI_USAGE_ITERATIONS, TRACING_GENAI_USAGE_UNITS,
};
use crate::span::Span;

/// Input and output hold their parts.
pub(super) const INCLUSIVE: &str = "inclusive";

/// What the attribute of each count ends with.
const TOKENS: &str = "_tokens";

impl Usage {
    /// What the canonical attributes of `span` say; nothing when they say nothing. One pass over them.
    pub(crate) fn of(span: &Span) -> Option<Self> {
        Self::of_values(span.data.attributes.iter().map(|kv| (kv.key.as_str(), &kv.value)))
    }

    /// The same of canonical keys with their values.
    pub(crate) fn of_values<'v>(values: impl Iterator<Item = (&'v str, &'v Value)>) -> Option<Self> {
        let mut usage = Self::default();
        let mut found = false;
        for (key, value) in values {
            match value {
                Value::I64(number) => {
                    let Ok(number) = u64::try_from(*number) else { continue };
                    if let Some(count) = count_of(key) {
                        usage.report(count, Some(number));
                        found = true;
                    } else if let Some(unit) = unit_of(key) {
                        usage.report_unit(unit, Some(number));
                        found = true;
                    }
                }
                Value::String(text) if key == TRACING_GENAI_USAGE_ITERATIONS => {
                    usage.set_iterations(iteration::from_text(text.as_str()));
                }
                _ => {}
            }
        }
        found.then_some(usage)
    }

    /// Says to the worker that the counts are inclusive, as our own types have them.
    pub(crate) fn inclusive_mark() -> (Key, Value) {
        (Key::from_static_str(TRACING_GENAI_USAGE_CONVENTION), Value::from(INCLUSIVE))
    }

    /// What was reported, as attributes.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (Key, Value)> {
        self.count_attributes().chain(self.other_attributes())
    }

    /// The counts of tokens. Making them allocates nothing.
    pub(crate) fn count_attributes(&self) -> impl Iterator<Item = (Key, Value)> {
        self.counts().filter_map(|count| Some((Key::from_static_str(count.key()), integer(self.reported(count)?))))
    }

    /// Whether there are [others](Self::other_attributes).
    pub(crate) fn has_other_attributes(&self) -> bool {
        !self.iterations().is_empty() || Unit::ALL.into_iter().any(|unit| self.reported_unit(unit).is_some())
    }

    /// What few calls have: units that are billed by count, and iterations.
    pub(crate) fn other_attributes(&self) -> impl Iterator<Item = (Key, Value)> {
        let units = Unit::ALL.into_iter().filter_map(|unit| {
            let number = self.reported_unit(unit)?;
            Some((Key::from(unit_key(unit)), integer(number)))
        });
        let iterations = (!self.iterations().is_empty()).then(|| {
            let text = iteration::to_text(self.iterations());
            (Key::from_static_str(TRACING_GENAI_USAGE_ITERATIONS), Value::from(text))
        });
        units.chain(iterations)
    }
}

fn count_of(key: &str) -> Option<Count> {
    // Most numbers of a span are no counts.
    if key.ends_with(TOKENS) { Count::of_key(key) } else { None }
}

pub(super) fn unit_key(unit: Unit) -> String {
    format!("{TRACING_GENAI_USAGE_UNITS}.{}", unit.as_str())
}

fn unit_of(key: &str) -> Option<Unit> {
    key.strip_prefix(TRACING_GENAI_USAGE_UNITS)?.strip_prefix('.').and_then(Unit::parse)
}

/// A count beyond `i64` cannot be exported as an integer; as text it ends under the invalid key.
fn integer(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number.to_string()), Value::I64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_found_by_its_key() {
        for count in Count::ALL {
            assert_eq!(count_of(count.key()), Some(count));
        }
        assert_eq!(count_of(TOKENS), None);
    }
}
