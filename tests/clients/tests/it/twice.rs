//! One scenario under two subscribers: the stock layer with the SDK's exporter, and this crate's.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;
use tracing::level_filters::LevelFilter;
use tracing_genai::Builder;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

/// What both exported.
#[derive(Debug)]
pub struct Twice {
    pub stock: Vec<SpanData>,
    pub ours: Vec<SpanData>,
}

/// Runs `scenario` twice, in a runtime of one thread, so that all of it is under the subscriber.
pub fn twice(scenario: impl AsyncFn()) -> Twice {
    Twice { stock: stock(&scenario), ours: ours(|builder| builder, &scenario) }
}

fn stock(scenario: impl AsyncFn()) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("stock")).with_filter(LevelFilter::INFO);
    run(&Dispatch::new(registry().with(layer)), scenario);
    exporter.get_finished_spans().expect("the spans are there")
}

/// Runs it under this crate's alone.
pub fn ours(set: impl FnOnce(Builder) -> Builder, scenario: impl AsyncFn()) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let builder = tracing_genai::builder("clients").without_env().with_span_exporter(exporter.clone());
    let telemetry = set(builder).build().expect("the telemetry is built");
    run(&Dispatch::new(registry().with(telemetry.layer())), scenario);
    let report = telemetry.flush(Duration::from_secs(30));
    assert!(report.is_complete(), "{report}");
    exporter.get_finished_spans().expect("the spans are there")
}

fn run(subscriber: &Dispatch, scenario: impl AsyncFn()) {
    let _default = tracing::dispatcher::set_default(subscriber);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(scenario().with_subscriber(subscriber.clone()));
}
