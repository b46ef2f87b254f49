//! Which keys show that a span is a GenAI span.

use super::alias::alias;
use super::attribute::SPAN_TYPE;
use super::content::is_foreign_content;
use super::emitter::bag;
use super::generated::alias::PREFIXES;

/// Whether a span that carries `key` is a GenAI span for that alone.
pub(crate) fn is_gen_ai_key(key: &str) -> bool {
    key == SPAN_TYPE
        || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || alias(key).map_or_else(|| is_foreign_content(key) || bag(key).is_some(), |alias| !alias.short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::attribute;

    #[test]
    fn an_everyday_word_proves_nothing() {
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
}
