// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::metric::MetricDef;

/// How long operations take: all of them in 1.41, those that have no metric of their own in main.
pub(crate) const GEN_AI_CLIENT_OPERATION_DURATION: MetricDef = MetricDef {
    name: "gen_ai.client.operation.duration",
    unit: "s",
    brief: "How long operations take: all of them in 1.41, those that have no metric of their own in main",
    buckets: &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/// How long a stream's first chunk takes.
pub(crate) const GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK: MetricDef = MetricDef {
    name: "gen_ai.client.operation.time_to_first_chunk",
    unit: "s",
    brief: "How long a stream's first chunk takes",
    buckets: &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/// How long each further chunk of a stream takes.
pub(crate) const GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK: MetricDef = MetricDef {
    name: "gen_ai.client.operation.time_per_output_chunk",
    unit: "s",
    brief: "How long each further chunk of a stream takes",
    buckets: &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/// How many tokens a call reads and writes.
pub(crate) const GEN_AI_CLIENT_TOKEN_USAGE: MetricDef = MetricDef {
    name: "gen_ai.client.token.usage",
    unit: "{token}",
    brief: "How many tokens a call reads and writes",
    buckets: &[
        1.0,
        4.0,
        16.0,
        64.0,
        256.0,
        1024.0,
        4096.0,
        16384.0,
        65536.0,
        262_144.0,
        1_048_576.0,
        4_194_304.0,
        16_777_216.0,
        67_108_864.0,
    ],
};

/// How long calls of a language model take.
pub(crate) const GEN_AI_CLIENT_INFERENCE_DURATION: MetricDef = MetricDef {
    name: "gen_ai.client.inference.duration",
    unit: "s",
    brief: "How long calls of a language model take",
    buckets: &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/// How long a stream's first chunk takes, in the newer name.
pub(crate) const GEN_AI_CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK: MetricDef = MetricDef {
    name: "gen_ai.client.inference.time_to_first_chunk",
    unit: "s",
    brief: "How long a stream's first chunk takes, in the newer name",
    buckets: &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/// How long each further chunk of a stream takes, in the newer name.
pub(crate) const GEN_AI_CLIENT_INFERENCE_TIME_PER_OUTPUT_CHUNK: MetricDef = MetricDef {
    name: "gen_ai.client.inference.time_per_output_chunk",
    unit: "s",
    brief: "How long each further chunk of a stream takes, in the newer name",
    buckets: &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/// Input tokens that were used.
pub(crate) const GEN_AI_CLIENT_INFERENCE_USAGE_INPUT_TOKENS: MetricDef = MetricDef {
    name: "gen_ai.client.inference.usage.input_tokens",
    unit: "{token}",
    brief: "Input tokens that were used",
    buckets: &[],
};

/// Output tokens that were used.
pub(crate) const GEN_AI_CLIENT_INFERENCE_USAGE_OUTPUT_TOKENS: MetricDef = MetricDef {
    name: "gen_ai.client.inference.usage.output_tokens",
    unit: "{token}",
    brief: "Output tokens that were used",
    buckets: &[],
};

/// Input tokens that the provider's cache served.
pub(crate) const GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS: MetricDef = MetricDef {
    name: "gen_ai.client.inference.usage.cache_read.input_tokens",
    unit: "{token}",
    brief: "Input tokens that the provider's cache served",
    buckets: &[],
};

/// Input tokens that were written to the provider's cache.
pub(crate) const GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS: MetricDef = MetricDef {
    name: "gen_ai.client.inference.usage.cache_write.input_tokens",
    unit: "{token}",
    brief: "Input tokens that were written to the provider's cache",
    buckets: &[],
};

/// Output tokens that went into reasoning.
pub(crate) const GEN_AI_CLIENT_INFERENCE_USAGE_REASONING_OUTPUT_TOKENS: MetricDef = MetricDef {
    name: "gen_ai.client.inference.usage.reasoning.output_tokens",
    unit: "{token}",
    brief: "Output tokens that went into reasoning",
    buckets: &[],
};

/// Input tokens of one call.
pub(crate) const GEN_AI_CLIENT_INFERENCE_OPERATION_INPUT_TOKENS: MetricDef = MetricDef {
    name: "gen_ai.client.inference.operation.input_tokens",
    unit: "{token}",
    brief: "Input tokens of one call",
    buckets: &[
        1.0,
        4.0,
        16.0,
        64.0,
        256.0,
        1024.0,
        4096.0,
        16384.0,
        65536.0,
        262_144.0,
        1_048_576.0,
        4_194_304.0,
        16_777_216.0,
        67_108_864.0,
    ],
};

/// Output tokens of one call.
pub(crate) const GEN_AI_CLIENT_INFERENCE_OPERATION_OUTPUT_TOKENS: MetricDef = MetricDef {
    name: "gen_ai.client.inference.operation.output_tokens",
    unit: "{token}",
    brief: "Output tokens of one call",
    buckets: &[
        1.0,
        4.0,
        16.0,
        64.0,
        256.0,
        1024.0,
        4096.0,
        16384.0,
        65536.0,
        262_144.0,
        1_048_576.0,
        4_194_304.0,
        16_777_216.0,
        67_108_864.0,
    ],
};

/// How long runs of an agent take.
pub(crate) const GEN_AI_INVOKE_AGENT_DURATION: MetricDef = MetricDef {
    name: "gen_ai.invoke_agent.duration",
    unit: "s",
    brief: "How long runs of an agent take",
    buckets: &[0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6],
};

/// How many model calls one run of an agent makes.
pub(crate) const GEN_AI_INVOKE_AGENT_INFERENCE_CALLS: MetricDef = MetricDef {
    name: "gen_ai.invoke_agent.inference_calls",
    unit: "{inference_call}",
    brief: "How many model calls one run of an agent makes",
    buckets: &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0],
};

/// How many tools one run of an agent calls.
pub(crate) const GEN_AI_INVOKE_AGENT_TOOL_CALLS: MetricDef = MetricDef {
    name: "gen_ai.invoke_agent.tool_calls",
    unit: "{tool_call}",
    brief: "How many tools one run of an agent calls",
    buckets: &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0],
};

/// How long runs of a workflow take.
pub(crate) const GEN_AI_INVOKE_WORKFLOW_DURATION: MetricDef = MetricDef {
    name: "gen_ai.invoke_workflow.duration",
    unit: "s",
    brief: "How long runs of a workflow take",
    buckets: &[1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0],
};

/// How long tool calls take.
pub(crate) const GEN_AI_EXECUTE_TOOL_DURATION: MetricDef = MetricDef {
    name: "gen_ai.execute_tool.duration",
    unit: "s",
    brief: "How long tool calls take",
    buckets: &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/// How long a model server takes for a request.
pub(crate) const GEN_AI_SERVER_REQUEST_DURATION: MetricDef = MetricDef {
    name: "gen_ai.server.request.duration",
    unit: "s",
    brief: "How long a model server takes for a request",
    buckets: &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/// How long a model server takes to the first token.
pub(crate) const GEN_AI_SERVER_TIME_TO_FIRST_TOKEN: MetricDef = MetricDef {
    name: "gen_ai.server.time_to_first_token",
    unit: "s",
    brief: "How long a model server takes to the first token",
    buckets: &[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0],
};

/// How long a model server takes for each further token.
pub(crate) const GEN_AI_SERVER_TIME_PER_OUTPUT_TOKEN: MetricDef = MetricDef {
    name: "gen_ai.server.time_per_output_token",
    unit: "s",
    brief: "How long a model server takes for each further token",
    buckets: &[0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5],
};

/// How long MCP requests take, as the client sees it.
pub(crate) const MCP_CLIENT_OPERATION_DURATION: MetricDef = MetricDef {
    name: "mcp.client.operation.duration",
    unit: "s",
    brief: "How long MCP requests take, as the client sees it",
    buckets: &[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0],
};

/// How long MCP requests take, as the server sees it.
pub(crate) const MCP_SERVER_OPERATION_DURATION: MetricDef = MetricDef {
    name: "mcp.server.operation.duration",
    unit: "s",
    brief: "How long MCP requests take, as the server sees it",
    buckets: &[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0],
};

/// How long MCP sessions last, as the client sees it.
pub(crate) const MCP_CLIENT_SESSION_DURATION: MetricDef = MetricDef {
    name: "mcp.client.session.duration",
    unit: "s",
    brief: "How long MCP sessions last, as the client sees it",
    buckets: &[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0],
};

/// How long MCP sessions last, as the server sees it.
pub(crate) const MCP_SERVER_SESSION_DURATION: MetricDef = MetricDef {
    name: "mcp.server.session.duration",
    unit: "s",
    brief: "How long MCP sessions last, as the server sees it",
    buckets: &[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0],
};

/// Spans that have started and not ended.
pub(crate) const OTEL_SDK_SPAN_LIVE: MetricDef = MetricDef {
    name: "otel.sdk.span.live",
    unit: "{span}",
    brief: "Spans that have started and not ended",
    buckets: &[],
};

/// Spans that left the queue for the destinations, or were lost there.
pub(crate) const OTEL_SDK_PROCESSOR_SPAN_PROCESSED: MetricDef = MetricDef {
    name: "otel.sdk.processor.span.processed",
    unit: "{span}",
    brief: "Spans that left the queue for the destinations, or were lost there",
    buckets: &[],
};

/// Spans that wait in the queue.
pub(crate) const OTEL_SDK_PROCESSOR_SPAN_QUEUE_SIZE: MetricDef = MetricDef {
    name: "otel.sdk.processor.span.queue.size",
    unit: "{span}",
    brief: "Spans that wait in the queue",
    buckets: &[],
};

/// Spans that may wait in the queue, where a number of them is set.
pub(crate) const OTEL_SDK_PROCESSOR_SPAN_QUEUE_CAPACITY: MetricDef = MetricDef {
    name: "otel.sdk.processor.span.queue.capacity",
    unit: "{span}",
    brief: "Spans that may wait in the queue, where a number of them is set",
    buckets: &[],
};

/// Spans that wait for a destination or are on their way to it.
pub(crate) const OTEL_SDK_EXPORTER_SPAN_INFLIGHT: MetricDef = MetricDef {
    name: "otel.sdk.exporter.span.inflight",
    unit: "{span}",
    brief: "Spans that wait for a destination or are on their way to it",
    buckets: &[],
};

/// Spans that a destination has taken, or that were lost for it.
pub(crate) const OTEL_SDK_EXPORTER_SPAN_EXPORTED: MetricDef = MetricDef {
    name: "otel.sdk.exporter.span.exported",
    unit: "{span}",
    brief: "Spans that a destination has taken, or that were lost for it",
    buckets: &[],
};

/// What model calls cost, as far as it is known.
pub(crate) const TRACING_GENAI_COST: MetricDef = MetricDef {
    name: "tracing_genai.cost",
    unit: "{USD}",
    brief: "What model calls cost, as far as it is known",
    buckets: &[],
};

/// Tokens of model calls that have no amount.
pub(crate) const TRACING_GENAI_UNPRICED_TOKENS: MetricDef = MetricDef {
    name: "tracing_genai.unpriced_tokens",
    unit: "{token}",
    brief: "Tokens of model calls that have no amount",
    buckets: &[],
};

/// Spans that lie in the spool.
pub(crate) const TRACING_GENAI_SPAN_SPOOLED: MetricDef = MetricDef {
    name: "tracing_genai.span.spooled",
    unit: "{span}",
    brief: "Spans that lie in the spool",
    buckets: &[],
};

/// Spans that gave up content while there was no room for it.
pub(crate) const TRACING_GENAI_SPAN_SHED: MetricDef = MetricDef {
    name: "tracing_genai.span.shed",
    unit: "{span}",
    brief: "Spans that gave up content while there was no room for it",
    buckets: &[],
};

/// Content that spans gave up while there was no room for it.
pub(crate) const TRACING_GENAI_CONTENT_SHED: MetricDef = MetricDef {
    name: "tracing_genai.content.shed",
    unit: "By",
    brief: "Content that spans gave up while there was no room for it",
    buckets: &[],
};

/// Lost GenAI spans whose usage is missing in totals and metrics too.
pub(crate) const TRACING_GENAI_SPAN_UNMEASURED: MetricDef = MetricDef {
    name: "tracing_genai.span.unmeasured",
    unit: "{span}",
    brief: "Lost GenAI spans whose usage is missing in totals and metrics too",
    buckets: &[],
};

/// What waits in the queue and for destinations.
pub(crate) const TRACING_GENAI_BUFFER_SIZE: MetricDef = MetricDef {
    name: "tracing_genai.buffer.size",
    unit: "By",
    brief: "What waits in the queue and for destinations",
    buckets: &[],
};

/// How much may wait in the queue and for destinations.
pub(crate) const TRACING_GENAI_BUFFER_CAPACITY: MetricDef = MetricDef {
    name: "tracing_genai.buffer.capacity",
    unit: "By",
    brief: "How much may wait in the queue and for destinations",
    buckets: &[],
};
