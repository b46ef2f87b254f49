// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

/// Values of `error.type`.
pub(crate) mod error_type {
    /// The kind of error is not known.
    pub(crate) const OTHER: &str = "_OTHER";
}

/// Values of `gen_ai.operation.name`.
pub(crate) mod operation {
    /// A chat completion.
    pub(crate) const CHAT: &str = "chat";
    /// Multimodal content generation.
    pub(crate) const GENERATE_CONTENT: &str = "generate_content";
    /// A plain text completion.
    pub(crate) const TEXT_COMPLETION: &str = "text_completion";
    /// Embedding vectors.
    pub(crate) const EMBEDDINGS: &str = "embeddings";
    /// A search in a data source.
    pub(crate) const RETRIEVAL: &str = "retrieval";
    /// Fetching a response that runs in the background.
    pub(crate) const FETCH_RESPONSE: &str = "fetch_response";
    /// Creating an agent at a provider.
    pub(crate) const CREATE_AGENT: &str = "create_agent";
    /// One run of an agent.
    pub(crate) const INVOKE_AGENT: &str = "invoke_agent";
    /// One tool call.
    pub(crate) const EXECUTE_TOOL: &str = "execute_tool";
    /// One run of a workflow.
    pub(crate) const INVOKE_WORKFLOW: &str = "invoke_workflow";
    /// An agent's planning step.
    pub(crate) const PLAN: &str = "plan";
    /// Searching memories.
    pub(crate) const SEARCH_MEMORY: &str = "search_memory";
    /// Storing a new memory.
    pub(crate) const CREATE_MEMORY: &str = "create_memory";
    /// Changing a memory.
    pub(crate) const UPDATE_MEMORY: &str = "update_memory";
    /// Storing or changing a memory.
    pub(crate) const UPSERT_MEMORY: &str = "upsert_memory";
    /// Deleting a memory.
    pub(crate) const DELETE_MEMORY: &str = "delete_memory";
    /// Creating a store of memories.
    pub(crate) const CREATE_MEMORY_STORE: &str = "create_memory_store";
    /// Deleting a store of memories.
    pub(crate) const DELETE_MEMORY_STORE: &str = "delete_memory_store";
}

/// Values of `gen_ai.output.type`.
pub(crate) mod output_type {
    /// Plain text.
    pub(crate) const TEXT: &str = "text";
    /// JSON with or without a schema.
    pub(crate) const JSON: &str = "json";
    /// An image.
    pub(crate) const IMAGE: &str = "image";
    /// Speech.
    pub(crate) const SPEECH: &str = "speech";
}

/// Values of `gen_ai.provider.name`.
pub(crate) mod provider {
    /// OpenAI.
    pub(crate) const OPENAI: &str = "openai";
    /// A Google generative AI endpoint that is not known more closely.
    pub(crate) const GCP_GEN_AI: &str = "gcp.gen_ai";
    /// Google Vertex AI.
    pub(crate) const GCP_VERTEX_AI: &str = "gcp.vertex_ai";
    /// The Gemini API of Google AI Studio.
    pub(crate) const GCP_GEMINI: &str = "gcp.gemini";
    /// Anthropic.
    pub(crate) const ANTHROPIC: &str = "anthropic";
    /// Cohere.
    pub(crate) const COHERE: &str = "cohere";
    /// Azure AI Inference.
    pub(crate) const AZURE_AI_INFERENCE: &str = "azure.ai.inference";
    /// Azure OpenAI.
    pub(crate) const AZURE_AI_OPENAI: &str = "azure.ai.openai";
    /// IBM watsonx.ai.
    pub(crate) const IBM_WATSONX_AI: &str = "ibm.watsonx.ai";
    /// AWS Bedrock.
    pub(crate) const AWS_BEDROCK: &str = "aws.bedrock";
    /// Perplexity.
    pub(crate) const PERPLEXITY: &str = "perplexity";
    /// xAI.
    pub(crate) const X_AI: &str = "x_ai";
    /// The provider `DeepSeek`.
    pub(crate) const DEEPSEEK: &str = "deepseek";
    /// Groq.
    pub(crate) const GROQ: &str = "groq";
    /// Mistral AI.
    pub(crate) const MISTRAL_AI: &str = "mistral_ai";
    /// Moonshot AI.
    pub(crate) const MOONSHOT_AI: &str = "moonshot_ai";
}

/// Values of `gen_ai.response.status`.
pub(crate) mod response_status {
    /// Waiting to run.
    pub(crate) const QUEUED: &str = "queued";
    /// Running.
    pub(crate) const IN_PROGRESS: &str = "in_progress";
    /// Finished.
    pub(crate) const COMPLETED: &str = "completed";
    /// Ended before it was whole.
    pub(crate) const INCOMPLETE: &str = "incomplete";
    /// Ended with an error.
    pub(crate) const FAILED: &str = "failed";
    /// Ended on request.
    pub(crate) const CANCELLED: &str = "cancelled";
}

/// Values of `gen_ai.token.modality`.
pub(crate) mod token_modality {
    /// Text.
    pub(crate) const TEXT: &str = "text";
    /// Images.
    pub(crate) const IMAGE: &str = "image";
    /// Audio.
    pub(crate) const AUDIO: &str = "audio";
    /// The provider does not tell.
    pub(crate) const UNKNOWN: &str = "unknown";
}

/// Values of `gen_ai.token.type`.
pub(crate) mod token_type {
    /// Tokens of the prompt.
    pub(crate) const INPUT: &str = "input";
    /// Tokens of the answer.
    pub(crate) const OUTPUT: &str = "output";
}

/// Values of `mcp.method.name`.
pub(crate) mod mcp_method {
    /// A request was cancelled.
    pub(crate) const NOTIFICATIONS_CANCELLED: &str = "notifications/cancelled";
    /// Opening a session.
    pub(crate) const INITIALIZE: &str = "initialize";
    /// The session is open.
    pub(crate) const NOTIFICATIONS_INITIALIZED: &str = "notifications/initialized";
    /// Progress of a request.
    pub(crate) const NOTIFICATIONS_PROGRESS: &str = "notifications/progress";
    /// A sign of life.
    pub(crate) const PING: &str = "ping";
    /// Listing resources.
    pub(crate) const RESOURCES_LIST: &str = "resources/list";
    /// Listing resource templates.
    pub(crate) const RESOURCES_TEMPLATES_LIST: &str = "resources/templates/list";
    /// Reading a resource.
    pub(crate) const RESOURCES_READ: &str = "resources/read";
    /// The list of resources changed.
    pub(crate) const NOTIFICATIONS_RESOURCES_LIST_CHANGED: &str = "notifications/resources/list_changed";
    /// Subscribing to a resource.
    pub(crate) const RESOURCES_SUBSCRIBE: &str = "resources/subscribe";
    /// Ending a subscription.
    pub(crate) const RESOURCES_UNSUBSCRIBE: &str = "resources/unsubscribe";
    /// A resource changed.
    pub(crate) const NOTIFICATIONS_RESOURCES_UPDATED: &str = "notifications/resources/updated";
    /// Listing prompts.
    pub(crate) const PROMPTS_LIST: &str = "prompts/list";
    /// Getting a prompt.
    pub(crate) const PROMPTS_GET: &str = "prompts/get";
    /// The list of prompts changed.
    pub(crate) const NOTIFICATIONS_PROMPTS_LIST_CHANGED: &str = "notifications/prompts/list_changed";
    /// Listing tools.
    pub(crate) const TOOLS_LIST: &str = "tools/list";
    /// Calling a tool.
    pub(crate) const TOOLS_CALL: &str = "tools/call";
    /// The list of tools changed.
    pub(crate) const NOTIFICATIONS_TOOLS_LIST_CHANGED: &str = "notifications/tools/list_changed";
    /// Setting the log level.
    pub(crate) const LOGGING_SET_LEVEL: &str = "logging/setLevel";
    /// A log message.
    pub(crate) const NOTIFICATIONS_MESSAGE: &str = "notifications/message";
    /// The server asks the client's model.
    pub(crate) const SAMPLING_CREATE_MESSAGE: &str = "sampling/createMessage";
    /// Completing an argument.
    pub(crate) const COMPLETION_COMPLETE: &str = "completion/complete";
    /// Listing roots.
    pub(crate) const ROOTS_LIST: &str = "roots/list";
    /// The list of roots changed.
    pub(crate) const NOTIFICATIONS_ROOTS_LIST_CHANGED: &str = "notifications/roots/list_changed";
    /// The server asks the user.
    pub(crate) const ELICITATION_CREATE: &str = "elicitation/create";
}

/// Values of `openai.api.type`.
pub(crate) mod openai_api_type {
    /// The chat completions API.
    pub(crate) const CHAT_COMPLETIONS: &str = "chat_completions";
    /// The responses API.
    pub(crate) const RESPONSES: &str = "responses";
}

/// Values of `openai.request.service_tier`.
pub(crate) mod openai_request_service_tier {
    /// The project's tier.
    pub(crate) const AUTO: &str = "auto";
    /// The standard tier.
    pub(crate) const DEFAULT: &str = "default";
}

/// Values of `otel.status_code`.
pub(crate) mod otel_status_code {
    /// Ended well, said on purpose.
    pub(crate) const OK: &str = "OK";
    /// Ended with an error.
    pub(crate) const ERROR: &str = "ERROR";
}

/// Values of `tracing_genai.closed_by`.
pub(crate) mod tracing_genai_closed_by {
    /// The program dropped its handle.
    pub(crate) const DROP: &str = "drop";
    /// It was open for longer than spans made by hand may be.
    pub(crate) const AGE: &str = "age";
    /// More spans made by hand were open than there is room for.
    pub(crate) const ROOM: &str = "room";
    /// The telemetry was shut down.
    pub(crate) const SHUTDOWN: &str = "shutdown";
}
