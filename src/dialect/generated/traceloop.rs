// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::SpanType;
use crate::dialect::table::{Form, Kind, Place, Quantity, Row, Table, ValueForm, Values};

/// The conventions' names with Traceloop's kinds, entities and association properties.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: Some(Kind { key: "traceloop.span.kind", words: &[(SpanType::Agent, "agent"), (SpanType::Chain, "workflow"), (SpanType::Evaluator, "task"), (SpanType::Guardrail, "task"), (SpanType::Memory, "task"), (SpanType::Plan, "task"), (SpanType::Rerank, "task"), (SpanType::Retrieval, "task"), (SpanType::Tool, "tool")], wrapper: None, without_operation: false }),
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[],
    keys: &[
        Row { from: &["gen_ai.operation.name"], to: &["llm.request.type"], form: Form::Same, on: &[SpanType::Llm, SpanType::Embedding] },
        Row { from: &["gen_ai.tool.name"], to: &["traceloop.entity.name"], form: Form::Same, on: &[SpanType::Tool] },
        Row { from: &["gen_ai.agent.name"], to: &["traceloop.entity.name"], form: Form::Same, on: &[SpanType::Agent] },
        Row { from: &["gen_ai.workflow.name"], to: &["traceloop.entity.name"], form: Form::Same, on: &[SpanType::Chain] },
        Row { from: &["gen_ai.data_source.id"], to: &["traceloop.entity.name"], form: Form::Same, on: &[SpanType::Retrieval] },
        Row { from: &["gen_ai.workflow.name"], to: &["traceloop.workflow.name"], form: Form::Same, on: &[] },
        Row { from: &["user.id"], to: &["traceloop.association.properties.user_id"], form: Form::Same, on: &[] },
        Row { from: &["session.id", "gen_ai.conversation.id"], to: &["traceloop.association.properties.session_id"], form: Form::Same, on: &[] },
        Row { from: &["gen_ai.prompt.name"], to: &["traceloop.prompt.key"], form: Form::Same, on: &[] },
        Row { from: &["gen_ai.prompt.version"], to: &["traceloop.prompt.version"], form: Form::Same, on: &[] },
    ],
    counts: &[
        ("gen_ai.usage.total_tokens", Quantity::Total),
        ("gen_ai.usage.reasoning_tokens", Quantity::Reasoning),
    ],
    bags: &[],
    values: Some(Values { input: "traceloop.entity.input", output: "traceloop.entity.output", types: None, form: ValueForm::Call, chat: false, pair: false, in_place: false, on: &[SpanType::Agent, SpanType::Chain, SpanType::Evaluator, SpanType::Guardrail, SpanType::Memory, SpanType::Plan, SpanType::Rerank, SpanType::Retrieval, SpanType::Tool] }),
    flat: None,
    status: None,
    omit: &[],
    aside: None,
    metadata: Some(Place::Under("traceloop.association.properties.")),
    core: &["gen_ai.usage.reasoning_tokens", "gen_ai.usage.total_tokens", "llm.request.type", "traceloop.association.properties.session_id", "traceloop.association.properties.user_id", "traceloop.entity.name", "traceloop.span.kind", "traceloop.workflow.name"],
};
