//! What a dialect reads of a canonical span.

use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions::{SpanType, attribute, attribute_def, older_spelling, operation};

/// What stands in `tracing_genai.cost.status` of a span around the one that tells of the same call.
const COUNTED_BELOW: &str = "counted_below";

/// A canonical span, looked at once for what its conversion turns on.
#[derive(Debug)]
pub(super) struct Reading<'s> {
    pub(super) data: &'s SpanData,
    pub(super) span_type: Option<SpanType>,
    /// A span below tells of the same call.
    pub(super) is_wrapper: bool,
}

impl<'s> Reading<'s> {
    pub(super) fn of(data: &'s SpanData) -> Self {
        let mut reading = Self { data, span_type: None, is_wrapper: false };
        let by_operation = reading.text(attribute::GEN_AI_OPERATION_NAME).and_then(operation);
        reading.span_type =
            reading.text(attribute::SPAN_TYPE).and_then(SpanType::parse).or(by_operation.map(|known| known.span_type));
        reading.is_wrapper = reading.text(attribute::TRACING_GENAI_COST_STATUS) == Some(COUNTED_BELOW);
        reading
    }

    /// The attributes under their canonical keys.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'s str, &'s KeyValue)> + use<'s> {
        self.data.attributes.iter().map(|kv| (older_spelling(kv.key.as_str()).unwrap_or(kv.key.as_str()), kv))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'s Value> {
        self.attributes().find(|(known, _)| *known == key).map(|(_, kv)| &kv.value)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'s str> {
        match self.get(key) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        }
    }

    /// Whether the span type is one of `types`; none of them stands for all.
    pub(super) fn is_on(&self, types: &[SpanType]) -> bool {
        types.is_empty() || self.span_type.is_some_and(|span_type| types.contains(&span_type))
    }

    /// Whether its usage is that of spans below it.
    pub(super) fn is_parent(&self) -> bool {
        matches!(self.span_type, Some(SpanType::Agent | SpanType::Chain | SpanType::Plan))
    }
}

/// The same for keys of the conventions: what others wrote below a prefix is not meant.
pub(super) fn matches_known(patterns: &[&str], key: &str) -> bool {
    patterns.contains(&key) || (matches(patterns, key) && attribute_def(key).is_some())
}

/// Whether one of `patterns` stands for `key`: the key itself, or what it begins with where the pattern ends in a dot.
pub(super) fn matches(patterns: &[&str], key: &str) -> bool {
    patterns.iter().any(|pattern| if pattern.ends_with('.') { key.starts_with(pattern) } else { key == *pattern })
}
