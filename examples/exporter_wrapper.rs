//! A pipeline that takes an exporter and nothing else: a framework, or an SDK of one's own, that builds its provider itself.
//!
//! ```text
//! cargo run --example exporter_wrapper
//! ```
//!
//! One line changes: where the exporter was given, `span_exporter()` is given, and the exporter becomes a destination of
//! the telemetry. Spans are put right and priced on their way to it.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::error::Error;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::{BatchSpanProcessor, InMemorySpanExporter, SdkTracerProvider, SpanExporter};

fn main() -> Result<(), Box<dyn Error>> {
    let exporter = InMemorySpanExporter::default();

    // Was: `let provider = framework(exporter);`
    let telemetry = tracing_genai::builder("shop").with_span_exporter(exporter.clone()).build()?;
    let provider = framework(telemetry.span_exporter());

    a_client_that_traces_itself(&provider);

    provider.force_flush()?;
    for span in exporter.get_finished_spans()? {
        println!("{} ({:?})", span.name, span.span_kind);
        for KeyValue { key, value, .. } in &span.attributes {
            println!("  {key} = {value}");
        }
        let priced = |kv: &KeyValue| matches!((kv.key.as_str(), &kv.value), ("gen_ai.usage.cost", Value::F64(_)));
        if !span.attributes.iter().any(priced) {
            return Err("the call has no cost".into());
        }
    }
    provider.shutdown()?;
    let report = telemetry.report();
    println!("{report}");
    if report.is_complete() { Ok(()) } else { Err("spans were lost".into()) }
}

/// What cannot be changed.
fn framework(exporter: impl SpanExporter + 'static) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_span_processor(BatchSpanProcessor::builder(exporter).build()).build()
}

fn a_client_that_traces_itself(provider: &SdkTracerProvider) {
    let mut span = provider.tracer("their-crate").start("chat");
    span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
    span.set_attribute(KeyValue::new("gen_ai.system", "openai"));
    span.set_attribute(KeyValue::new("gen_ai.request.model", "gpt-4o-mini"));
    span.set_attribute(KeyValue::new("gen_ai.usage.prompt_tokens", "812"));
    span.set_attribute(KeyValue::new("gen_ai.usage.completion_tokens", "140"));
    span.end();
}
