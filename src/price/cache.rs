//! Rates of models that were seen: what a call costs is then one look-up.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::StringValue;

use super::call::{Call, KEY_PARTS};
use super::clock::Times;
use super::overrides::Table;
use super::resolve::{Quote, Reason, resolve};
use super::source::PriceSource;

/// Models in their contexts that are remembered, at about one kilobyte each. Beyond that all are forgotten.
const MAX_ENTRIES: usize = 1_024;
/// Of keys beyond this the last one alone is kept: names are short, and what is not a name is not found anyway.
const MAX_KEY: usize = 1_024;

/// A bounded memory of [`resolve`].
#[derive(Debug)]
pub(super) struct Cache {
    /// Where in `known` the rates of a key stand: hashing it is what a look-up costs, and once is enough.
    places: HashMap<String, usize>,
    known: Vec<Result<Known, Reason>>,
    /// Kept, so that a look-up allocates nothing.
    key: String,
    /// The one that was looked up before: a program often calls one model again and again.
    last: Option<([String; KEY_PARTS], usize)>,
    /// Counts what found no room.
    source: Arc<PriceSource>,
}

/// A quote, with its texts as attributes take them.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) quote: Quote,
    pub(super) model: StringValue,
    pub(super) tier: StringValue,
    /// When they hold.
    times: Times,
}

impl Cache {
    pub(super) fn new(source: Arc<PriceSource>) -> Self {
        Self { places: HashMap::new(), known: Vec::new(), key: String::new(), last: None, source }
    }

    pub(super) fn clear(&mut self) {
        self.places.clear();
        self.known.clear();
        self.last = None;
    }

    /// The rates for `call`, or for a call of `inner` inside it.
    pub(super) fn quote(&mut self, call: &Call<'_>, inner: Option<&str>, table: &Table) -> Result<&Known, Reason> {
        let place = self.place(call, inner, table);
        self.known(place)
    }

    /// Where the rates for it are remembered until the next are asked for.
    pub(super) fn place(&mut self, call: &Call<'_>, inner: Option<&str>, table: &Table) -> Option<usize> {
        match &self.last {
            Some((key, place)) if is_same(key, call.key_parts(inner)) && self.is_fresh(*place, call) => Some(*place),
            _ => self.find(call, inner, table),
        }
    }

    /// The rates that are remembered there.
    pub(super) fn known(&self, place: Option<usize>) -> Result<&Known, Reason> {
        match place.and_then(|place| self.known.get(place)) {
            Some(Ok(known)) => Ok(known),
            Some(Err(reason)) => Err(reason),
            None => Err("unknown_model"),
        }
    }

    /// Where the rates stand, or were put.
    fn find(&mut self, call: &Call<'_>, inner: Option<&str>, table: &Table) -> Option<usize> {
        self.key.clear();
        for part in call.key_parts(inner) {
            self.key.push_str(part);
            self.key.push('\u{1f}');
        }
        let is_long = self.key.len() > MAX_KEY;
        if is_long {
            self.key.clear();
        }
        let mut place = self.places.get(self.key.as_str()).copied();
        if is_long || !place.is_some_and(|place| self.is_fresh(place, call)) {
            if self.known.len() >= MAX_ENTRIES {
                self.source.count_forgotten(self.known.len());
                self.clear();
                place = None;
            }
            let found = resolve(call, inner, table).map(Known::new);
            if let Some(known) = place.and_then(|place| self.known.get_mut(place)) {
                *known = found;
            } else {
                place = Some(self.known.len());
                self.places.insert(self.key.clone(), self.known.len());
                self.known.push(found);
            }
        }
        // A long key takes the place of the one before it.
        self.last = place.filter(|_| !is_long).map(|place| (call.key_parts(inner).map(str::to_owned), place));
        place
    }

    /// Whether what is remembered there holds for `call` as well.
    fn is_fresh(&self, place: usize, call: &Call<'_>) -> bool {
        match self.known.get(place) {
            Some(Ok(known)) => known.times.hold(call.ended),
            Some(Err(_)) => true,
            None => false,
        }
    }
}

fn is_same(key: &[String; KEY_PARTS], parts: [&str; KEY_PARTS]) -> bool {
    // Most are empty, and not worth a comparison.
    key.iter().zip(parts).all(|(known, part)| known.len() == part.len() && (part.is_empty() || known == part))
}

impl Known {
    fn new(quote: Quote) -> Self {
        Self {
            model: StringValue::from(Arc::<str>::from(quote.model.as_str())),
            tier: StringValue::from(Arc::<str>::from(quote.tier.as_str())),
            times: quote.validity.times(),
            quote,
        }
    }
}
