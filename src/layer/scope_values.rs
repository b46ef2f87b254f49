//! The values of a scope, bounded and cleaned: whoever hands over a user's name hands over what the user wrote.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use crate::conventions::attribute;
use crate::head::head;

/// Bytes of one value. These identify, and no other limit of ours shortens what identifies.
const MAX_TEXT: usize = 1_024;
/// Bytes of the name of a piece of metadata.
const MAX_NAME: usize = 128;
/// Values of one scope, and tags.
const MAX_VALUES: usize = 64;
/// Scopes around one that it knows: tasks that start each other may stand in any number.
const MAX_WITHIN: usize = 16;

/// Shared by the spans of the scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeValues {
    pub(crate) attributes: Vec<KeyValue>,
    /// Which scope it is, and which ones it stands in.
    id: u64,
    within: Vec<u64>,
    /// What of them a caller has set on a span itself, where they go before those of any scope.
    by_caller: Vec<KeyValue>,
    /// How many were shortened, cleaned or left out.
    cut: u32,
    claimed: Claimed,
}

/// Whether a span that waits pays for the memory of these values. A copy is nobody's yet.
#[derive(Debug, Default)]
struct Claimed(AtomicBool);

impl Clone for Claimed {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl ScopeValues {
    /// Sets a text; one that is empty says nothing.
    pub(super) fn set_text(&mut self, key: impl Into<Key>, text: &str) {
        let text = self.cleaned(text, MAX_TEXT);
        if !text.is_empty() {
            self.set(KeyValue::new(key, text));
        }
    }

    /// Sets a value of the program's own name.
    pub(super) fn set_metadata(&mut self, name: &str, value: &str) {
        let name = self.cleaned(name, MAX_NAME);
        if !name.is_empty() {
            self.set_text(format!("{}.{name}", attribute::TRACING_GENAI_METADATA), value);
        }
    }

    /// Adds a tag to those that are there.
    pub(super) fn add_tag(&mut self, tag: &str) {
        let tag = self.cleaned(tag, MAX_TEXT);
        if !tag.is_empty() {
            self.set(KeyValue::new(attribute::TAG_TAGS, Value::Array(Array::String(vec![tag.into()]))));
        }
    }

    /// A scope inside of `outer`, without values of its own yet.
    pub(super) fn inside(outer: Option<&Self>) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let mut inner = outer.cloned().unwrap_or_default();
        if outer.is_some() {
            if inner.within.len() >= MAX_WITHIN {
                inner.within.remove(0);
            }
            inner.within.push(inner.id);
        }
        inner.id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        inner
    }

    /// Whether it was made inside of `outer`.
    pub(super) fn is_inside(&self, outer: &Self) -> bool {
        self.within.contains(&outer.id)
    }

    /// Whether these are values that no scope brought.
    pub(super) fn is_no_scope(&self) -> bool {
        self.id == 0
    }

    /// Adds the values of an inner scope: they win, and tags come to those that are there.
    pub(super) fn add(&mut self, inner: &Self) {
        for value in &inner.attributes {
            self.set(value.clone());
        }
    }

    /// Whether both are of one scope, whatever callers have set beside.
    pub(super) fn is_of(&self, scope: &Self) -> bool {
        self.id == scope.id
    }

    /// Values that no scope brought come into `inner`, which goes before them.
    pub(super) fn come_into(&mut self, inner: &Self) {
        self.add(inner);
        self.id = inner.id;
        self.within.clone_from(&inner.within);
    }

    /// Adds what a caller sets on a span.
    pub(super) fn set_by_caller(&mut self, set: &[KeyValue]) {
        for value in set {
            self.set(value.clone());
        }
        self.by_caller = set.to_vec();
    }

    /// What a caller has set on a span.
    pub(crate) fn by_caller(&self) -> &Vec<KeyValue> {
        &self.by_caller
    }

    /// Whether whoever asks is the one to pay for the memory of these values: no other span that waits does.
    #[inline]
    pub(crate) fn claim(&self) -> bool {
        let Claimed(claimed) = &self.claimed;
        !claimed.load(Ordering::Relaxed) && !claimed.swap(true, Ordering::Relaxed)
    }

    /// Who paid waits no more.
    pub(crate) fn leave_unclaimed(&self) {
        self.claimed.0.store(false, Ordering::Relaxed);
    }

    /// How many values were shortened, cleaned or left out.
    pub(super) fn cut(&self) -> u32 {
        self.cut
    }

    /// The text of a value; that of tags has commas.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let value = &self.attributes.iter().find(|kv| kv.key.as_str() == key)?.value;
        Some(match value {
            Value::Array(Array::String(tags)) => tags.iter().map(StringValue::as_str).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        })
    }

    fn set(&mut self, new: KeyValue) {
        let full = self.attributes.len() >= MAX_VALUES;
        match self.attributes.iter_mut().find(|old| old.key == new.key) {
            Some(old) => match (&mut old.value, new.value) {
                (Value::Array(Array::String(tags)), Value::Array(Array::String(more))) => {
                    for tag in more {
                        if tags.contains(&tag) {
                            continue;
                        }
                        if tags.len() < MAX_VALUES {
                            tags.push(tag);
                        } else {
                            self.cut = self.cut.saturating_add(1);
                        }
                    }
                }
                (old, new) => *old = new,
            },
            None if full => self.cut = self.cut.saturating_add(1),
            None => self.attributes.push(new),
        }
    }

    /// `text` without control characters, and no longer than `most` bytes. What is beyond is never looked at.
    fn cleaned(&mut self, text: &str, most: usize) -> String {
        let kept = head(text, most);
        let is_dirty = kept.contains(char::is_control);
        if is_dirty || kept.len() < text.len() {
            self.cut = self.cut.saturating_add(1);
        }
        let cleaned = if is_dirty { kept.replace(char::is_control, " ") } else { kept.to_owned() };
        cleaned.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bounded_and_cleaned_and_each_is_counted() {
        let mut values = ScopeValues::default();
        values.set_text(attribute::USER_ID, &"ü".repeat(500_000));
        values.set_text(attribute::SESSION_ID, "s\u{1b}[31m\r\nx\0");
        values.set_metadata(&"n".repeat(1_000), "short");
        values.set_text(attribute::GEN_AI_CONVERSATION_ID, "\n\t");
        assert_eq!(values.text(attribute::USER_ID).unwrap().len(), MAX_TEXT);
        assert_eq!(values.text(attribute::SESSION_ID).as_deref(), Some("s [31m  x"));
        assert_eq!(values.text(attribute::GEN_AI_CONVERSATION_ID), None);
        assert_eq!(values.attributes[2].key.as_str().len(), "tracing_genai.metadata.".len() + MAX_NAME);
        assert_eq!(values.cut(), 4);
    }

    #[test]
    fn more_values_and_tags_than_a_scope_holds_are_counted() {
        let mut values = ScopeValues::default();
        for n in 0..100 {
            values.add_tag(&format!("tag{n}"));
            values.add_tag("tag0");
            values.set_metadata(&format!("name{n}"), "x");
        }
        assert_eq!(values.attributes.len(), MAX_VALUES);
        assert_eq!(values.text(attribute::TAG_TAGS).unwrap().split(',').count(), MAX_VALUES);
        assert_eq!(values.cut(), 36 + 37);
    }
}
