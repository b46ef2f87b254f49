// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::SpanType;
use crate::dialect::table::{Aside, DocumentKeys, Flat, Form, Kind, Place, Quantity, Row, Table, ValueForm, Values, Which};

/// The conventions' names, with OpenInference's kind, model, input and output values, documents and count details beside them.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: Some(Kind { key: "openinference.span.kind", words: &[(SpanType::Agent, "AGENT"), (SpanType::Chain, "CHAIN"), (SpanType::Embedding, "EMBEDDING"), (SpanType::Evaluator, "EVALUATOR"), (SpanType::Guardrail, "GUARDRAIL"), (SpanType::Llm, "LLM"), (SpanType::Memory, "CHAIN"), (SpanType::Plan, "CHAIN"), (SpanType::Rerank, "RERANKER"), (SpanType::Retrieval, "RETRIEVER"), (SpanType::Tool, "TOOL")], wrapper: None, without_operation: false }),
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[],
    keys: &[
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["llm.model_name"], form: Form::Same, on: &[SpanType::Llm] },
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["embedding.model_name"], form: Form::Same, on: &[SpanType::Embedding] },
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["reranker.model_name"], form: Form::Same, on: &[SpanType::Rerank] },
        Row { from: &["gen_ai.provider.name"], to: &["llm.provider"], form: Form::Same, on: &[SpanType::Llm, SpanType::Embedding, SpanType::Rerank] },
        Row { from: &["gen_ai.tool.name"], to: &["tool.name"], form: Form::Same, on: &[SpanType::Tool] },
        Row { from: &["gen_ai.retrieval.query.text", "input.value"], to: &["reranker.query"], form: Form::Same, on: &[SpanType::Rerank] },
        Row { from: &["session.id", "gen_ai.conversation.id"], to: &["session.id"], form: Form::Same, on: &[] },
    ],
    counts: &[
        ("llm.token_count.total", Quantity::Total),
        ("llm.token_count.prompt_details.cache_read", Quantity::CacheRead),
        ("llm.token_count.prompt_details.cache_write", Quantity::CacheWrite),
        ("llm.token_count.prompt_details.audio", Quantity::AudioInput),
        ("llm.token_count.completion_details.reasoning", Quantity::Reasoning),
        ("llm.token_count.completion_details.audio", Quantity::AudioOutput),
    ],
    bags: &[],
    values: Some(Values { input: "input.value", output: "output.value", types: Some(("input.mime_type", "output.mime_type")), form: ValueForm::Text, chat: false, pair: true, in_place: false, on: &[] }),
    flat: Some(Flat { messages: None, documents: &[(SpanType::Retrieval, "retrieval.documents"), (SpanType::Rerank, "reranker.output_documents")], document: DocumentKeys { id: "document.id", content: "document.content", score: "document.score", metadata: "document.metadata" }, most_documents: 32 }),
    status: None,
    omit: &[],
    aside: Some(Aside { which: Which::These(&["metadata"], &[]), place: Place::Under("field."), every_span: false }),
    metadata: Some(Place::Into("metadata")),
    core: &["embedding.model_name", "llm.model_name", "llm.provider", "llm.token_count.completion_details.audio", "llm.token_count.completion_details.reasoning", "llm.token_count.prompt_details.audio", "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_write", "llm.token_count.total", "openinference.span.kind", "reranker.model_name", "session.id", "tool.name"],
};
