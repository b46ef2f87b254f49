//! The tables, one for each family of APIs.

use super::shape::{Field, List, Repeat, Shape};
use crate::usage::{Count, Unit};

const NONE: Shape = Shape {
    id: &[],
    model: &[],
    finish: &[],
    choices: &[],
    tier: &[],
    region: &[],
    speed: &[],
    usage: &[],
    counts: &[],
    lists: &[],
    sums: &[],
    repeats: &[],
    items: &[],
    queries: &[],
};

/// Chat completions: OpenAI's, and those of all who took them over, with their own additions. Transcriptions and images
/// come from the same clients, in words of the responses.
pub(super) const CHAT: Shape = Shape {
    id: &["/id"],
    model: &["/model"],
    choices: &[("/choices", "/finish_reason")],
    tier: &["/service_tier", "/usage/service_tier"],
    // Moonshot also puts it into the chunk that ends a choice, and Groq into an object of its own.
    usage: &["/choices/0/usage", "/x_groq/usage", "/usage", "/usage_info"],
    counts: &[
        (Field::Tokens(Count::Input), &["/prompt_tokens", "/input_tokens"]),
        (Field::Tokens(Count::Output), &["/completion_tokens", "/output_tokens"]),
        (Field::Total, &["/total_tokens"]),
        (
            Field::Tokens(Count::CacheRead),
            &[
                "/prompt_tokens_details/cached_tokens",
                "/prompt_token_details/cached_tokens",
                "/prompt_cache_hit_tokens",
                "/cached_tokens",
                "/num_cached_tokens",
                "/cached_prompt_text_tokens",
                "/cache_read_input_tokens",
            ],
        ),
        (
            Field::Tokens(Count::CacheWrite),
            &[
                "/prompt_tokens_details/cache_write_tokens",
                "/prompt_tokens_details/cache_creation_tokens",
                "/cache_creation_input_tokens",
            ],
        ),
        (Field::Tokens(Count::CacheWrite30m), &["/prompt_tokens_details/cache_write_tokens_details/ttl_30m_tokens"]),
        (Field::Tokens(Count::CacheWrite12h), &["/prompt_tokens_details/cache_write_tokens_details/ttl_12h_tokens"]),
        (
            Field::Tokens(Count::AudioInput),
            &["/prompt_tokens_details/audio_tokens", "/input_token_details/audio_tokens"],
        ),
        (
            Field::Tokens(Count::ImageInput),
            &["/prompt_tokens_details/image_tokens", "/input_tokens_details/image_tokens"],
        ),
        (Field::Tokens(Count::AudioCacheRead), &["/prompt_tokens_details/cached_tokens_details/audio_tokens"]),
        (Field::Tokens(Count::ImageCacheRead), &["/prompt_tokens_details/cached_tokens_details/image_tokens"]),
        (Field::Tokens(Count::Reasoning), &["/completion_tokens_details/reasoning_tokens", "/reasoning_tokens"]),
        (Field::Tokens(Count::AudioOutput), &["/completion_tokens_details/audio_tokens"]),
        (
            Field::Tokens(Count::ImageOutput),
            &["/completion_tokens_details/image_tokens", "/output_tokens_details/image_tokens"],
        ),
        (Field::Tokens(Count::Citation), &["/citation_tokens"]),
        (Field::Units(Unit::InputAudioSeconds), AUDIO_SECONDS),
        (Field::Units(Unit::InputDocumentPages), &["/pages_processed"]),
        (Field::Units(Unit::InputAnnotatedDocumentPages), &["/pages_processed_annotation"]),
        (
            Field::Units(Unit::WebSearches),
            &[
                "/num_search_queries",
                "/server_tool_use/web_search_requests",
                "/server_side_tool_usage_details/web_search_calls",
            ],
        ),
        (Field::Units(Unit::SocialSearches), &["/server_side_tool_usage_details/x_search_calls"]),
        (Field::Units(Unit::CodeExecutions), &["/server_side_tool_usage_details/code_interpreter_calls"]),
        (Field::Units(Unit::StorageSearches), &["/server_side_tool_usage_details/file_search_calls"]),
    ],
    // Of a transcription with its segments Groq and older servers tell no more.
    repeats: &[Repeat { at: "", counts: &[("duration", Field::Units(Unit::InputAudioSeconds))] }],
    ..NONE
};

/// Responses, and realtime sessions, whose details are called in the singular.
pub(super) const RESPONSES: Shape = Shape {
    id: &["/response/id", "/id"],
    model: &["/response/model", "/session/model", "/model"],
    finish: &[
        "/response/incomplete_details/reason",
        "/incomplete_details/reason",
        "/response/status_details/reason",
        "/response/status",
        "/status",
    ],
    tier: &["/response/service_tier", "/service_tier"],
    usage: &["/response/usage", "/usage", "/response/tool_usage", "/tool_usage"],
    counts: &[
        (Field::Tokens(Count::Input), &["/input_tokens"]),
        (Field::Tokens(Count::Output), &["/output_tokens"]),
        (Field::Total, &["/total_tokens"]),
        (
            Field::Tokens(Count::CacheRead),
            &["/input_tokens_details/cached_tokens", "/input_token_details/cached_tokens"],
        ),
        (
            Field::Tokens(Count::CacheWrite),
            &["/input_tokens_details/cache_write_tokens", "/input_token_details/cache_write_tokens"],
        ),
        (Field::Tokens(Count::CacheWrite30m), &["/input_tokens_details/cache_write_tokens_details/ttl_30m_tokens"]),
        (Field::Tokens(Count::CacheWrite12h), &["/input_tokens_details/cache_write_tokens_details/ttl_12h_tokens"]),
        (
            Field::Tokens(Count::AudioInput),
            &["/input_token_details/audio_tokens", "/input_tokens_details/audio_tokens"],
        ),
        (
            Field::Tokens(Count::ImageInput),
            &["/input_token_details/image_tokens", "/input_tokens_details/image_tokens"],
        ),
        (
            Field::Tokens(Count::AudioCacheRead),
            &[
                "/input_token_details/cached_tokens_details/audio_tokens",
                "/input_tokens_details/cached_tokens_details/audio_tokens",
            ],
        ),
        (
            Field::Tokens(Count::ImageCacheRead),
            &[
                "/input_token_details/cached_tokens_details/image_tokens",
                "/input_tokens_details/cached_tokens_details/image_tokens",
            ],
        ),
        (
            Field::Tokens(Count::Reasoning),
            &["/output_tokens_details/reasoning_tokens", "/output_token_details/reasoning_tokens"],
        ),
        (
            Field::Tokens(Count::AudioOutput),
            &["/output_token_details/audio_tokens", "/output_tokens_details/audio_tokens"],
        ),
        (
            Field::Tokens(Count::ImageOutput),
            &["/output_token_details/image_tokens", "/output_tokens_details/image_tokens"],
        ),
        (Field::Units(Unit::InputAudioSeconds), AUDIO_SECONDS),
        (
            Field::Units(Unit::WebSearches),
            &["/web_search/num_requests", "/server_side_tool_usage_details/web_search_calls"],
        ),
        (Field::Units(Unit::SocialSearches), &["/server_side_tool_usage_details/x_search_calls"]),
        (Field::Units(Unit::CodeExecutions), &["/server_side_tool_usage_details/code_interpreter_calls"]),
        (
            Field::Units(Unit::StorageSearches),
            &["/file_search/num_requests", "/server_side_tool_usage_details/file_search_calls"],
        ),
    ],
    items: &[("/response/output", OUTPUT_ITEMS), ("/output", OUTPUT_ITEMS)],
    ..NONE
};

/// Of a transcription that is billed by its length; Mistral has a name of its own for it.
const AUDIO_SECONDS: &[&str] = &["/seconds", "/prompt_audio_seconds"];

// What an image costs depends on the model that made it, which the answer does not name, and what code costs on the
// container in which it ran and for how long: they are counted, and the amount says that they are left out.
const OUTPUT_ITEMS: &[(&str, Unit)] = &[
    ("web_search_call", Unit::WebSearches),
    ("file_search_call", Unit::StorageSearches),
    ("image_generation_call", Unit::ImageGenerations),
    ("code_interpreter_call", Unit::CodeExecutions),
];

/// Anthropic's messages and both of Bedrock's forms: what they have in common is that input leaves out the cache.
pub(super) const MESSAGES: Shape = Shape {
    id: &["/message/id", "/id"],
    // Converse names a model only where a router chose it.
    model: &[
        "/message/model",
        "/model",
        "/trace/promptRouter/invokedModelId",
        "/metadata/trace/promptRouter/invokedModelId",
    ],
    finish: &["/delta/stop_reason", "/stop_reason", "/message/stop_reason", "/messageStop/stopReason", "/stopReason"],
    tier: &[
        "/usage/service_tier",
        "/message/usage/service_tier",
        "/service_tier",
        "/serviceTier/type",
        "/metadata/serviceTier/type",
    ],
    region: &["/usage/inference_geo", "/message/usage/inference_geo"],
    speed: &[
        "/usage/speed",
        "/message/usage/speed",
        "/performanceConfig/latency",
        "/metadata/performanceConfig/latency",
    ],
    usage: &["/message/usage", "/usage", "/metadata/usage"],
    counts: &[
        (Field::Tokens(Count::Input), &["/input_tokens", "/inputTokens"]),
        (Field::Tokens(Count::Output), &["/output_tokens", "/outputTokens"]),
        (Field::Total, &["/totalTokens"]),
        (
            Field::Tokens(Count::CacheRead),
            &["/cache_read_input_tokens", "/cacheReadInputTokens", "/cacheReadInputTokenCount"],
        ),
        (
            Field::Tokens(Count::CacheWrite),
            &["/cache_creation_input_tokens", "/cacheWriteInputTokens", "/cacheWriteInputTokenCount"],
        ),
        (Field::Tokens(Count::CacheWrite5m), &["/cache_creation/ephemeral_5m_input_tokens"]),
        (Field::Tokens(Count::CacheWrite1h), &["/cache_creation/ephemeral_1h_input_tokens"]),
        (Field::Tokens(Count::Reasoning), &["/output_tokens_details/thinking_tokens"]),
        (Field::Units(Unit::WebSearches), &["/server_tool_use/web_search_requests"]),
        (Field::Units(Unit::CodeExecutions), &["/server_tool_use/code_execution_requests"]),
    ],
    lists: &[List {
        at: &["/cacheDetails"],
        tag: "ttl",
        number: "inputTokens",
        counts: &[
            ("5m", Count::CacheWrite5m),
            ("t5m", Count::CacheWrite5m),
            ("1h", Count::CacheWrite1h),
            ("t1h", Count::CacheWrite1h),
        ],
    }],
    repeats: &[
        Repeat {
            at: "/amazon-bedrock-invocationMetrics",
            counts: &[
                ("inputTokenCount", Field::Tokens(Count::Input)),
                ("outputTokenCount", Field::Tokens(Count::Output)),
                ("cacheReadInputTokenCount", Field::Tokens(Count::CacheRead)),
                ("cacheWriteInputTokenCount", Field::Tokens(Count::CacheWrite)),
            ],
        },
        // Titan says no more than this, its embeddings only the first.
        Repeat { at: "", counts: &[("inputTextTokenCount", Field::Tokens(Count::Input))] },
        Repeat { at: "/results/0", counts: &[("tokenCount", Field::Tokens(Count::Output))] },
    ],
    ..NONE
};

/// Bedrock's `InvokeModel`, whose answers are those of each model's maker: in OpenAI's form, or with counts at the top.
pub(super) const INVOKE: Shape = Shape {
    finish: &[
        "/delta/stop_reason",
        "/stop_reason",
        "/message/stop_reason",
        "/messageStop/stopReason",
        "/stopReason",
        "/finish_reason",
        "/completionReason",
    ],
    choices: &[
        ("/choices", "/finish_reason"),
        ("/choices", "/stop_reason"),
        ("/outputs", "/stop_reason"),
        ("/results", "/completionReason"),
    ],
    usage: &["/message/usage", "/metadata/usage", "/usage", ""],
    counts: &[
        (Field::Tokens(Count::Input), &["/input_tokens", "/inputTokens", "/prompt_tokens", "/prompt_token_count"]),
        (
            Field::Tokens(Count::Output),
            &["/output_tokens", "/outputTokens", "/completion_tokens", "/generation_token_count"],
        ),
        (Field::Total, &["/totalTokens", "/total_tokens"]),
        (
            Field::Tokens(Count::CacheRead),
            &[
                "/cache_read_input_tokens",
                "/cacheReadInputTokens",
                "/cacheReadInputTokenCount",
                "/prompt_tokens_details/cached_tokens",
            ],
        ),
        (
            Field::Tokens(Count::CacheWrite),
            &["/cache_creation_input_tokens", "/cacheWriteInputTokens", "/cacheWriteInputTokenCount"],
        ),
        (Field::Tokens(Count::CacheWrite5m), &["/cache_creation/ephemeral_5m_input_tokens"]),
        (Field::Tokens(Count::CacheWrite1h), &["/cache_creation/ephemeral_1h_input_tokens"]),
        (
            Field::Tokens(Count::Reasoning),
            &["/output_tokens_details/thinking_tokens", "/completion_tokens_details/reasoning_tokens"],
        ),
        (Field::Units(Unit::WebSearches), &["/server_tool_use/web_search_requests"]),
        (Field::Units(Unit::CodeExecutions), &["/server_tool_use/code_execution_requests"]),
    ],
    ..MESSAGES
};

/// `generateContent`, and the messages of live sessions, which have two names of their own.
pub(super) const GEMINI: Shape = Shape {
    id: &["/responseId"],
    model: &["/modelVersion"],
    finish: &["/promptFeedback/blockReason"],
    choices: &[("/candidates", "/finishReason")],
    tier: &["/usageMetadata/trafficType", "/usageMetadata/serviceTier"],
    usage: &["/usageMetadata", "/metadata"],
    counts: &[
        (Field::Tokens(Count::Input), &["/promptTokenCount"]),
        (Field::Tokens(Count::Output), &["/candidatesTokenCount", "/responseTokenCount"]),
        (Field::Total, &["/totalTokenCount"]),
        (Field::Tokens(Count::CacheRead), &["/cachedContentTokenCount"]),
        (Field::Tokens(Count::Reasoning), &["/thoughtsTokenCount"]),
        (Field::ToolInput, &["/toolUsePromptTokenCount"]),
        (Field::Units(Unit::InputCharacters), &["/billableCharacterCount"]),
    ],
    lists: &[
        List {
            at: &["/promptTokensDetails", "/toolUsePromptTokensDetails"],
            tag: "modality",
            number: "tokenCount",
            counts: MODALITIES_IN,
        },
        List { at: &["/cacheTokensDetails"], tag: "modality", number: "tokenCount", counts: MODALITIES_CACHED },
        List {
            at: &["/candidatesTokensDetails", "/responseTokensDetails"],
            tag: "modality",
            number: "tokenCount",
            counts: MODALITIES_OUT,
        },
    ],
    // Vectors of `predict`, of which older models are billed by the character.
    sums: &[("/predictions", "/embeddings/statistics/token_count", Count::Input)],
    queries: &["/candidates/0/groundingMetadata/webSearchQueries", "/serverContent/groundingMetadata/webSearchQueries"],
    ..NONE
};

/// Interactions.
pub(super) const INTERACTIONS: Shape = Shape {
    id: &["/interaction/id", "/id"],
    model: &["/interaction/model", "/model"],
    finish: &["/interaction/status", "/status"],
    tier: &["/interaction/service_tier", "/service_tier"],
    usage: &["/interaction/usage", "/usage"],
    counts: &[
        (Field::Tokens(Count::Input), &["/total_input_tokens"]),
        (Field::Tokens(Count::Output), &["/total_output_tokens"]),
        (Field::Total, &["/total_tokens"]),
        (Field::Tokens(Count::CacheRead), &["/total_cached_tokens"]),
        (Field::Tokens(Count::Reasoning), &["/total_thought_tokens"]),
        (Field::ToolInput, &["/total_tool_use_tokens"]),
    ],
    lists: &[
        List { at: &["/input_tokens_by_modality"], tag: "modality", number: "tokens", counts: MODALITIES_IN },
        List { at: &["/cached_tokens_by_modality"], tag: "modality", number: "tokens", counts: MODALITIES_CACHED },
        List { at: &["/output_tokens_by_modality"], tag: "modality", number: "tokens", counts: MODALITIES_OUT },
    ],
    ..NONE
};

const MODALITIES_IN: &[(&str, Count)] = &[
    ("audio", Count::AudioInput),
    ("image", Count::ImageInput),
    ("document", Count::ImageInput),
    ("video", Count::VideoInput),
];
const MODALITIES_CACHED: &[(&str, Count)] =
    &[("audio", Count::AudioCacheRead), ("image", Count::ImageCacheRead), ("document", Count::ImageCacheRead)];
const MODALITIES_OUT: &[(&str, Count)] =
    &[("audio", Count::AudioOutput), ("image", Count::ImageOutput), ("video", Count::VideoOutput)];

/// Cohere bills other tokens than it counts; its cached tokens are of the counted ones and no part of the billed.
pub(super) const COHERE: Shape = Shape {
    id: &["/id"],
    model: &["/model"],
    finish: &["/delta/finish_reason", "/finish_reason"],
    usage: &["/usage", "/delta/usage", "/meta"],
    counts: &[
        (Field::Tokens(Count::Input), &["/billed_units/input_tokens", "/tokens/input_tokens"]),
        (Field::Tokens(Count::Output), &["/billed_units/output_tokens", "/tokens/output_tokens"]),
        (Field::Tokens(Count::ImageInput), &["/billed_units/image_tokens"]),
        (Field::Units(Unit::RerankSearches), &["/billed_units/search_units"]),
    ],
    ..NONE
};

/// Ollama's own form: what was cached is not counted at all.
pub(super) const OLLAMA: Shape = Shape {
    model: &["/model"],
    finish: &["/done_reason"],
    usage: &[""],
    counts: &[(Field::Tokens(Count::Input), &["/prompt_eval_count"]), (Field::Tokens(Count::Output), &["/eval_count"])],
    ..NONE
};
