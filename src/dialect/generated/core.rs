// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

/// What says what a span was.
pub(in crate::dialect) const CORE: [&str; 24] = [
    "span_type",
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.response.id",
    "gen_ai.response.finish_reasons",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.cost",
    "gen_ai.usage.cost.amount",
    "gen_ai.conversation.id",
    "gen_ai.agent.name",
    "gen_ai.workflow.name",
    "gen_ai.tool.name",
    "gen_ai.tool.call.id",
    "gen_ai.data_source.id",
    "error.type",
    "user.id",
    "session.id",
];
