//! One text on every surface of a span that a program can reach.

use std::io;

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use tracing::{Span, error, info, info_span, instrument};
use tracing_genai::{GenAiSpanExt as _, Message, Scope};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Puts `said` everywhere, on five spans of ours and on one that is not.
pub(crate) fn fill(said: &str) {
    Scope::new().with_conversation(said).with_session(said).with_user(said).in_scope(|| {
        let agent =
            info_span!("agent", span_type = "agent", agent = said, app.note = said, note = ?said, otel.name = said);
        agent.in_scope(|| {
            of_the_api(said);
            model(said);
            drop(tool(said, said));
            info_span!("hand", span_type = "tool", tool = said)
                .record_error(&failure(said))
                .record_error_type(said.to_owned());
            drop(info_span!(
                "status",
                span_type = "chain",
                chain = said,
                otel.status_code = "ERROR",
                otel.status_description = said
            ));
        });
    });
    info_span!("theirs", app.note = said, otel.name = said, url.full = said)
        .in_scope(|| error!(said, "theirs: {said}"));
}

/// On the span that is current, by the OpenTelemetry API.
fn of_the_api(said: &str) {
    let list: Vec<StringValue> = vec!["first".into(), said.to_owned().into()];
    let list = Value::Array(Array::String(list));
    let context = Context::current();
    let span = context.span();
    span.set_attribute(KeyValue::new("app.api", said.to_owned()));
    span.set_attribute(KeyValue::new("app.list", list.clone()));
    span.add_event(said.to_owned(), vec![KeyValue::new("app.event", said.to_owned()), KeyValue::new("app.list", list)]);
    let elsewhere =
        SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, false, TraceState::default());
    Span::current().add_link_with_attributes(elsewhere, vec![KeyValue::new("app.link", said.to_owned())]);
    info!(app.line = said, said, "a line that says {said}");
}

fn model(said: &str) {
    let nested =
        serde_json::json!({ "query": said, "more": [said, { "deep": said }], "text": format!("{{\"q\":\"{said}\"}}") });
    info_span!("model", span_type = "llm", model = said, provider = said)
        .record_response_model(said)
        .record_input(&[Message::system(said), Message::user(format!("I say {said}."))])
        .record_output(Message::assistant(said).with_tool_call(said, said, nested.to_string()))
        .record_finish_reason(said);
}

#[instrument(fields(span_type = "tool"), err, ret)]
fn tool(said: &str, order: &str) -> Result<(), io::Error> {
    Span::current().record_input(format!(r#"{{"order":"{order}","{said}":1}}"#)).record_output(said);
    Err(failure(said))
}

fn failure(said: &str) -> io::Error {
    io::Error::other(format!("the service said {said}"))
}
