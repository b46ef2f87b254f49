// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::SpanType;
use crate::dialect::table::{Bag, Form, Kind, Member, Place, Quantity, Row, Table, ValueForm, Values};

/// MLflow's span type, inputs and outputs, token usage and cost beside the conventions' names.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: Some(Kind { key: "mlflow.spanType", words: &[(SpanType::Agent, "AGENT"), (SpanType::Chain, "CHAIN"), (SpanType::Embedding, "EMBEDDING"), (SpanType::Evaluator, "EVALUATOR"), (SpanType::Guardrail, "GUARDRAIL"), (SpanType::Llm, "CHAT_MODEL"), (SpanType::Memory, "MEMORY"), (SpanType::Plan, "CHAIN"), (SpanType::Rerank, "RERANKER"), (SpanType::Retrieval, "RETRIEVER"), (SpanType::Tool, "TOOL")], wrapper: None, without_operation: false }),
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[],
    keys: &[
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["mlflow.llm.model"], form: Form::Same, on: &[SpanType::Llm, SpanType::Embedding, SpanType::Rerank] },
        Row { from: &["gen_ai.provider.name"], to: &["mlflow.llm.provider"], form: Form::Same, on: &[SpanType::Llm, SpanType::Embedding, SpanType::Rerank] },
        Row { from: &["gen_ai.tool.definitions"], to: &["mlflow.chat.tools"], form: Form::Tools, on: &[SpanType::Llm] },
        Row { from: &["session.id", "gen_ai.conversation.id"], to: &["session.id"], form: Form::Same, on: &[] },
    ],
    counts: &[],
    bags: &[
        Bag { key: "mlflow.chat.tokenUsage", on: &[], members: &[("input_tokens", Member::Count(Quantity::Input)), ("output_tokens", Member::Count(Quantity::Output)), ("total_tokens", Member::Count(Quantity::Total)), ("cache_read_input_tokens", Member::Count(Quantity::CacheRead)), ("cache_creation_input_tokens", Member::Count(Quantity::CacheWrite))] },
        Bag { key: "mlflow.llm.cost", on: &[], members: &[("input_cost", Member::Count(Quantity::InputCost)), ("output_cost", Member::Count(Quantity::OutputCost)), ("total_cost", Member::Count(Quantity::Cost))] },
    ],
    values: Some(Values { input: "mlflow.spanInputs", output: "mlflow.spanOutputs", types: None, form: ValueForm::Json, chat: true, pair: false, in_place: true, on: &[] }),
    flat: None,
    status: None,
    omit: &[],
    aside: None,
    metadata: Some(Place::Under("mlflow.traceTag.")),
    core: &["mlflow.chat.tokenUsage", "mlflow.llm.cost", "mlflow.llm.model", "mlflow.llm.provider", "mlflow.spanType", "session.id"],
};
