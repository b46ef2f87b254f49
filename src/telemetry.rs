//! What a program holds: the doors for spans, and flush and shutdown.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::core::Core;
use crate::export::Report;
use crate::exporter::GenAiSpanExporter;
use crate::layer::{self, LayerParts};
use crate::price::{PriceError, PriceSource};
use crate::processor::GenAiSpanProcessor;
use crate::trace::{Bounds, Counters, SpanRef, Trace, TraceError, Traces};

/// Name of the instrumentation scope of spans that come through [`Telemetry::layer`], and of those made by hand.
const SCOPE: &str = "tracing-genai";

/// The built telemetry. Clones share one worker, queue and set of destinations.
///
/// When the last clone, layer and processor are dropped, what waits is flushed within the shutdown timeout and the
/// worker ends; a process that exits with a global subscriber set never drops it, so call
/// [`shutdown`](Self::shutdown) or keep the [`Guard`](crate::Guard) of [`install`](crate::install).
#[derive(Clone)]
pub struct Telemetry {
    core: Arc<Core>,
    provider: SdkTracerProvider,
    layer: LayerParts,
    prices: Arc<PriceSource>,
    traces: Arc<Traces>,
}

impl Telemetry {
    pub(crate) fn new(
        core: Arc<Core>,
        provider: SdkTracerProvider,
        layer: LayerParts,
        prices: Arc<PriceSource>,
        open_spans: Bounds,
    ) -> Self {
        let shared = core.shared();
        let counters =
            Counters { unfinished: Arc::clone(&shared.unfinished), values: Arc::clone(&shared.values_by_hand) };
        let traces = Traces::new(core.id(), tracer(&provider), open_spans, counters, shared.self_report.clone());
        Self { core, provider, layer, prices, traces }
    }

    /// A layer for any `registry()`. It contains the OpenTelemetry layer and cannot stand beside another one: for a
    /// registry that has one, use [`companion_layer`](Self::companion_layer) and [`processor`](Self::processor).
    ///
    /// It works in `Option`, `Box`, `Vec`, `reload` and under filters. It has a filter of its own, which has some
    /// consequences in `tracing-subscriber`: it cannot be swapped in later through a `reload` handle, nor stand on
    /// `tracing_subscriber::fmt().finish()`, where every filtered layer panics (use `registry()` with `fmt::layer()`); and
    /// where a filtered layer is joined to it by `and_then`, the level of that one's filter holds for both (use `with` for
    /// each). One that is swapped out takes along what its open spans hold. A span is not seen whose field, while it is
    /// made, asks `enabled!` or `log_enabled!` and is told no: ask before.
    ///
    /// In `Vec`, `Option` and a `reload` that was swapped it knows its subscriber only once a span was entered. Before, a span
    /// whose `parent:` it does not see begins a trace, and creating a span panics of which a field is made by what is traced
    /// or logs itself; under `reload` that always does.
    ///
    /// A filter on the whole registry hides spans from this layer too, and an `EnvFilter` does so with all but errors where
    /// `RUST_LOG` is not set: put it on the log layer. Inside of a span that other layers see and this one does not, spans and
    /// values belong to the next one above.
    ///
    /// A subscriber has a layer of one telemetry: beside one of another, what [`GenAiSpanExt`](crate::GenAiSpanExt) records
    /// reaches one of the two. Several backends are several destinations. With one subscriber for each thread
    /// (`set_default`), spans end where theirs is current: the registry closes a span's parent through the current one.
    ///
    /// ```no_run
    /// use tracing_subscriber::prelude::*;
    ///
    /// let telemetry = tracing_genai::builder("support-agent").build()?;
    /// tracing_subscriber::registry().with(telemetry.layer()).with(tracing_subscriber::fmt::layer()).init();
    /// # Ok::<(), tracing_genai::BuildError>(())
    /// ```
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        layer::enclose(&self.layer, &tracer(&self.provider))
    }

    /// What [`layer`](Self::layer) adds to a registry that has an OpenTelemetry layer already: values recorded by
    /// [`GenAiSpanExt`](crate::GenAiSpanExt), scope, call sites and panics. Put it **before** that layer.
    ///
    /// It sees every span, and so switches on those that filters of the other layers leave out. Where the OpenTelemetry
    /// layer has a filter, put both under it: `telemetry.companion_layer().and_then(otel).with_filter(filter)`. Otherwise what
    /// is recorded on a current span that the OpenTelemetry layer does not see is lost.
    pub fn companion_layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        layer::companion(&self.layer)
    }

    /// A processor to put in the place of an existing provider's batch processor; beside it, each span would arrive
    /// twice, once raw. The provider's Resource is the one that counts.
    pub fn processor(&self) -> GenAiSpanProcessor {
        GenAiSpanProcessor::new(Arc::clone(&self.core))
    }

    /// Begins a trace by hand, for code that has no function to annotate. Where a span is current on this thread, of
    /// `tracing` or of the OpenTelemetry API, the trace goes on below it; else a new one begins.
    pub fn trace(&self, name: impl Into<String>) -> Trace {
        self.traces.trace(name.into())
    }

    /// As [`trace`](Self::trace), and always a new one.
    pub fn new_trace(&self, name: impl Into<String>) -> Trace {
        self.traces.new_trace(name.into())
    }

    /// Takes a trace up again by its id ([`Trace::id`]), from another task, or in another process. Of a trace that was begun
    /// by hand in this one, spans are added below its first span; of another one, also where `#[instrument]` began it, spans
    /// that are added have no parent: give [`span_by_id`](Self::span_by_id) both ids.
    ///
    /// # Errors
    ///
    /// When the id is not 32 hexadecimal digits, or all of them are zero.
    pub fn trace_by_id(&self, trace_id: &str) -> Result<SpanRef, TraceError> {
        self.traces.by_id(trace_id, None)
    }

    /// Takes a span up again by its ids ([`SpanRef::trace_id`] and [`SpanRef::id`]), from another task, or in another
    /// process. Spans can be added below it in any case; [`SpanRef::update`] tells whether it can be changed. The ids of a
    /// span of `tracing` are those of `opentelemetry::Context::current().span()` while it is entered. What is added below
    /// one that was not made by hand is a local root, as below one of another process, with totals of its own: work of the
    /// same process that is to count above goes along by [`WorkContext`](crate::WorkContext).
    ///
    /// # Errors
    ///
    /// When an id is not of 32 and 16 hexadecimal digits, all of them are zero, or the span is known to be of another
    /// trace.
    pub fn span_by_id(&self, trace_id: &str, span_id: &str) -> Result<SpanRef, TraceError> {
        self.traces.by_id(trace_id, Some(span_id))
    }

    /// An exporter to put in the place of an existing pipeline's, where that takes no processor. What was its exporter
    /// goes to [`Builder::with_span_exporter`](crate::Builder::with_span_exporter), or is left out for a destination of
    /// ours. The provider's Resource is the one that counts.
    pub fn span_exporter(&self) -> GenAiSpanExporter {
        GenAiSpanExporter::new(Arc::clone(&self.core))
    }

    /// Blocks until every span that ended before is delivered or given up, or `timeout` is over. What lies in the spool,
    /// also of ended processes, counts as such, where its destination takes something. Works on any thread, in any runtime
    /// and in none.
    pub fn flush(&self, timeout: Duration) -> Report {
        self.traces.close_overdue(0);
        self.core.flush(timeout)
    }

    /// As [`flush`](Self::flush), and ends the telemetry: spans made by hand that are open are closed and marked, and
    /// spans that end later are counted as lost. A provider of your own is left alone.
    pub fn shutdown(&self, timeout: Duration) -> Report {
        self.traces.close_all();
        self.core.shutdown(timeout)
    }

    /// [`flush`](Self::flush) for async code of any runtime.
    pub async fn flush_async(&self, timeout: Duration) -> Report {
        self.traces.close_overdue(0);
        self.core.flush_async(timeout).await
    }

    /// [`shutdown`](Self::shutdown) for async code of any runtime.
    pub async fn shutdown_async(&self, timeout: Duration) -> Report {
        self.traces.close_all();
        self.core.shutdown_async(timeout).await
    }

    /// Reads the price file again; spans that the worker comes to afterwards are priced by it. Blocks while the file is
    /// read.
    ///
    /// # Errors
    ///
    /// When no file was named, or it cannot be used; the prices that are in force stay so, and the message names the
    /// file, the line and what would be right.
    pub fn reload_prices(&self) -> Result<(), PriceError> {
        self.prices.reload()
    }

    /// What was delivered, waits and was lost since the start.
    pub fn report(&self) -> Report {
        self.core.shared().report()
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }
}

fn tracer(provider: &SdkTracerProvider) -> SdkTracer {
    let scope = opentelemetry::InstrumentationScope::builder(SCOPE).with_version(env!("CARGO_PKG_VERSION"));
    provider.tracer_with_scope(scope.build())
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("report", &self.report()).finish_non_exhaustive()
    }
}
