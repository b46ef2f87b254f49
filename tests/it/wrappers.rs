//! The layer does all it does in every wrapping that `tracing-subscriber` offers.

use opentelemetry::Value;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Subscriber, info_span};
use tracing_genai::{GenAiSpanExt, Usage};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, dynamic_filter_fn};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{Registry, fmt, registry, reload};

use crate::support::{Memory, get, named};

/// Records through the trait on a span that declared nothing, and finds it.
fn records(wrapping: &str, subscribe: impl FnOnce(&Memory) -> Box<dyn Subscriber + Send + Sync>) {
    let memory = Memory::new();
    let subscriber = subscribe(&memory);
    tracing::subscriber::with_default(subscriber, || {
        let span = info_span!("call", span_type = "llm", model = "m");
        span.in_scope(|| {
            tracing::Span::current().record_usage(Usage::new(5, 7));
            info_span!("inner", span_type = "tool", tool = "t").in_scope(|| {});
        });
        span.record_attribute("app.late", true);
    });
    let spans = memory.spans();
    let chat = named(&spans, "chat m");
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), Some(&Value::I64(5)), "{wrapping}");
    assert_eq!(get(chat, "app.late"), Some(&Value::Bool(true)), "{wrapping}");
    assert_eq!(named(&spans, "execute_tool t").parent_span_id, chat.span_context.span_id(), "{wrapping}");
}

#[test]
fn recording_works_in_every_wrapping() {
    records("plain", |memory| Box::new(registry().with(memory.telemetry.layer())));
    records("boxed", |memory| Box::new(registry().with(memory.telemetry.layer().boxed())));
    records("Option", |memory| Box::new(registry().with(Some(memory.telemetry.layer()))));
    records("Vec", |memory| Box::new(registry().with(vec![memory.telemetry.layer().boxed()])));
    records("filtered", |memory| Box::new(registry().with(memory.telemetry.layer().with_filter(LevelFilter::INFO))));
    records("filtered twice", |memory| {
        let layer = memory.telemetry.layer().with_filter(LevelFilter::DEBUG).with_filter(LevelFilter::INFO);
        Box::new(registry().with(layer))
    });
    records("below a filter of a span's field", |memory| {
        let filter = EnvFilter::new("info,[call{model=m}]=debug");
        Box::new(registry().with(filter).with(memory.telemetry.layer()))
    });
    records("under a filter of a span's field", |memory| {
        let filter = EnvFilter::new("info,[call{model=m}]=debug");
        Box::new(registry().with(memory.telemetry.layer().with_filter(filter)))
    });
    records("under a filter that is asked each time", |memory| {
        let filter = dynamic_filter_fn(|metadata, _| *metadata.level() <= Level::INFO);
        Box::new(registry().with(memory.telemetry.layer().with_filter(filter)))
    });
    records("Vec beside a filtered one", |memory| {
        let log = fmt::layer().with_writer(std::io::sink).with_span_events(FmtSpan::FULL);
        Box::new(registry().with(vec![log.with_filter(LevelFilter::WARN).boxed(), memory.telemetry.layer().boxed()]))
    });
    records("reload", |memory| Box::new(registry().with(reload::Layer::new(memory.telemetry.layer()).0)));
    records("fmt before and after", |memory| {
        let before = fmt::layer().with_writer(std::io::sink);
        let after = fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::ERROR);
        Box::new(registry().with(before).with(memory.telemetry.layer()).with(after))
    });
}

/// A swapped-in layer is told neither its registry nor its dispatcher. `layer()` cannot be swapped in: it has a filter
/// of its own, and `tracing-subscriber` gives filters their id only when the subscriber is built.
#[test]
fn recording_works_after_the_companion_was_swapped_in_by_reload() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let none: Option<Box<dyn Layer<Registry> + Send + Sync>> = None;
    let (companion, handle) = reload::Layer::new(none);
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    handle.reload(Some(memory.telemetry.companion_layer().boxed())).unwrap();
    tracing::subscriber::with_default(registry().with(companion).with(otel), || {
        let span = info_span!("call", span_type = "llm", model = "m");
        span.in_scope(|| {
            tracing::Span::current().record_usage(Usage::new(5, 7));
        });
    });
    let spans = memory.spans();
    assert_eq!(get(named(&spans, "chat m"), "gen_ai.usage.input_tokens"), Some(&Value::I64(5)));
}

#[test]
fn the_span_extension_of_tracing_opentelemetry_works_through_the_layer() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("call", span_type = "tool", tool = "t");
        span.set_attribute("app.stock", 1_i64);
    });
    assert_eq!(get(named(&spans, "execute_tool t"), "app.stock"), Some(&Value::I64(1)));
}

#[test]
fn a_disabled_span_takes_recordings_and_leaves_nothing() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        tracing::debug_span!("hidden").record_model("m").record_usage(Usage::new(1, 1));
        tracing::Span::none().record_model("m");
    });
    assert!(spans.is_empty(), "{spans:?}");
}
