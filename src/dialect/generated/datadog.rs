// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::SpanType;
use crate::dialect::table::{Aside, DocumentKeys, Flat, Form, Kind, Place, Quantity, Row, StatusKeys, Table, ValueForm, Values, Which};

/// The conventions' names, OpenInference's kind for what they do not type, count details, documents, cost.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: Some(Kind { key: "openinference.span.kind", words: &[(SpanType::Evaluator, "EVALUATOR"), (SpanType::Guardrail, "GUARDRAIL"), (SpanType::Rerank, "RERANKER"), (SpanType::Retrieval, "RETRIEVER")], wrapper: None, without_operation: true }),
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[],
    keys: &[
        Row { from: &["gen_ai.conversation.id", "session.id"], to: &["gen_ai.conversation.id"], form: Form::Same, on: &[] },
    ],
    counts: &[
        ("llm.token_count.prompt_details.cache_read", Quantity::CacheRead),
        ("llm.token_count.prompt_details.cache_write", Quantity::CacheWrite),
        ("llm.token_count.completion_details.reasoning", Quantity::Reasoning),
        ("gen_ai.cost.estimated_total", Quantity::Cost),
    ],
    bags: &[],
    values: Some(Values { input: "input.value", output: "output.value", types: None, form: ValueForm::Text, chat: false, pair: true, in_place: false, on: &[SpanType::Evaluator, SpanType::Guardrail, SpanType::Memory, SpanType::Rerank, SpanType::Retrieval] }),
    flat: Some(Flat { messages: None, documents: &[(SpanType::Retrieval, "retrieval.documents"), (SpanType::Rerank, "reranker.output_documents")], document: DocumentKeys { id: "document.id", content: "document.content", score: "document.score", metadata: "document.metadata" }, most_documents: 32 }),
    status: Some(StatusKeys { level: None, message: "error.message" }),
    omit: &["gen_ai.usage.cost", "gen_ai.usage.cost."],
    aside: Some(Aside { which: Which::AllBut(&["gen_ai.", "openinference.", "llm.", "input.", "output.", "retrieval.", "reranker.", "error.", "exception.", "session.id", "user.id", "server.", "dd_llmobs_enabled"]), place: Place::Into("_dd.ml_obs.metadata"), every_span: false }),
    metadata: Some(Place::Into("_dd.ml_obs.metadata")),
    core: &["gen_ai.conversation.id", "gen_ai.cost.estimated_total", "llm.token_count.completion_details.reasoning", "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_write", "openinference.span.kind"],
};
