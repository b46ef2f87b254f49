//! `SpanRef`: a span by its ids, to add spans below it.

use std::fmt;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceId};

use super::completed::CompletedSpan;
use super::error::TraceError;
use super::handle::SpanHandle;
use super::traces::{NO_SPAN, Traces};
use super::work::Work;
use crate::conventions::SpanType;

/// A span, or a whole trace, by its ids: open here, ended, or in another process. Spans can be added below it; whether it
/// can be changed, [`update`](Self::update) tells.
///
/// Clones stand for the same span. Dropping one ends nothing.
#[derive(Clone)]
pub struct SpanRef {
    traces: Arc<Traces>,
    pub(super) place: Place,
}

/// Where spans are added.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Below a span that is open here.
    Open(Arc<Work>),
    /// Below a span that has ended, or lives elsewhere.
    Known(SpanContext),
    /// In a trace of which no span is known.
    Trace(TraceId),
    /// Below whatever is current.
    Current(Context),
}

impl SpanRef {
    pub(super) fn new(traces: Arc<Traces>, place: Place) -> Self {
        Self { traces, place }
    }

    /// The id of the span's trace: 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        self.place.trace_id().to_string()
    }

    /// The span's id: 16 hexadecimal digits. All are zero for a trace of another process.
    pub fn id(&self) -> String {
        self.place.context().map_or(NO_SPAN, |context| context.span_id()).to_string()
    }

    /// Begins a span below this one. Also where this one has ended: the span is its child all the same, and what it costs
    /// is missing in totals that have been told, which the report counts.
    pub fn span(&self, span_type: SpanType, name: impl Into<String>) -> SpanHandle {
        let work = self.traces.begin(&self.place, span_type, name.into(), false);
        SpanHandle::owning(Self::new(Arc::clone(&self.traces), Place::Open(work)))
    }

    /// Adds a span that has ended. It stands below the parent that it names; without one, below this span.
    #[expect(clippy::return_self_not_must_use, reason = "the span is added, whoever wants to add others below it")]
    pub fn add_span(&self, span: CompletedSpan) -> Self {
        let context = self.traces.add(&self.place, span);
        Self::new(Arc::clone(&self.traces), Place::Known(context))
    }

    /// A handle by which the span can be changed and completed. Dropping it ends nothing: that is for the one who began
    /// the span.
    ///
    /// # Errors
    ///
    /// When the span is not open in this process: it has ended, or lives in another one.
    pub fn update(&self) -> Result<SpanHandle, TraceError> {
        if self.work().is_some_and(|work| work.is_open()) {
            return Ok(SpanHandle::borrowing(self.clone()));
        }
        Err(TraceError::not_open(self.place.trace_id(), self.place.context().map(|context| context.span_id())))
    }

    /// Whether the span is open in this process.
    pub fn is_open(&self) -> bool {
        self.work().is_some_and(|work| work.is_open())
    }

    pub(super) fn traces(&self) -> &Arc<Traces> {
        &self.traces
    }

    pub(super) fn work(&self) -> Option<&Arc<Work>> {
        match &self.place {
            Place::Open(work) => Some(work),
            _ => None,
        }
    }
}

impl Place {
    pub(super) fn trace_id(&self) -> TraceId {
        match self {
            Self::Trace(trace) => *trace,
            _ => self.context().map_or(TraceId::INVALID, |context| context.trace_id()),
        }
    }

    /// Of the span, where there is one.
    pub(super) fn context(&self) -> Option<SpanContext> {
        match self {
            Self::Open(work) => Some(work.context().clone()),
            Self::Known(context) => Some(context.clone()),
            Self::Trace(_) => None,
            Self::Current(cx) => Some(cx.span().span_context().clone()),
        }
    }

    /// The context that holds the span.
    pub(super) fn cx(&self) -> Context {
        match self {
            Self::Open(work) => work.cx().clone(),
            Self::Known(context) => Context::new().with_remote_span_context(context.clone()),
            Self::Trace(_) => Context::new(),
            Self::Current(cx) => cx.clone(),
        }
    }
}

impl fmt::Debug for SpanRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanRef")
            .field("trace_id", &self.trace_id())
            .field("id", &self.id())
            .field("open", &self.is_open())
            .finish()
    }
}
