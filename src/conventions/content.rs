//! Which keys carry the words of people and models, and which field names are harmless.

use super::alias::alias;
use super::generated::content::{FOREIGN_PREFIXES, foreign, identifier};
use super::registry::attribute_def;

/// Whether `key` is content on every span that carries it: a registered key, a spelling of one, or another tool's key.
/// An everyday word such as `prompt` is none by itself.
pub(crate) fn is_content_key(key: &str) -> bool {
    is_content_by_name(key).unwrap_or_else(|| is_foreign_content(key) || is_member_of_content(key))
}

/// Of a registered key, or a spelling of one, whether it is content.
fn is_content_by_name(key: &str) -> Option<bool> {
    if let Some(def) = attribute_def(key) {
        return Some(def.content);
    }
    let alias = alias(key)?;
    Some(!alias.short && attribute_def(alias.canonical).is_some_and(|def| def.content))
}

/// Whether `key` stands below one that is content: a list or an object with an attribute for each member.
fn is_member_of_content(key: &str) -> bool {
    let mut above = key.match_indices('.').filter_map(|(end, _)| key.get(..end));
    above.any(|above| is_content_by_name(above).unwrap_or_else(|| is_foreign_content(above)))
}

/// Whether `key` is content of another tool that no alias renames.
pub(super) fn is_foreign_content(key: &str) -> bool {
    foreign(key).unwrap_or(false) || FOREIGN_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

/// Whether a text field of this name identifies something and is therefore no content, dot or not.
pub(crate) fn is_known_identifier(field: &str) -> bool {
    identifier(field).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::attribute;

    #[test]
    fn content_is_known_in_every_spelling() {
        let variable = format!("{}.city", attribute::GEN_AI_PROMPT_VARIABLE);
        let flattened = format!("{}.0.content", attribute::GEN_AI_PROMPT);
        let message = format!("{}.0.content", attribute::GEN_AI_INPUT_MESSAGES);
        let argument = format!("{}.city", attribute::GEN_AI_TOOL_CALL_ARGUMENTS);
        let question = format!("{}.question", attribute::INPUT_VALUE);
        for key in [
            attribute::GEN_AI_INPUT_MESSAGES,
            attribute::OUTPUT_VALUE,
            attribute::GEN_AI_COMPLETION,
            &variable,
            &flattened,
            "llm.input_messages.0.message.content",
            "traceloop.entity.input",
            "langfuse.trace.output",
            &message,
            &argument,
            &question,
            "gen_ai.response.messages.0.content",
            "gen_ai.request.messages.0.content",
        ] {
            assert!(is_content_key(key), "{key}");
        }
    }

    #[test]
    fn what_names_and_counts_is_no_content() {
        for key in [
            attribute::GEN_AI_PROMPT_NAME,
            attribute::GEN_AI_REQUEST_MODEL,
            attribute::EXCEPTION_MESSAGE,
            "llm.model_name",
            "llm.token_count.prompt",
            "prompt",
            "app.customer",
            "input.values",
            "gen_ai.input",
            "",
        ] {
            assert!(!is_content_key(key), "{key}");
        }
    }

    #[test]
    fn identifiers_pass_and_arguments_do_not() {
        for field in ["user_id", "session_id", "tenant", "request_id", "trace_id", "conversation_id"] {
            assert!(is_known_identifier(field), "{field}");
        }
        for field in ["question", "prompt", "user", "email", "order", ""] {
            assert!(!is_known_identifier(field), "{field}");
        }
    }
}
