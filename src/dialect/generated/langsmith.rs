// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::SpanType;
use crate::dialect::table::{Aside, Bag, Form, Kind, Member, Only, Place, Quantity, Row, Table, ValueForm, Values, Which};

/// LangSmith's run kind, prompt and completion, usage metadata with cost, tags and metadata.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: Some(Kind { key: "langsmith.span.kind", words: &[(SpanType::Agent, "chain"), (SpanType::Chain, "chain"), (SpanType::Embedding, "embedding"), (SpanType::Evaluator, "chain"), (SpanType::Guardrail, "chain"), (SpanType::Llm, "llm"), (SpanType::Memory, "chain"), (SpanType::Plan, "chain"), (SpanType::Rerank, "chain"), (SpanType::Retrieval, "retriever"), (SpanType::Tool, "tool")], wrapper: None, without_operation: false }),
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[
        Only { keys: &["gen_ai.tool.name"], on: &[SpanType::Tool] },
    ],
    keys: &[
        Row { from: &["gen_ai.provider.name"], to: &["gen_ai.system"], form: Form::Same, on: &[] },
        Row { from: &["gen_ai.provider.name"], to: &["langsmith.metadata.ls_provider"], form: Form::Same, on: &[SpanType::Llm, SpanType::Embedding, SpanType::Rerank] },
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["langsmith.metadata.ls_model_name"], form: Form::Same, on: &[SpanType::Llm, SpanType::Embedding, SpanType::Rerank] },
        Row { from: &["gen_ai.conversation.id", "session.id"], to: &["langsmith.metadata.thread_id"], form: Form::Same, on: &[] },
        Row { from: &["session.id"], to: &["langsmith.metadata.session_id"], form: Form::Same, on: &[] },
        Row { from: &["user.id"], to: &["langsmith.metadata.user_id"], form: Form::Same, on: &[] },
        Row { from: &["tag.tags"], to: &["langsmith.span.tags"], form: Form::List, on: &[] },
        Row { from: &["gen_ai.request.stream"], to: &["langsmith.request.streaming"], form: Form::Same, on: &[] },
    ],
    counts: &[],
    bags: &[
        Bag { key: "langsmith.usage_metadata", on: &[], members: &[("input_tokens", Member::Count(Quantity::Input)), ("output_tokens", Member::Count(Quantity::Output)), ("total_tokens", Member::Count(Quantity::Total)), ("input_token_details.cache_read", Member::Count(Quantity::CacheRead)), ("input_token_details.cache_creation", Member::Count(Quantity::CacheWriteOther)), ("input_token_details.ephemeral_5m_input_tokens", Member::Count(Quantity::CacheWrite5m)), ("input_token_details.ephemeral_1h_input_tokens", Member::Count(Quantity::CacheWrite1h)), ("input_token_details.audio", Member::Count(Quantity::AudioInput)), ("output_token_details.reasoning", Member::Count(Quantity::Reasoning)), ("output_token_details.audio", Member::Count(Quantity::AudioOutput)), ("input_cost", Member::Count(Quantity::InputCost)), ("output_cost", Member::Count(Quantity::OutputCost)), ("total_cost", Member::Count(Quantity::Cost))] },
    ],
    values: Some(Values { input: "gen_ai.prompt", output: "gen_ai.completion", types: None, form: ValueForm::Prompt, chat: true, pair: false, in_place: true, on: &[] }),
    flat: None,
    status: None,
    omit: &["session.id", "user.id", "tag.tags", "gen_ai.usage.cost", "gen_ai.usage.cost."],
    aside: Some(Aside { which: Which::AllBut(&["gen_ai.", "langsmith.", "llm.", "ai.", "traceloop.", "openinference.", "input.", "output.", "exception."]), place: Place::Under("langsmith.metadata."), every_span: true }),
    metadata: Some(Place::Under("langsmith.metadata.")),
    core: &["gen_ai.system", "langsmith.metadata.ls_model_name", "langsmith.metadata.ls_provider", "langsmith.metadata.session_id", "langsmith.metadata.thread_id", "langsmith.metadata.user_id", "langsmith.span.kind", "langsmith.usage_metadata"],
};
