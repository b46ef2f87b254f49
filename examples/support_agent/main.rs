//! A support agent: it retrieves context, asks a model for a plan, runs two tools in parallel, asks the model for an
//! answer, and applies a guardrail.
//!
//! ```text
//! cargo run --example support_agent
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 cargo run --example support_agent
//! ```
//!
//! With `OPENAI_API_KEY` set (and `OPENAI_BASE_URL`, for Ollama, vLLM and others) it talks to that endpoint; otherwise
//! to a stand-in that it starts itself on loopback. `OPENAI_MODEL` names the model. With
//! `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY` prompts and answers are in the spans.

#![expect(clippy::print_stdout, reason = "a program talks to people")]

mod model;
mod stand_in;
mod tools;

use std::error::Error;

use tracing::{Instrument, instrument};
use tracing_genai::{GenAiSpanExt, Scope};

use crate::model::Model;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _guard = tracing_genai::install("support-agent")?;
    let model = Model::from_env().await?;

    let conversation = Scope::new().with_conversation("c-1042").with_user("u-7");
    let (first, second) = tokio::join!(
        conversation.attach(support_agent(&model, "Where is order 4711?")),
        conversation.attach(support_agent(&model, "Is the refund for order 1234 on its way?")),
    );
    for answer in [first?, second?] {
        println!("{answer}");
    }
    Ok(())
}

/// One request, from question to answer.
#[instrument(skip_all, fields(span_type = "agent"), err)]
async fn support_agent(model: &Model, question: &str) -> Result<String, Box<dyn Error>> {
    let span = tracing::Span::current();
    span.record_input(question);

    let policies = retrieve_policies(question).await;
    let plan = model.plan(question, &policies).await?;

    let order = plan.order.clone();
    // A spawned task keeps its parent when it is instrumented.
    let refund = tokio::spawn(tools::refund_status(plan.order.clone()).in_current_span());
    let (order, refund) = tokio::join!(tools::order_lookup(order), refund);
    // A tool that fails is told to the model; the request goes on.
    let findings = format!("{}; {}", tools::told(order), tools::told(refund?));

    let answer = model.answer(question, &findings).await?;
    let answer = remove_personal_data(&answer);
    span.record_output(&answer);
    Ok(answer)
}

#[instrument(skip_all, fields(span_type = "retrieval", data_source = "policies", top_k = 3))]
async fn retrieve_policies(question: &str) -> Vec<&'static str> {
    tracing::Span::current().record_input(question);
    tokio::time::sleep(std::time::Duration::from_millis(8)).await;
    vec!["Orders ship within two days.", "Refunds take five working days.", "Never promise a date."]
}

/// Names of customers stay in the house.
#[instrument(skip_all, fields(span_type = "guardrail", guardrail = "pii", found = 0_i64))]
fn remove_personal_data(answer: &str) -> String {
    let cleaned = answer.replace("Ada Lovelace", "customer");
    tracing::Span::current().record_attribute("found", i64::from(cleaned != answer));
    cleaned
}
