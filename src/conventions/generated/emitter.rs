// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::emitter::{Bag, Emitter, Lender};
use crate::conventions::{SpanType, attribute};

/// Spans that are known by what their call sites declare.
pub(in crate::conventions) static EMITTERS: [Emitter; 9] = [
    Emitter {
        target: "langchain_rust",
        fields: &["provider", "model", "stream"],
        span_type: SpanType::Llm,
        error: Some("error"),
    },
    Emitter {
        target: "langchain_rust",
        fields: &["provider", "model", "count"],
        span_type: SpanType::Embedding,
        error: Some("error"),
    },
    Emitter {
        target: "langchain_rust",
        fields: &["max_iterations", "steps"],
        span_type: SpanType::Agent,
        error: Some("error"),
    },
    Emitter { target: "langchain_rust", fields: &["step"], span_type: SpanType::Plan, error: Some("error") },
    Emitter { target: "langchain_rust", fields: &["chain"], span_type: SpanType::Chain, error: Some("error") },
    Emitter { target: "langchain_rust", fields: &["tool"], span_type: SpanType::Tool, error: Some("error") },
    Emitter {
        target: "goose",
        fields: &["observation_type", "provider", "model"],
        span_type: SpanType::Llm,
        error: Some("status_message"),
    },
    Emitter {
        target: "adk_telemetry",
        fields: &["agent.name", "invocation.id"],
        span_type: SpanType::Agent,
        error: None,
    },
    Emitter { target: "adk_telemetry", fields: &["tool.name"], span_type: SpanType::Tool, error: None },
];

/// Spans whose values hold for those below.
pub(in crate::conventions) static LENDERS: [Lender; 1] = [Lender {
    target: "codex_core",
    fields: &["turn_id", "model"],
    field: "model",
    canonical: attribute::GEN_AI_REQUEST_MODEL,
    between: &["receiving_stream"],
}];

/// Whether `key` shows an event whose attributes are its span's.
#[expect(clippy::match_same_arms, reason = "a table")]
pub(in crate::conventions) fn folded(key: &str) -> Option<bool> {
    let found = match key.len() {
        14 => match key {
            "langfuse.input" => true,
            "langfuse.model" => true,
            "langfuse.usage" => true,
            _ => return None,
        },
        15 => match key {
            "langfuse.output" => true,
            _ => return None,
        },
        23 => match key {
            "langfuse.status_message" => true,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// Whether the value of `key` is a failure's message.
pub(in crate::conventions) fn failure(key: &str) -> Option<bool> {
    let found = match key.len() {
        13 => match key {
            "error.message" => true,
            _ => return None,
        },
        17 => match key {
            "exception.message" => true,
            _ => return None,
        },
        23 => match key {
            "langfuse.status_message" => true,
            _ => return None,
        },
        35 => match key {
            "langfuse.observation.status_message" => true,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// What the JSON object under `key` holds.
pub(in crate::conventions) fn bag_index(key: &str) -> Option<Bag> {
    let found = match key.len() {
        14 => match key {
            "langfuse.usage" => Bag::Usage,
            _ => return None,
        },
        17 => match key {
            "cost_details_json" => Bag::Cost,
            _ => return None,
        },
        18 => match key {
            "usage_details_json" => Bag::Usage,
            _ => return None,
        },
        26 => match key {
            "langfuse.observation.usage" => Bag::Usage,
            _ => return None,
        },
        33 => match key {
            "langfuse.observation.cost_details" => Bag::Cost,
            _ => return None,
        },
        34 => match key {
            "langfuse.observation.usage_details" => Bag::Parts,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// The key that a key in an object of counts stands for.
#[expect(clippy::match_same_arms, reason = "a table")]
pub(in crate::conventions) fn count(key: &str) -> Option<&'static str> {
    let found = match key.len() {
        5 => match key {
            "input" => attribute::GEN_AI_USAGE_INPUT_TOKENS,
            "total" => attribute::GEN_AI_USAGE_TOTAL_TOKENS,
            _ => return None,
        },
        6 => match key {
            "output" => attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            "prompt" => attribute::GEN_AI_USAGE_INPUT_TOKENS,
            _ => return None,
        },
        9 => match key {
            "reasoning" => attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            _ => return None,
        },
        10 => match key {
            "completion" => attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            _ => return None,
        },
        11 => match key {
            "inputTokens" => attribute::GEN_AI_USAGE_INPUT_TOKENS,
            "totalTokens" => attribute::GEN_AI_USAGE_TOTAL_TOKENS,
            _ => return None,
        },
        12 => match key {
            "input_tokens" => attribute::GEN_AI_USAGE_INPUT_TOKENS,
            "outputTokens" => attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            "promptTokens" => attribute::GEN_AI_USAGE_INPUT_TOKENS,
            "total_tokens" => attribute::GEN_AI_USAGE_TOTAL_TOKENS,
            _ => return None,
        },
        13 => match key {
            "cached_tokens" => attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            "output_tokens" => attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            "prompt_tokens" => attribute::GEN_AI_USAGE_INPUT_TOKENS,
            _ => return None,
        },
        15 => match key {
            "thinking_tokens" => attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            _ => return None,
        },
        16 => match key {
            "completionTokens" => attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            "input_cache_read" => attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            "output_reasoning" => attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            "reasoning_tokens" => attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            _ => return None,
        },
        17 => match key {
            "cache_read_tokens" => attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            "completion_tokens" => attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            _ => return None,
        },
        18 => match key {
            "cache_write_tokens" => attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
            _ => return None,
        },
        19 => match key {
            "cached_input_tokens" => attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            "input_cached_tokens" => attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            _ => return None,
        },
        20 => match key {
            "input_cache_creation" => attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
            _ => return None,
        },
        21 => match key {
            "cache_creation_tokens" => attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
            _ => return None,
        },
        23 => match key {
            "cache_read_input_tokens" => attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            "output_reasoning_tokens" => attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            "reasoning_output_tokens" => attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            _ => return None,
        },
        24 => match key {
            "cache_write_input_tokens" => attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
            _ => return None,
        },
        27 => match key {
            "cache_creation_input_tokens" => attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// The operation and the span type that another crate's word means.
#[expect(clippy::match_same_arms, reason = "a table")]
pub(in crate::conventions) fn foreign(key: &str) -> Option<(&'static str, SpanType)> {
    let found = match key.len() {
        5 => match key {
            "embed" => ("embeddings", SpanType::Embedding),
            _ => return None,
        },
        6 => match key {
            "rerank" => ("rerank", SpanType::Rerank),
            "stream" => ("chat", SpanType::Llm),
            _ => return None,
        },
        8 => match key {
            "complete" => ("text_completion", SpanType::Llm),
            _ => return None,
        },
        9 => match key {
            "embedding" => ("embeddings", SpanType::Embedding),
            _ => return None,
        },
        10 => match key {
            "completion" => ("text_completion", SpanType::Llm),
            _ => return None,
        },
        12 => match key {
            "interactions" => ("chat", SpanType::Llm),
            _ => return None,
        },
        13 => match key {
            "transcription" => ("transcription", SpanType::Llm),
            _ => return None,
        },
        14 => match key {
            "chat_streaming" => ("chat", SpanType::Llm),
            _ => return None,
        },
        15 => match key {
            "chat_completion" => ("chat", SpanType::Llm),
            "chat_with_tools" => ("chat", SpanType::Llm),
            _ => return None,
        },
        16 => match key {
            "audio_generation" => ("audio_generation", SpanType::Llm),
            "chat.completions" => ("chat", SpanType::Llm),
            "chat_completions" => ("chat", SpanType::Llm),
            "image_generation" => ("image_generation", SpanType::Llm),
            _ => return None,
        },
        17 => match key {
            "structured_output" => ("chat", SpanType::Llm),
            _ => return None,
        },
        22 => match key {
            "interactions_streaming" => ("chat", SpanType::Llm),
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// The count that the tokens of an operation are of where nothing tells.
pub(in crate::conventions) fn modality(key: &str) -> Option<&'static str> {
    let found = match key.len() {
        13 => match key {
            "transcription" => attribute::GEN_AI_USAGE_AUDIO_INPUT_TOKENS,
            _ => return None,
        },
        16 => match key {
            "audio_generation" => attribute::GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS,
            "image_generation" => attribute::GEN_AI_USAGE_IMAGE_OUTPUT_TOKENS,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}
