//! With capture off, no word of a prompt, an argument, a log line or an answer is in the bytes that leave.

use std::time::Duration;

use tracing::instrument;
use tracing_genai::{Destination, GenAiSpanExt};
use tracing_subscriber::layer::SubscriberExt;

use crate::jaeger::variable;
use crate::wire::written;

const SECRET: &str = "hunter2-and-more";

#[derive(Debug)]
#[expect(dead_code, reason = "its Debug is what would leak")]
struct Order {
    customer: String,
}

#[instrument(fields(span_type = "agent"), ret)]
fn agent(question: &str, order: Order) -> String {
    tracing::info!("asked {question}");
    tracing::info!(question, "asked");
    plan(question);
    tool(question.to_owned()).unwrap_or_default();
    format!("the answer to {question}")
}

#[instrument(fields(span_type = "llm", model = "gpt-4o-mini"), ret)]
fn plan(prompt: &str) -> String {
    let span = tracing::Span::current();
    span.record_input(prompt).record_output(format!("plan for {prompt}"));
    span.record_attribute("gen_ai.prompt", prompt.to_owned()).record_attribute("completion", prompt.to_owned());
    prompt.to_owned()
}

#[instrument(fields(span_type = "tool"), err)]
fn tool(arguments: String) -> Result<String, std::fmt::Error> {
    tracing::error!(?arguments, "failed");
    Err(std::fmt::Error)
}

#[test]
fn nothing_of_the_content_is_on_the_wire() {
    let destination = Destination::otlp(variable("TEST_COLLECTOR_HTTP"));
    let telemetry = tracing_genai::builder("no-content").without_env().with_destination(destination).build().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        agent(SECRET, Order { customer: SECRET.to_owned() });
    });
    assert!(telemetry.shutdown(Duration::from_secs(20)).is_complete());
    let spans = written("no-content", 3);
    assert_eq!(spans.len(), 3);
    let told = serde_json::to_string(&spans).unwrap();
    assert!(!told.contains("hunter2"), "{told}");
    assert!(told.contains("tracing_genai.withheld"), "{told}");
}
