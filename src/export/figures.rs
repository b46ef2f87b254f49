//! The report's numbers as metrics of the SDK itself, in the conventions' names where they have one.
//!
//! All are observed: nothing is counted twice, and nothing happens between two collections.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use super::loss::LossReason;
use super::report::{DestinationReport, Report};
use crate::conventions::attribute::{ERROR_TYPE, OTEL_COMPONENT_NAME, OTEL_COMPONENT_TYPE, OTEL_SPAN_SAMPLING_RESULT};
use crate::conventions::metric::{self, MetricDef};

/// What is observed.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) report: Report,
    /// Spans that are open: those that are exported, and those that are recorded alone.
    pub(crate) live: [u64; 2],
    /// Spans that went through the pipeline to the destinations.
    pub(crate) processed: u64,
    /// In spans, where the queue is bounded so too.
    pub(crate) queue_capacity: Option<u64>,
    /// Of all that waits, and what it may be.
    pub(crate) buffered_bytes: u64,
    pub(crate) buffer_bytes: u64,
}

/// In the order of [`Figures::live`]; the conventions' words.
const SAMPLING: [&str; 2] = ["RECORD_AND_SAMPLE", "RECORD_ONLY"];
const PROCESSOR: &str = "tracing_genai::GenAiSpanProcessor";
/// What a partial success is told as, since it gives no reason of its own for each span.
const REJECTED: &str = "rejected";

type Observe = fn(&Component, &Figures, &mut dyn FnMut(u64, &[KeyValue]));

/// Has `meter` observe what `figures` gives at the time. `id` tells this telemetry from others of the process.
pub(crate) fn observe(meter: &Meter, id: u64, figures: impl Fn() -> Figures + Send + Sync + 'static) {
    let observed = Arc::new(Observed { processor: Component::new(PROCESSOR, format!("{PROCESSOR}/{id}")), figures });
    let counters: [(MetricDef, Observe); 5] = [
        (metric::OTEL_SDK_PROCESSOR_SPAN_PROCESSED, processed),
        (metric::OTEL_SDK_EXPORTER_SPAN_EXPORTED, exported),
        (metric::TRACING_GENAI_SPAN_SHED, |own, figures, tell| shed(own, figures, tell, DestinationReport::shed)),
        (metric::TRACING_GENAI_CONTENT_SHED, |own, figures, tell| {
            shed(own, figures, tell, DestinationReport::shed_bytes);
        }),
        (metric::TRACING_GENAI_SPAN_UNMEASURED, |own, figures, tell| tell(figures.report.unmeasured(), &own.labels())),
    ];
    for (def, what) in counters {
        let observed = Arc::clone(&observed);
        let counter = meter.u64_observable_counter(def.name).with_unit(def.unit).with_description(def.brief);
        counter.with_callback(move |to| observed.tell(what, &mut |value, labels| to.observe(value, labels))).build();
    }
    let levels: [(MetricDef, Observe); 7] = [
        (metric::OTEL_SDK_SPAN_LIVE, live),
        (metric::OTEL_SDK_PROCESSOR_SPAN_QUEUE_SIZE, |own, figures, tell| {
            tell(figures.report.queue.waiting(), &own.labels());
        }),
        (metric::OTEL_SDK_PROCESSOR_SPAN_QUEUE_CAPACITY, |own, figures, tell| {
            if let Some(spans) = figures.queue_capacity {
                tell(spans, &own.labels());
            }
        }),
        (metric::OTEL_SDK_EXPORTER_SPAN_INFLIGHT, |_, figures, tell| {
            each(figures, |part, own| tell(part.waiting(), &own.labels()));
        }),
        (metric::TRACING_GENAI_SPAN_SPOOLED, |_, figures, tell| {
            each(figures, |part, own| tell(part.spooled(), &own.labels()));
        }),
        (metric::TRACING_GENAI_BUFFER_SIZE, |own, figures, tell| tell(figures.buffered_bytes, &own.labels())),
        (metric::TRACING_GENAI_BUFFER_CAPACITY, |own, figures, tell| tell(figures.buffer_bytes, &own.labels())),
    ];
    for (def, what) in levels {
        let observed = Arc::clone(&observed);
        let level = meter.i64_observable_up_down_counter(def.name).with_unit(def.unit).with_description(def.brief);
        level
            .with_callback(move |to| {
                observed.tell(what, &mut |value, labels| to.observe(i64::try_from(value).unwrap_or(i64::MAX), labels));
            })
            .build();
    }
}

struct Observed<F> {
    processor: Component,
    figures: F,
}

impl<F: Fn() -> Figures> Observed<F> {
    fn tell(&self, what: Observe, to: &mut dyn FnMut(u64, &[KeyValue])) {
        // The SDK lets a panic of a callback end its reader's thread.
        let _ = catch_unwind(AssertUnwindSafe(|| what(&self.processor, &(self.figures)(), to)));
    }
}

fn live(_: &Component, figures: &Figures, tell: &mut dyn FnMut(u64, &[KeyValue])) {
    for (spans, sampled) in figures.live.into_iter().zip(SAMPLING) {
        tell(spans, &[KeyValue::new(OTEL_SPAN_SAMPLING_RESULT, sampled)]);
    }
}

fn processed(own: &Component, figures: &Figures, tell: &mut dyn FnMut(u64, &[KeyValue])) {
    tell(figures.processed, &own.labels());
    own.losses(&figures.report.queue, tell);
}

fn exported(_: &Component, figures: &Figures, tell: &mut dyn FnMut(u64, &[KeyValue])) {
    each(figures, |part, own| {
        tell(part.delivered(), &own.labels());
        if part.rejected() > 0 {
            tell(part.rejected(), &own.failed(REJECTED.to_owned()));
        }
        own.losses(part, tell);
    });
}

/// Where there was no room: in the queue, or for a destination.
fn shed(
    own: &Component,
    figures: &Figures,
    tell: &mut dyn FnMut(u64, &[KeyValue]),
    what: fn(&DestinationReport) -> u64,
) {
    tell(what(&figures.report.queue), &own.labels());
    each(figures, |part, own| tell(what(part), &own.labels()));
}

/// Each destination, and how it is told from others.
fn each(figures: &Figures, mut tell: impl FnMut(&DestinationReport, &Component)) {
    let parts = figures.report.destinations();
    for (at, part) in parts.iter().enumerate() {
        let before = parts.iter().take(at).filter(|other| other.name() == part.name()).count();
        let name = if before == 0 { part.name().to_owned() } else { format!("{}/{before}", part.name()) };
        let kind = if part.component.is_empty() { part.name() } else { part.component };
        tell(part, &Component::new(kind, name));
    }
}

/// A part of the telemetry, as labels.
#[derive(Debug)]
struct Component {
    kind: String,
    name: String,
}

impl Component {
    fn new(kind: impl Into<String>, name: String) -> Self {
        Self { kind: kind.into(), name }
    }

    fn labels(&self) -> [KeyValue; 2] {
        [KeyValue::new(OTEL_COMPONENT_TYPE, self.kind.clone()), KeyValue::new(OTEL_COMPONENT_NAME, self.name.clone())]
    }

    fn failed(&self, error: String) -> Vec<KeyValue> {
        self.labels().into_iter().chain([KeyValue::new(ERROR_TYPE, error)]).collect()
    }

    /// What was lost, by reason. A reason that there was no need for has no series.
    fn losses(&self, part: &DestinationReport, tell: &mut dyn FnMut(u64, &[KeyValue])) {
        for reason in LossReason::ALL {
            let spans = part.lost_by(reason);
            if spans > 0 {
                tell(spans, &self.failed(reason.as_str().replace(' ', "_")));
            }
        }
    }
}
