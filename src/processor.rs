//! The second door: a `SpanProcessor` that moves each finished span to the worker.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::core::{Core, outcome};
use crate::layer;

/// What [`SpanProcessor::force_flush`] waits, as the SDK's own processor does.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes the place of a provider's batch processor.
///
/// `on_end` sums the span's size, moves it into a queue bounded by bytes and returns: no parsing, no I/O, no waiting.
/// It works for spans of every origin; put [`companion_layer`](crate::Telemetry::companion_layer) before an existing
/// OpenTelemetry layer and the values recorded by [`GenAiSpanExt`](crate::GenAiSpanExt) come with them.
///
/// The end of its provider is the end of the telemetry; it is an error, with the report in its words, where spans were lost
/// because the time was over.
#[derive(Clone, Debug)]
pub struct GenAiSpanProcessor {
    core: Arc<Core>,
    /// Whether the end of its provider is the end of the telemetry.
    ends_with_provider: bool,
}

impl GenAiSpanProcessor {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, ends_with_provider: true }
    }

    /// For the provider of our own layers. It goes with the last handle; a processor in a user's provider lives on.
    pub(crate) fn of_own_provider(core: Arc<Core>) -> Self {
        Self { core, ends_with_provider: false }
    }
}

impl SpanProcessor for GenAiSpanProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        let id = span.span_context().span_id();
        self.core.shared().count_live(span.span_context().is_sampled(), 1);
        layer::start(id);
        self.core.shared().scoped.start(id, cx.span().span_context().span_id());
    }

    fn on_end(&self, mut span: SpanData) {
        let mut hand_over = layer::take(self.core.id(), &span);
        if hand_over.is_none() {
            hand_over = layer::ended_early(span.span_context.span_id());
        }
        let started_in = self.core.shared().scoped.end(span.span_context.span_id());
        // What a layer of ours saw is told by that: a span may be started in a scope in which it is not entered.
        let scope = started_in.filter(|_| hand_over.as_ref().is_none_or(|hand_over| hand_over.open.lacks_its_scope()));
        self.core.shared().count_live(span.span_context.is_sampled(), -1);
        // The SDK hands over spans that are recorded and not sampled too; they are not for export.
        if span.span_context.is_sampled() {
            if hand_over.is_none() {
                layer::end_bare(self.core.id(), &span);
            }
            self.core.take_in(&mut span, hand_over, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        outcome(&self.core.flush(FLUSH_TIMEOUT), FLUSH_TIMEOUT)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if !self.ends_with_provider {
            return Ok(());
        }
        outcome(&self.core.shutdown(timeout), timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.core.shared().set_resource(resource);
    }
}
