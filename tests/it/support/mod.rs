//! A telemetry that exports into memory, and what a test reads of its spans.

pub(crate) mod agent;
pub(crate) mod log;
pub(crate) mod peer;
pub(crate) mod surfaces;

use std::time::Duration;

use opentelemetry::Value;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
use tracing_genai::{Builder, Report, Telemetry};
use tracing_subscriber::prelude::*;

use self::log::Log;

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

    /// As [`run`](Self::run), beside what telemetry says of itself.
    pub(crate) fn run_logged(&self, work: impl FnOnce()) -> (Vec<SpanData>, Log) {
        let log = Log::default();
        let subscriber = tracing_subscriber::registry().with(self.telemetry.layer()).with(log.clone());
        // What is said after the subscriber has gone is heard by nobody.
        let spans = tracing::subscriber::with_default(subscriber, || {
            work();
            self.spans()
        });
        (spans, log)
    }

    /// What became of the spans so far.
    pub(crate) fn report(&self) -> Report {
        self.telemetry.report()
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

/// Variables that a builder is to read in place of the process's.
pub(crate) fn variables<const N: usize>(
    given: [(&'static str, &str); N],
) -> impl Fn(&str) -> Option<String> + Send + Sync + use<N> {
    let given = given.map(|(name, value)| (name, value.to_owned()));
    move |wanted| given.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
}

/// Runs `work` under a subscriber that has the layer alone, and waits until all is delivered.
pub(crate) fn deliver(telemetry: &Telemetry, work: impl FnOnce()) {
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), work);
    let report = telemetry.flush(DEADLINE);
    assert!(report.is_complete(), "{report}");
}

/// A value that is a JSON document.
pub(crate) fn json(span: &SpanData, key: &str) -> serde_json::Value {
    let text = text(span, key).unwrap_or_else(|| panic!("no {key} on {}: {:?}", span.name, span.attributes));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{key} does not parse ({error}): {text}"))
}
