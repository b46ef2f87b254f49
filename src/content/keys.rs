//! Which keys carry content, which carry error messages, and which are known to carry neither.

use super::generated::key::{CONTENT, CONTENT_INDEXED, CONTENT_PREFIXES, ERROR_MESSAGES, KNOWN_EVENTS};
use crate::conventions::attribute::*;

/// Attributes of the registry that hold prompts, answers, arguments, results or documents.
const REGISTRY_CONTENT: [&str; 18] = [
    GEN_AI_COMPLETION,
    GEN_AI_EVALUATION_EXPLANATION,
    GEN_AI_INPUT_MESSAGES,
    GEN_AI_MEMORY_QUERY_TEXT,
    GEN_AI_MEMORY_RECORDS,
    GEN_AI_OUTPUT_MESSAGES,
    GEN_AI_PROMPT,
    GEN_AI_PROMPT_VARIABLE,
    GEN_AI_RETRIEVAL_DOCUMENTS,
    GEN_AI_RETRIEVAL_QUERY_TEXT,
    GEN_AI_SYSTEM_INSTRUCTIONS,
    GEN_AI_TOOL_CALL_ARGUMENTS,
    GEN_AI_TOOL_CALL_RESULT,
    GEN_AI_TOOL_DEFINITIONS,
    INPUT_MIME_TYPE,
    INPUT_VALUE,
    OUTPUT_MIME_TYPE,
    OUTPUT_VALUE,
];

/// Attributes of the registry that say what a call was and what it cost, not what was said in it.
const REGISTRY_IDENTITY: [&str; 46] = [
    CODE_FUNCTION_NAME,
    ERROR_TYPE,
    EXCEPTION_TYPE,
    GEN_AI_AGENT_ID,
    GEN_AI_AGENT_NAME,
    GEN_AI_CONVERSATION_ID,
    GEN_AI_DATA_SOURCE_ID,
    GEN_AI_EVALUATION_NAME,
    GEN_AI_EVALUATION_SCORE_LABEL,
    GEN_AI_OPERATION_NAME,
    GEN_AI_OUTPUT_TYPE,
    GEN_AI_PROMPT_NAME,
    GEN_AI_PROMPT_VERSION,
    GEN_AI_PROVIDER_NAME,
    GEN_AI_REQUEST_MODEL,
    GEN_AI_RESPONSE_FINISH_REASONS,
    GEN_AI_RESPONSE_ID,
    GEN_AI_RESPONSE_MODEL,
    GEN_AI_TOOL_CALL_ID,
    GEN_AI_TOOL_NAME,
    GEN_AI_TOOL_TYPE,
    GEN_AI_USAGE_AUDIO_CACHE_READ_INPUT_TOKENS,
    GEN_AI_USAGE_AUDIO_INPUT_TOKENS,
    GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS,
    GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
    GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
    GEN_AI_USAGE_COST,
    GEN_AI_USAGE_IMAGE_CACHE_READ_INPUT_TOKENS,
    GEN_AI_USAGE_IMAGE_INPUT_TOKENS,
    GEN_AI_USAGE_IMAGE_OUTPUT_TOKENS,
    GEN_AI_USAGE_INPUT_TOKENS,
    GEN_AI_USAGE_OUTPUT_TOKENS,
    GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    GEN_AI_USAGE_TEXT_CACHE_READ_INPUT_TOKENS,
    GEN_AI_USAGE_TEXT_INPUT_TOKENS,
    GEN_AI_USAGE_TEXT_OUTPUT_TOKENS,
    GEN_AI_WORKFLOW_NAME,
    SERVER_ADDRESS,
    SESSION_ID,
    SPAN_TYPE,
    TRACING_GENAI_COST_SOURCE,
    TRACING_GENAI_COST_STATUS,
    TRACING_GENAI_PRICE_MODEL,
    TRACING_GENAI_WITHHELD,
    USER_ID,
];

/// Fields without a dot that people use for ids, and not for prompts.
const IDENTIFIERS: [&str; 12] = [
    "account_id",
    "conversation_id",
    "correlation_id",
    "org_id",
    "project_id",
    "request_id",
    "session_id",
    "tenant",
    "tenant_id",
    "thread_id",
    "trace_id",
    "user_id",
];

/// Whether the value under `key` is content: of the registry, or of another vocabulary.
pub(super) fn is_content(key: &str) -> bool {
    REGISTRY_CONTENT.contains(&key)
        || CONTENT.binary_search(&key).is_ok()
        || CONTENT_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || CONTENT_INDEXED.iter().any(|stem| is_indexed(key, stem))
}

/// Whether `key` says what a call was: identity, model, provider, tokens, cost, error type.
pub(super) fn is_identity(key: &str) -> bool {
    REGISTRY_IDENTITY.contains(&key)
}

/// Whether `field` is known to hold an id.
pub(super) fn is_known_identifier(field: &str) -> bool {
    IDENTIFIERS.binary_search(&field).is_ok()
}

/// Whether the value under `key` is an error's message.
pub(super) fn is_error_message(key: &str) -> bool {
    ERROR_MESSAGES.binary_search(&key).is_ok()
}

/// Whether the conventions define an event of this name.
pub(super) fn is_known_event(name: &str) -> bool {
    KNOWN_EVENTS.binary_search(&name).is_ok()
}

fn is_indexed(key: &str, stem: &str) -> bool {
    key.strip_prefix(stem)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_so_that_they_can_be_searched() {
        for list in [CONTENT, ERROR_MESSAGES, KNOWN_EVENTS, &IDENTIFIERS[..]] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn prompts_of_other_vocabularies_are_content_and_prompt_names_are_not() {
        for key in [
            "llm.input_messages.0.message.content",
            "traceloop.entity.input",
            "gen_ai.prompt.0.content",
            "gen_ai.prompt.variable.city",
        ] {
            assert!(is_content(key), "{key}");
        }
        for key in [GEN_AI_PROMPT_NAME, GEN_AI_REQUEST_MODEL, "app.customer", "gen_ai.prompt.version"] {
            assert!(!is_content(key), "{key}");
        }
    }
}
