// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

/// The Bedrock guardrail that was applied.
pub const AWS_BEDROCK_GUARDRAIL_ID: &str = "aws.bedrock.guardrail.id";
/// The Bedrock knowledge base that was asked.
pub const AWS_BEDROCK_KNOWLEDGE_BASE_ID: &str = "aws.bedrock.knowledge_base.id";
/// The namespace of the Azure resource provider.
pub const AZURE_RESOURCE_PROVIDER_NAMESPACE: &str = "azure.resource_provider.namespace";
/// The host that called.
pub const CLIENT_ADDRESS: &str = "client.address";
/// The port of the host that called.
pub const CLIENT_PORT: &str = "client.port";
/// The source file.
pub const CODE_FILE_PATH: &str = "code.file.path";
/// The function that the span stands for.
pub const CODE_FUNCTION_NAME: &str = "code.function.name";
/// The line in the source file.
pub const CODE_LINE_NUMBER: &str = "code.line.number";
/// The module in which the span was begun.
pub const CODE_MODULE_NAME: &str = "code.module.name";
/// Where the service runs, such as staging.
pub const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";
/// Where the error came from, as Datadog and several log libraries call it.
pub const ERROR_STACK: &str = "error.stack";
/// The kind of error: a code of the provider or the name of an error type; few different values.
pub const ERROR_TYPE: &str = "error.type";
/// What the error says.
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// The error's sources or its backtrace.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
/// The name of the error's type.
pub const EXCEPTION_TYPE: &str = "exception.type";
/// What the agent is for.
pub const GEN_AI_AGENT_DESCRIPTION: &str = "gen_ai.agent.description";
/// The stable identifier of a hosted agent.
pub const GEN_AI_AGENT_ID: &str = "gen_ai.agent.id";
/// The agent's name, for people.
pub const GEN_AI_AGENT_NAME: &str = "gen_ai.agent.name";
/// The agent's version.
pub const GEN_AI_AGENT_VERSION: &str = "gen_ai.agent.version";
/// The answer as text.
pub const GEN_AI_COMPLETION: &str = "gen_ai.completion";
/// Whether the model saw a shortened form of the conversation.
pub const GEN_AI_CONVERSATION_COMPACTED: &str = "gen_ai.conversation.compacted";
/// The conversation, thread or session that the call belongs to.
pub const GEN_AI_CONVERSATION_ID: &str = "gen_ai.conversation.id";
/// The data source that is searched.
pub const GEN_AI_DATA_SOURCE_ID: &str = "gen_ai.data_source.id";
/// The length of the embedding vectors.
pub const GEN_AI_EMBEDDINGS_DIMENSION_COUNT: &str = "gen_ai.embeddings.dimension.count";
/// Why this score was given.
pub const GEN_AI_EVALUATION_EXPLANATION: &str = "gen_ai.evaluation.explanation";
/// What is judged, such as relevance.
pub const GEN_AI_EVALUATION_NAME: &str = "gen_ai.evaluation.name";
/// The score as a word.
pub const GEN_AI_EVALUATION_SCORE_LABEL: &str = "gen_ai.evaluation.score.label";
/// The score as a number.
pub const GEN_AI_EVALUATION_SCORE_VALUE: &str = "gen_ai.evaluation.score.value";
/// The conversation that the model was given.
pub const GEN_AI_INPUT_MESSAGES: &str = "gen_ai.input.messages";
/// What the process's top agent is for.
pub const GEN_AI_MAIN_AGENT_DESCRIPTION: &str = "gen_ai.main_agent.description";
/// The stable identifier of the process's top agent.
pub const GEN_AI_MAIN_AGENT_ID: &str = "gen_ai.main_agent.id";
/// The name of the process's top agent.
pub const GEN_AI_MAIN_AGENT_NAME: &str = "gen_ai.main_agent.name";
/// The text that memories were searched for.
pub const GEN_AI_MEMORY_QUERY_TEXT: &str = "gen_ai.memory.query.text";
/// How many memories the operation concerns.
pub const GEN_AI_MEMORY_RECORD_COUNT: &str = "gen_ai.memory.record.count";
/// One memory.
pub const GEN_AI_MEMORY_RECORD_ID: &str = "gen_ai.memory.record.id";
/// The memories that were stored or found.
pub const GEN_AI_MEMORY_RECORDS: &str = "gen_ai.memory.records";
/// The store of memories.
pub const GEN_AI_MEMORY_STORE_ID: &str = "gen_ai.memory.store.id";
/// The form of answer that the request asks for.
///
/// Older; [`GEN_AI_OUTPUT_TYPE`] is what leaves.
pub const GEN_AI_OPENAI_REQUEST_RESPONSE_FORMAT: &str = "gen_ai.openai.request.response_format";
/// The seed that makes answers repeat.
///
/// Older; [`GEN_AI_REQUEST_SEED`] is what leaves.
pub const GEN_AI_OPENAI_REQUEST_SEED: &str = "gen_ai.openai.request.seed";
/// The service tier that the request asks for.
///
/// Older; [`OPENAI_REQUEST_SERVICE_TIER`] is what leaves.
pub const GEN_AI_OPENAI_REQUEST_SERVICE_TIER: &str = "gen_ai.openai.request.service_tier";
/// The service tier that served the request.
///
/// Older; [`OPENAI_RESPONSE_SERVICE_TIER`] is what leaves.
pub const GEN_AI_OPENAI_RESPONSE_SERVICE_TIER: &str = "gen_ai.openai.response.service_tier";
/// The fingerprint of the provider's set-up.
///
/// Older; [`OPENAI_RESPONSE_SYSTEM_FINGERPRINT`] is what leaves.
pub const GEN_AI_OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "gen_ai.openai.response.system_fingerprint";
/// What the span does, such as a chat or a tool call.
pub const GEN_AI_OPERATION_NAME: &str = "gen_ai.operation.name";
/// What the model answered, one message for each choice.
pub const GEN_AI_OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
/// The kind of content that the request asks for.
pub const GEN_AI_OUTPUT_TYPE: &str = "gen_ai.output.type";
/// The prompt as text.
pub const GEN_AI_PROMPT: &str = "gen_ai.prompt";
/// The name of the prompt template.
pub const GEN_AI_PROMPT_NAME: &str = "gen_ai.prompt.name";
/// What was filled into the prompt template, one key for each variable.
///
/// A prefix: the key is `gen_ai.prompt.variable.` and a name.
pub const GEN_AI_PROMPT_VARIABLE: &str = "gen_ai.prompt.variable";
/// The version of the prompt template.
pub const GEN_AI_PROMPT_VERSION: &str = "gen_ai.prompt.version";
/// Who serves the model, as the client knows it.
pub const GEN_AI_PROVIDER_NAME: &str = "gen_ai.provider.name";
/// How many alternative answers the request asks for.
pub const GEN_AI_REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";
/// The encodings in which embeddings are asked for.
pub const GEN_AI_REQUEST_ENCODING_FORMATS: &str = "gen_ai.request.encoding_formats";
/// The penalty on tokens by how often they occurred.
pub const GEN_AI_REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";
/// Most tokens that the model may generate.
pub const GEN_AI_REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
/// The model that the request asks for.
pub const GEN_AI_REQUEST_MODEL: &str = "gen_ai.request.model";
/// The penalty on tokens that occurred at all.
pub const GEN_AI_REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";
/// The earlier response that this request continues.
pub const GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID: &str = "gen_ai.request.previous_response.id";
/// The reasoning effort that the request asks for.
pub const GEN_AI_REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";
/// The seed that makes answers repeat.
pub const GEN_AI_REQUEST_SEED: &str = "gen_ai.request.seed";
/// Texts at which generation stops.
pub const GEN_AI_REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";
/// Whether the answer is streamed; absent means no.
pub const GEN_AI_REQUEST_STREAM: &str = "gen_ai.request.stream";
/// The last streamed event already received when a stream is resumed.
pub const GEN_AI_REQUEST_STREAM_CURSOR: &str = "gen_ai.request.stream_cursor";
/// The sampling temperature.
pub const GEN_AI_REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
/// How many of the likeliest tokens sampling considers.
pub const GEN_AI_REQUEST_TOP_K: &str = "gen_ai.request.top_k";
/// The nucleus sampling share.
pub const GEN_AI_REQUEST_TOP_P: &str = "gen_ai.request.top_p";
/// Why generation ended, one entry for each answer.
pub const GEN_AI_RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// The provider's identifier of the response.
pub const GEN_AI_RESPONSE_ID: &str = "gen_ai.response.id";
/// The model that answered.
pub const GEN_AI_RESPONSE_MODEL: &str = "gen_ai.response.model";
/// How far a fetched response has come.
pub const GEN_AI_RESPONSE_STATUS: &str = "gen_ai.response.status";
/// Time from the request to the first streamed chunk, in seconds.
pub const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
/// The documents that were found.
pub const GEN_AI_RETRIEVAL_DOCUMENTS: &str = "gen_ai.retrieval.documents";
/// The text that was searched for.
pub const GEN_AI_RETRIEVAL_QUERY_TEXT: &str = "gen_ai.retrieval.query.text";
/// Most documents that the search may give back.
pub const GEN_AI_RETRIEVAL_TOP_K: &str = "gen_ai.retrieval.top_k";
/// What the agent skill is for.
pub const GEN_AI_SKILL_DESCRIPTION: &str = "gen_ai.skill.description";
/// The name of an agent skill.
pub const GEN_AI_SKILL_NAME: &str = "gen_ai.skill.name";
/// The file of the agent skill that is read or run.
pub const GEN_AI_SKILL_RESOURCE_NAME: &str = "gen_ai.skill.resource.name";
/// Where the agent skill was loaded from.
pub const GEN_AI_SKILL_SOURCE_URI: &str = "gen_ai.skill.source.uri";
/// Who serves the model.
///
/// Older; [`GEN_AI_PROVIDER_NAME`] is what leaves.
pub const GEN_AI_SYSTEM: &str = "gen_ai.system";
/// Instructions given to the model outside of the conversation.
pub const GEN_AI_SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";
/// What the counted tokens encode, on the newer token metrics.
pub const GEN_AI_TOKEN_MODALITY: &str = "gen_ai.token.modality";
/// Which side the counted tokens belong to, on the 1.41 token metric.
pub const GEN_AI_TOKEN_TYPE: &str = "gen_ai.token.type";
/// What the tool was called with.
pub const GEN_AI_TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
/// The identifier that the model gave the tool call.
pub const GEN_AI_TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
/// What the tool gave back.
pub const GEN_AI_TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";
/// The tools that the model or agent may call.
pub const GEN_AI_TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
/// What the tool does.
pub const GEN_AI_TOOL_DESCRIPTION: &str = "gen_ai.tool.description";
/// The tool's name.
pub const GEN_AI_TOOL_NAME: &str = "gen_ai.tool.name";
/// Where the tool runs: function, extension or datastore.
pub const GEN_AI_TOOL_TYPE: &str = "gen_ai.tool.type";
/// Cached input tokens of audio.
pub const GEN_AI_USAGE_AUDIO_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.audio.cache_read.input_tokens";
/// Input tokens of audio.
pub const GEN_AI_USAGE_AUDIO_INPUT_TOKENS: &str = "gen_ai.usage.audio.input_tokens";
/// Output tokens of audio.
pub const GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS: &str = "gen_ai.usage.audio.output_tokens";
/// Input tokens that were written to the provider's cache.
pub const GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";
/// Input tokens that the provider's cache served.
pub const GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// Input tokens that were written to the provider's cache, in the newer spelling.
///
/// [`GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS`] is what leaves by default.
pub const GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
/// All output tokens.
///
/// Older; [`GEN_AI_USAGE_OUTPUT_TOKENS`] is what leaves.
pub const GEN_AI_USAGE_COMPLETION_TOKENS: &str = "gen_ai.usage.completion_tokens";
/// What the call cost, in US dollars.
pub const GEN_AI_USAGE_COST: &str = "gen_ai.usage.cost";
/// What the call cost, as the draft of the convention spells it.
pub const GEN_AI_USAGE_COST_AMOUNT: &str = "gen_ai.usage.cost.amount";
/// The currency of the amount.
pub const GEN_AI_USAGE_COST_CURRENCY: &str = "gen_ai.usage.cost.currency";
/// Whether the provider told the amount, or it was computed here.
pub const GEN_AI_USAGE_COST_SOURCE: &str = "gen_ai.usage.cost.source";
/// Cached input tokens of images.
pub const GEN_AI_USAGE_IMAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.image.cache_read.input_tokens";
/// Input tokens of images.
pub const GEN_AI_USAGE_IMAGE_INPUT_TOKENS: &str = "gen_ai.usage.image.input_tokens";
/// Output tokens of images.
pub const GEN_AI_USAGE_IMAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.image.output_tokens";
/// All input tokens, cached ones included.
pub const GEN_AI_USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// All output tokens, reasoning included.
pub const GEN_AI_USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// All input tokens.
///
/// Older; [`GEN_AI_USAGE_INPUT_TOKENS`] is what leaves.
pub const GEN_AI_USAGE_PROMPT_TOKENS: &str = "gen_ai.usage.prompt_tokens";
/// Output tokens that went into reasoning.
pub const GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
/// Cached input tokens of text.
pub const GEN_AI_USAGE_TEXT_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.text.cache_read.input_tokens";
/// Input tokens of text.
pub const GEN_AI_USAGE_TEXT_INPUT_TOKENS: &str = "gen_ai.usage.text.input_tokens";
/// Output tokens of text.
pub const GEN_AI_USAGE_TEXT_OUTPUT_TOKENS: &str = "gen_ai.usage.text.output_tokens";
/// Input tokens that the results of a provider's own tools made.
pub const GEN_AI_USAGE_TOOL_USE_PROMPT_TOKENS: &str = "gen_ai.usage.tool_use_prompt_tokens";
/// Input and output tokens together, as some sources report them.
pub const GEN_AI_USAGE_TOTAL_TOKENS: &str = "gen_ai.usage.total_tokens";
/// The workflow's name, for people; few different values.
pub const GEN_AI_WORKFLOW_NAME: &str = "gen_ai.workflow.name";
/// The media type of the input.
pub const INPUT_MIME_TYPE: &str = "input.mime_type";
/// What a step was given, where it is not messages.
pub const INPUT_VALUE: &str = "input.value";
/// The version of JSON-RPC.
pub const JSONRPC_PROTOCOL_VERSION: &str = "jsonrpc.protocol.version";
/// The identifier of a JSON-RPC request.
pub const JSONRPC_REQUEST_ID: &str = "jsonrpc.request.id";
/// The MCP request or notification.
pub const MCP_METHOD_NAME: &str = "mcp.method.name";
/// The version of MCP.
pub const MCP_PROTOCOL_VERSION: &str = "mcp.protocol.version";
/// The resource that is read.
pub const MCP_RESOURCE_URI: &str = "mcp.resource.uri";
/// The MCP session.
pub const MCP_SESSION_ID: &str = "mcp.session.id";
/// The application protocol.
pub const NETWORK_PROTOCOL_NAME: &str = "network.protocol.name";
/// The version of the application protocol.
pub const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";
/// The transport, such as tcp or pipe.
pub const NETWORK_TRANSPORT: &str = "network.transport";
/// Which OpenAI API was called.
pub const OPENAI_API_TYPE: &str = "openai.api.type";
/// The service tier that the request asks for.
pub const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";
/// The service tier that served the request.
pub const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";
/// The fingerprint of the provider's set-up.
pub const OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "openai.response.system_fingerprint";
/// Which part of the telemetry it is; no two of one kind have the same.
pub const OTEL_COMPONENT_NAME: &str = "otel.component.name";
/// What kind of part of the telemetry it is.
pub const OTEL_COMPONENT_TYPE: &str = "otel.component.type";
/// The span's kind.
pub const OTEL_KIND: &str = "otel.kind";
/// Whether a series stands for all that found no room for one of their own.
pub const OTEL_METRIC_OVERFLOW: &str = "otel.metric.overflow";
/// The span's name, where it differs from the static one.
pub const OTEL_NAME: &str = "otel.name";
/// Whether the span is exported or recorded alone.
pub const OTEL_SPAN_SAMPLING_RESULT: &str = "otel.span.sampling_result";
/// The span's status, as a field of a tracing span.
pub const OTEL_STATUS_CODE: &str = "otel.status_code";
/// The message of the span's status, as a field of a tracing span.
pub const OTEL_STATUS_DESCRIPTION: &str = "otel.status_description";
/// The media type of the output.
pub const OUTPUT_MIME_TYPE: &str = "output.mime_type";
/// What a step gave back, where it is not messages.
pub const OUTPUT_VALUE: &str = "output.value";
/// The name of the program that ran.
pub const PROCESS_EXECUTABLE_NAME: &str = "process.executable.name";
/// The path of the program that ran.
pub const PROCESS_EXECUTABLE_PATH: &str = "process.executable.path";
/// The exit code of the program that ran.
pub const PROCESS_EXIT_CODE: &str = "process.exit.code";
/// The status code of the RPC's answer.
pub const RPC_RESPONSE_STATUS_CODE: &str = "rpc.response.status_code";
/// The host that was called.
pub const SERVER_ADDRESS: &str = "server.address";
/// The port that was called.
pub const SERVER_PORT: &str = "server.port";
/// The running instance of the service.
pub const SERVICE_INSTANCE_ID: &str = "service.instance.id";
/// The service that the telemetry comes from.
pub const SERVICE_NAME: &str = "service.name";
/// The group that the service belongs to.
pub const SERVICE_NAMESPACE: &str = "service.namespace";
/// The service's version.
pub const SERVICE_VERSION: &str = "service.version";
/// The user's session.
pub const SESSION_ID: &str = "session.id";
/// What kind of step the span is, in the user's word.
pub const SPAN_TYPE: &str = "span_type";
/// Labels that people put on a trace.
pub const TAG_TAGS: &str = "tag.tags";
/// The distribution of the telemetry SDK.
pub const TELEMETRY_DISTRO_NAME: &str = "telemetry.distro.name";
/// The version of the distribution.
pub const TELEMETRY_DISTRO_VERSION: &str = "telemetry.distro.version";
/// The language of the telemetry SDK.
pub const TELEMETRY_SDK_LANGUAGE: &str = "telemetry.sdk.language";
/// The telemetry SDK.
pub const TELEMETRY_SDK_NAME: &str = "telemetry.sdk.name";
/// The version of the telemetry SDK.
pub const TELEMETRY_SDK_VERSION: &str = "telemetry.sdk.version";
/// The API whose answer was read.
pub const TRACING_GENAI_API: &str = "tracing_genai.api";
/// Whether the call was part of a batch job.
pub const TRACING_GENAI_BATCH: &str = "tracing_genai.batch";
/// Whether the work was dropped before it ended.
pub const TRACING_GENAI_CANCELLED: &str = "tracing_genai.cancelled";
/// What closed a span that was made by hand and that the program did not complete.
pub const TRACING_GENAI_CLOSED_BY: &str = "tracing_genai.closed_by";
/// What of one span's content may leave, where that is less than the program allows; it never leaves itself.
pub const TRACING_GENAI_CONTENT: &str = "tracing_genai.content";
/// What another tool worked out that the call cost, in US dollars; it is no price of the provider.
pub const TRACING_GENAI_COST_ESTIMATE: &str = "tracing_genai.cost.estimate";
/// What the amount is made of, as JSON: unit, quantity and rate.
pub const TRACING_GENAI_COST_LINES: &str = "tracing_genai.cost.lines";
/// Where the amount comes from.
pub const TRACING_GENAI_COST_SOURCE: &str = "tracing_genai.cost.source";
/// Whether the call was priced, or why not.
pub const TRACING_GENAI_COST_STATUS: &str = "tracing_genai.cost.status";
/// What of the amount is for tools of the provider, in US dollars.
pub const TRACING_GENAI_COST_TOOLS: &str = "tracing_genai.cost.tools";
/// Who pays for the work.
pub const TRACING_GENAI_COST_CENTRE: &str = "tracing_genai.cost_centre";
/// The guardrail's name.
pub const TRACING_GENAI_GUARDRAIL_NAME: &str = "tracing_genai.guardrail.name";
/// A value that does not fit its key's type, as text, under the key.
///
/// A prefix: the key is `tracing_genai.invalid.` and a name.
pub const TRACING_GENAI_INVALID: &str = "tracing_genai.invalid";
/// What the program says of a piece of work, under a name of its own.
///
/// A prefix: the key is `tracing_genai.metadata.` and a name.
pub const TRACING_GENAI_METADATA: &str = "tracing_genai.metadata";
/// The name that the span had before it was given its conventional one.
pub const TRACING_GENAI_ORIGINAL_NAME: &str = "tracing_genai.original_name";
/// The version of the price list.
pub const TRACING_GENAI_PRICE_CATALOGUE: &str = "tracing_genai.price.catalogue";
/// How the model was found in the price list.
pub const TRACING_GENAI_PRICE_MATCH: &str = "tracing_genai.price.match";
/// The model whose price was used.
pub const TRACING_GENAI_PRICE_MODEL: &str = "tracing_genai.price.model";
/// The price tier that was used.
pub const TRACING_GENAI_PRICE_TIER: &str = "tracing_genai.price.tier";
/// The region, data zone or geography that served the call.
pub const TRACING_GENAI_REGION: &str = "tracing_genai.region";
/// Why the provider's answer could not be read whole.
pub const TRACING_GENAI_RESPONSE_FLAW: &str = "tracing_genai.response.flaw";
/// Which try of the same work the span is, from 1.
pub const TRACING_GENAI_RETRY_ATTEMPT: &str = "tracing_genai.retry.attempt";
/// The service tier that answered, in the words of the provider.
pub const TRACING_GENAI_SERVICE_TIER: &str = "tracing_genai.service_tier";
/// How many bytes of content were given up because there was no room for them while spans waited.
pub const TRACING_GENAI_SHED: &str = "tracing_genai.shed";
/// The speed that was billed.
pub const TRACING_GENAI_SPEED: &str = "tracing_genai.speed";
/// How many chunks a streamed answer came in.
pub const TRACING_GENAI_STREAM_CHUNKS: &str = "tracing_genai.stream.chunks";
/// The customer of the program for whom the work is done.
pub const TRACING_GENAI_TENANT: &str = "tracing_genai.tenant";
/// Why the times that a span was given could not be kept.
pub const TRACING_GENAI_TIME_FLAW: &str = "tracing_genai.time_flaw";
/// Model calls below the span.
pub const TRACING_GENAI_TOTAL_CALLS: &str = "tracing_genai.total.calls";
/// What all calls below the span cost, in US dollars.
pub const TRACING_GENAI_TOTAL_COST: &str = "tracing_genai.total.cost";
/// Whether some spans below were not seen when the totals were taken.
pub const TRACING_GENAI_TOTAL_INCOMPLETE: &str = "tracing_genai.total.incomplete";
/// Input tokens of all calls below the span.
pub const TRACING_GENAI_TOTAL_INPUT_TOKENS: &str = "tracing_genai.total.input_tokens";
/// Output tokens of all calls below the span.
pub const TRACING_GENAI_TOTAL_OUTPUT_TOKENS: &str = "tracing_genai.total.output_tokens";
/// Model calls below the span that have no amount.
pub const TRACING_GENAI_TOTAL_UNPRICED_CALLS: &str = "tracing_genai.total.unpriced_calls";
/// How many bytes are missing because values were shortened.
pub const TRACING_GENAI_TRUNCATED: &str = "tracing_genai.truncated";
/// Input tokens written to a cache that keeps them twelve hours.
pub const TRACING_GENAI_USAGE_CACHE_WRITE_12H_INPUT_TOKENS: &str = "tracing_genai.usage.cache_write_12h.input_tokens";
/// Input tokens written to a cache that keeps them one hour.
pub const TRACING_GENAI_USAGE_CACHE_WRITE_1H_INPUT_TOKENS: &str = "tracing_genai.usage.cache_write_1h.input_tokens";
/// Input tokens written to a cache that keeps them thirty minutes.
pub const TRACING_GENAI_USAGE_CACHE_WRITE_30M_INPUT_TOKENS: &str = "tracing_genai.usage.cache_write_30m.input_tokens";
/// Input tokens written to a cache that keeps them five minutes.
pub const TRACING_GENAI_USAGE_CACHE_WRITE_5M_INPUT_TOKENS: &str = "tracing_genai.usage.cache_write_5m.input_tokens";
/// Tokens of cited text that the provider bills.
pub const TRACING_GENAI_USAGE_CITATION_OUTPUT_TOKENS: &str = "tracing_genai.usage.citation.output_tokens";
/// How the input and output tokens were reported: inclusive or exclusive of their parts.
pub const TRACING_GENAI_USAGE_CONVENTION: &str = "tracing_genai.usage.convention";
/// Whether a part was reported as larger than the whole and was cut to it.
pub const TRACING_GENAI_USAGE_INCONSISTENT: &str = "tracing_genai.usage.inconsistent";
/// The model calls that one answer was made of, as JSON, where the provider bills them apart.
pub const TRACING_GENAI_USAGE_ITERATIONS: &str = "tracing_genai.usage.iterations";
/// Whether the usage is that of an answer which was cut off.
pub const TRACING_GENAI_USAGE_PARTIAL: &str = "tracing_genai.usage.partial";
/// What the provider bills by count and not by token, under its unit.
///
/// A prefix: the key is `tracing_genai.usage.units.` and a name.
pub const TRACING_GENAI_USAGE_UNITS: &str = "tracing_genai.usage.units";
/// Input tokens of video.
pub const TRACING_GENAI_USAGE_VIDEO_INPUT_TOKENS: &str = "tracing_genai.usage.video.input_tokens";
/// Output tokens of video.
pub const TRACING_GENAI_USAGE_VIDEO_OUTPUT_TOKENS: &str = "tracing_genai.usage.video.output_tokens";
/// How many values were kept back because content is not captured.
pub const TRACING_GENAI_WITHHELD: &str = "tracing_genai.withheld";
/// The user on whose behalf the program runs.
pub const USER_ID: &str = "user.id";
