//! Call sites: what follows from one alone is found out once.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::{KeyValue, StringValue};
use tracing::Metadata;

use super::identity;
use super::repeated::Repeated;
use crate::conventions::{self, Alias, KeyFacts, attribute, facts};
use crate::layer::Fields;

/// Call sites that are remembered, at two or three kilobytes each. Beyond that all are forgotten.
const MAX_SITES: usize = 1_024;

/// One call site of spans.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Site {
    /// Its fields in their order.
    pub(super) fields: Vec<SiteField>,
    /// One of them is on GenAI spans only.
    gen_ai: bool,
    /// The path of the function that was annotated, where one was.
    pub(super) function: Option<StringValue>,
    /// The user declared the field by which the OpenTelemetry layer sets the kind, the name, or the status.
    pub(super) sets_kind: bool,
    pub(super) sets_name: bool,
    pub(super) sets_status: bool,
    /// Its target is that of a crate whose spans are known.
    pub(super) may_be_known: bool,
}

/// One of its fields.
#[derive(Debug)]
pub(super) struct SiteField {
    pub(super) name: &'static str,
    /// What the tables say of its name.
    pub(super) name_facts: KeyFacts,
    /// The key under which its values stand on a GenAI span where no other field has the same.
    pub(super) key: &'static str,
    /// What the tables say of that.
    pub(super) facts: KeyFacts,
    /// Its values are more than an attribute of that key.
    pub(super) is_unusual: bool,
    /// Its texts.
    pub(super) texts: Repeated,
}

impl SiteField {
    fn of(name: &'static str) -> Self {
        let name_facts = facts(name);
        // What another tool calls a kind need not be one of ours, and some words mean something on spans of some types.
        let canonical = |alias: &&Alias| alias.only.is_empty() && alias.canonical != attribute::SPAN_TYPE;
        let key = name_facts.alias.filter(canonical).map_or(name, |alias| alias.canonical);
        let facts = facts(key);
        // Our own text, which is soon compared with our own.
        let key = facts.def.map(|def| def.key).filter(|known| *known == key).unwrap_or(key);
        let is_content = name_facts.content || facts.content;
        let texts = if is_content { Repeated::never() } else { Repeated::default() };
        let is_unusual = name_facts.alias.is_some() || facts.bag.is_some() || facts.failure;
        Self { name, name_facts, key, facts, is_unusual, texts }
    }
}

impl Site {
    /// Whether one of these values of its fields shows a GenAI span.
    pub(super) fn shows_gen_ai(&self, values: &Fields) -> bool {
        self.gen_ai && values.any(self.fields.iter().map(|field| field.name_facts.gen_ai))
    }

    /// What the tables say of keys, of which most are names of fields in their order.
    pub(super) fn look_up(&self, known: &mut Vec<KeyFacts>, attributes: &[KeyValue]) {
        let mut fields = self.fields.iter();
        known.clear();
        known.extend(attributes.iter().map(|kv| {
            let key = kv.key.as_str();
            let mut ahead = fields.clone();
            let found = ahead.find_map(|field| {
                let is_name = std::ptr::eq(field.name, key);
                let facts = if is_name { field.name_facts } else { field.facts };
                (is_name || std::ptr::eq(field.key, key)).then_some(facts)
            });
            if found.is_some() {
                fields = ahead;
            }
            found.unwrap_or_else(|| facts(key))
        }));
    }

    fn of(metadata: &'static Metadata<'static>) -> Self {
        let fields: Vec<_> = metadata.fields().iter().map(|field| SiteField::of(field.name())).collect();
        let declares = |name: &str| fields.iter().any(|field| field.name == name);
        Self {
            function: identity::function_of(metadata).map(|path| StringValue::from(Arc::<str>::from(path))),
            sets_kind: declares(attribute::OTEL_KIND),
            sets_name: declares(attribute::OTEL_NAME),
            sets_status: declares(attribute::OTEL_STATUS_CODE) || declares(attribute::OTEL_STATUS_DESCRIPTION),
            gen_ai: fields.iter().any(|field| field.name_facts.gen_ai),
            may_be_known: conventions::is_target_of_emitter(metadata.target()),
            fields,
        }
    }
}

/// The call sites that were seen.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    known: Vec<Site>,
    /// By where their metadata stands, which lives as long as the program.
    places: HashMap<usize, usize>,
    /// The one that came last, which often comes again.
    last: Option<(usize, usize)>,
}

impl Sites {
    pub(super) fn of(&mut self, metadata: &'static Metadata<'static>) -> Option<&mut Site> {
        let address = std::ptr::from_ref(metadata).addr();
        let place = match self.last {
            Some((last, place)) if last == address => place,
            _ => self.place(address, metadata),
        };
        self.last = Some((address, place));
        self.known.get_mut(place)
    }

    fn place(&mut self, address: usize, metadata: &'static Metadata<'static>) -> usize {
        if let Some(place) = self.places.get(&address) {
            return *place;
        }
        if self.known.len() >= MAX_SITES {
            self.known.clear();
            self.places.clear();
        }
        let place = self.known.len();
        self.known.push(Site::of(metadata));
        self.places.insert(address, place);
        place
    }
}
