//! All that follows from a key, in one look-up.

use std::cell::RefCell;

use super::alias::{Alias, alias};
use super::bit::bit_number;
use super::content::{is_content_key, is_known_identifier, is_made_up_content};
use super::emitter::{Bag, bag, is_failure_key};
use super::proof::is_gen_ai_key;
use super::registry::{AttributeDef, attribute_def};

/// Keys that a thread remembers, at about 100 bytes each. A key that falls on another's place takes it.
const PLACES: usize = 1024;
/// Longer keys are looked up anew each time.
const LONGEST: usize = 96;

/// What the tables say of one key.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct KeyFacts {
    /// What it stands for, where it is another spelling.
    pub(crate) alias: Option<&'static Alias>,
    /// What is registered for it.
    pub(crate) def: Option<&'static AttributeDef>,
    /// A span that carries it is a GenAI span.
    pub(crate) gen_ai: bool,
    /// It is content on every span that carries it.
    pub(crate) content: bool,
    /// A text under it is most likely content, for its name says so and nobody registered it.
    pub(crate) made_up_content: bool,
    /// A text field of this name identifies something.
    pub(crate) identifier: bool,
    /// An object of JSON with counts or costs, as some crates write it.
    pub(crate) bag: Option<Bag>,
    /// Its value is the message of a failure.
    pub(crate) failure: bool,
    /// A field of this name may be an argument of the function: it has no dot and no known meaning.
    pub(crate) argument: bool,
    bit: u8,
}

impl KeyFacts {
    fn found(key: &str) -> Self {
        let def = attribute_def(key);
        let identifier = is_known_identifier(key);
        Self {
            alias: alias(key),
            def,
            gen_ai: is_gen_ai_key(key),
            content: is_content_key(key),
            made_up_content: is_made_up_content(key),
            identifier,
            bag: bag(key),
            failure: is_failure_key(key),
            argument: !key.contains('.') && !identifier && !def.is_some_and(|def| def.identity),
            bit: bit_number(key),
        }
    }

    /// The number of its bit in a set of keys.
    #[inline]
    pub(crate) fn bit_number(&self) -> u8 {
        self.bit
    }

    /// No table has it: a name of the program's own.
    pub(crate) fn is_of_nobody(&self) -> bool {
        self.alias.is_none() && self.def.is_none() && self.bag.is_none() && !self.gen_ai && !self.failure
    }

    /// Says what a call was: identity, model, provider, tokens, cost, error type.
    pub(crate) fn identity(&self) -> bool {
        self.def.is_some_and(|def| def.identity)
    }
}

type Place = Option<(Box<str>, KeyFacts)>;

thread_local! {
    static REMEMBERED: RefCell<Vec<[Place; 2]>> = const { RefCell::new(Vec::new()) };
}

/// What the tables say of `key`. They are asked once; a program uses the same few keys over and over.
pub(crate) fn facts(key: &str) -> KeyFacts {
    if key.len() > LONGEST {
        return KeyFacts::found(key);
    }
    REMEMBERED.with_borrow_mut(|places| {
        match places.get_mut(place(key)) {
            Some([Some((known, facts)), _]) if **known == *key => return *facts,
            Some([_, Some((known, facts))]) if **known == *key => return *facts,
            _ => {}
        }
        find(places, key)
    })
}

#[cold]
fn find(places: &mut Vec<[Place; 2]>, key: &str) -> KeyFacts {
    if places.is_empty() {
        places.resize_with(PLACES / 2, || [None, None]);
    }
    let found = KeyFacts::found(key);
    if let Some([first, second]) = places.get_mut(place(key)) {
        // The one that came last is the first to go.
        let free = if first.is_none() { first } else { second };
        *free = Some((key.into(), found));
    }
    found
}

/// Where a key is remembered.
#[inline]
fn place(key: &str) -> usize {
    text_place(key, PLACES / 2)
}

/// One of so many places for a text, from its length and its last letters, which tell keys apart, and some before them.
#[inline]
pub(crate) fn text_place(text: &str, places: usize) -> usize {
    let bytes = text.as_bytes();
    let mix = |hash: u64, word: [u8; 8]| (hash.rotate_left(32) ^ u64::from_le_bytes(word)).wrapping_mul(MIX);
    let word = |before: usize| bytes.get(..bytes.len() - before).and_then(|bytes| bytes.last_chunk::<8>());
    let mut hash = bytes.len() as u64;
    match word(0) {
        Some(last) => {
            hash = mix(hash, *last);
            let before = if bytes.len() >= 16 { word(8) } else { bytes.first_chunk::<8>() };
            hash = mix(hash, before.copied().unwrap_or_default());
        }
        None => hash = bytes.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte).to_le_bytes())),
    }
    // All letters have reached the upper bits.
    (hash >> 48) as usize % places
}

const MIX: u64 = 0x517c_c1b7_2722_0a95;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::attribute;

    #[test]
    fn the_tables_say_the_same_whether_they_were_asked_before_or_not() {
        let long = format!("{}.{}", attribute::GEN_AI_PROMPT_VARIABLE, "x".repeat(LONGEST));
        let keys = [attribute::GEN_AI_REQUEST_MODEL, "model", "user_id", "traceloop.entity.input", "", "é", &long];
        let many: Vec<String> = (0..4 * PLACES).map(|n| format!("app.field.{n}")).collect();
        for key in keys.into_iter().chain(many.iter().map(String::as_str)).chain(keys) {
            for _ in 0..2 {
                let known = facts(key);
                assert_eq!(known.alias, alias(key), "{key}");
                assert_eq!(known.def, attribute_def(key), "{key}");
                assert_eq!(known.gen_ai, is_gen_ai_key(key), "{key}");
                assert_eq!((known.content, known.identifier), (is_content_key(key), is_known_identifier(key)), "{key}");
            }
        }
    }

    #[test]
    fn keys_are_spread() {
        let keys = crate::conventions::generated::registry::ATTRIBUTES.iter().map(|def| def.key);
        let mut taken = vec![0; PLACES / 2];
        for key in keys {
            taken[place(key)] += 1;
        }
        let crowded: u32 = taken.iter().filter(|count| **count > 2).sum();
        assert!(crowded < 20, "{crowded}");
    }
}
