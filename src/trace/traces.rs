//! `Traces`: what all spans made by hand under one telemetry share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use opentelemetry::trace::{
    SpanBuilder, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use super::completed::CompletedSpan;
use super::error::TraceError;
use super::ids;
use super::span_ref::{Place, SpanRef};
use super::table::{Bounds, Table};
use super::times::Times;
use super::work::{Beginning, ClosedBy, Ending, Work, finish};
use crate::conventions::{SpanType, attribute};
use crate::head::head;
use crate::self_report::SelfReport;

/// Bytes of a name. It is of low cardinality, and never carries a prompt.
const MAX_NAME: usize = 256;

/// What is counted of spans made by hand, for the report.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters {
    /// Closed by age, for room or at shutdown.
    pub(crate) unfinished: Arc<AtomicU64>,
    /// Values for spans that had ended, or held too many.
    pub(crate) values: Arc<AtomicU64>,
}

/// The shared part.
#[derive(Debug)]
pub(crate) struct Traces {
    telemetry: u64,
    tracer: SdkTracer,
    table: Mutex<Table>,
    counters: Counters,
    self_report: SelfReport,
}

impl Traces {
    pub(crate) fn new(
        telemetry: u64,
        tracer: SdkTracer,
        bounds: Bounds,
        counters: Counters,
        self_report: SelfReport,
    ) -> Arc<Self> {
        Arc::new(Self { telemetry, tracer, table: Mutex::new(Table::new(bounds)), counters, self_report })
    }

    /// Begins a span.
    pub(super) fn begin(&self, place: &Place, span_type: SpanType, name: String, is_root: bool) -> Arc<Work> {
        self.close_overdue(1);
        let name = cut(name);
        let started = SystemTime::now();
        let cx = self.start(place, span_type, &name, started, None);
        let work = Arc::new(Work::new(self.telemetry, cx, Beginning { span_type, name, started, is_root }));
        // A telemetry that has ended makes spans without ids.
        if work.context().is_valid() {
            self.table().insert(&work);
        }
        work
    }

    /// Adds a span that has ended. Its parent is the one that it names, where that is of the same trace; of another one,
    /// it is linked.
    pub(super) fn add(&self, place: &Place, completed: CompletedSpan) -> SpanContext {
        self.close_overdue(0);
        let CompletedSpan { span_type, name, started_at, duration, ended_at, parent, mut open } = completed;
        let times = match ended_at {
            Some(ended_at) => Times::between(started_at, ended_at),
            None => Times::lasting(started_at, duration),
        };
        let (parent, linked) = match parent.map(|parent| parent.place) {
            Some(parent) if parent.trace_id() == place.trace_id() => (Some(parent), None),
            Some(elsewhere) => (None, elsewhere.context()),
            None => (None, None),
        };
        let cx = self.start(parent.as_ref().unwrap_or(place), span_type, &cut(name), times.started, linked);
        let context = cx.span().span_context().clone();
        open.otel = context.span_id();
        finish(self.telemetry, &cx, open, times);
        if context.is_valid() {
            self.table().remember(&context);
        }
        context
    }

    fn start(
        &self,
        place: &Place,
        span_type: SpanType,
        name: &str,
        started: SystemTime,
        linked: Option<SpanContext>,
    ) -> Context {
        let builder = SpanBuilder::from_name(name.to_owned())
            .with_start_time(started)
            .with_attributes([KeyValue::new(attribute::SPAN_TYPE, span_type.as_str())]);
        let builder = match linked {
            Some(linked) => builder.with_links(vec![opentelemetry::trace::Link::with_context(linked)]),
            None => builder,
        };
        let parent = place.cx();
        let span = match place {
            Place::Trace(trace) => ids::in_trace(*trace, || self.tracer.build_with_context(builder, &parent)),
            _ => self.tracer.build_with_context(builder, &parent),
        };
        parent.with_span(span)
    }

    /// Ends a span, and forgets it; false when it had ended.
    pub(super) fn end(&self, work: &Work, ending: Ending) -> bool {
        let ended = work.end(ending);
        if ended {
            self.table().remove(work);
        }
        ended
    }

    /// A value found no place.
    pub(super) fn turn_away(&self, work: &Work) {
        self.counters.values.fetch_add(1, Ordering::Relaxed);
        if !work.is_open() {
            self.self_report.warn(
                "value after the end",
                "a value for a span made by hand came after the span had ended, and is left out; set it before complete()",
            );
        }
    }

    pub(super) fn trace_by_id(self: &Arc<Self>, id: &str) -> Result<SpanRef, TraceError> {
        let trace = ids::trace_id(id)?;
        self.close_overdue(0);
        let table = self.table();
        let place = match table.root(trace) {
            Some(root) => table.get(root.span_id()).map_or_else(|| Place::Known(root.clone()), Place::Open),
            None => Place::Trace(trace),
        };
        drop(table);
        Ok(SpanRef::new(Arc::clone(self), place))
    }

    pub(super) fn span_by_id(self: &Arc<Self>, trace: &str, span: &str) -> Result<SpanRef, TraceError> {
        let (trace, span) = (ids::trace_id(trace)?, ids::span_id(span)?);
        self.close_overdue(0);
        let (open, ended) = {
            let table = self.table();
            (table.get(span), table.ended(span))
        };
        let its_own = open.as_ref().map(|work| work.context().trace_id()).or(ended.map(|(trace, _)| trace));
        if let Some(its_own) = its_own.filter(|its_own| *its_own != trace) {
            return Err(TraceError::other_trace(trace, span, its_own));
        }
        let place = if let Some(work) = open {
            Place::Open(work)
        } else {
            // Whether one of another process is sampled is not known; a span that is added is meant to be seen.
            let flags = ended.map_or(TraceFlags::SAMPLED, |(_, flags)| flags);
            Place::Known(SpanContext::new(trace, span, flags, ended.is_none(), TraceState::default()))
        };
        Ok(SpanRef::new(Arc::clone(self), place))
    }

    /// Closes what is open for too long, and the oldest where there is no room for `more`.
    pub(crate) fn close_overdue(&self, more: usize) {
        let overdue = self.table().overdue(more);
        if overdue.is_empty() {
            return;
        }
        let mut closed = 0;
        for (work, reason) in overdue {
            closed += u64::from(work.end(Ending::Closed(reason)));
        }
        self.count(closed);
    }

    /// Closes all that is open: the telemetry ends.
    pub(crate) fn close_all(&self) {
        let open = self.table().drain();
        let closed = open.iter().filter(|work| work.end(Ending::Closed(ClosedBy::Shutdown))).count();
        self.count(closed as u64);
    }

    fn count(&self, closed: u64) {
        if closed > 0 {
            let before = self.counters.unfinished.fetch_add(closed, Ordering::Relaxed);
            self.self_report.warn(
                "unfinished",
                format_args!(
                    "spans made by hand that were closed unfinished so far: {}; complete() them, or raise \
                     Builder::with_open_spans",
                    before + closed
                ),
            );
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // Nobody can complete them any more; the telemetry that takes them in goes after this.
        self.close_all();
    }
}

fn cut(mut name: String) -> String {
    name.truncate(head(&name, MAX_NAME).len());
    name
}

/// For a place without a span.
pub(super) const NO_SPAN: SpanId = SpanId::INVALID;
