// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use opentelemetry::trace::SpanKind;

use crate::conventions::attribute;
use crate::conventions::span_type::{Operation, SpanType, SpanTypeDef};

/// The canonical word.
pub(in crate::conventions) const fn name(span_type: SpanType) -> &'static str {
    match span_type {
        SpanType::Agent => "agent",
        SpanType::Chain => "chain",
        SpanType::Embedding => "embedding",
        SpanType::Evaluator => "evaluator",
        SpanType::Guardrail => "guardrail",
        SpanType::Llm => "llm",
        SpanType::Memory => "memory",
        SpanType::Plan => "plan",
        SpanType::Rerank => "rerank",
        SpanType::Retrieval => "retrieval",
        SpanType::Tool => "tool",
    }
}

/// What follows from each operation.
pub(in crate::conventions) static OPERATIONS: [Operation; 18] = [
    Operation {
        name: "chat",
        span_type: SpanType::Llm,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_REQUEST_MODEL),
    },
    Operation {
        name: "generate_content",
        span_type: SpanType::Llm,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_REQUEST_MODEL),
    },
    Operation {
        name: "text_completion",
        span_type: SpanType::Llm,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_REQUEST_MODEL),
    },
    Operation { name: "fetch_response", span_type: SpanType::Llm, kind: SpanKind::Client, name_key: None },
    Operation {
        name: "embeddings",
        span_type: SpanType::Embedding,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_REQUEST_MODEL),
    },
    Operation {
        name: "retrieval",
        span_type: SpanType::Retrieval,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_DATA_SOURCE_ID),
    },
    Operation {
        name: "create_agent",
        span_type: SpanType::Agent,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_AGENT_NAME),
    },
    Operation {
        name: "invoke_agent",
        span_type: SpanType::Agent,
        kind: SpanKind::Internal,
        name_key: Some(attribute::GEN_AI_AGENT_NAME),
    },
    Operation {
        name: "execute_tool",
        span_type: SpanType::Tool,
        kind: SpanKind::Internal,
        name_key: Some(attribute::GEN_AI_TOOL_NAME),
    },
    Operation {
        name: "invoke_workflow",
        span_type: SpanType::Chain,
        kind: SpanKind::Internal,
        name_key: Some(attribute::GEN_AI_WORKFLOW_NAME),
    },
    Operation {
        name: "plan",
        span_type: SpanType::Plan,
        kind: SpanKind::Internal,
        name_key: Some(attribute::GEN_AI_AGENT_NAME),
    },
    Operation {
        name: "search_memory",
        span_type: SpanType::Memory,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_MEMORY_STORE_ID),
    },
    Operation {
        name: "create_memory",
        span_type: SpanType::Memory,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_MEMORY_STORE_ID),
    },
    Operation {
        name: "update_memory",
        span_type: SpanType::Memory,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_MEMORY_STORE_ID),
    },
    Operation {
        name: "upsert_memory",
        span_type: SpanType::Memory,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_MEMORY_STORE_ID),
    },
    Operation {
        name: "delete_memory",
        span_type: SpanType::Memory,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_MEMORY_STORE_ID),
    },
    Operation {
        name: "create_memory_store",
        span_type: SpanType::Memory,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_MEMORY_STORE_ID),
    },
    Operation {
        name: "delete_memory_store",
        span_type: SpanType::Memory,
        kind: SpanKind::Client,
        name_key: Some(attribute::GEN_AI_MEMORY_STORE_ID),
    },
];

/// What follows from a span type.
pub(in crate::conventions) fn def(span_type: SpanType) -> &'static SpanTypeDef {
    match span_type {
        SpanType::Agent => &SpanTypeDef {
            operation: Some("invoke_agent"),
            kind: SpanKind::Internal,
            name_key: Some(attribute::GEN_AI_AGENT_NAME),
            name_prefix: None,
            function_fallback: true,
            openinference_kind: "AGENT",
        },
        SpanType::Chain => &SpanTypeDef {
            operation: Some("invoke_workflow"),
            kind: SpanKind::Internal,
            name_key: Some(attribute::GEN_AI_WORKFLOW_NAME),
            name_prefix: None,
            function_fallback: true,
            openinference_kind: "CHAIN",
        },
        SpanType::Embedding => &SpanTypeDef {
            operation: Some("embeddings"),
            kind: SpanKind::Client,
            name_key: Some(attribute::GEN_AI_REQUEST_MODEL),
            name_prefix: None,
            function_fallback: false,
            openinference_kind: "EMBEDDING",
        },
        SpanType::Evaluator => &SpanTypeDef {
            operation: None,
            kind: SpanKind::Internal,
            name_key: Some(attribute::GEN_AI_EVALUATION_NAME),
            name_prefix: Some("evaluate"),
            function_fallback: true,
            openinference_kind: "EVALUATOR",
        },
        SpanType::Guardrail => &SpanTypeDef {
            operation: None,
            kind: SpanKind::Internal,
            name_key: Some(attribute::TRACING_GENAI_GUARDRAIL_NAME),
            name_prefix: Some("guardrail"),
            function_fallback: true,
            openinference_kind: "GUARDRAIL",
        },
        SpanType::Llm => &SpanTypeDef {
            operation: Some("chat"),
            kind: SpanKind::Client,
            name_key: Some(attribute::GEN_AI_REQUEST_MODEL),
            name_prefix: None,
            function_fallback: false,
            openinference_kind: "LLM",
        },
        SpanType::Memory => &SpanTypeDef {
            operation: Some("search_memory"),
            kind: SpanKind::Client,
            name_key: Some(attribute::GEN_AI_MEMORY_STORE_ID),
            name_prefix: None,
            function_fallback: false,
            openinference_kind: "CHAIN",
        },
        SpanType::Plan => &SpanTypeDef {
            operation: Some("plan"),
            kind: SpanKind::Internal,
            name_key: Some(attribute::GEN_AI_AGENT_NAME),
            name_prefix: None,
            function_fallback: false,
            openinference_kind: "CHAIN",
        },
        SpanType::Rerank => &SpanTypeDef {
            operation: None,
            kind: SpanKind::Client,
            name_key: Some(attribute::GEN_AI_REQUEST_MODEL),
            name_prefix: Some("rerank"),
            function_fallback: false,
            openinference_kind: "RERANKER",
        },
        SpanType::Retrieval => &SpanTypeDef {
            operation: Some("retrieval"),
            kind: SpanKind::Client,
            name_key: Some(attribute::GEN_AI_DATA_SOURCE_ID),
            name_prefix: None,
            function_fallback: false,
            openinference_kind: "RETRIEVER",
        },
        SpanType::Tool => &SpanTypeDef {
            operation: Some("execute_tool"),
            kind: SpanKind::Internal,
            name_key: Some(attribute::GEN_AI_TOOL_NAME),
            name_prefix: None,
            function_fallback: true,
            openinference_kind: "TOOL",
        },
    }
}

/// The span type that a folded word means.
#[expect(clippy::match_same_arms, clippy::too_many_lines, reason = "a table")]
pub(in crate::conventions) fn word(key: &str) -> Option<SpanType> {
    let found = match key.len() {
        3 => match key {
            "llm" => SpanType::Llm,
            _ => return None,
        },
        4 => match key {
            "chat" => SpanType::Llm,
            "eval" => SpanType::Evaluator,
            "plan" => SpanType::Plan,
            "step" => SpanType::Chain,
            "task" => SpanType::Chain,
            "tool" => SpanType::Tool,
            _ => return None,
        },
        5 => match key {
            "agent" => SpanType::Agent,
            "chain" => SpanType::Chain,
            "entry" => SpanType::Chain,
            "guard" => SpanType::Guardrail,
            "score" => SpanType::Evaluator,
            _ => return None,
        },
        6 => match key {
            "memory" => SpanType::Memory,
            "rerank" => SpanType::Rerank,
            "scorer" => SpanType::Evaluator,
            "search" => SpanType::Retrieval,
            _ => return None,
        },
        7 => match key {
            "planner" => SpanType::Plan,
            _ => return None,
        },
        8 => match key {
            "evaluate" => SpanType::Evaluator,
            "generate" => SpanType::Llm,
            "pipeline" => SpanType::Chain,
            "planning" => SpanType::Plan,
            "reranker" => SpanType::Rerank,
            "retrieve" => SpanType::Retrieval,
            "runnable" => SpanType::Chain,
            "workflow" => SpanType::Chain,
            _ => return None,
        },
        9 => match key {
            "embedding" => SpanType::Embedding,
            "evaluator" => SpanType::Evaluator,
            "guardrail" => SpanType::Guardrail,
            "inference" => SpanType::Llm,
            "reranking" => SpanType::Rerank,
            "retrieval" => SpanType::Retrieval,
            "retriever" => SpanType::Retrieval,
            "tool_call" => SpanType::Tool,
            _ => return None,
        },
        10 => match key {
            "chat_model" => SpanType::Llm,
            "completion" => SpanType::Llm,
            "embeddings" => SpanType::Embedding,
            "evaluation" => SpanType::Evaluator,
            "generation" => SpanType::Llm,
            "guardrails" => SpanType::Guardrail,
            _ => return None,
        },
        12 => match key {
            "create_agent" => SpanType::Agent,
            "execute_tool" => SpanType::Tool,
            "invoke_agent" => SpanType::Agent,
            _ => return None,
        },
        13 => match key {
            "create_memory" => SpanType::Memory,
            "delete_memory" => SpanType::Memory,
            "function_call" => SpanType::Tool,
            "run_guardrail" => SpanType::Guardrail,
            "search_memory" => SpanType::Memory,
            "update_memory" => SpanType::Memory,
            "upsert_memory" => SpanType::Memory,
            _ => return None,
        },
        14 => match key {
            "fetch_response" => SpanType::Llm,
            _ => return None,
        },
        15 => match key {
            "apply_guardrail" => SpanType::Guardrail,
            "human_evaluator" => SpanType::Evaluator,
            "invoke_workflow" => SpanType::Chain,
            "langgraph_agent" => SpanType::Agent,
            "text_completion" => SpanType::Llm,
            _ => return None,
        },
        16 => match key {
            "generate_content" => SpanType::Llm,
            _ => return None,
        },
        19 => match key {
            "create_memory_store" => SpanType::Memory,
            "delete_memory_store" => SpanType::Memory,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// Where an operation stands in [`OPERATIONS`].
pub(in crate::conventions) fn operation_index(key: &str) -> Option<usize> {
    let found = match key.len() {
        4 => match key {
            "chat" => 0,
            "plan" => 10,
            _ => return None,
        },
        9 => match key {
            "retrieval" => 5,
            _ => return None,
        },
        10 => match key {
            "embeddings" => 4,
            _ => return None,
        },
        12 => match key {
            "create_agent" => 6,
            "execute_tool" => 8,
            "invoke_agent" => 7,
            _ => return None,
        },
        13 => match key {
            "create_memory" => 12,
            "delete_memory" => 15,
            "search_memory" => 11,
            "update_memory" => 13,
            "upsert_memory" => 14,
            _ => return None,
        },
        14 => match key {
            "fetch_response" => 3,
            _ => return None,
        },
        15 => match key {
            "invoke_workflow" => 9,
            "text_completion" => 2,
            _ => return None,
        },
        16 => match key {
            "generate_content" => 1,
            _ => return None,
        },
        19 => match key {
            "create_memory_store" => 16,
            "delete_memory_store" => 17,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}
