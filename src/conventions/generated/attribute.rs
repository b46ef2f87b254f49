//! Attribute names.

/// `aws.bedrock.guardrail.id`.
pub const AWS_BEDROCK_GUARDRAIL_ID: &str = "aws.bedrock.guardrail.id";
/// `aws.bedrock.knowledge_base.id`.
pub const AWS_BEDROCK_KNOWLEDGE_BASE_ID: &str = "aws.bedrock.knowledge_base.id";
/// `code.function.name`.
pub const CODE_FUNCTION_NAME: &str = "code.function.name";
/// `error.type`.
pub const ERROR_TYPE: &str = "error.type";
/// `exception.message`.
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// `exception.stacktrace`.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
/// `exception.type`.
pub const EXCEPTION_TYPE: &str = "exception.type";
/// `gen_ai.agent.description`.
pub const GEN_AI_AGENT_DESCRIPTION: &str = "gen_ai.agent.description";
/// `gen_ai.agent.id`.
pub const GEN_AI_AGENT_ID: &str = "gen_ai.agent.id";
/// `gen_ai.agent.name`.
pub const GEN_AI_AGENT_NAME: &str = "gen_ai.agent.name";
/// `gen_ai.agent.version`.
pub const GEN_AI_AGENT_VERSION: &str = "gen_ai.agent.version";
/// `gen_ai.completion`.
pub const GEN_AI_COMPLETION: &str = "gen_ai.completion";
/// `gen_ai.conversation.compacted`.
pub const GEN_AI_CONVERSATION_COMPACTED: &str = "gen_ai.conversation.compacted";
/// `gen_ai.conversation.id`.
pub const GEN_AI_CONVERSATION_ID: &str = "gen_ai.conversation.id";
/// `gen_ai.data_source.id`.
pub const GEN_AI_DATA_SOURCE_ID: &str = "gen_ai.data_source.id";
/// `gen_ai.embeddings.dimension.count`.
pub const GEN_AI_EMBEDDINGS_DIMENSION_COUNT: &str = "gen_ai.embeddings.dimension.count";
/// `gen_ai.evaluation.explanation`.
pub const GEN_AI_EVALUATION_EXPLANATION: &str = "gen_ai.evaluation.explanation";
/// `gen_ai.evaluation.name`.
pub const GEN_AI_EVALUATION_NAME: &str = "gen_ai.evaluation.name";
/// `gen_ai.evaluation.score.label`.
pub const GEN_AI_EVALUATION_SCORE_LABEL: &str = "gen_ai.evaluation.score.label";
/// `gen_ai.evaluation.score.value`.
pub const GEN_AI_EVALUATION_SCORE_VALUE: &str = "gen_ai.evaluation.score.value";
/// `gen_ai.input.messages`.
pub const GEN_AI_INPUT_MESSAGES: &str = "gen_ai.input.messages";
/// `gen_ai.main_agent.description`.
pub const GEN_AI_MAIN_AGENT_DESCRIPTION: &str = "gen_ai.main_agent.description";
/// `gen_ai.main_agent.id`.
pub const GEN_AI_MAIN_AGENT_ID: &str = "gen_ai.main_agent.id";
/// `gen_ai.main_agent.name`.
pub const GEN_AI_MAIN_AGENT_NAME: &str = "gen_ai.main_agent.name";
/// `gen_ai.memory.query.text`.
pub const GEN_AI_MEMORY_QUERY_TEXT: &str = "gen_ai.memory.query.text";
/// `gen_ai.memory.record.count`.
pub const GEN_AI_MEMORY_RECORD_COUNT: &str = "gen_ai.memory.record.count";
/// `gen_ai.memory.record.id`.
pub const GEN_AI_MEMORY_RECORD_ID: &str = "gen_ai.memory.record.id";
/// `gen_ai.memory.records`.
pub const GEN_AI_MEMORY_RECORDS: &str = "gen_ai.memory.records";
/// `gen_ai.memory.store.id`.
pub const GEN_AI_MEMORY_STORE_ID: &str = "gen_ai.memory.store.id";
/// `gen_ai.openai.request.response_format`.
pub const GEN_AI_OPENAI_REQUEST_RESPONSE_FORMAT: &str = "gen_ai.openai.request.response_format";
/// `gen_ai.openai.request.seed`.
pub const GEN_AI_OPENAI_REQUEST_SEED: &str = "gen_ai.openai.request.seed";
/// `gen_ai.openai.request.service_tier`.
pub const GEN_AI_OPENAI_REQUEST_SERVICE_TIER: &str = "gen_ai.openai.request.service_tier";
/// `gen_ai.openai.response.service_tier`.
pub const GEN_AI_OPENAI_RESPONSE_SERVICE_TIER: &str = "gen_ai.openai.response.service_tier";
/// `gen_ai.openai.response.system_fingerprint`.
pub const GEN_AI_OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "gen_ai.openai.response.system_fingerprint";
/// `gen_ai.operation.name`.
pub const GEN_AI_OPERATION_NAME: &str = "gen_ai.operation.name";
/// `gen_ai.output.messages`.
pub const GEN_AI_OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
/// `gen_ai.output.type`.
pub const GEN_AI_OUTPUT_TYPE: &str = "gen_ai.output.type";
/// `gen_ai.prompt`.
pub const GEN_AI_PROMPT: &str = "gen_ai.prompt";
/// `gen_ai.prompt.name`.
pub const GEN_AI_PROMPT_NAME: &str = "gen_ai.prompt.name";
/// `gen_ai.prompt.variable`.
pub const GEN_AI_PROMPT_VARIABLE: &str = "gen_ai.prompt.variable";
/// `gen_ai.prompt.version`.
pub const GEN_AI_PROMPT_VERSION: &str = "gen_ai.prompt.version";
/// `gen_ai.provider.name`.
pub const GEN_AI_PROVIDER_NAME: &str = "gen_ai.provider.name";
/// `gen_ai.request.choice.count`.
pub const GEN_AI_REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";
/// `gen_ai.request.encoding_formats`.
pub const GEN_AI_REQUEST_ENCODING_FORMATS: &str = "gen_ai.request.encoding_formats";
/// `gen_ai.request.frequency_penalty`.
pub const GEN_AI_REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";
/// `gen_ai.request.max_tokens`.
pub const GEN_AI_REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
/// `gen_ai.request.model`.
pub const GEN_AI_REQUEST_MODEL: &str = "gen_ai.request.model";
/// `gen_ai.request.presence_penalty`.
pub const GEN_AI_REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";
/// `gen_ai.request.previous_response.id`.
pub const GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID: &str = "gen_ai.request.previous_response.id";
/// `gen_ai.request.reasoning.level`.
pub const GEN_AI_REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";
/// `gen_ai.request.seed`.
pub const GEN_AI_REQUEST_SEED: &str = "gen_ai.request.seed";
/// `gen_ai.request.stop_sequences`.
pub const GEN_AI_REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";
/// `gen_ai.request.stream`.
pub const GEN_AI_REQUEST_STREAM: &str = "gen_ai.request.stream";
/// `gen_ai.request.stream_cursor`.
pub const GEN_AI_REQUEST_STREAM_CURSOR: &str = "gen_ai.request.stream_cursor";
/// `gen_ai.request.temperature`.
pub const GEN_AI_REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
/// `gen_ai.request.top_k`.
pub const GEN_AI_REQUEST_TOP_K: &str = "gen_ai.request.top_k";
/// `gen_ai.request.top_p`.
pub const GEN_AI_REQUEST_TOP_P: &str = "gen_ai.request.top_p";
/// `gen_ai.response.finish_reasons`.
pub const GEN_AI_RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// `gen_ai.response.id`.
pub const GEN_AI_RESPONSE_ID: &str = "gen_ai.response.id";
/// `gen_ai.response.model`.
pub const GEN_AI_RESPONSE_MODEL: &str = "gen_ai.response.model";
/// `gen_ai.response.status`.
pub const GEN_AI_RESPONSE_STATUS: &str = "gen_ai.response.status";
/// `gen_ai.response.time_to_first_chunk`.
pub const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
/// `gen_ai.retrieval.documents`.
pub const GEN_AI_RETRIEVAL_DOCUMENTS: &str = "gen_ai.retrieval.documents";
/// `gen_ai.retrieval.query.text`.
pub const GEN_AI_RETRIEVAL_QUERY_TEXT: &str = "gen_ai.retrieval.query.text";
/// `gen_ai.retrieval.top_k`.
pub const GEN_AI_RETRIEVAL_TOP_K: &str = "gen_ai.retrieval.top_k";
/// `gen_ai.skill.description`.
pub const GEN_AI_SKILL_DESCRIPTION: &str = "gen_ai.skill.description";
/// `gen_ai.skill.name`.
pub const GEN_AI_SKILL_NAME: &str = "gen_ai.skill.name";
/// `gen_ai.skill.resource.name`.
pub const GEN_AI_SKILL_RESOURCE_NAME: &str = "gen_ai.skill.resource.name";
/// `gen_ai.skill.source.uri`.
pub const GEN_AI_SKILL_SOURCE_URI: &str = "gen_ai.skill.source.uri";
/// `gen_ai.system`.
pub const GEN_AI_SYSTEM: &str = "gen_ai.system";
/// `gen_ai.system_instructions`.
pub const GEN_AI_SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";
/// `gen_ai.token.modality`.
pub const GEN_AI_TOKEN_MODALITY: &str = "gen_ai.token.modality";
/// `gen_ai.token.type`.
pub const GEN_AI_TOKEN_TYPE: &str = "gen_ai.token.type";
/// `gen_ai.tool.call.arguments`.
pub const GEN_AI_TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
/// `gen_ai.tool.call.id`.
pub const GEN_AI_TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
/// `gen_ai.tool.call.result`.
pub const GEN_AI_TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";
/// `gen_ai.tool.definitions`.
pub const GEN_AI_TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
/// `gen_ai.tool.description`.
pub const GEN_AI_TOOL_DESCRIPTION: &str = "gen_ai.tool.description";
/// `gen_ai.tool.name`.
pub const GEN_AI_TOOL_NAME: &str = "gen_ai.tool.name";
/// `gen_ai.tool.type`.
pub const GEN_AI_TOOL_TYPE: &str = "gen_ai.tool.type";
/// `gen_ai.usage.audio.cache_read.input_tokens`.
pub const GEN_AI_USAGE_AUDIO_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.audio.cache_read.input_tokens";
/// `gen_ai.usage.audio.input_tokens`.
pub const GEN_AI_USAGE_AUDIO_INPUT_TOKENS: &str = "gen_ai.usage.audio.input_tokens";
/// `gen_ai.usage.audio.output_tokens`.
pub const GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS: &str = "gen_ai.usage.audio.output_tokens";
/// `gen_ai.usage.cache_creation.input_tokens`.
pub const GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";
/// `gen_ai.usage.cache_read.input_tokens`.
pub const GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// `gen_ai.usage.cache_write.input_tokens`.
pub const GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
/// `gen_ai.usage.completion_tokens`.
pub const GEN_AI_USAGE_COMPLETION_TOKENS: &str = "gen_ai.usage.completion_tokens";
/// `gen_ai.usage.cost`.
pub const GEN_AI_USAGE_COST: &str = "gen_ai.usage.cost";
/// `gen_ai.usage.image.cache_read.input_tokens`.
pub const GEN_AI_USAGE_IMAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.image.cache_read.input_tokens";
/// `gen_ai.usage.image.input_tokens`.
pub const GEN_AI_USAGE_IMAGE_INPUT_TOKENS: &str = "gen_ai.usage.image.input_tokens";
/// `gen_ai.usage.image.output_tokens`.
pub const GEN_AI_USAGE_IMAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.image.output_tokens";
/// `gen_ai.usage.input_tokens`.
pub const GEN_AI_USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// `gen_ai.usage.output_tokens`.
pub const GEN_AI_USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// `gen_ai.usage.prompt_tokens`.
pub const GEN_AI_USAGE_PROMPT_TOKENS: &str = "gen_ai.usage.prompt_tokens";
/// `gen_ai.usage.reasoning.output_tokens`.
pub const GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
/// `gen_ai.usage.text.cache_read.input_tokens`.
pub const GEN_AI_USAGE_TEXT_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.text.cache_read.input_tokens";
/// `gen_ai.usage.text.input_tokens`.
pub const GEN_AI_USAGE_TEXT_INPUT_TOKENS: &str = "gen_ai.usage.text.input_tokens";
/// `gen_ai.usage.text.output_tokens`.
pub const GEN_AI_USAGE_TEXT_OUTPUT_TOKENS: &str = "gen_ai.usage.text.output_tokens";
/// `gen_ai.workflow.name`.
pub const GEN_AI_WORKFLOW_NAME: &str = "gen_ai.workflow.name";
/// `input.mime_type`.
pub const INPUT_MIME_TYPE: &str = "input.mime_type";
/// `input.value`.
pub const INPUT_VALUE: &str = "input.value";
/// `mcp.method.name`.
pub const MCP_METHOD_NAME: &str = "mcp.method.name";
/// `mcp.protocol.version`.
pub const MCP_PROTOCOL_VERSION: &str = "mcp.protocol.version";
/// `mcp.resource.uri`.
pub const MCP_RESOURCE_URI: &str = "mcp.resource.uri";
/// `mcp.session.id`.
pub const MCP_SESSION_ID: &str = "mcp.session.id";
/// `openai.api.type`.
pub const OPENAI_API_TYPE: &str = "openai.api.type";
/// `openai.request.service_tier`.
pub const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";
/// `openai.response.service_tier`.
pub const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";
/// `openai.response.system_fingerprint`.
pub const OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "openai.response.system_fingerprint";
/// `output.mime_type`.
pub const OUTPUT_MIME_TYPE: &str = "output.mime_type";
/// `output.value`.
pub const OUTPUT_VALUE: &str = "output.value";
/// `server.address`.
pub const SERVER_ADDRESS: &str = "server.address";
/// `server.port`.
pub const SERVER_PORT: &str = "server.port";
/// `session.id`.
pub const SESSION_ID: &str = "session.id";
/// `span_type`.
pub const SPAN_TYPE: &str = "span_type";
/// `tracing_genai.cancelled`.
pub const TRACING_GENAI_CANCELLED: &str = "tracing_genai.cancelled";
/// `tracing_genai.cost.source`.
pub const TRACING_GENAI_COST_SOURCE: &str = "tracing_genai.cost.source";
/// `tracing_genai.cost.status`.
pub const TRACING_GENAI_COST_STATUS: &str = "tracing_genai.cost.status";
/// `tracing_genai.guardrail.name`.
pub const TRACING_GENAI_GUARDRAIL_NAME: &str = "tracing_genai.guardrail.name";
/// `tracing_genai.invalid`.
pub const TRACING_GENAI_INVALID: &str = "tracing_genai.invalid";
/// `tracing_genai.original_name`.
pub const TRACING_GENAI_ORIGINAL_NAME: &str = "tracing_genai.original_name";
/// `tracing_genai.price.catalogue`.
pub const TRACING_GENAI_PRICE_CATALOGUE: &str = "tracing_genai.price.catalogue";
/// `tracing_genai.price.match`.
pub const TRACING_GENAI_PRICE_MATCH: &str = "tracing_genai.price.match";
/// `tracing_genai.price.model`.
pub const TRACING_GENAI_PRICE_MODEL: &str = "tracing_genai.price.model";
/// `tracing_genai.total.calls`.
pub const TRACING_GENAI_TOTAL_CALLS: &str = "tracing_genai.total.calls";
/// `tracing_genai.total.cost`.
pub const TRACING_GENAI_TOTAL_COST: &str = "tracing_genai.total.cost";
/// `tracing_genai.total.incomplete`.
pub const TRACING_GENAI_TOTAL_INCOMPLETE: &str = "tracing_genai.total.incomplete";
/// `tracing_genai.total.input_tokens`.
pub const TRACING_GENAI_TOTAL_INPUT_TOKENS: &str = "tracing_genai.total.input_tokens";
/// `tracing_genai.total.output_tokens`.
pub const TRACING_GENAI_TOTAL_OUTPUT_TOKENS: &str = "tracing_genai.total.output_tokens";
/// `tracing_genai.total.unpriced_calls`.
pub const TRACING_GENAI_TOTAL_UNPRICED_CALLS: &str = "tracing_genai.total.unpriced_calls";
/// `tracing_genai.truncated`.
pub const TRACING_GENAI_TRUNCATED: &str = "tracing_genai.truncated";
/// `tracing_genai.withheld`.
pub const TRACING_GENAI_WITHHELD: &str = "tracing_genai.withheld";
/// `user.id`.
pub const USER_ID: &str = "user.id";
