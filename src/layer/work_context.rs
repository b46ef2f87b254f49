//! What makes a new span a part of the work at hand: the current span, the OpenTelemetry context and the scope.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll};

use opentelemetry::{Context, ContextGuard};
use tracing::Span;
use tracing::span::Entered;

use super::scope;
use super::scope_values::ScopeValues;
use super::survival;

/// The span, the OpenTelemetry context and the [`Scope`](crate::Scope) of the work at hand, to be taken along to another
/// task or thread. Those are known by thread, and neither `tokio::spawn` nor a thread pool takes them along.
///
/// ```
/// use tracing_genai::WorkContext;
///
/// let work = WorkContext::current();
/// std::thread::spawn(move || {
///     work.in_scope(|| {
///         // spans created here are children of the span that was current, with the values of its scope
///     });
/// });
/// ```
///
/// While it is kept, the span that was current stays open, as with
/// [`in_current_span`](tracing::Instrument::in_current_span): wait for the work before the telemetry is shut
/// down. A subscriber that is set for one thread only (`tracing::subscriber::set_default`) is not taken along. A clone costs
/// three reference counts.
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing until `in_scope` or `attach` is called"]
pub struct WorkContext {
    span: Option<Span>,
    context: Option<Context>,
    scope: Inherit,
}

/// The scope of the work.
#[derive(Clone, Debug, Default)]
enum Inherit {
    /// The one of the thread where the work runs.
    #[default]
    Own,
    /// This one.
    Of(Option<Arc<ScopeValues>>),
}

impl WorkContext {
    /// What is current now, on this thread.
    pub fn current() -> Self {
        Self { span: Some(Span::current()), context: Some(Context::current()), scope: Inherit::Of(scope::current()) }
    }

    /// A scope, and nothing else.
    pub(super) fn of_scope(values: Arc<ScopeValues>) -> Self {
        Self { scope: Inherit::Of(Some(values)), ..Self::default() }
    }

    /// An OpenTelemetry context, and no `tracing` span.
    pub(crate) fn with_context(self, context: Context) -> Self {
        Self { context: Some(context), ..self }
    }

    /// Runs `work` as a part of it.
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        work()
    }

    /// Makes a future a part of it, over every `await` and wherever it is spawned.
    pub fn attach<F: Future>(self, future: F) -> Attached<F> {
        Attached { work: self, future: Some(Box::pin(future)), is_done: false }
    }

    fn enter(&self) -> InWork<'_> {
        if !scope::thread_lives() {
            return InWork { context: None, span: None, _scope: None };
        }
        let scope = match &self.scope {
            Inherit::Own => None,
            Inherit::Of(values) => Some(scope::enter(values.clone())),
        };
        let span = self.span.as_ref().map(|span| survival::of_work(|| span.enter()));
        // After the span, whose own context it is, unless a span of the OpenTelemetry API is current inside of it.
        let context = self.context.clone().map(Context::attach);
        InWork { context, span, _scope: scope }
    }
}

/// Left in the order of the fields.
struct InWork<'a> {
    context: Option<ContextGuard>,
    span: Option<Entered<'a>>,
    _scope: Option<scope::Entered>,
}

impl Drop for InWork<'_> {
    fn drop(&mut self) {
        drop(self.context.take());
        if let Some(span) = self.span.take() {
            survival::of_work(|| drop(span));
        }
    }
}

/// A future that is a part of the work at hand; [`WorkContext::attach`] and [`InWorkContext`] make it.
///
/// It holds the future in a box: pinning a field needs `unsafe`.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Attached<F> {
    work: WorkContext,
    /// It is there until it is dropped.
    future: Option<Pin<Box<F>>>,
    is_done: bool,
}

impl<F: Future> Future for Attached<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, polling: &mut Polling<'_>) -> Poll<Self::Output> {
        let Self { work, future, is_done } = self.get_mut();
        let _entered = work.enter();
        let polled = future.as_mut().map_or(Poll::Pending, |future| future.as_mut().poll(polling));
        *is_done = polled.is_ready();
        polled
    }
}

impl<F> Drop for Attached<F> {
    /// What the future holds is dropped as a part of the work, as it ran. A subscriber may panic at the end of a thread.
    fn drop(&mut self) {
        let Self { work, future, is_done } = self;
        let _entered = if *is_done { None } else { catch_unwind(AssertUnwindSafe(|| work.enter())).ok() };
        *future = None;
    }
}

/// For futures that are about to be spawned.
///
/// ```
/// # async fn demo() {
/// use tracing_genai::InWorkContext;
///
/// # async fn summarise() {}
/// tokio::spawn(summarise().in_work_context());
/// # }
/// ```
pub trait InWorkContext: Future + Sized {
    /// The future as a part of what is current here: its spans are children of the current span, with the values of
    /// the current [`Scope`](crate::Scope). Short for [`WorkContext::current().attach(..)`](WorkContext::attach).
    fn in_work_context(self) -> Attached<Self> {
        WorkContext::current().attach(self)
    }
}

impl<F: Future> InWorkContext for F {}
