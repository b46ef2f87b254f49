// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

/// Messages and parameters of one call, apart from its span's attributes.
pub(crate) const GEN_AI_CLIENT_INFERENCE_OPERATION_DETAILS: &str = "gen_ai.client.inference.operation.details";

/// What the judgement of an answer came to.
pub(crate) const GEN_AI_EVALUATION_RESULT: &str = "gen_ai.evaluation.result";

/// An error that ended a call.
pub(crate) const GEN_AI_CLIENT_OPERATION_EXCEPTION: &str = "gen_ai.client.operation.exception";

/// An error inside a span.
pub(crate) const EXCEPTION: &str = "exception";

/// The first chunk of a streamed answer came.
pub(crate) const TRACING_GENAI_FIRST_CHUNK: &str = "tracing_genai.first_chunk";

/// Instructions for the model, older.
pub(crate) const GEN_AI_SYSTEM_MESSAGE: &str = "gen_ai.system.message";

/// A user's message, older.
pub(crate) const GEN_AI_USER_MESSAGE: &str = "gen_ai.user.message";

/// A model's earlier message, older.
pub(crate) const GEN_AI_ASSISTANT_MESSAGE: &str = "gen_ai.assistant.message";

/// A tool's answer, older.
pub(crate) const GEN_AI_TOOL_MESSAGE: &str = "gen_ai.tool.message";

/// One answer of the model, older.
pub(crate) const GEN_AI_CHOICE: &str = "gen_ai.choice";
