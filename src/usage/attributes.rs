//! Usage on a span: the attributes that hold it.

use opentelemetry::{Key, Value};

use super::{Count, Unit, Usage, iteration};
use crate::conventions;
use crate::conventions::attribute::{
    GEN_AI_OPERATION_NAME, TRACING_GENAI_USAGE_CONVENTION, TRACING_GENAI_USAGE_ITERATIONS, TRACING_GENAI_USAGE_UNITS,
};
use crate::span::Span;

/// Input and output hold their parts.
pub(super) const INCLUSIVE: &str = "inclusive";

impl Usage {
    /// What the canonical attributes of `span` say; nothing when they say nothing.
    pub(crate) fn of(span: &Span) -> Option<Self> {
        let mut usage = Self::default();
        usage.read(span).then_some(usage)
    }

    /// Adds what the canonical attributes of `span` say; whether they say something. One pass over them.
    pub(super) fn read(&mut self, span: &Span) -> bool {
        let mut found = false;
        for kv in &span.data.attributes {
            if let Value::I64(number) = kv.value {
                found |= self.report_under(kv.key.as_str(), number);
            }
        }
        if found && let Some(iterations) = span.text(TRACING_GENAI_USAGE_ITERATIONS) {
            self.set_iterations(iteration::from_text(iterations));
        }
        found
    }

    /// Takes off the calls of an earlier answer, where totals were recorded later that are not theirs.
    pub(super) fn settle_iterations(&mut self, span: &mut Span) {
        if !self.iterations().is_empty() && !self.is_sum_of_iterations() {
            self.set_iterations(Vec::new());
            span.remove(TRACING_GENAI_USAGE_ITERATIONS);
        }
    }

    /// What the tokens of an operation such as a transcription are of, where no count of that side tells.
    pub(super) fn settle_modality(&mut self, span: &mut Span) {
        let Some(key) = span.text(GEN_AI_OPERATION_NAME).and_then(conventions::operation_modality) else { return };
        let Some(count) = Count::of_key(key) else { return };
        let (told, tokens) = if Count::INPUTS.contains(&count) {
            (Count::INPUTS, self.reported(Count::Input))
        } else {
            let thoughts = self.reported(Count::Reasoning).unwrap_or(0);
            (Count::OUTPUTS, self.reported(Count::Output).map(|all| all.saturating_sub(thoughts)))
        };
        let Some(tokens) = tokens.filter(|tokens| *tokens > 0) else { return };
        if told.into_iter().all(|told| self.reported(told).unwrap_or(0) == 0) {
            self.report(count, Some(tokens));
            span.set(key, i64::try_from(tokens).unwrap_or(i64::MAX));
        }
    }

    /// The same of canonical keys with their values.
    #[cfg(feature = "_otlp")]
    pub(crate) fn of_values<'v>(values: impl Iterator<Item = (&'v str, &'v Value)>) -> Option<Self> {
        let mut usage = Self::default();
        let mut found = false;
        for (key, value) in values {
            match value {
                Value::I64(number) => found |= usage.report_under(key, *number),
                Value::String(text) if key == TRACING_GENAI_USAGE_ITERATIONS => {
                    usage.set_iterations(iteration::from_text(text.as_str()));
                }
                _ => {}
            }
        }
        found.then_some(usage)
    }

    /// Takes a number where its key is that of a count or a unit.
    fn report_under(&mut self, key: &str, number: i64) -> bool {
        let Ok(number) = u64::try_from(number) else { return false };
        if let Some(count) = Count::of_key(key) {
            self.report(count, Some(number));
        } else if let Some(unit) = unit_of(key) {
            self.report_unit(unit, Some(number));
        } else {
            return false;
        }
        true
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
            assert_eq!(Count::of_key(count.key()), Some(count));
        }
        let known = Count::Input.key();
        let (group, _) = known.rsplit_once('.').unwrap();
        let near = [known.replace("input", "total"), known.replace("tokens", "tokenz")];
        for key in ["", "_tokens", group].into_iter().chain(near.iter().map(String::as_str)) {
            assert_eq!(Count::of_key(key), None, "{key}");
        }
    }
}
