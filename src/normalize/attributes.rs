//! The attributes that a span came with, in one pass: its fields, made attributes, and what was set in other ways. What
//! has to be looked at again is noted on the way; of most spans that is next to nothing.

use opentelemetry::{Key, KeyValue, Value};

use super::coerce;
use super::fields::Outcome;
use super::site::{Site, SiteField};
use crate::conventions::{AttributeDef, KeyFacts, facts};
use crate::layer::{Fields, Recorded, ScopeValues, TakeValues};
use crate::span::Span;

/// Attributes that the steps add to most spans: with room for them the list is not moved again.
const ADDED: usize = 16;
/// Attributes up to which looking one up by scanning is cheaper than hashing.
pub(super) const FEW: usize = 48;

/// What was noted of a span's attributes.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// Some stand under keys that mean something together with others only, or there are very many.
    pub(super) unsettled: bool,
    /// One is an object of JSON with counts or costs.
    pub(super) bag: bool,
    /// One may be the message of a failure.
    pub(super) failure: bool,
    /// Where values stand that are not of their attribute's type.
    pub(super) unfit: Vec<(usize, &'static AttributeDef)>,
    /// Where those stand that came under another spelling of their key, and that spelling.
    respelled: Vec<(usize, &'static str)>,
}

impl Noted {
    pub(super) fn clear(&mut self) {
        (self.unsettled, self.bag, self.failure) = (false, false, false);
        self.unfit.clear();
        self.respelled.clear();
    }

    /// Notes the same of attributes of whose keys `known` tells, one by one.
    pub(super) fn note_all(&mut self, attributes: &[KeyValue], known: &[KeyFacts]) {
        self.clear();
        for (at, (kv, known)) in attributes.iter().zip(known).enumerate() {
            self.note(at, &kv.value, known);
            self.note_unusual(known);
        }
    }

    #[expect(clippy::inline_always, reason = "once for each field")]
    #[inline(always)]
    fn note(&mut self, at: usize, value: &Value, facts: &KeyFacts) {
        if let Some(def) = facts.def
            && !coerce::is_right(def, value)
        {
            self.unfit.push((at, def));
        }
    }

    fn note_unusual(&mut self, facts: &KeyFacts) {
        self.bag |= facts.bag.is_some();
        self.failure |= facts.failure;
    }

    /// Gives them the keys back under which they came; whether that were others.
    pub(super) fn restore(&mut self, attributes: &mut [KeyValue]) -> bool {
        let restores = !self.respelled.is_empty();
        for (at, name) in self.respelled.drain(..) {
            if let Some(kv) = attributes.get_mut(at) {
                kv.key = Key::from_static_str(name);
            }
        }
        restores
    }
}

/// Puts attributes on a span.
pub(super) struct Adder<'a> {
    pub(super) span: &'a mut Span,
    pub(super) noted: &'a mut Noted,
}

impl Adder<'_> {
    /// What the span's scope says of all its spans: each under its canonical key.
    pub(super) fn add_scope(&mut self, scope: &ScopeValues) {
        for KeyValue { key, value, .. } in &scope.attributes {
            let facts = facts(key.as_str());
            self.noted.note_unusual(&facts);
            self.add(key.clone(), value.clone(), &facts);
        }
    }

    /// All that the span carries, with room for what the steps add.
    pub(super) fn add_all(&mut self, fields: &mut Fields, site: &mut Site, others: Vec<KeyValue>) {
        self.span.data.attributes.reserve(fields.len() + others.len() + ADDED);
        let mut of_site = FieldAdder { adder: self, fields: &mut site.fields };
        of_site.add(fields, true);
        if !others.is_empty() {
            for kv in others {
                of_site.adder.add_other(kv);
            }
        }
        of_site.add(fields, false);
    }

    /// What our trait recorded after all that the span carries.
    pub(super) fn add_recorded(&mut self, recorded: Vec<Recorded>, outcome: &mut Outcome) {
        for step in recorded {
            match step {
                Recorded::Attribute(key, value) => {
                    outcome.forget(&key);
                    self.add_other(KeyValue::new(key, value));
                }
                other => outcome.take(other),
            }
        }
    }

    /// One that was set in another way.
    pub(super) fn add_other(&mut self, KeyValue { key, value, .. }: KeyValue) {
        let facts = facts(key.as_str());
        self.noted.unsettled |= facts.alias.is_some();
        self.noted.note_unusual(&facts);
        self.add(key, value, &facts);
    }

    #[expect(clippy::inline_always, reason = "once for each field")]
    #[inline(always)]
    fn add_field(&mut self, field: &SiteField, value: Value) {
        if field.is_unusual {
            self.note_field(field);
        }
        self.add(Key::from_static_str(field.key), value, &field.facts);
    }

    /// `facts` are those of its key.
    #[expect(clippy::inline_always, reason = "once for each field")]
    #[inline(always)]
    fn add(&mut self, key: Key, value: Value, facts: &KeyFacts) {
        let at = self.span.data.attributes.len();
        self.noted.note(at, &value, facts);
        if self.span.add(key, value, facts) {
            self.note_twice(at);
        }
    }

    #[cold]
    fn note_field(&mut self, field: &SiteField) {
        self.noted.note_unusual(&field.facts);
        if field.key != field.name {
            self.noted.respelled.push((self.span.data.attributes.len(), field.name));
        } else if field.name_facts.alias.is_some() {
            self.noted.unsettled = true;
        }
    }

    /// Where many stand on one span, many fall on one place.
    #[inline(never)]
    fn note_twice(&mut self, at: usize) {
        let Some((last, before)) = self.span.data.attributes.get(..=at).and_then(<[_]>::split_last) else { return };
        self.noted.unsettled |= at >= FEW || before.iter().any(|kv| kv.key == last.key);
    }
}

/// Puts values of a call site's fields on a span, as the OpenTelemetry layer makes attributes of them, but that unsigned
/// integers stay what they are on GenAI spans.
struct FieldAdder<'a, 'b> {
    adder: &'a mut Adder<'b>,
    fields: &'a mut [SiteField],
}

impl FieldAdder<'_, '_> {
    #[inline(never)]
    fn add(&mut self, values: &mut Fields, initial: bool) {
        if values.has(initial) {
            values.give(initial, self);
        }
    }
}

impl TakeValues for FieldAdder<'_, '_> {
    #[expect(clippy::inline_always, reason = "once for each field")]
    #[inline(always)]
    fn take_plain(&mut self, field: usize, value: Value) {
        if let Some(field) = self.fields.get(field) {
            self.adder.add_field(field, value);
        }
    }

    #[inline]
    fn take_text(&mut self, field: usize, bytes: &[u8]) {
        if let Some(field) = self.fields.get_mut(field)
            && let Some(text) = field.texts.text(bytes)
        {
            self.adder.add_field(field, Value::String(text));
        }
    }

    #[cold]
    fn take_unsigned(&mut self, field: usize, number: u64) {
        let number = match i64::try_from(number) {
            Ok(number) if self.adder.span.gen_ai => Value::I64(number),
            _ => Value::from(number.to_string()),
        };
        self.take_plain(field, number);
    }

    #[cold]
    fn take_long(&mut self, field: usize, text: Box<str>) {
        self.take_plain(field, Value::from(String::from(text)));
    }

    #[cold]
    fn take_made(&mut self, made: KeyValue) {
        self.adder.add_other(made);
    }
}
