//! `Trace`: a trace made by hand, and its first span.

use std::ops::Deref;
use std::sync::Arc;

use opentelemetry::Context;

use super::error::TraceError;
use super::handle::SpanHandle;
use super::span_ref::{Place, SpanRef};
use super::traces::Traces;
use crate::conventions::SpanType;
use crate::layer;

/// A trace made by hand; derefs to the [`SpanHandle`] of its first span, which is of type
/// [`Chain`](SpanType::Chain) unless [`set_span_type`](SpanHandle::set_span_type) says otherwise.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tracing_genai::{CompletedSpan, SpanType, Usage};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let telemetry = tracing_genai::builder("support-agent").without_env().build()?;
/// let trace = telemetry.trace("customer-support-query");
///
/// let search = trace.span(SpanType::Retrieval, "vector-search");
/// search.set_input("where is my order?");
/// search.complete();
///
/// let call = trace.span(SpanType::Llm, "answer");
/// call.set_provider("openai").set_model("gpt-4o-mini").set_usage(Usage::new(812, 140));
/// call.complete_after(Duration::from_millis(640));
///
/// // What is known only afterwards.
/// let started = SystemTime::now() - Duration::from_secs(2);
/// trace.add_span(CompletedSpan::new(SpanType::Tool, "order_lookup", started, Duration::from_millis(31)));
/// trace.complete();
/// # Ok(())
/// # }
/// ```
///
/// A trace that is dropped without `complete`, `fail`, `cancel` or [`detach`](SpanHandle::detach) is closed, and marked with
/// `tracing_genai.closed_by`.
#[derive(Debug)]
#[must_use = "dropping a trace closes it"]
pub struct Trace {
    root: SpanHandle,
}

impl Trace {
    /// The trace's id: 32 hexadecimal digits.
    pub fn id(&self) -> String {
        self.root.trace_id()
    }

    /// The trace's first span.
    pub fn root(&self) -> &SpanHandle {
        &self.root
    }

    /// Lets the trace stay open without this handle, until it is completed through
    /// [`Telemetry::trace_by_id`](crate::Telemetry::trace_by_id); gives its id.
    pub fn detach(self) -> String {
        let id = self.id();
        self.root.detach();
        id
    }
}

impl Deref for Trace {
    type Target = SpanHandle;

    fn deref(&self) -> &SpanHandle {
        &self.root
    }
}

impl Traces {
    /// Begins a trace below what is current on this thread, or a new one.
    pub(crate) fn trace(self: &Arc<Self>, name: String) -> Trace {
        self.begin_trace(&Place::Current(layer::current_context()), name)
    }

    /// Begins a new trace, whatever is current.
    pub(crate) fn new_trace(self: &Arc<Self>, name: String) -> Trace {
        self.begin_trace(&Place::Current(Context::new()), name)
    }

    fn begin_trace(self: &Arc<Self>, place: &Place, name: String) -> Trace {
        let work = self.begin(place, SpanType::Chain, name, true);
        Trace { root: SpanHandle::owning(SpanRef::new(Arc::clone(self), Place::Open(work))) }
    }

    /// Takes a trace up again.
    pub(crate) fn by_id(self: &Arc<Self>, trace: &str, span: Option<&str>) -> Result<SpanRef, TraceError> {
        match span {
            Some(span) => self.span_by_id(trace, span),
            None => self.trace_by_id(trace),
        }
    }
}
