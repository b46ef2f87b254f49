//! The layer in a registry of your own, beside a log layer and a layer of the program itself.
//!
//! ```text
//! cargo run --example layer_beside_others
//! ```
//!
//! The environment decides where spans go; with nothing set they are drawn on the terminal.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::span::{Attributes, Id};
use tracing::{Span, Subscriber, info, instrument};
use tracing_genai::{GenAiSpanExt, Usage};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt, registry};

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = tracing_genai::builder("newsroom").build()?;

    // A filter on the log layer alone. One on the whole registry would hide spans from every layer.
    let logs = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    registry().with(telemetry.layer()).with(fmt::layer().with_filter(logs)).with(Counter).init();

    newsroom("The library now opens on Sundays.");
    println!("the program's own layer saw {} spans", SEEN.load(Ordering::Relaxed));

    let report = telemetry.shutdown(Duration::from_secs(5));
    println!("{report}");
    if report.is_complete() { Ok(()) } else { Err("spans were lost".into()) }
}

#[instrument(skip_all, fields(span_type = "chain"))]
fn newsroom(article: &str) {
    let summary = summarize(article);
    // A log line inside a span is in the log as ever.
    info!(bytes = summary.len(), "summary written");
}

#[instrument(skip_all, fields(span_type = "llm", provider = "anthropic", model = "claude-haiku-4-5"))]
fn summarize(article: &str) -> String {
    // A model would be called here.
    Span::current().record_input(article).record_usage(Usage::new(24, 9)).record_finish_reason("stop");
    "Sunday opening.".to_owned()
}

/// Stands for whatever layer the program has already.
struct Counter;

static SEEN: AtomicU64 = AtomicU64::new(0);

impl<S: Subscriber> Layer<S> for Counter {
    fn on_new_span(&self, _attributes: &Attributes<'_>, _id: &Id, _context: Context<'_, S>) {
        SEEN.fetch_add(1, Ordering::Relaxed);
    }
}
