//! A trace made by hand: for code that has no function to annotate, and for work that is known only afterwards.
//!
//! ```text
//! cargo run --example trace_by_hand
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to people")]

use std::error::Error;
use std::thread;
use std::time::{Duration, SystemTime};

use tracing::instrument;
use tracing_genai::{CompletedSpan, SpanType, Telemetry, Usage};

fn main() -> Result<(), Box<dyn Error>> {
    let guard = tracing_genai::install("support-agent")?;
    let trace = guard.trace("customer-support-query");
    trace.set_span_type(SpanType::Agent).set_input("Where is order 4711?");

    let search = trace.span(SpanType::Retrieval, "vector-search");
    search.set_attribute("data_source", "policies").set_input("order 4711");
    search.complete_after(Duration::from_millis(42));

    // An annotated function inside becomes a child.
    let call = trace.span(SpanType::Llm, "answer");
    call.set_provider("openai").set_model("gpt-4o-mini");
    let answer = call.in_scope(|| ask("Where is order 4711?"));
    call.set_output(&answer).set_usage(Usage::new(812, 140).cache_read(512)).complete();

    // Work of a queue, of which only the log is left.
    let started = SystemTime::now() - Duration::from_millis(90);
    let lookup = CompletedSpan::new(SpanType::Tool, "order_lookup", started, Duration::from_millis(31));
    trace.add_span(lookup.with_output("it has left the warehouse"));

    // Another task has the ids alone, and so would another process.
    let refund = trace.span(SpanType::Tool, "refund_status");
    let (trace_id, span_id) = (refund.trace_id(), refund.detach());
    let telemetry = Telemetry::clone(&guard);
    let elsewhere = thread::spawn(move || -> Result<(), tracing_genai::TraceError> {
        let refund = telemetry.span_by_id(&trace_id, &span_id)?.update()?;
        refund.fail(&std::io::Error::other("the refund service gave no answer"));
        Ok(())
    });
    elsewhere.join().map_err(|_| "the task panicked")??;

    trace.set_output(&answer).complete();
    println!("{answer}");
    Ok(())
}

#[instrument(skip_all)]
fn ask(question: &str) -> String {
    tracing::info!("asking");
    // A model would be called here.
    thread::sleep(Duration::from_millis(120));
    format!("a model's answer to: {question}")
}
