//! A program that has OpenTelemetry already: a provider, its Resource, and the layer of `tracing-opentelemetry`.
//!
//! ```text
//! cargo run --example existing_pipeline
//! ```
//!
//! Two lines change. `processor()` takes the place of the provider's batch processor, and `companion_layer()` goes
//! before the layer that is there. No call site changes, and spans of other crates take the same path.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::error::Error;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Span, info_span, instrument};
use tracing_genai::{GenAiSpanExt, Usage};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, registry};

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = tracing_genai::builder("shop").build()?;

    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("shop").build())
        // Was: `.with_batch_exporter(exporter)`. Beside it, each span would arrive twice, once raw.
        .with_span_processor(telemetry.processor())
        .build();
    global::set_tracer_provider(provider.clone());
    registry()
        .with(telemetry.companion_layer())
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("shop")))
        .with(fmt::layer())
        .init();

    checkout();

    // The provider ends its processors, and so the telemetry, as it always did.
    provider.shutdown()?;
    let report = telemetry.report();
    println!("{report}");
    if report.is_complete() { Ok(()) } else { Err("spans were lost".into()) }
}

/// An ordinary span: it leaves as it came.
#[instrument]
fn checkout() {
    recommend();
    a_client_that_traces_itself();
    a_crate_that_uses_the_otel_api();
}

#[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
fn recommend() {
    // Recorded, though neither field was declared.
    Span::current().record_usage(Usage::new(310, 42).cache_read(128));
}

/// An older convention's names, an unsigned count that `tracing-opentelemetry` makes text of, no kind, no cost: all of
/// it is put right after the span has ended.
fn a_client_that_traces_itself() {
    info_span!(
        "chat",
        gen_ai.operation.name = "chat",
        gen_ai.system = "openai",
        gen_ai.request.model = "gpt-4o-mini",
        gen_ai.usage.prompt_tokens = 812_u64,
        gen_ai.usage.completion_tokens = 140_u64,
    )
    .in_scope(|| {});
}

fn a_crate_that_uses_the_otel_api() {
    let mut span = global::tracer("their-crate").start("embed");
    span.set_attribute(KeyValue::new("gen_ai.operation.name", "embeddings"));
    span.set_attribute(KeyValue::new("gen_ai.request.model", "text-embedding-3-small"));
    span.end();
}
