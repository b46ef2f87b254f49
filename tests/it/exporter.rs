//! The third door: an exporter for pipelines that take nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing_genai::LossReason;

use crate::support::{Memory, builder, get, named};

fn call(provider: &SdkTracerProvider) {
    let mut span = provider.tracer("theirs").start("chat");
    span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
    span.set_attribute(KeyValue::new("gen_ai.request.model", "gpt-4o-mini"));
    span.set_attribute(KeyValue::new("gen_ai.usage.prompt_tokens", "812"));
    span.set_attribute(KeyValue::new("gen_ai.usage.completion_tokens", "140"));
    span.set_attribute(KeyValue::new("gen_ai.prompt", "tell nobody"));
    span.end();
}

#[test]
fn spans_reach_the_exporter_behind_it_as_canonical_ones() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().with_service_name("theirs").build())
        .with_batch_exporter(memory.telemetry.span_exporter())
        .build();
    call(&provider);
    provider.force_flush().unwrap();
    // Nothing else was flushed: the provider's flush means what it says.
    assert_eq!(memory.report().waiting(), 0);
    let spans = memory.spans();
    let call = named(&spans, "chat gpt-4o-mini");
    assert_eq!(get(call, "gen_ai.usage.input_tokens"), Some(&Value::I64(812)));
    assert!(matches!(get(call, "gen_ai.usage.cost"), Some(Value::F64(_))));
    assert!(!format!("{spans:?}").contains("tell nobody"));
}

#[test]
fn a_simple_processor_will_do_too_in_any_runtime() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_simple_exporter(memory.telemetry.span_exporter()).build();
    call(&provider);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { call(&provider) });
    assert_eq!(memory.report().waiting(), 0, "each call is delivered when its span has ended");
    assert_eq!(memory.spans().len(), 2);
}

#[test]
fn the_end_of_the_provider_is_the_end_of_the_telemetry() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_batch_exporter(memory.telemetry.span_exporter()).build();
    call(&provider);
    provider.shutdown().unwrap();
    let report = memory.report();
    assert!(report.is_complete() && report.waiting() == 0 && report.delivered() == 1, "{report}");
    // Who still has the exporter is told by the report what became of a later span.
    let late = SdkTracerProvider::builder().with_simple_exporter(memory.telemetry.span_exporter()).build();
    call(&late);
    assert_eq!(memory.report().lost_by(LossReason::AtShutdown), 1);
}

/// An exporter that panics, and one whose peer is away until it is told.
#[derive(Debug)]
struct Broken {
    panics: bool,
    heals: Arc<AtomicBool>,
}

impl SpanExporter for Broken {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        if self.heals.load(Ordering::Acquire) {
            return Ok(());
        }
        assert!(!self.panics, "an exporter of theirs");
        Err(OTelSdkError::Timeout(Duration::ZERO))
    }
}

#[test]
fn a_panic_behind_it_does_not_reach_the_pipeline() {
    let heals = Arc::new(AtomicBool::new(false));
    let telemetry = builder().with_span_exporter(Broken { panics: true, heals: Arc::clone(&heals) }).build().unwrap();
    let provider = SdkTracerProvider::builder().with_simple_exporter(telemetry.span_exporter()).build();
    call(&provider);
    assert!(!telemetry.report().is_complete(), "the loss is counted: {}", telemetry.report());
    heals.store(true, Ordering::Release);
    call(&provider);
    assert!(provider.force_flush().is_ok());
}
