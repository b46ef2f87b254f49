// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

/// Whether `key` is a field that identifies something.
pub(in crate::conventions) fn identifier(key: &str) -> Option<()> {
    let found = match key.len() {
        2 => match key {
            "id" => (),
            _ => return None,
        },
        3 => match key {
            "org" => (),
            _ => return None,
        },
        6 => match key {
            "app_id" => (),
            "job_id" => (),
            "org_id" => (),
            "region" => (),
            "run_id" => (),
            "tenant" => (),
            _ => return None,
        },
        7 => match key {
            "chat_id" => (),
            "span_id" => (),
            "step_id" => (),
            "task_id" => (),
            "team_id" => (),
            "turn_id" => (),
            "user_id" => (),
            _ => return None,
        },
        8 => match key {
            "agent_id" => (),
            "batch_id" => (),
            "event_id" => (),
            "trace_id" => (),
            _ => return None,
        },
        9 => match key {
            "client_id" => (),
            "tenant_id" => (),
            "thread_id" => (),
            _ => return None,
        },
        10 => match key {
            "account_id" => (),
            "message_id" => (),
            "project_id" => (),
            "request_id" => (),
            "session_id" => (),
            _ => return None,
        },
        11 => match key {
            "customer_id" => (),
            "environment" => (),
            "response_id" => (),
            _ => return None,
        },
        12 => match key {
            "workspace_id" => (),
            _ => return None,
        },
        14 => match key {
            "correlation_id" => (),
            _ => return None,
        },
        15 => match key {
            "conversation_id" => (),
            "organization_id" => (),
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}
