// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

/// Whether a field named `key` identifies something.
#[expect(clippy::match_same_arms, reason = "a table")]
pub(in crate::conventions) fn identifier(key: &str) -> Option<bool> {
    let found = match key.len() {
        2 => match key {
            "id" => true,
            _ => return None,
        },
        3 => match key {
            "org" => true,
            _ => return None,
        },
        6 => match key {
            "app_id" => true,
            "job_id" => true,
            "org_id" => true,
            "region" => true,
            "run_id" => true,
            "tenant" => true,
            _ => return None,
        },
        7 => match key {
            "chat_id" => true,
            "span_id" => true,
            "step_id" => true,
            "task_id" => true,
            "team_id" => true,
            "turn_id" => true,
            "user_id" => true,
            _ => return None,
        },
        8 => match key {
            "agent_id" => true,
            "batch_id" => true,
            "event_id" => true,
            "trace_id" => true,
            _ => return None,
        },
        9 => match key {
            "client_id" => true,
            "tenant_id" => true,
            "thread_id" => true,
            _ => return None,
        },
        10 => match key {
            "account_id" => true,
            "message_id" => true,
            "project_id" => true,
            "request_id" => true,
            "session_id" => true,
            _ => return None,
        },
        11 => match key {
            "customer_id" => true,
            "environment" => true,
            "response_id" => true,
            _ => return None,
        },
        12 => match key {
            "workspace_id" => true,
            _ => return None,
        },
        14 => match key {
            "correlation_id" => true,
            _ => return None,
        },
        15 => match key {
            "conversation_id" => true,
            "organization_id" => true,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// Whether another tool's `key` is content.
#[expect(clippy::match_same_arms, reason = "a table")]
pub(in crate::conventions) fn foreign(key: &str) -> Option<bool> {
    let found = match key.len() {
        9 => match key {
            "ai.values" => true,
            _ => return None,
        },
        10 => match key {
            "ai.ranking" => true,
            "llm.prompt" => true,
            _ => return None,
        },
        11 => match key {
            "lk.chat_ctx" => true,
            _ => return None,
        },
        12 => match key {
            "ai.embedding" => true,
            _ => return None,
        },
        13 => match key {
            "ai.embeddings" => true,
            "lk.input_text" => true,
            "lk.user_input" => true,
            _ => return None,
        },
        14 => match key {
            "llm.completion" => true,
            _ => return None,
        },
        15 => match key {
            "lk.instructions" => true,
            "llm.completions" => true,
            _ => return None,
        },
        16 => match key {
            "lk.response.text" => true,
            "tool.json_schema" => true,
            _ => return None,
        },
        17 => match key {
            "ai.response.files" => true,
            "llm.function_call" => true,
            _ => return None,
        },
        18 => match key {
            "lk.user_transcript" => true,
            "mcp.response.value" => true,
            "mlflow.traceInputs" => true,
            _ => return None,
        },
        19 => match key {
            "mlflow.traceOutputs" => true,
            _ => return None,
        },
        20 => match key {
            "gen_ai.event.content" => true,
            "langfuse.trace.input" => true,
            "mcp.request.argument" => true,
            _ => return None,
        },
        21 => match key {
            "ai.response.reasoning" => true,
            "ai.response.toolCalls" => true,
            "gen_ai.content.prompt" => true,
            "langfuse.trace.output" => true,
            _ => return None,
        },
        24 => match key {
            "gen_ai.reasoning.content" => true,
            "gen_ai.response.messages" => true,
            _ => return None,
        },
        25 => match key {
            "ai.response.reasoningText" => true,
            "gen_ai.content.completion" => true,
            "gen_ai.response.reasoning" => true,
            "llm.invocation_parameters" => true,
            "traceloop.prompt.template" => true,
            _ => return None,
        },
        26 => match key {
            "gen_ai.response.tool_calls" => true,
            "lk.response.function_calls" => true,
            _ => return None,
        },
        28 => match key {
            "llm.prompt_template.template" => true,
            _ => return None,
        },
        29 => match key {
            "llm.prompt_template.variables" => true,
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// What keys of other tools that are content begin with.
pub(in crate::conventions) const FOREIGN_PREFIXES: [&str; 16] = [
    "gen_ai.prompt.",
    "gen_ai.completion.",
    "llm.input_messages.",
    "llm.output_messages.",
    "llm.prompts.",
    "llm.choices.",
    "llm.tools.",
    "llm.request.functions.",
    "retrieval.documents.",
    "reranker.input_documents.",
    "reranker.output_documents.",
    "embedding.embeddings.",
    "traceloop.prompt.template_variables.",
    "ai.prompt.",
    "gcp.vertex.agent.",
    "lk.function_tool.",
];

/// The last words of names that programs make up for what was said.
pub(in crate::conventions) const SAID: [&str; 28] = [
    "answer",
    "args",
    "arguments",
    "body",
    "completion",
    "completions",
    "content",
    "contents",
    "document",
    "documents",
    "input",
    "inputs",
    "instructions",
    "message",
    "messages",
    "output",
    "outputs",
    "params",
    "prompt",
    "prompts",
    "query",
    "question",
    "refusal",
    "result",
    "results",
    "text",
    "thinking",
    "thoughts",
];
