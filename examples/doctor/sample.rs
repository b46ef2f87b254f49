//! The trace that is sent: a span of every type, with numbers that are known.

use tracing::info_span;
use tracing_genai::{GenAiSpanExt, Message, Payload, Scope, Usage};

/// Its spans by the names under which they leave; the first is the root.
pub(crate) const SPANS: [&str; 11] = [
    "invoke_agent support",
    "plan support",
    "search_memory customers",
    "invoke_workflow lookup",
    "retrieval policies",
    "embeddings text-embedding-3-small",
    "rerank rerank-v3.5",
    "chat gpt-4o-mini",
    "execute_tool order_lookup",
    "guardrail pii",
    "evaluate helpfulness",
];

/// Makes the trace. `inside` is called in its root.
pub(crate) fn make(inside: impl FnOnce()) {
    Scope::new()
        .with_conversation("c-1042")
        .with_user("u-7")
        .with_metadata("plan", "premium")
        .in_scope(|| agent(inside));
}

fn agent(inside: impl FnOnce()) {
    let span = info_span!("answer", span_type = "agent", agent = "support");
    span.record_input("where is order 4711?").record_output("it is on its way");
    span.in_scope(|| {
        inside();
        info_span!("think", span_type = "plan", agent = "support").in_scope(|| ());
        info_span!("recall", span_type = "memory", memory_store = "customers").in_scope(|| ());
        info_span!("steps", span_type = "chain", workflow = "lookup").in_scope(|| {
            retrieve();
            rerank();
            chat();
            tool();
        });
        let check = info_span!("check", span_type = "guardrail", guardrail = "pii");
        check.record_input("it is on its way").record_output("passed");
        let judge = info_span!("judge", span_type = "evaluator", evaluator = "helpfulness");
        judge.record_attribute("gen_ai.evaluation.score.value", 0.9);
    });
}

fn retrieve() {
    let documents = r#"[{"id":"p-1","content":"Refunds take five days.","score":0.8},{"id":"p-2","content":"Ask first.","score":0.4}]"#;
    let span = info_span!("retrieve", span_type = "retrieval", data_source = "policies", top_k = 2);
    span.record_input("refunds").record_output(Payload::json(documents));
    span.in_scope(|| {
        let span = info_span!("embed", span_type = "embedding", provider = "openai", model = "text-embedding-3-small");
        span.record_usage(Usage::new(30, 0)).record_input("refunds");
    });
}

fn rerank() {
    let span = info_span!("order", span_type = "rerank", provider = "cohere", model = "rerank-v3.5");
    span.record_input("refunds").record_output(Payload::json(r#"[{"id":"p-2","content":"Ask first.","score":0.9}]"#));
}

fn chat() {
    let span = info_span!("ask", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
    span.record_response_model("gpt-4o-mini-2024-07-18")
        .record_input(vec![Message::system("be brief"), Message::user("where is order 4711?")])
        .record_output(vec![Message::assistant("it is on its way")])
        .record_finish_reason("stop")
        .record_usage(Usage::new(812, 140).cache_read(512))
        // As if the provider had said so: no backend comes to this amount by itself.
        .record_cost(0.000_2);
}

fn tool() {
    let span = info_span!("look up", span_type = "tool", tool = "order_lookup");
    span.record_input(Payload::json(r#"{"order":4711}"#));
    span.record_error_type("timeout").record_error(&std::io::Error::other("the shop gave no answer"));
}
