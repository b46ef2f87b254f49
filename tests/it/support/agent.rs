//! An agent as the guide has it, through whose hands one text goes: as argument, log line, prompt, answer, tool result,
//! returned value, error, span field and event.

use std::io;

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};
use tracing::{Span, info, info_span, instrument};
use tracing_genai::{GenAiSpanExt as _, Message, Usage};

/// Where each text of the flow stands, said to the agent.
pub(crate) fn run(said: &str) {
    support_agent(said, &[said]);
}

#[instrument(fields(span_type = "agent", note = said), ret)]
fn support_agent(said: &str, history: &[&str]) -> String {
    info!("asked: {said}");
    retrieve(said);
    let plan = plan(said, Some(said));
    order_lookup(said, 7);
    drop(refund_status(said));
    drop(refund_status_by_hand(said));
    guardrail(said);
    answer(said);
    remember(said);
    drop(info_span!("rank", span_type = "rerank", model = "r", query = said, documents = said));
    drop(info_span!("judge", span_type = "evaluator", explanation = said, input = said, output = said));
    drop(info_span!("embed", span_type = "embedding", model = "e", input = said, chunks = ?[said]));
    let theirs = info_span!("theirs", llm.model_name = "m", input.value = said);
    theirs.record_attribute("llm.input_messages.0.message.content", said.to_owned());
    plan
}

#[instrument(fields(span_type = "retrieval", data_source = "policies"), ret)]
fn retrieve(query: &str) -> Vec<String> {
    Span::current().record_output(query);
    vec![query.to_owned()]
}

#[instrument(fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini", system_prompt = question), ret)]
fn plan(question: &str, context: Option<&str>) -> String {
    let span = Span::current();
    span.record_input(&[Message::system(question), Message::user(context.unwrap_or_default())])
        .record_output(Message::assistant(question).with_tool_call(
            "c",
            "order_lookup",
            format!(r#"{{"q":"{question}"}}"#),
        ))
        .record_usage(Usage::new(812, 140))
        .record_attribute("scratch", question.to_owned());
    info!(answer = question, reply = %question, thought = ?question, "the model said {question}");
    question.to_owned()
}

#[instrument(fields(span_type = "tool"), ret)]
fn order_lookup(order: &str, limit: u32) -> String {
    let _ = limit;
    let context = Context::current();
    context.span().add_event(format!("looked up {order}"), vec![KeyValue::new("order", order.to_owned())]);
    context.span().set_attribute(KeyValue::new("result", order.to_owned()));
    format!(r#"{{"order":"{order}"}}"#)
}

/// What an error says leaves, but for what stands after its first 256 bytes.
#[instrument(fields(span_type = "tool"), err)]
fn refund_status(order: &str) -> Result<(), io::Error> {
    Err(failure(order))
}

#[instrument(fields(span_type = "tool"))]
fn refund_status_by_hand(order: &str) -> Result<(), io::Error> {
    let failure = failure(order);
    Span::current().record_error(&failure);
    Err(failure)
}

fn failure(order: &str) -> io::Error {
    io::Error::other(format!("refund service gave no answer{} {order}", ".".repeat(300)))
}

#[instrument(fields(span_type = "guardrail", guardrail = "pii"), ret(Debug))]
fn guardrail(text: &str) -> Option<&str> {
    Some(text)
}

#[instrument(skip_all, fields(span_type = "llm", model = "gpt-4o-mini", prompt = text, gen_ai.completion = text))]
fn answer(text: &str) {
    Span::current().record("prompt", text);
}

#[instrument(fields(span_type = "memory", memory_store = "facts"))]
fn remember(fact: &str) {
    Span::current().record_input(fact).record_output(format!(r#"[{{"fact":"{fact}"}}]"#));
}
