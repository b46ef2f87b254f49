//! What is known of an attribute: its type, and how it is treated.

use std::sync::LazyLock;

use super::attribute::GEN_AI_USAGE_COST;
use super::generated::registry::{ATTRIBUTES, TEMPLATES, index};

/// A registered attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttributeDef {
    pub(crate) key: &'static str,
    pub(crate) value_type: ValueType,
    /// The name that the conventions gave it since.
    pub(crate) deprecated: Option<&'static str>,
    /// May carry the words of people and models.
    pub(crate) content: bool,
    /// Says who and what the span is: never shortened.
    pub(crate) identity: bool,
}

impl AttributeDef {
    /// Whether it counts what was used or what it cost: never less than nothing.
    pub(crate) fn is_usage(&self) -> bool {
        USAGE.is_some_and(|prefix| self.key.starts_with(prefix))
    }

    pub(super) const fn renamed(mut self, to: &'static str) -> Self {
        self.deprecated = Some(to);
        self
    }

    pub(super) const fn content(mut self) -> Self {
        self.content = true;
        self
    }

    pub(super) const fn identity(mut self) -> Self {
        self.identity = true;
        self
    }
}

/// What usage counts begin with.
static USAGE: LazyLock<Option<&'static str>> =
    LazyLock::new(|| GEN_AI_USAGE_COST.rfind('.').and_then(|at| GEN_AI_USAGE_COST.get(..=at)));

/// The type that an attribute's value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    Bool,
    Int,
    Double,
    Str,
    StrArray,
    /// A structure, as JSON text or as it is.
    Any,
}

pub(super) const fn def(key: &'static str, value_type: ValueType) -> AttributeDef {
    AttributeDef { key, value_type, deprecated: None, content: false, identity: false }
}

/// What is registered for `key`. A key that a user completes, such as a prompt variable's, is found by its prefix, and
/// the `key` in the answer is that prefix.
pub(crate) fn attribute_def(key: &str) -> Option<&'static AttributeDef> {
    ATTRIBUTES.get(index(key).or_else(|| template(key))?)
}

fn template(key: &str) -> Option<usize> {
    TEMPLATES.iter().find(|(prefix, _)| key.len() > prefix.len() && key.starts_with(prefix)).map(|(_, index)| *index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::attribute;

    #[test]
    fn every_attribute_is_found_under_its_own_key() {
        for def in
            ATTRIBUTES.iter().filter(|def| !TEMPLATES.iter().any(|(prefix, _)| prefix.trim_end_matches('.') == def.key))
        {
            assert_eq!(attribute_def(def.key), Some(def));
        }
    }

    #[test]
    fn a_key_that_only_resembles_one_is_not_found() {
        let model = attribute::GEN_AI_REQUEST_MODEL;
        let prefix = attribute::GEN_AI_PROMPT_VARIABLE;
        for key in ["", &model.to_uppercase(), &model.replace('l', "1"), &model[1..], prefix, &format!("{prefix}.")] {
            assert_eq!(attribute_def(key), None, "{key}");
        }
    }

    #[test]
    fn a_name_below_a_prefix_has_the_type_of_the_prefix() {
        let key = format!("{}.city", attribute::GEN_AI_PROMPT_VARIABLE);
        let def = attribute_def(&key).expect("prompt variables are registered");
        assert_eq!((def.key, def.value_type, def.content), (attribute::GEN_AI_PROMPT_VARIABLE, ValueType::Str, true));
    }

    #[test]
    fn an_older_name_says_its_newer_one() {
        let def = attribute_def(attribute::GEN_AI_SYSTEM).expect("it is registered");
        assert_eq!(def.deprecated, Some(attribute::GEN_AI_PROVIDER_NAME));
    }

    #[test]
    fn nothing_is_content_and_identity_at_once() {
        assert_eq!(ATTRIBUTES.iter().find(|def| def.content && def.identity), None);
    }
}
