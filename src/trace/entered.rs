//! A span made by hand as the current one.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use opentelemetry::ContextGuard;
use pin_project_lite::pin_project;
use tracing::span::EnteredSpan;

use super::handle::SpanHandle;
use super::work::Work;
use crate::layer;

/// While it lives, a span made by hand is current on this thread. Drop it before what was current comes back, and not
/// over an `await`: there, [`SpanHandle::attach`] enters and leaves.
#[derive(Debug)]
#[must_use = "the span is left when this is dropped; bind it to `_entered`, not `_`"]
pub struct EnteredGenAiSpan {
    /// Left first: it was entered last.
    _tracing: Option<EnteredSpan>,
    _otel: Option<ContextGuard>,
}

impl SpanHandle {
    /// Makes the span current, for `tracing` and for the OpenTelemetry API: functions with `#[instrument]` and spans of
    /// other crates become its children, log lines its events, and `Span::current().record_…` means this span.
    ///
    /// For `tracing` that needs [`Telemetry::layer`](crate::Telemetry::layer) in the current subscriber, and filters of the
    /// program's own on it that let the target `tracing_genai::by_hand` through. Beside an
    /// OpenTelemetry layer of your own the span is current for the OpenTelemetry API, and for whatever that layer starts.
    pub fn enter(&self) -> EnteredGenAiSpan {
        self.work().map_or(EnteredGenAiSpan { _tracing: None, _otel: None }, |work| enter(work))
    }

    /// Runs `work` with the span as the current one.
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        work()
    }

    /// Makes the span current whenever the future is polled, wherever it is spawned.
    pub fn attach<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Attached { work: self.work().cloned(), future: Some(future), is_done: false }
    }
}

fn enter(work: &Work) -> EnteredGenAiSpan {
    if !layer::thread_lives() {
        return EnteredGenAiSpan { _tracing: None, _otel: None };
    }
    let otel = work.cx().clone().attach();
    EnteredGenAiSpan { _tracing: work.carrier().map(tracing::Span::entered), _otel: Some(otel) }
}

pin_project! {
    struct Attached<F> {
        work: Option<Arc<Work>>,
        #[pin]
        future: Option<F>,
        is_done: bool,
    }

    impl<F> PinnedDrop for Attached<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What it holds is dropped inside the span, as it ran. A subscriber may panic at the end of a thread.
            let work = this.work.as_deref().filter(|_| !*this.is_done);
            let _entered = work.and_then(|work| catch_unwind(AssertUnwindSafe(|| enter(work))).ok());
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for Attached<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.work.as_deref().map(enter);
        // It is there until it is dropped.
        let polled = this.future.as_pin_mut().map_or(Poll::Pending, |future| future.poll(cx));
        *this.is_done = polled.is_ready();
        polled
    }
}
