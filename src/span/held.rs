//! Which keys may stand on a span, and where: most that are asked for do not, and that is known without looking.

use opentelemetry::KeyValue;

use crate::conventions::{KeyFacts, bit_number};

/// Made of a list of attributes. What was added past it is looked for.
#[derive(Debug)]
pub(super) struct Held {
    /// A bit for each key, which others may share; in two words, which are looked into sooner than one of that size.
    keys: [u64; 2],
    /// Where the first key with a bit stands, or stood: whoever looks there looks whether it is the one.
    places: [u8; 128],
    /// How many attributes it was made of. With more, something was added past it.
    attributes: usize,
    /// One of those may be an argument of the function, or it is not known whether one is. None that a step adds is.
    argument: bool,
}

impl Held {
    pub(super) fn of(attributes: &[KeyValue]) -> Self {
        Self::of_numbers(attributes.iter().map(|kv| bit_number(kv.key.as_str())), attributes.len())
    }

    /// The same of what is known of the keys of all attributes, in their order.
    pub(super) fn of_known(known: &[KeyFacts]) -> Self {
        let mut held = Self::of_numbers(known.iter().map(KeyFacts::bit_number), known.len());
        held.argument = known.iter().any(|facts| facts.argument);
        held
    }

    /// Whether one of the attributes may be an argument of the function: no is certain.
    pub(super) fn has_argument(&self) -> bool {
        self.argument
    }

    fn of_numbers(numbers: impl Iterator<Item = u8>, attributes: usize) -> Self {
        let mut held = Self { keys: [0; 2], places: [u8::MAX; 128], attributes, argument: true };
        for (at, number) in numbers.enumerate() {
            held.note(number, at);
        }
        held
    }

    /// A key of this number ([`bit_number`]) that did not stand there was put behind `attributes` others.
    #[inline]
    pub(super) fn add(&mut self, number: u8, attributes: usize) {
        if attributes <= self.attributes {
            self.note(number, attributes);
            self.attributes = attributes + 1;
        }
    }

    /// Where to look first for a key of this number on a span that has so many attributes now; nothing where it cannot
    /// stand there.
    #[inline]
    pub(super) fn place(&self, number: u8, attributes: usize) -> Option<usize> {
        if !self.has(number) && attributes <= self.attributes {
            return None;
        }
        self.places.get(usize::from(number)).copied().map(usize::from)
    }

    #[inline]
    fn has(&self, number: u8) -> bool {
        self.keys.get(usize::from(number >> 6)).is_some_and(|word| word >> (number & 63) & 1 != 0)
    }

    #[inline]
    fn note(&mut self, number: u8, at: usize) {
        if self.has(number) {
            return;
        }
        if let Some(word) = self.keys.get_mut(usize::from(number >> 6)) {
            *word |= 1 << (number & 63);
        }
        if let (Some(place), Ok(at)) = (self.places.get_mut(usize::from(number)), u8::try_from(at)) {
            *place = at;
        }
    }
}
