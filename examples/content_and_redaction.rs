//! Prompts and answers leave only when asked for, without what must not leave, and not to everyone.
//!
//! ```text
//! cargo run --example content_and_redaction
//! ```
//!
//! Capture is on. The ready patterns, one of our own and a function take secrets out of every text. One of the two
//! destinations is narrowed: it gets the spans without any content. The environment can switch capture off again, and
//! never on: the stricter of code and `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` holds.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use opentelemetry_sdk::trace::InMemorySpanExporter;
use tracing::{Span, instrument};
use tracing_genai::{Content, Destination, GenAiSpanExt, Message, Redaction, Usage};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

fn main() -> Result<(), Box<dyn Error>> {
    let redaction = Redaction::patterns()
        .with_pattern("customer", r"\bC-\d{8}\b")?
        // It gets each text with the place where it stands, after the patterns.
        .with_function(|path, text| match path.key() {
            Some("app.address") => Cow::Borrowed("[address]"),
            _ => Cow::Borrowed(text),
        });
    let trusted = InMemorySpanExporter::default();
    let telemetry = tracing_genai::builder("help-desk")
        .with_content(Content::span_only())
        .with_redaction(redaction)
        .with_span_exporter(trusted.clone())
        .with_destination(Destination::terminal().with_content(Content::none()))
        .build()?;
    registry().with(telemetry.layer()).init();

    reply("I am C-20481632, write to ada@example.com. My key is sk-proj-0123456789abcdefghijABCDEFGHIJ.");

    let report = telemetry.shutdown(Duration::from_secs(5));
    println!("{report}");
    for span in trusted.get_finished_spans()? {
        println!("{}", span.name);
        for attribute in &span.attributes {
            let text = attribute.value.to_string();
            println!("    {} = {text}", attribute.key);
            for secret in ["20481632", "ada@", "0123456789", "Elm Street"] {
                assert!(!text.contains(secret), "{secret} left in {}", attribute.key);
            }
        }
    }
    if report.is_complete() { Ok(()) } else { Err("spans were lost".into()) }
}

/// Without `skip_all` the argument would be recorded too, and be the span's input.
#[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
fn reply(question: &str) -> &'static str {
    let span = Span::current();
    span.record_input(&[Message::system("You are a help desk."), Message::user(question)]);
    span.record_attribute("app.address", "12 Elm Street");
    // A model would be called here.
    let answer = "We have sent a new password to the address that we know.";
    span.record_output(&[Message::assistant(answer)]).record_usage(Usage::new(41, 12));
    answer
}
