//! Which key a spelling stands for.

use super::SpanType;
use super::generated::alias::{ALIASES, index};

/// What a spelling stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alias {
    pub(crate) canonical: &'static str,
    /// Where several spellings of one key meet, the lowest rank wins; the canonical spelling has 0. Within a rank the
    /// one written last wins.
    pub(crate) rank: u8,
    /// An everyday word: read only on a span that something else shows to be a GenAI span.
    pub(crate) short: bool,
    /// The span types on which it is read; empty: all.
    pub(crate) only: &'static [SpanType],
}

/// What `key` stands for; nothing for a canonical key and for one that is not known.
pub(crate) fn alias(key: &str) -> Option<&'static Alias> {
    ALIASES.get(index(key)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::attribute;

    #[test]
    fn a_short_name_is_marked_as_one() {
        let model = alias("model").expect("a short name");
        assert_eq!((model.canonical, model.rank, model.short), (attribute::GEN_AI_REQUEST_MODEL, 0, true));
    }

    #[test]
    fn a_canonical_key_is_no_alias() {
        assert_eq!(alias(attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS), None);
        assert!(alias(attribute::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS).is_some());
    }

    #[test]
    fn a_query_is_read_only_where_something_is_searched() {
        let query = alias("query").expect("a short name");
        assert_eq!(query.only, [SpanType::Retrieval, SpanType::Rerank]);
    }
}
