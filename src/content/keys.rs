//! Which keys carry content, which carry error messages, and which are known to carry neither.

use crate::conventions::attribute::{INPUT_MIME_TYPE, OTEL_STATUS_DESCRIPTION, OUTPUT_MIME_TYPE};
use crate::conventions::event::{
    EXCEPTION, GEN_AI_ASSISTANT_MESSAGE, GEN_AI_CHOICE, GEN_AI_CLIENT_INFERENCE_OPERATION_DETAILS,
    GEN_AI_CLIENT_OPERATION_EXCEPTION, GEN_AI_EVALUATION_RESULT, GEN_AI_SYSTEM_MESSAGE, GEN_AI_TOOL_MESSAGE,
    GEN_AI_USER_MESSAGE,
};
use crate::conventions::{KeyFacts, facts};

pub(super) use crate::conventions::event::{
    EXCEPTION as EXCEPTION_EVENT, GEN_AI_CLIENT_INFERENCE_OPERATION_DETAILS as DETAILS_EVENT,
};

/// Events that the conventions define.
const KNOWN_EVENTS: [&str; 9] = [
    EXCEPTION,
    GEN_AI_ASSISTANT_MESSAGE,
    GEN_AI_CHOICE,
    GEN_AI_CLIENT_INFERENCE_OPERATION_DETAILS,
    GEN_AI_CLIENT_OPERATION_EXCEPTION,
    GEN_AI_EVALUATION_RESULT,
    GEN_AI_SYSTEM_MESSAGE,
    GEN_AI_TOOL_MESSAGE,
    GEN_AI_USER_MESSAGE,
];

/// Whether the value under `key` is content: of the registry, of another vocabulary, or the media type of either.
pub(super) fn is_content(key: &str) -> bool {
    is_content_of(key, &facts(key))
}

/// The same where it is known what the tables say of `key`.
pub(super) fn is_content_of(key: &str, facts: &KeyFacts) -> bool {
    facts.content || key == INPUT_MIME_TYPE || key == OUTPUT_MIME_TYPE
}

/// Whether `key` says what a call was: identity, model, provider, tokens, cost, error type.
pub(super) fn is_identity(key: &str) -> bool {
    facts(key).identity()
}

/// Whether the value under `key` is an error's message, in the words of the conventions or of another tool.
pub(super) fn is_error_message(key: &str) -> bool {
    is_error_message_of(key, &facts(key))
}

/// The same where it is known what the tables say of `key`.
pub(super) fn is_error_message_of(key: &str, facts: &KeyFacts) -> bool {
    facts.failure || key == OTEL_STATUS_DESCRIPTION
}

/// Whether the conventions define an event of this name.
pub(super) fn is_known_event(name: &str) -> bool {
    KNOWN_EVENTS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::attribute::{GEN_AI_PROMPT_NAME, GEN_AI_PROMPT_VERSION, GEN_AI_REQUEST_MODEL};

    #[test]
    fn prompts_of_other_vocabularies_are_content_and_prompt_names_are_not() {
        for key in ["llm.input_messages.0.message.content", "traceloop.entity.input", "gen_ai.prompt.0.content"] {
            assert!(is_content(key), "{key}");
        }
        for key in [GEN_AI_PROMPT_NAME, GEN_AI_PROMPT_VERSION, GEN_AI_REQUEST_MODEL, "app.customer"] {
            assert!(!is_content(key), "{key}");
        }
    }
}
