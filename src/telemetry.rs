//! What a program holds: the doors for spans, and flush and shutdown.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::core::Core;
use crate::export::Report;
use crate::exporter::GenAiSpanExporter;
use crate::layer::{self, LayerParts};
use crate::price::{PriceError, PriceSource};
use crate::processor::GenAiSpanProcessor;

/// Name of the instrumentation scope of spans that come through [`Telemetry::layer`].
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
}

impl Telemetry {
    pub(crate) fn new(
        core: Arc<Core>,
        provider: SdkTracerProvider,
        layer: LayerParts,
        prices: Arc<PriceSource>,
    ) -> Self {
        Self { core, provider, layer, prices }
    }

    /// A layer for any `registry()`. It contains the OpenTelemetry layer and cannot stand beside another one: for a
    /// registry that has one, use [`companion_layer`](Self::companion_layer) and [`processor`](Self::processor).
    ///
    /// It works in `Option`, `Box`, `Vec`, `reload` and under filters. It has a filter of its own, so it cannot be
    /// swapped in later through a `reload` handle: `tracing-subscriber` panics for every filtered layer there.
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
        let tracer = self.provider.tracer_with_scope(
            opentelemetry::InstrumentationScope::builder(SCOPE).with_version(env!("CARGO_PKG_VERSION")).build(),
        );
        let (layer, open_spans) = layer::enclose(&self.layer, &tracer);
        self.core.watch(&open_spans);
        layer
    }

    /// What [`layer`](Self::layer) adds to a registry that has an OpenTelemetry layer already: values recorded by
    /// [`GenAiSpanExt`](crate::GenAiSpanExt), scope, call sites and panics. Put it **before** that layer.
    pub fn companion_layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let (layer, open_spans) = layer::companion(&self.layer);
        self.core.watch(&open_spans);
        layer
    }

    /// A processor to put in the place of an existing provider's batch processor; beside it, each span would arrive
    /// twice, once raw. The provider's Resource is the one that counts.
    pub fn processor(&self) -> GenAiSpanProcessor {
        GenAiSpanProcessor::new(Arc::clone(&self.core))
    }

    /// An exporter to put in the place of an existing pipeline's, where that takes no processor. What was its exporter
    /// goes to [`Builder::with_span_exporter`](crate::Builder::with_span_exporter), or is left out for a destination of
    /// ours. The provider's Resource is the one that counts.
    pub fn span_exporter(&self) -> GenAiSpanExporter {
        GenAiSpanExporter::new(Arc::clone(&self.core))
    }

    /// Blocks until every span that ended before is delivered or given up, or `timeout` is over. Works on any thread,
    /// in any runtime and in none.
    pub fn flush(&self, timeout: Duration) -> Report {
        self.core.flush(timeout)
    }

    /// As [`flush`](Self::flush), and ends the telemetry: spans that end later are counted as lost. A provider of the
    /// user's own is left alone.
    pub fn shutdown(&self, timeout: Duration) -> Report {
        self.core.shutdown(timeout)
    }

    /// [`flush`](Self::flush) for async code of any runtime.
    pub async fn flush_async(&self, timeout: Duration) -> Report {
        self.core.flush_async(timeout).await
    }

    /// [`shutdown`](Self::shutdown) for async code of any runtime.
    pub async fn shutdown_async(&self, timeout: Duration) -> Report {
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

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("report", &self.report()).finish_non_exhaustive()
    }
}
