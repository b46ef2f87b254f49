//! From `#[instrument]` to the exported span: types, names, kinds, parents, status.

use std::fmt;

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, SpanKind, Status};
use tracing::{Instrument, instrument};
use tracing_genai::{GenAiSpanExt, Usage};

use crate::support::{Memory, get, named, text};

#[derive(Debug)]
struct Timeout;

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refund service gave no answer")
    }
}

impl std::error::Error for Timeout {}

#[instrument(skip_all, fields(span_type = "agent"))]
async fn support_agent() {
    plan().await;
    let refund = tokio::spawn(refund_status().in_current_span());
    let ((), refund) = tokio::join!(order_lookup(), refund);
    refund.unwrap().unwrap_err();
}

#[instrument(skip_all, fields(span_type = "llm", provider = "azure.openai", model = "gpt-4o-mini"))]
async fn plan() {
    tokio::task::yield_now().await;
    tracing::Span::current().record_usage(Usage::new(812, 140).cache_read(512)).record_finish_reason("stop");
}

#[instrument(skip_all, fields(span_type = "tool"))]
async fn order_lookup() {
    tracing::error!("a log line; the function returns well");
}

#[instrument(skip_all, fields(span_type = "tool", tool = "refunds"), err)]
async fn refund_status() -> Result<(), Timeout> {
    tracing::Span::current().record_error_type("timeout");
    Err(Timeout)
}

#[test]
fn an_annotated_agent_becomes_the_tree_of_the_span_type_table() {
    let memory = Memory::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spans = memory.run(|| runtime.block_on(support_agent()));
    assert_eq!(spans.len(), 4);

    let agent = named(&spans, "invoke_agent support_agent");
    assert_eq!(agent.parent_span_id, SpanId::INVALID);
    assert_eq!(agent.span_kind, SpanKind::Internal);
    assert_eq!(text(agent, "gen_ai.operation.name").as_deref(), Some("invoke_agent"));
    assert_eq!(text(agent, "code.function.name").as_deref(), Some("it::flow::support_agent"));
    assert_eq!(text(agent, "tracing_genai.original_name").as_deref(), Some("support_agent"));

    let chat = named(&spans, "chat gpt-4o-mini");
    assert_eq!(chat.span_kind, SpanKind::Client);
    assert_eq!(text(chat, "span_type").as_deref(), Some("llm"));
    assert_eq!(text(chat, "gen_ai.provider.name").as_deref(), Some("azure.ai.openai"));
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), Some(&Value::I64(812)));
    assert_eq!(get(chat, "gen_ai.usage.cache_read.input_tokens"), Some(&Value::I64(512)));
    assert!(matches!(get(chat, "gen_ai.usage.cost"), Some(Value::F64(usd)) if *usd > 0.0), "{:?}", chat.attributes);
    assert_eq!(chat.status, Status::Unset);

    let lookup = named(&spans, "execute_tool order_lookup");
    assert_eq!(lookup.status, Status::Unset);
    assert_eq!(get(lookup, "gen_ai.usage.cost"), None);

    let refund = named(&spans, "execute_tool refunds");
    assert_eq!(refund.status, Status::error("refund service gave no answer"));
    assert_eq!(text(refund, "error.type").as_deref(), Some("timeout"));
    assert_eq!(refund.events.iter().filter(|event| event.name == "exception").count(), 1, "{:?}", refund.events);

    for child in [chat, lookup, refund] {
        assert_eq!(child.parent_span_id, agent.span_context.span_id(), "{}", child.name);
        assert_eq!(child.span_context.trace_id(), agent.span_context.trace_id());
    }
}
