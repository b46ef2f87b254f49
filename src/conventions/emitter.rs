//! What single crates emit that no renaming of keys makes right.

use super::fold::in_any_spelling;
use super::generated::emitter::{EMITTERS, LENDERS, bag_index, count, failure, folded, foreign, modality};
use super::{SpanType, operation};

/// A span that is known by its target and what its call site declares.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Emitter {
    pub(super) target: &'static str,
    pub(super) fields: &'static [&'static str],
    pub(crate) span_type: SpanType,
    /// The field in which it says that it failed.
    pub(crate) error: Option<&'static str>,
}

/// A span whose value holds for those below that lack it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lender {
    pub(super) target: &'static str,
    pub(super) fields: &'static [&'static str],
    pub(crate) field: &'static str,
    pub(crate) canonical: &'static str,
    pub(super) between: &'static [&'static str],
}

impl Lender {
    /// Whether a span of that target may borrow from it.
    pub(crate) fn lends_to(&self, target: &str) -> bool {
        is_within(target, self.target)
    }
}

/// What a JSON object under one key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bag {
    Usage,
    /// Counts that exclude each other.
    Parts,
    Cost,
}

/// The emitter of a span of that target, which declares or carries what `has` says.
pub(crate) fn emitter(target: &str, has: impl Fn(&str) -> bool) -> Option<&'static Emitter> {
    EMITTERS.iter().find(|emitter| is_within(target, emitter.target) && emitter.fields.iter().all(|field| has(field)))
}

/// Whether spans of that target may be known.
pub(crate) fn is_target_of_emitter(target: &str) -> bool {
    EMITTERS.iter().any(|emitter| is_within(target, emitter.target))
}

/// What a span of that target, which declares what `has` says, lends to those below it.
pub(crate) fn lender(target: &str, has: impl Fn(&str) -> bool) -> Option<&'static Lender> {
    LENDERS.iter().find(|lender| is_within(target, lender.target) && lender.fields.iter().all(|field| has(field)))
}

/// Whether a span of that target and name stands between one that lends and those that borrow.
pub(crate) fn is_between(target: &str, name: &str) -> bool {
    LENDERS.iter().any(|lender| is_within(target, lender.target) && lender.between.contains(&name))
}

/// Whether an event that carries `key` holds values of the span in which it stands.
pub(crate) fn is_folded_event_key(key: &str) -> bool {
    folded(key).is_some()
}

/// Whether the value of `key` is the message of a failure.
pub(crate) fn is_failure_key(key: &str) -> bool {
    failure(key).is_some()
}

/// What the JSON object under `key` holds.
pub(crate) fn bag(key: &str) -> Option<Bag> {
    bag_index(key)
}

/// The key that a key in an object of counts stands for.
pub(crate) fn bag_count(key: &str) -> Option<&'static str> {
    count(key)
}

/// The operation and the span type that a word means which is not as the conventions have it: another crate's, or one in
/// another spelling.
pub(crate) fn foreign_operation(word: &str) -> Option<(&'static str, SpanType)> {
    if operation(word).is_some() {
        return None;
    }
    let own = |word: &str| operation(word).map(|known| (known.name, known.span_type));
    in_any_spelling(word, |word| foreign(word).or_else(|| own(word)))
}

/// The count, by its key, that all tokens of an operation's input or output are of where nothing tells them apart.
pub(crate) fn operation_modality(operation: &str) -> Option<&'static str> {
    modality(operation)
}

/// Whether a target is of that crate. It is asked for each span: nothing is searched.
fn is_within(target: &str, root: &str) -> bool {
    match target.as_bytes().get(root.len()) {
        None => target == root,
        Some(next) => *next == b':' && target.starts_with(root),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_known_by_its_target_and_all_of_its_fields() {
        let has = |field: &str| ["provider", "model", "stream"].contains(&field);
        let known = emitter("langchain_rust::observability", has).expect("it is known");
        assert_eq!((known.span_type, known.error), (SpanType::Llm, Some("error")));
        assert_eq!(emitter("langchain_rusty", has), None);
        assert_eq!(emitter("langchain_rust", |field| field == "provider"), None);
    }
}
