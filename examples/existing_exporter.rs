//! An exporter that is in use already becomes a destination like any other.
//!
//! ```text
//! cargo run --example existing_exporter
//! ```
//!
//! It gets spans as they leave, with their names, types and costs, on a thread of its own: it may block, fail or
//! panic, and neither the application nor another destination notices. An exporter that must be built inside a Tokio
//! runtime goes into `with_span_exporter_fn`.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::error::Error;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing::{Span, instrument};
use tracing_genai::{GenAiSpanExt, Usage};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = tracing_genai::builder("translator").with_span_exporter(Lines::default()).build()?;
    registry().with(telemetry.layer()).init();

    translate("Guten Morgen");

    let report = telemetry.shutdown(Duration::from_secs(5));
    println!("{report}");
    if report.is_complete() { Ok(()) } else { Err("spans were lost".into()) }
}

#[instrument(skip_all, fields(span_type = "agent", agent = "translator"))]
fn translate(text: &str) -> String {
    ask(text)
}

#[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
fn ask(text: &str) -> String {
    // A model would be called here.
    Span::current().record_input(text).record_usage(Usage::new(18, 4)).record_response_model("gpt-4o-mini-2024-07-18");
    "Good morning".to_owned()
}

/// Stands for the exporter that the program has: one line on standard output for each attribute.
#[derive(Debug, Default)]
struct Lines {
    service: String,
}

impl SpanExporter for Lines {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in batch {
            println!("{}: {} ({:?})", self.service, span.name, span.span_kind);
            for attribute in span.attributes {
                println!("    {} = {}", attribute.key, attribute.value);
            }
        }
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.service = resource.get(&"service.name".into()).map(|name| name.to_string()).unwrap_or_default();
    }
}
