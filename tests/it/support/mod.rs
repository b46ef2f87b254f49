//! A telemetry that exports into memory, and what a test reads of its spans.

use std::time::Duration;

use opentelemetry::Value;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
use tracing_genai::{Builder, Telemetry};
use tracing_subscriber::prelude::*;

/// Long enough for a loaded machine; nothing waits for it in a test that passes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Telemetry into memory, without the process's environment.
pub(crate) struct Memory {
    pub(crate) telemetry: Telemetry,
    exporter: InMemorySpanExporter,
}

/// A builder that reads no environment.
pub(crate) fn builder() -> Builder {
    tracing_genai::builder("test").without_env()
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let exporter = InMemorySpanExporter::default();
        let telemetry = change(builder()).with_span_exporter(exporter.clone()).build().unwrap();
        Self { telemetry, exporter }
    }

    /// Runs `work` under a subscriber that has the layer alone, and gives the spans.
    pub(crate) fn run(&self, work: impl FnOnce()) -> Vec<SpanData> {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(self.telemetry.layer()), work);
        self.spans()
    }

    /// What has arrived, once all that ended was delivered.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        let report = self.telemetry.flush(DEADLINE);
        assert_eq!(report.waiting(), 0, "{report}");
        self.exporter.get_finished_spans().unwrap()
    }
}

/// The value of an attribute.
pub(crate) fn get<'a>(span: &'a SpanData, key: &str) -> Option<&'a Value> {
    let mut found = span.attributes.iter().filter(|kv| kv.key.as_str() == key);
    let value = found.next();
    assert!(found.next().is_none(), "{key} stands twice on {}: {:?}", span.name, span.attributes);
    value.map(|kv| &kv.value)
}

/// The text of an attribute.
pub(crate) fn text(span: &SpanData, key: &str) -> Option<String> {
    get(span, key).map(ToString::to_string)
}

/// The span of a name; a test that asks for one means that there is one.
pub(crate) fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    let mut found = spans.iter().filter(|span| span.name == name);
    let span = found.next();
    assert!(found.next().is_none(), "two spans are named {name}");
    span.unwrap_or_else(|| {
        panic!("no span is named {name}: {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>())
    })
}
