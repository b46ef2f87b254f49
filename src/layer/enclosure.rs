//! The layers put together.

use std::sync::Arc;

use opentelemetry_sdk::trace::SdkTracer;
use tracing::Subscriber;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::adopt::AdoptingTracer;
use super::counts::LayerCounts;
use super::filter::TraceFilter;
use super::open_spans::OpenSpans;
use super::otel::{Never, Relieved};
use super::scoped::ScopedSpans;
use super::sibling::Sibling;
use crate::self_report::SelfReport;

/// What a layer needs to know of the telemetry that it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct LayerParts {
    pub(crate) telemetry: u64,
    pub(crate) self_report: SelfReport,
    pub(crate) filter: TraceFilter,
    /// A sampler of the user's own may decide by the values that a span has when it starts.
    pub(crate) sampler_looks: bool,
    pub(crate) counts: Arc<LayerCounts>,
    pub(crate) scoped: Arc<ScopedSpans>,
}

/// A whole layer around an OpenTelemetry layer of our own.
///
/// `and_then`, not a wrapper: a wrapper cannot forward `downcast_raw` without `unsafe`, and
/// `OpenTelemetrySpanExt` needs it. The options are the cheap ones: nothing that the call site tells already.
pub(crate) fn enclose<S>(parts: &LayerParts, tracer: &SdkTracer) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let open = Arc::new(OpenSpans::new(parts.sampler_looks, true, Arc::clone(&parts.counts)));
    parts.counts.watch(&open);
    let otel = || {
        tracing_opentelemetry::layer()
            .with_tracer(AdoptingTracer(tracer.clone()))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
    };
    Sibling::new(parts, true, Arc::clone(&open))
        .and_then(Relieved::new(otel(), Arc::clone(&open)))
        .and_then(Never::told(otel(), open))
        .with_filter(parts.filter.clone())
}

/// The sibling alone, for a registry that has an OpenTelemetry layer: two of those panic.
pub(crate) fn companion<S>(parts: &LayerParts) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let open = Arc::new(OpenSpans::new(false, false, Arc::clone(&parts.counts)));
    parts.counts.watch(&open);
    Sibling::new(parts, false, open)
}
