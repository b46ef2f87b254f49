//! Which key a spelling stands for.

use super::SpanType;
use super::attribute::SPAN_TYPE;
use super::content::is_foreign_content;
use super::generated::alias::{ALIASES, PREFIXES, index};

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

/// Whether a span that carries `key` is a GenAI span for that alone.
pub(crate) fn is_gen_ai_key(key: &str) -> bool {
    key == SPAN_TYPE
        || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || alias(key).map_or_else(|| is_foreign_content(key), |alias| !alias.short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::attribute;

    #[test]
    fn short_names_are_read_on_gen_ai_spans_only() {
        let model = alias("model").expect("a short name");
        assert_eq!((model.canonical, model.rank, model.short), (attribute::GEN_AI_REQUEST_MODEL, 0, true));
        assert!(!is_gen_ai_key("model"));
    }

    #[test]
    fn a_spelling_of_another_tool_shows_a_gen_ai_span() {
        for key in ["llm.model_name", "openinference.span.kind", "ai.model.id", "llm.input_messages.0.message.role"] {
            assert!(is_gen_ai_key(key), "{key}");
        }
        for key in ["http.request.method", attribute::INPUT_VALUE, attribute::SESSION_ID, "tool.name", "gen_air", ""] {
            assert!(!is_gen_ai_key(key), "{key}");
        }
    }

    #[test]
    fn registered_names_show_a_gen_ai_span() {
        let not_yet_known = format!("{}.later", attribute::GEN_AI_USAGE_COST);
        for key in [attribute::SPAN_TYPE, attribute::GEN_AI_SYSTEM, attribute::OPENAI_API_TYPE, &not_yet_known] {
            assert!(is_gen_ai_key(key), "{key}");
        }
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
