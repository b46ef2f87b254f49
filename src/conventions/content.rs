//! Which keys carry the words of people and models, and which field names are harmless.

use super::alias::alias;
use super::attribute::TRACING_GENAI_METADATA;
use super::generated::alias::PREFIXES;
use super::generated::content::{FOREIGN_PREFIXES, SAID, foreign, identifier};
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
    // A list or an object may stand in one attribute, too.
    let is_below = |prefix: &str| key.starts_with(prefix) || prefix.strip_suffix('.') == Some(key);
    foreign(key).unwrap_or(false) || FOREIGN_PREFIXES.iter().any(|prefix| is_below(prefix))
}

/// The message of a span of the crate `logfire`, with its values filled in.
const LOGFIRE_MESSAGE: &str = "logfire.msg";

/// Whether `key`, which nobody registered, is a name in the conventions' own namespaces for what people or models said. In
/// ours stand names that users give their metadata.
pub(super) fn is_made_up_content(key: &str) -> bool {
    let last = key.rsplit(['.', '_']).next().unwrap_or(key);
    if !SAID.contains(&last) {
        return key == LOGFIRE_MESSAGE;
    }
    let mut namespaces = PREFIXES.iter().filter(|prefix| !TRACING_GENAI_METADATA.starts_with(**prefix));
    namespaces.any(|prefix| key.starts_with(prefix)) && attribute_def(key).is_none() && alias(key).is_none()
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
            "llm.input_messages",
            "retrieval.documents",
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
    fn names_that_programs_make_up_for_content_are_known_by_their_last_word() {
        for key in [
            "gen_ai.response.content",
            "gen_ai.input_messages",
            "mcp.tool.arguments",
            "openai.request.prompt",
            "logfire.msg",
        ] {
            assert!(is_made_up_content(key), "{key}");
        }
        let registered = [attribute::GEN_AI_INPUT_MESSAGES, attribute::GEN_AI_EVALUATION_NAME];
        for key in registered.into_iter().chain([
            "app.content",
            "gen_ai.response.object",
            "gen_ai.context",
            "content",
            "tracing_genai.metadata.query",
        ]) {
            assert!(!is_made_up_content(key), "{key}");
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
