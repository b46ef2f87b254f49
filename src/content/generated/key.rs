// Generated from conventions/content.yaml by tests/it/redaction_codegen.rs. Do not edit.

//! Where content stands besides the registry's own content attributes.

/// Keys whose values are content.
pub(in crate::content) const CONTENT: &[&str] = &[
    "agentops.entity.input",
    "agentops.entity.output",
    "ai.documents",
    "ai.prompt",
    "ai.prompt.messages",
    "ai.prompt.tools",
    "ai.ranking",
    "ai.response.files",
    "ai.response.object",
    "ai.response.reasoning",
    "ai.response.text",
    "ai.response.toolCalls",
    "ai.toolCall.args",
    "ai.toolCall.result",
    "ai.value",
    "ai.values",
    "braintrust.input",
    "braintrust.input_json",
    "braintrust.output",
    "braintrust.output_json",
    "gen_ai.content.completion",
    "gen_ai.content.prompt",
    "gen_ai.request.available_tools",
    "gen_ai.request.messages",
    "gen_ai.response.text",
    "gen_ai.response.tool_calls",
    "gen_ai.retrieval.query",
    "gen_ai.tool.args",
    "gen_ai.tool.input",
    "gen_ai.tool.message",
    "gen_ai.tool.output",
    "langfuse.input",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.output",
    "langfuse.trace.input",
    "langfuse.trace.output",
    "llm.completions",
    "llm.input_messages",
    "llm.output_messages",
    "llm.prompt_template.template",
    "llm.prompt_template.variables",
    "llm.prompts",
    "lmnr.span.input",
    "lmnr.span.output",
    "mcp.request.argument",
    "mcp.response.value",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "pydantic_ai.all_messages",
    "tool.parameters",
    "tool.result",
    "traceloop.entity.input",
    "traceloop.entity.output",
];

/// Every key that begins so carries content.
pub(in crate::content) const CONTENT_PREFIXES: &[&str] = &[
    "agentops.entity.input.",
    "agentops.entity.output.",
    "embedding.embeddings.",
    "gen_ai.completion.",
    "gen_ai.prompt.variable.",
    "llm.completions.",
    "llm.input_messages.",
    "llm.output_messages.",
    "llm.prompts.",
    "reranker.input_documents.",
    "reranker.output_documents.",
    "retrieval.documents.",
];

/// A key of these carries content when a number follows.
pub(in crate::content) const CONTENT_INDEXED: &[&str] = &["gen_ai.prompt"];

/// Keys whose values are error messages.
pub(in crate::content) const ERROR_MESSAGES: &[&str] = &[
    "error.message",
    "exception.message",
    "langfuse.observation.status_message",
    "otel.status_description",
    "otel.status_message",
];

/// The event that carries messages.
pub(in crate::content) const DETAILS_EVENT: &str = "gen_ai.client.inference.operation.details";

/// Names of events that the conventions define.
pub(in crate::content) const KNOWN_EVENTS: &[&str] = &[
    "exception",
    "gen_ai.assistant.message",
    "gen_ai.choice",
    "gen_ai.client.inference.operation.details",
    "gen_ai.client.operation.exception",
    "gen_ai.evaluation.result",
    "gen_ai.system.message",
    "gen_ai.tool.message",
    "gen_ai.user.message",
];
