//! Fields and recorded values, brought together: canonical keys, one value for each, the last write wins.

use std::collections::HashMap;

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions::{self, SpanType, attribute};
use crate::layer::{Recorded, ScopeValues};
use crate::payload::Payload;
use crate::span::Span;

/// Attributes up to which looking one up by scanning is cheaper than hashing.
const FEW: usize = 48;

/// Wins over nothing.
const LEAST_EXACT: u8 = 4;

/// What was recorded by our trait and is not an attribute yet.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) input: Option<Payload>,
    pub(super) output: Option<Payload>,
    pub(super) finish_reasons: Vec<String>,
    pub(super) error: Option<String>,
}

impl Outcome {
    /// A value was recorded later that says the same.
    fn forget(&mut self, field: &str) {
        if self.input.is_none() && self.output.is_none() && self.finish_reasons.is_empty() {
            return;
        }
        match conventions::alias(field).map_or(field, |alias| alias.canonical) {
            attribute::INPUT_VALUE | attribute::GEN_AI_INPUT_MESSAGES => self.input = None,
            attribute::OUTPUT_VALUE | attribute::GEN_AI_OUTPUT_MESSAGES => self.output = None,
            attribute::GEN_AI_RESPONSE_FINISH_REASONS => self.finish_reasons.clear(),
            _ => {}
        }
    }
}

/// Declared by `span_type`, or by a key that only GenAI spans carry.
pub(super) fn is_gen_ai(data: &SpanData, recorded: &[Recorded]) -> bool {
    let proves = conventions::is_gen_ai_key;
    data.attributes.iter().any(|kv| proves(kv.key.as_str()))
        || recorded.iter().any(|step| match step {
            Recorded::Attribute(key, _) => proves(key.as_str()),
            Recorded::Input(_) | Recorded::Output(_) | Recorded::FinishReason(_) => true,
            Recorded::Field(_) | Recorded::Number(..) | Recorded::Error(_) => false,
        })
}

/// Merges what the span carries with what was recorded beside it.
pub(super) fn merge(span: &mut Span, recorded: Vec<Recorded>, scope: Option<&ScopeValues>) -> Outcome {
    let mut outcome = Outcome::default();
    let attributes = std::mem::take(&mut span.data.attributes);
    let mut table = Table::with_capacity(attributes.len() + recorded.len() + 8);
    table.span_type = span_type(&attributes, &recorded);

    // Only a field that was recorded after one of ours is looked up again, by its own name.
    let again: Vec<KeyValue> = recorded
        .iter()
        .filter_map(|step| match step {
            Recorded::Field(name) => attributes.iter().rfind(|kv| kv.key.as_str() == *name).cloned(),
            _ => None,
        })
        .map(|KeyValue { key, value, .. }| {
            let value = unsigned(&key, &value, &recorded).map_or(value, Value::I64);
            KeyValue::new(key, value)
        })
        .collect();

    if let Some(scope) = scope.filter(|_| span.gen_ai) {
        for value in &scope.attributes {
            table.put(value.key.clone(), value.value.clone(), u8::MAX);
        }
    }
    for KeyValue { key, mut value, .. } in attributes {
        if span.gen_ai {
            if let Some(number) = unsigned(&key, &value, &recorded) {
                value = Value::I64(number);
            }
            table.put_any_spelling(key, value);
        } else {
            // Not ours: also what stands twice stays as it came.
            table.entries.push(Entry { attribute: KeyValue::new(key, value), rank: 0 });
        }
    }
    for step in recorded {
        match step {
            Recorded::Attribute(key, value) => {
                outcome.forget(key.as_str());
                table.put_any_spelling(key, value);
            }
            Recorded::Field(name) => {
                if let Some(field) = again.iter().find(|kv| kv.key.as_str() == name) {
                    outcome.forget(name);
                    table.put_any_spelling(field.key.clone(), field.value.clone());
                }
            }
            Recorded::Number(..) => {}
            Recorded::Input(payload) => outcome.input = Some(payload),
            Recorded::Output(payload) => outcome.output = Some(payload),
            Recorded::FinishReason(reason) => outcome.finish_reasons.push(reason),
            Recorded::Error(message) => outcome.error = Some(message),
        }
    }
    span.data.attributes = table.entries.into_iter().map(|entry| entry.attribute).collect();
    outcome
}

fn is_span_type(value: &Value) -> bool {
    matches!(value, Value::String(word) if SpanType::parse(word.as_str()).is_some())
}

/// What a program calls one of its providers says less than a spelling of the conventions that names a known one.
fn is_own_name_of_provider(canonical: &str, value: &Value) -> bool {
    canonical == attribute::GEN_AI_PROVIDER_NAME
        && !matches!(value, Value::String(name) if conventions::canonical_provider(name.as_str()).is_some())
}

/// The number of which the OpenTelemetry layer made text.
fn unsigned(key: &Key, value: &Value, recorded: &[Recorded]) -> Option<i64> {
    let Value::String(text) = value else { return None };
    recorded.iter().find_map(|step| match step {
        Recorded::Number(name, number) if *name == key.as_str() && text.as_str().parse() == Ok(*number) => {
            Some(*number)
        }
        _ => None,
    })
}

/// The type as it is declared, in any spelling, or as the operation shows it.
fn span_type(attributes: &[KeyValue], recorded: &[Recorded]) -> Option<SpanType> {
    let recorded = recorded.iter().filter_map(|step| match step {
        Recorded::Attribute(key, value) => Some((key, value)),
        _ => None,
    });
    let (mut by_word, mut by_operation) = (None, None);
    for (key, value) in attributes.iter().map(|kv| (&kv.key, &kv.value)).chain(recorded) {
        let canonical = conventions::alias(key.as_str()).map_or(key.as_str(), |alias| alias.canonical);
        let Value::String(word) = value else { continue };
        if canonical == attribute::SPAN_TYPE
            && let Some(declared) = SpanType::parse(word.as_str())
        {
            by_word = Some(declared);
        }
        if canonical == attribute::GEN_AI_OPERATION_NAME {
            let foreign = || conventions::foreign_operation(word.as_str()).map(|(_, span_type)| span_type);
            by_operation = SpanType::from_operation(word.as_str()).or_else(foreign);
        }
    }
    by_word.or(by_operation)
}

/// Attributes under canonical keys. Of two spellings the better ranked one wins, of two equals the later one.
struct Table {
    entries: Vec<Entry>,
    /// Positions by key, once there are too many to scan: a span may carry thousands.
    positions: Option<HashMap<Key, usize>>,
    /// Some words mean something on spans of some types only.
    span_type: Option<SpanType>,
}

struct Entry {
    attribute: KeyValue,
    rank: u8,
}

impl Table {
    fn with_capacity(capacity: usize) -> Self {
        Self { entries: Vec::with_capacity(capacity), positions: None, span_type: None }
    }

    fn put_any_spelling(&mut self, key: Key, value: Value) {
        match conventions::alias(key.as_str()) {
            // What another tool calls a kind and is none of ours, such as `UNKNOWN`, stays its own.
            Some(alias) if alias.canonical == attribute::SPAN_TYPE && !is_span_type(&value) => self.put(key, value, 0),
            Some(alias) if alias.only.is_empty() || self.span_type.is_some_and(|known| alias.only.contains(&known)) => {
                let rank = if alias.short && is_own_name_of_provider(alias.canonical, &value) {
                    LEAST_EXACT
                } else {
                    alias.rank
                };
                self.put(Key::from_static_str(alias.canonical), value, rank);
            }
            _ => self.put(key, value, 0),
        }
    }

    fn put(&mut self, key: Key, value: Value, rank: u8) {
        let at = match &self.positions {
            Some(positions) => positions.get(&key).copied(),
            None => self.entries.iter().position(|entry| entry.attribute.key == key),
        };
        match at.and_then(|at| self.entries.get_mut(at)) {
            Some(entry) if entry.rank < rank => {}
            Some(entry) => *entry = Entry { attribute: KeyValue::new(key, value), rank },
            None => self.append(key, value, rank),
        }
    }

    fn append(&mut self, key: Key, value: Value, rank: u8) {
        if let Some(positions) = &mut self.positions {
            positions.insert(key.clone(), self.entries.len());
        } else if self.entries.len() >= FEW {
            let known = self.entries.iter().enumerate().map(|(at, entry)| (entry.attribute.key.clone(), at));
            let mut positions: HashMap<Key, usize> = known.collect();
            positions.insert(key.clone(), self.entries.len());
            self.positions = Some(positions);
        }
        self.entries.push(Entry { attribute: KeyValue::new(key, value), rank });
    }
}
