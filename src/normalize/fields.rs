//! Fields and recorded values, brought together: canonical keys, one value for each, the last write wins.

use std::collections::{HashMap, HashSet};

use opentelemetry::{Key, KeyValue, Value};

use super::attributes::FEW;
use super::coerce::{may_say_nothing, says_nothing};
use crate::conventions::{self, KeyFacts, SpanType, attribute, bit, facts};
use crate::layer::{Recorded, ScopeValues};
use crate::payload::Payload;

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
    /// Takes a step that becomes no attribute here.
    pub(super) fn take(&mut self, step: Recorded) {
        match step {
            Recorded::Input(payload) => self.input = Some(payload),
            Recorded::Output(payload) => self.output = Some(payload),
            // Some servers write an empty one into each chunk.
            Recorded::FinishReason(reason) if reason.is_empty() => {}
            Recorded::FinishReason(reason) => self.finish_reasons.push(reason),
            Recorded::Error(message) => self.error = Some(message),
            Recorded::Attribute(..) | Recorded::Field(_) | Recorded::Number(..) => {}
        }
    }

    /// A value was recorded later that says the same.
    #[inline]
    pub(super) fn forget<K: AsRef<str>>(&mut self, field: &K) {
        if self.input.is_some() || self.output.is_some() || !self.finish_reasons.is_empty() {
            self.forget_what_is(field.as_ref());
        }
    }

    #[cold]
    fn forget_what_is(&mut self, field: &str) {
        match facts(field).alias.map_or(field, |alias| alias.canonical) {
            attribute::INPUT_VALUE | attribute::GEN_AI_INPUT_MESSAGES => self.input = None,
            attribute::OUTPUT_VALUE | attribute::GEN_AI_OUTPUT_MESSAGES => self.output = None,
            attribute::GEN_AI_RESPONSE_FINISH_REASONS => self.finish_reasons.clear(),
            _ => {}
        }
    }
}

/// Whether what our trait recorded shows a GenAI span.
pub(super) fn show_gen_ai(recorded: &[Recorded]) -> bool {
    recorded.iter().any(|step| step.shows_gen_ai(|key| facts(key).gen_ai))
}

/// Whether all of it is later than what it says the same of. A field that was recorded after it need not be, as long as
/// it says something else. Of very many it is not asked.
pub(super) fn are_last(recorded: &[Recorded]) -> bool {
    let is_recorded =
        |name: &str| recorded.iter().any(|step| matches!(step, Recorded::Attribute(key, _) if key.as_str() == name));
    recorded.len() <= FEW
        && recorded.iter().all(|step| match step {
            Recorded::Field(name) => facts(name).is_of_nobody() && !is_recorded(name),
            Recorded::Number(..) => false,
            _ => true,
        })
}

/// Merges what the span carries, of which `known` tells key by key, with what was recorded beside it. Whether every
/// attribute stands where it stood, under the key that it had.
pub(super) fn merge(
    attributes: &mut Vec<KeyValue>,
    known: &[KeyFacts],
    gen_ai: bool,
    recorded: Vec<Recorded>,
    scope: Option<&ScopeValues>,
    outcome: &mut Outcome,
) -> bool {
    let scope = scope.filter(|scope| gen_ai && !scope.attributes.is_empty());
    let stay = if gen_ai && scope.is_none() { in_order(attributes, known) } else { 0 };
    let mut in_place = gen_ai && scope.is_none() && stay == attributes.len();
    if in_place && recorded.is_empty() {
        return true;
    }
    let again = recorded_again(attributes, &recorded);
    let span_type = if is_type_asked_for(known, &recorded) { span_type(attributes, known, &recorded) } else { None };
    if gen_ai && recorded.iter().any(|step| matches!(step, Recorded::Number(..))) {
        for kv in attributes.iter_mut() {
            if let Some(number) = unsigned(&kv.key, &kv.value, &recorded) {
                kv.value = Value::I64(number);
            }
        }
    }

    let carried = std::mem::take(attributes);
    let mut table = if let Some(scope) = scope {
        let mut table =
            Table::new(Vec::with_capacity(scope.attributes.len() + carried.len() + recorded.len()), span_type);
        for value in &scope.attributes {
            table.put(value.key.clone(), value.value.clone(), u8::MAX);
        }
        table.put_all(carried);
        table
    } else if gen_ai {
        let mut carried = carried;
        let others = if stay < carried.len() { carried.split_off(stay) } else { Vec::new() };
        let mut table = Table::new(carried, span_type);
        table.put_all(others);
        table
    } else {
        // Not ours: also what stands twice stays as it came.
        Table::new(carried, span_type)
    };
    for step in recorded {
        match step {
            Recorded::Attribute(key, value) => {
                in_place = false;
                outcome.forget(&key);
                table.put_any_spelling(key, value);
            }
            Recorded::Field(name) => {
                in_place = false;
                if let Some(field) = again.iter().find(|kv| kv.key.as_str() == name) {
                    outcome.forget(&name);
                    table.put_any_spelling(field.key.clone(), field.value.clone());
                }
            }
            other => outcome.take(other),
        }
    }
    *attributes = table.list;
    in_place
}

/// Only a field that was recorded after one of ours is looked up again, by its own name.
fn recorded_again(attributes: &[KeyValue], recorded: &[Recorded]) -> Vec<KeyValue> {
    let fields = recorded.iter().filter_map(|step| match step {
        Recorded::Field(name) => attributes.iter().rfind(|kv| kv.key.as_str() == *name).cloned(),
        _ => None,
    });
    let with_numbers = fields.map(|KeyValue { key, value, .. }| {
        let value = unsigned(&key, &value, recorded).map_or(value, Value::I64);
        KeyValue::new(key, value)
    });
    with_numbers.collect()
}

/// Of very many attributes the last of each key stays, lest a limit takes it. Whether that changes anything.
pub(super) fn keep_last_of_many(attributes: &mut Vec<KeyValue>) -> bool {
    let before = attributes.len();
    if before > FEW {
        let mut seen = HashSet::new();
        attributes.reverse();
        attributes.retain(|kv| seen.insert(kv.key.clone()));
        attributes.reverse();
    }
    attributes.len() < before
}

/// How many attributes, from the first one on, say something under canonical keys and each under its own: they stay in
/// place.
fn in_order(attributes: &[KeyValue], known: &[KeyFacts]) -> usize {
    let mut seen = [false; 256];
    for (at, (kv, known)) in attributes.iter().zip(known).enumerate() {
        let Some(seen) = seen.get_mut(usize::from(known.bit_number())) else { return at };
        let is_twice = std::mem::replace(seen, true) && attributes.iter().take(at).any(|earlier| earlier.key == kv.key);
        let is_nothing = known.def.is_some_and(|def| says_nothing(def, &kv.value));
        if at >= FEW || known.alias.is_some() || is_twice || is_nothing {
            return at;
        }
    }
    attributes.len().min(known.len())
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

/// Whether a word is among the keys that means something on spans of some types only.
fn is_type_asked_for(known: &[KeyFacts], recorded: &[Recorded]) -> bool {
    let asks = |known: KeyFacts| known.alias.is_some_and(|alias| !alias.only.is_empty());
    known.iter().any(|known| asks(*known))
        || recorded.iter().any(|step| match step {
            Recorded::Attribute(key, _) => asks(facts(key.as_str())),
            Recorded::Field(name) => asks(facts(name)),
            _ => false,
        })
}

/// The type as it is declared, in any spelling, or as the operation shows it.
fn span_type(attributes: &[KeyValue], known: &[KeyFacts], recorded: &[Recorded]) -> Option<SpanType> {
    let carried = attributes.iter().zip(known).map(|(kv, known)| (&kv.key, &kv.value, *known));
    let recorded = recorded.iter().filter_map(|step| match step {
        Recorded::Attribute(key, value) => Some((key, value, facts(key.as_str()))),
        _ => None,
    });
    let (mut by_word, mut by_operation) = (None, None);
    for (key, value, known) in carried.chain(recorded) {
        let canonical = known.alias.map_or(key.as_str(), |alias| alias.canonical);
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
    list: Vec<KeyValue>,
    /// A bit for each key in the list.
    seen: u128,
    /// The positions of those that are not of the best rank, and their ranks.
    ranks: Vec<(usize, u8)>,
    /// Positions by key, once there are too many to scan: a span may carry thousands.
    positions: Option<HashMap<Key, usize>>,
    /// Some words mean something on spans of some types only.
    span_type: Option<SpanType>,
}

impl Table {
    /// Of attributes that are in order.
    fn new(list: Vec<KeyValue>, span_type: Option<SpanType>) -> Self {
        let seen = list.iter().fold(0, |seen, kv| seen | bit(kv.key.as_str()));
        Self { list, seen, ranks: Vec::new(), positions: None, span_type }
    }

    fn put_all(&mut self, attributes: Vec<KeyValue>) {
        for KeyValue { key, value, .. } in attributes {
            self.put_any_spelling(key, value);
        }
    }

    fn put_any_spelling(&mut self, key: Key, value: Value) {
        match facts(key.as_str()).alias {
            // What another tool calls a kind and is none of ours, such as `UNKNOWN`, stays its own.
            Some(alias) if alias.canonical == attribute::SPAN_TYPE && !is_span_type(&value) => self.put(key, value, 0),
            Some(alias) if alias.only.is_empty() || self.span_type.is_some_and(|known| alias.only.contains(&known)) => {
                let rank = if alias.short && is_own_name_of_provider(alias.canonical, &value) {
                    LEAST_EXACT
                } else {
                    alias.rank
                };
                self.put_known(Key::from_static_str(alias.canonical), value, rank);
            }
            _ => self.put_known(key, value, 0),
        }
    }

    /// A name that says nothing takes no other's place.
    fn put_known(&mut self, key: Key, value: Value, rank: u8) {
        if !may_say_nothing(&value) || facts(key.as_str()).def.is_none_or(|def| !says_nothing(def, &value)) {
            self.put(key, value, rank);
        }
    }

    fn put(&mut self, key: Key, value: Value, rank: u8) {
        let bit = bit(key.as_str());
        let at = match &self.positions {
            _ if self.seen & bit == 0 => None,
            Some(positions) => positions.get(&key).copied(),
            None => self.list.iter().position(|kv| kv.key == key),
        };
        self.seen |= bit;
        match at {
            Some(at) if self.rank(at) < rank => {}
            Some(at) => {
                if let Some(kv) = self.list.get_mut(at) {
                    *kv = KeyValue::new(key, value);
                }
                self.ranks.retain(|(of, _)| *of != at);
                self.set_rank(at, rank);
            }
            None => self.append(key, value, rank),
        }
    }

    fn rank(&self, at: usize) -> u8 {
        self.ranks.iter().find(|(of, _)| *of == at).map_or(0, |(_, rank)| *rank)
    }

    fn set_rank(&mut self, at: usize, rank: u8) {
        if rank > 0 {
            self.ranks.push((at, rank));
        }
    }

    fn append(&mut self, key: Key, value: Value, rank: u8) {
        let at = self.list.len();
        if let Some(positions) = &mut self.positions {
            positions.insert(key.clone(), at);
        } else if at >= FEW {
            let known = self.list.iter().enumerate().map(|(at, kv)| (kv.key.clone(), at));
            let mut positions: HashMap<Key, usize> = known.collect();
            positions.insert(key.clone(), at);
            self.positions = Some(positions);
        }
        self.set_rank(at, rank);
        self.list.push(KeyValue::new(key, value));
    }
}
