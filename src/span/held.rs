//! Which keys may stand on a span, and where: most that are asked for do not, and that is known without looking.

use opentelemetry::KeyValue;

use crate::conventions::{KeyFacts, bit_number};

/// Made of a list of attributes. What was added past it is looked for.
#[derive(Debug)]
pub(super) struct Held {
    /// A bit for each key, which others may share; in two words, which are looked into sooner than one of that size.
    keys: [u64; 2],
    /// The bits that several keys share, or whose key stands too far behind to say where.
    shared: [u64; 2],
    /// Where the first key with a bit stands: whoever looks there looks whether it is the one.
    places: [u8; 128],
    /// How many attributes it was made of. With more, something was added past it; with fewer, taken out.
    attributes: usize,
    /// Something was taken out past it: keys may stand elsewhere than it says.
    moved: bool,
    /// One of those may be an argument of the function, or it is not known whether one is. None that a step adds is.
    argument: bool,
}

/// Where a key may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// To look there first.
    pub(super) at: usize,
    /// It stands there or nowhere.
    pub(super) is_only: bool,
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
        let mut held =
            Self { keys: [0; 2], shared: [0; 2], places: [u8::MAX; 128], attributes, moved: false, argument: true };
        for (at, number) in numbers.enumerate() {
            held.note(number, at);
        }
        held
    }

    /// A key of this number ([`bit_number`]) that did not stand there was put behind `attributes` others.
    #[inline]
    pub(super) fn add(&mut self, number: u8, attributes: usize) {
        if attributes <= self.attributes {
            self.moved |= attributes < self.attributes;
            self.note(number, attributes);
            self.attributes = attributes + 1;
        }
    }

    /// The key of this number that stood at `at` of `attributes` was taken out.
    pub(super) fn remove(&mut self, number: u8, at: usize, attributes: usize) {
        if self.moved || attributes != self.attributes {
            return;
        }
        self.attributes -= 1;
        let (word, bit) = bit_of(number);
        if let (Some(keys), Some(shared)) = (self.keys.get_mut(word), self.shared.get(word)) {
            *keys &= !bit | shared;
        }
        // Where no key is, a place says nothing.
        let at = u8::try_from(at).unwrap_or(u8::MAX);
        self.places.iter_mut().for_each(|place| *place -= u8::from(*place > at));
    }

    /// Where a key of this number may stand on a span that has so many attributes now; nothing where it cannot.
    #[inline(always)]
    pub(super) fn place(&self, number: u8, attributes: usize) -> Option<Place> {
        let (word, bit) = bit_of(number);
        if self.keys.get(word).is_some_and(|word| word & bit == 0) && attributes <= self.attributes {
            return None;
        }
        let at = self.places.get(usize::from(number)).copied().map(usize::from)?;
        let is_shared = self.shared.get(word).is_some_and(|word| word & bit != 0);
        Some(Place { at, is_only: !is_shared && !self.moved && attributes == self.attributes })
    }

    #[inline]
    fn note(&mut self, number: u8, at: usize) {
        let (word, bit) = bit_of(number);
        let (Some(keys), Some(shared)) = (self.keys.get_mut(word), self.shared.get_mut(word)) else { return };
        let place = u8::try_from(at).unwrap_or(u8::MAX);
        if *keys & bit != 0 || place == u8::MAX {
            *shared |= bit;
        } else if let Some(known) = self.places.get_mut(usize::from(number)) {
            *known = place;
        }
        *keys |= bit;
    }
}

/// The word that holds the bit of a number, and the bit in it.
#[inline(always)]
fn bit_of(number: u8) -> (usize, u64) {
    (usize::from(number >> 6), 1 << (number & 63))
}
