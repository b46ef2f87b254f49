// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::SpanType;
use crate::dialect::table::{Bag, DocumentKeys, Flat, FlatMessages, Form, Kind, Member, MessageKeys, Place, Quantity, Row, Table, ValueForm, Values};

/// OpenInference's names: messages with one attribute for each field, kinds, inclusive counts, cost.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: Some(Kind { key: "openinference.span.kind", words: &[(SpanType::Agent, "AGENT"), (SpanType::Chain, "CHAIN"), (SpanType::Embedding, "EMBEDDING"), (SpanType::Evaluator, "EVALUATOR"), (SpanType::Guardrail, "GUARDRAIL"), (SpanType::Llm, "LLM"), (SpanType::Memory, "CHAIN"), (SpanType::Plan, "CHAIN"), (SpanType::Rerank, "RERANKER"), (SpanType::Retrieval, "RETRIEVER"), (SpanType::Tool, "TOOL")], wrapper: None, without_operation: false }),
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[],
    keys: &[
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["llm.model_name"], form: Form::Same, on: &[SpanType::Llm] },
        Row { from: &["gen_ai.request.model"], to: &["llm.request.model_name"], form: Form::Same, on: &[SpanType::Llm] },
        Row { from: &["gen_ai.response.model"], to: &["llm.response.model_name"], form: Form::Same, on: &[SpanType::Llm] },
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["embedding.model_name"], form: Form::Same, on: &[SpanType::Embedding] },
        Row { from: &["gen_ai.response.model", "gen_ai.request.model"], to: &["reranker.model_name"], form: Form::Same, on: &[SpanType::Rerank] },
        Row { from: &["gen_ai.provider.name"], to: &["llm.provider", "llm.system"], form: Form::Same, on: &[SpanType::Llm, SpanType::Embedding, SpanType::Rerank] },
        Row { from: &["gen_ai.response.finish_reasons"], to: &["llm.finish_reason"], form: Form::First, on: &[] },
        Row { from: &["gen_ai.tool.name"], to: &["tool.name"], form: Form::Same, on: &[SpanType::Tool] },
        Row { from: &["gen_ai.tool.call.id"], to: &["tool.id"], form: Form::Same, on: &[SpanType::Tool] },
        Row { from: &["gen_ai.tool.description"], to: &["tool.description"], form: Form::Same, on: &[SpanType::Tool] },
        Row { from: &["gen_ai.tool.call.arguments"], to: &["tool.parameters"], form: Form::Same, on: &[SpanType::Tool] },
        Row { from: &["gen_ai.agent.name"], to: &["agent.name"], form: Form::Same, on: &[] },
        Row { from: &["session.id", "gen_ai.conversation.id"], to: &["session.id"], form: Form::Same, on: &[] },
        Row { from: &["gen_ai.prompt.version"], to: &["llm.prompt_template.version"], form: Form::Same, on: &[] },
        Row { from: &["gen_ai.retrieval.query.text", "input.value"], to: &["reranker.query"], form: Form::Same, on: &[SpanType::Rerank] },
        Row { from: &["gen_ai.retrieval.top_k"], to: &["reranker.top_k"], form: Form::Same, on: &[SpanType::Rerank] },
    ],
    counts: &[
        ("llm.token_count.prompt", Quantity::Input),
        ("llm.token_count.completion", Quantity::Output),
        ("llm.token_count.total", Quantity::Total),
        ("llm.token_count.prompt_details.cache_read", Quantity::CacheRead),
        ("llm.token_count.prompt_details.cache_write", Quantity::CacheWrite),
        ("llm.token_count.prompt_details.audio", Quantity::AudioInput),
        ("llm.token_count.completion_details.reasoning", Quantity::Reasoning),
        ("llm.token_count.completion_details.audio", Quantity::AudioOutput),
        ("llm.cost.total", Quantity::Cost),
        ("llm.cost.prompt", Quantity::InputCost),
        ("llm.cost.completion", Quantity::OutputCost),
    ],
    bags: &[
        Bag { key: "llm.invocation_parameters", on: &[SpanType::Llm], members: &[("temperature", Member::Key("gen_ai.request.temperature")), ("top_p", Member::Key("gen_ai.request.top_p")), ("top_k", Member::Key("gen_ai.request.top_k")), ("max_tokens", Member::Key("gen_ai.request.max_tokens")), ("seed", Member::Key("gen_ai.request.seed")), ("frequency_penalty", Member::Key("gen_ai.request.frequency_penalty")), ("presence_penalty", Member::Key("gen_ai.request.presence_penalty")), ("stop", Member::Key("gen_ai.request.stop_sequences")), ("n", Member::Key("gen_ai.request.choice.count")), ("stream", Member::Key("gen_ai.request.stream"))] },
    ],
    values: Some(Values { input: "input.value", output: "output.value", types: Some(("input.mime_type", "output.mime_type")), form: ValueForm::Text, chat: false, pair: true, in_place: true, on: &[] }),
    flat: Some(Flat { messages: Some(FlatMessages { input: "llm.input_messages", output: "llm.output_messages", tools: "llm.tools", tool: "tool.json_schema", message: MessageKeys { role: "message.role", content: "message.content", name: "message.name", tool_call_id: "message.tool_call_id", part_type: "message.contents.#.message_content.type", part_text: "message.contents.#.message_content.text", part_image: "message.contents.#.message_content.image.image.url", call_id: "message.tool_calls.#.tool_call.id", call_name: "message.tool_calls.#.tool_call.function.name", call_arguments: "message.tool_calls.#.tool_call.function.arguments" }, most_messages: 32, most_attributes: 96 }), documents: &[(SpanType::Retrieval, "retrieval.documents"), (SpanType::Rerank, "reranker.output_documents")], document: DocumentKeys { id: "document.id", content: "document.content", score: "document.score", metadata: "document.metadata" }, most_documents: 32 }),
    status: None,
    omit: &["gen_ai.usage.", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.provider.name", "gen_ai.tool.definitions", "gen_ai.response.finish_reasons"],
    aside: None,
    metadata: Some(Place::Into("metadata")),
    core: &["agent.name", "embedding.model_name", "llm.cost.completion", "llm.cost.prompt", "llm.cost.total", "llm.finish_reason", "llm.model_name", "llm.provider", "llm.request.model_name", "llm.response.model_name", "llm.system", "llm.token_count.completion", "llm.token_count.completion_details.audio", "llm.token_count.completion_details.reasoning", "llm.token_count.prompt", "llm.token_count.prompt_details.audio", "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_write", "llm.token_count.total", "openinference.span.kind", "reranker.model_name", "session.id", "tool.id", "tool.name"],
};
