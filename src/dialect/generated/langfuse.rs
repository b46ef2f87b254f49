// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::SpanType;
use crate::dialect::table::{Aside, Bag, Form, Kind, Member, Only, Place, Quantity, Row, StatusKeys, Table, ValueForm, Values, Which};

/// Langfuse's observation attributes: type, model, exclusive counts, cost, input and output.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: Some(Kind { key: "langfuse.observation.type", words: &[(SpanType::Agent, "agent"), (SpanType::Chain, "chain"), (SpanType::Embedding, "embedding"), (SpanType::Evaluator, "evaluator"), (SpanType::Guardrail, "guardrail"), (SpanType::Llm, "generation"), (SpanType::Memory, "span"), (SpanType::Plan, "chain"), (SpanType::Rerank, "span"), (SpanType::Retrieval, "retriever"), (SpanType::Tool, "tool")], wrapper: Some(SpanType::Chain), without_operation: false }),
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[
        Only { keys: &["gen_ai.tool.name"], on: &[SpanType::Tool] },
    ],
    keys: &[
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["langfuse.observation.model.name"], form: Form::Same, on: &[SpanType::Llm, SpanType::Embedding, SpanType::Rerank] },
        Row { from: &["gen_ai.prompt.name"], to: &["langfuse.observation.prompt.name"], form: Form::Same, on: &[] },
        Row { from: &["gen_ai.prompt.version"], to: &["langfuse.observation.prompt.version"], form: Form::Same, on: &[] },
        Row { from: &["gen_ai.response.time_to_first_chunk"], to: &["langfuse.observation.completion_start_time"], form: Form::Instant, on: &[SpanType::Llm] },
        Row { from: &["session.id", "gen_ai.conversation.id"], to: &["langfuse.session.id"], form: Form::Same, on: &[] },
        Row { from: &["user.id"], to: &["langfuse.user.id"], form: Form::Same, on: &[] },
        Row { from: &["tag.tags"], to: &["langfuse.trace.tags"], form: Form::Same, on: &[] },
    ],
    counts: &[],
    bags: &[
        Bag { key: "langfuse.observation.usage_details", on: &[], members: &[("input", Member::Count(Quantity::InputAlone)), ("input_cached_tokens", Member::Count(Quantity::CacheRead)), ("input_cache_creation", Member::Count(Quantity::CacheWriteOther)), ("input_cache_creation_5m", Member::Count(Quantity::CacheWrite5m)), ("input_cache_creation_1h", Member::Count(Quantity::CacheWrite1h)), ("input_audio_tokens", Member::Count(Quantity::AudioInputAlone)), ("output", Member::Count(Quantity::OutputAlone)), ("output_reasoning_tokens", Member::Count(Quantity::Reasoning)), ("output_audio_tokens", Member::Count(Quantity::AudioOutput)), ("total", Member::Count(Quantity::Total))] },
        Bag { key: "langfuse.observation.cost_details", on: &[], members: &[("input", Member::Count(Quantity::InputCost)), ("output", Member::Count(Quantity::OutputCost)), ("total", Member::Count(Quantity::Cost))] },
        Bag { key: "langfuse.observation.model.parameters", on: &[SpanType::Llm], members: &[("temperature", Member::Key("gen_ai.request.temperature")), ("top_p", Member::Key("gen_ai.request.top_p")), ("top_k", Member::Key("gen_ai.request.top_k")), ("max_tokens", Member::Key("gen_ai.request.max_tokens")), ("seed", Member::Key("gen_ai.request.seed")), ("frequency_penalty", Member::Key("gen_ai.request.frequency_penalty")), ("presence_penalty", Member::Key("gen_ai.request.presence_penalty")), ("stop", Member::Key("gen_ai.request.stop_sequences")), ("n", Member::Key("gen_ai.request.choice.count")), ("stream", Member::Key("gen_ai.request.stream"))] },
    ],
    values: Some(Values { input: "langfuse.observation.input", output: "langfuse.observation.output", types: None, form: ValueForm::Text, chat: true, pair: false, in_place: true, on: &[] }),
    flat: None,
    status: Some(StatusKeys { level: Some(("langfuse.observation.level", "ERROR")), message: "langfuse.observation.status_message" }),
    omit: &["gen_ai.usage.", "gen_ai.prompt.name", "gen_ai.prompt.version"],
    aside: Some(Aside { which: Which::These(&["model", "prompt", "input", "output", "events", "all_messages_events", "tools", "tool_arguments"], &["gen_ai.usage."]), place: Place::Under("langfuse.observation.metadata."), every_span: true }),
    metadata: Some(Place::Under("langfuse.trace.metadata.")),
    core: &["langfuse.observation.cost_details", "langfuse.observation.level", "langfuse.observation.model.name", "langfuse.observation.type", "langfuse.observation.usage_details", "langfuse.session.id", "langfuse.user.id"],
};
