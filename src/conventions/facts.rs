//! All that follows from a key, in one look-up.

use std::cell::RefCell;

use super::alias::{Alias, alias};
use super::content::{is_content_key, is_known_identifier};
use super::proof::is_gen_ai_key;
use super::registry::{AttributeDef, attribute_def};

/// Keys that a thread remembers, at about 100 bytes each. A key that falls on another's place takes it.
const PLACES: usize = 1024;
/// Longer keys are looked up anew each time.
const LONGEST: usize = 96;

/// What the tables say of one key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyFacts {
    /// What it stands for, where it is another spelling.
    pub(crate) alias: Option<&'static Alias>,
    /// What is registered for it.
    pub(crate) def: Option<&'static AttributeDef>,
    /// A span that carries it is a GenAI span.
    pub(crate) gen_ai: bool,
    /// It is content on every span that carries it.
    pub(crate) content: bool,
    /// A text field of this name identifies something.
    pub(crate) identifier: bool,
}

impl KeyFacts {
    fn found(key: &str) -> Self {
        Self {
            alias: alias(key),
            def: attribute_def(key),
            gen_ai: is_gen_ai_key(key),
            content: is_content_key(key),
            identifier: is_known_identifier(key),
        }
    }

    /// Says what a call was: identity, model, provider, tokens, cost, error type.
    pub(crate) fn identity(&self) -> bool {
        self.def.is_some_and(|def| def.identity)
    }
}

thread_local! {
    static REMEMBERED: RefCell<Vec<Option<(Box<str>, KeyFacts)>>> = const { RefCell::new(Vec::new()) };
}

/// What the tables say of `key`. They are asked once; a program uses the same few keys over and over.
pub(crate) fn facts(key: &str) -> KeyFacts {
    if key.len() > LONGEST {
        return KeyFacts::found(key);
    }
    REMEMBERED.with_borrow_mut(|places| {
        if places.is_empty() {
            places.resize_with(PLACES, || None);
        }
        match places.get_mut(place(key)) {
            Some(Some((known, facts))) if **known == *key => *facts,
            Some(place) => place.insert((key.into(), KeyFacts::found(key))).1,
            None => KeyFacts::found(key),
        }
    })
}

/// Where a key is remembered: eight of its bytes at a time, the last ones twice where they are fewer.
fn place(key: &str) -> usize {
    let bytes = key.as_bytes();
    let mix = |hash: u64, word: [u8; 8]| (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(MIX);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = words.iter().fold(bytes.len() as u64, |hash, word| mix(hash, *word));
    if let Some(last) = bytes.last_chunk::<8>() {
        hash = mix(hash, *last);
    } else {
        hash = rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte).to_le_bytes()));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the upper bits, which all bytes have reached")]
    let place = (hash >> 48) as usize % PLACES;
    place
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
    fn a_known_key_has_a_place_of_its_own() {
        let keys = [
            attribute::GEN_AI_REQUEST_MODEL,
            attribute::GEN_AI_RESPONSE_MODEL,
            attribute::GEN_AI_RESPONSE_ID,
            attribute::GEN_AI_CONVERSATION_ID,
            attribute::GEN_AI_PROVIDER_NAME,
            attribute::GEN_AI_OPERATION_NAME,
            attribute::GEN_AI_USAGE_INPUT_TOKENS,
            attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            attribute::GEN_AI_USAGE_COST,
            attribute::GEN_AI_INPUT_MESSAGES,
            attribute::GEN_AI_OUTPUT_MESSAGES,
            attribute::GEN_AI_RESPONSE_FINISH_REASONS,
            attribute::SPAN_TYPE,
        ];
        let places: std::collections::BTreeSet<usize> = keys.into_iter().map(place).collect();
        assert_eq!(places.len(), keys.len());
    }
}
