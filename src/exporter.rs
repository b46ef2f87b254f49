//! The third door: a `SpanExporter` for pipelines that take nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::core::{Core, outcome};
use crate::export::Report;

/// What is waited for the delivery of one batch, and in [`SpanExporter::force_flush`].
const TIMEOUT: Duration = Duration::from_secs(5);

/// Takes the place of a pipeline's exporter; the one that was there becomes a destination
/// ([`Builder::with_span_exporter`](crate::Builder::with_span_exporter)).
///
/// Spans take the same path as through the processor. What only a layer knows is not there: values recorded by
/// [`GenAiSpanExt`](crate::GenAiSpanExt), panics, scope, and the names that were set on purpose. Where the pipeline
/// takes a processor, [`processor`](crate::Telemetry::processor) is the better door.
///
/// `export` comes back when the batch is delivered, so that a provider's `force_flush` means what it says; after five
/// seconds it is an error that names the timeout. The batch is not lost then: it waits here and is sent when the peer
/// answers, and until then `export` does not wait again.
#[derive(Debug)]
pub struct GenAiSpanExporter {
    core: Arc<Core>,
    /// The last batch was not delivered in time.
    is_away: AtomicBool,
}

impl GenAiSpanExporter {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, is_away: AtomicBool::new(false) }
    }

    fn settle(&self, report: &Report, timeout: Duration) -> OTelSdkResult {
        self.is_away.store(report.waiting() > 0, Ordering::Relaxed);
        outcome(report, timeout)
    }
}

impl SpanExporter for GenAiSpanExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for mut span in batch {
            self.core.take_in(&mut span, None, None);
        }
        let timeout = if self.is_away.load(Ordering::Relaxed) { Duration::ZERO } else { TIMEOUT };
        let report = self.core.flush_async(timeout).await;
        self.settle(&report, timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.settle(&self.core.flush(TIMEOUT), TIMEOUT)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        outcome(&self.core.shutdown(timeout), timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.core.shared().set_resource(resource);
    }
}
