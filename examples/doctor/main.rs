//! Sends one trace of every span type to a backend, reads it back, and says what arrived.
//!
//! ```text
//! cargo run --example doctor -- jaeger
//! cargo run --example doctor -- jaeger http://localhost:4317 --query http://localhost:16686
//! cargo run --example doctor -- phoenix http://localhost:6006
//! cargo run --example doctor -- mlflow http://localhost:5000 --experiment 1
//! cargo run --example doctor -- langfuse
//! cargo run --example doctor -- http://localhost:4318
//! ```
//!
//! Jaeger, Tempo, Phoenix and MLflow are asked through their own APIs, and each concept is shown, or missing, or something that
//! the backend does not show, with the reason. Of others only the answer to the request can be checked, the credentials
//! included. Secrets are taken from the variables that each preset names. Without an argument it checks itself alone, and
//! sends nothing.

#![expect(clippy::print_stdout, reason = "a program talks to people")]
#![expect(clippy::indexing_slicing, reason = "serde_json gives null for what is not there")]

mod backend;
mod concept;
mod http;
mod mlflow;
mod otlp_json;
mod phoenix;
mod sample;
mod seen;

use std::error::Error;
use std::time::Duration;

use opentelemetry::trace::TraceContextExt as _;
use tracing_genai::Content;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::backend::Backend;
use crate::concept::{Concept, Verdict};

/// What a backend may take to answer.
const DEADLINE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        println!("usage: doctor BACKEND [ENDPOINT] [--query URL] [--experiment ID], or doctor URL");
        println!("{} concepts are looked for in a trace of {} spans.", Concept::all().len(), sample::SPANS.len());
        return Ok(());
    }
    let backend = Backend::parse(arguments)?;
    let trace_id = send(&backend)?;
    println!("{} took trace {trace_id}; where it has an API, it is asked for up to a minute.", backend.name);

    let Some(spans) = backend.read(&trace_id, sample::SPANS.len()) else {
        println!(
            "It has no API that is known here, so only its answer was checked: endpoint and credentials are right."
        );
        return Ok(());
    };
    let missing = tell(&backend, &spans);
    if missing == 0 { Ok(()) } else { Err(format!("{missing} of the concepts are missing").into()) }
}

/// Sends the sample, and gives its id.
fn send(backend: &Backend) -> Result<String, Box<dyn Error>> {
    let telemetry = tracing_genai::builder("doctor")
        .with_content(Content::span_only())
        .with_destination(backend.destination()?)
        .build()?;
    println!("Sending to {}, which has {} s to take it.", backend.name, DEADLINE.as_secs());
    let mut trace_id = String::new();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        sample::make(|| {
            trace_id = tracing::Span::current().context().span().span_context().trace_id().to_string();
        });
    });
    let report = telemetry.shutdown(DEADLINE);
    if report.is_complete() {
        return Ok(trace_id);
    }
    Err(format!("the trace did not arrive: {report}").into())
}

/// Prints what became of each concept; how many are missing.
fn tell(backend: &Backend, spans: &[seen::Seen]) -> usize {
    let names = sample::SPANS.iter().filter(|name| spans.iter().any(|span| span.name == **name)).count();
    println!("{:<28}{} of {}", "spans", names, sample::SPANS.len());
    let mut missing = sample::SPANS.len() - names;
    for concept in Concept::all() {
        let verdict = concept.look(backend.column(), spans);
        println!("{:<28}{verdict}", concept.name);
        missing += usize::from(matches!(verdict, Verdict::Missing(_)));
    }
    let parent = seen::parent_of(spans, "chat gpt-4o-mini");
    println!("{:<28}{}", "parent of the call", parent.unwrap_or("MISSING"));
    missing + usize::from(parent != Some("invoke_workflow lookup"))
}
