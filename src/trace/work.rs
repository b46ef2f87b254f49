//! A span made by hand, while it is open: shared by its handles and the table.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use tracing::Span;

use super::times::Times;
use crate::conventions::{SpanType, attribute, value};
use crate::layer::{self, Open, Recorded, open_spans_of};

/// The span.
#[derive(Debug)]
pub(super) struct Work {
    telemetry: u64,
    /// Holds the OpenTelemetry span.
    cx: Context,
    context: SpanContext,
    span_type: SpanType,
    name: String,
    started: SystemTime,
    pub(super) opened: Instant,
    pub(super) is_root: bool,
    created_in_panic: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What was set; nothing once the span has ended.
    open: Option<Open>,
    /// The `tracing` span that stands for it, once it was entered. It has what is set from then on.
    carrier: Option<Span>,
}

/// How a span ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    Now,
    After(Duration),
    /// The work was given up on purpose.
    Cancelled,
    /// Nobody said how it ended.
    Closed(ClosedBy),
}

/// What closed a span that the program did not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClosedBy {
    Drop,
    Age,
    Room,
    Shutdown,
}

impl ClosedBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Drop => value::tracing_genai_closed_by::DROP,
            Self::Age => value::tracing_genai_closed_by::AGE,
            Self::Room => value::tracing_genai_closed_by::ROOM,
            Self::Shutdown => value::tracing_genai_closed_by::SHUTDOWN,
        }
    }
}

/// What a new span is.
pub(super) struct Beginning {
    pub(super) span_type: SpanType,
    pub(super) name: String,
    pub(super) started: SystemTime,
    pub(super) is_root: bool,
}

impl Work {
    /// `cx` holds the span that has begun.
    pub(super) fn new(telemetry: u64, cx: Context, beginning: Beginning) -> Self {
        let context = cx.span().span_context().clone();
        let Beginning { span_type, name, started, is_root } = beginning;
        Self {
            telemetry,
            cx,
            context,
            span_type,
            name,
            started,
            opened: Instant::now(),
            is_root,
            created_in_panic: std::thread::panicking(),
            state: Mutex::new(State { open: Some(layer::open_by_hand()), carrier: None }),
        }
    }

    pub(super) fn cx(&self) -> &Context {
        &self.cx
    }

    pub(super) fn context(&self) -> &SpanContext {
        &self.context
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().open.is_some()
    }

    /// Adds a value; false where it found no place, because the span has ended or holds too many.
    pub(super) fn keep(&self, step: Recorded) -> bool {
        let carrier = {
            let mut state = self.state();
            let State { open: Some(open), carrier } = &mut *state else { return false };
            match carrier {
                Some(carrier) => carrier.clone(),
                None => return open.keep(step),
            }
        };
        let left = carrier.with_subscriber(|(id, dispatch)| open_spans_of(dispatch, |open| open.record(id, step)));
        match left.flatten().flatten() {
            // A filter hides the carrier from our layer.
            Some(step) => self.state().open.as_mut().is_some_and(|open| open.keep(step)),
            None => true,
        }
    }

    /// The `tracing` span that stands for it; none once it has ended, and where nobody would see it.
    pub(super) fn carrier(&self) -> Option<Span> {
        {
            let state = self.state();
            if state.open.is_none() || state.carrier.is_some() {
                return state.carrier.clone();
            }
        }
        // Layers run; no lock is held.
        let made = layer::carrier(&self.cx, self.span_type.as_str(), &self.name)?;
        let mut state = self.state();
        if state.open.is_none() {
            // Ended meanwhile.
            drop(state);
            return None;
        }
        let first = state.carrier.get_or_insert_with(|| made.clone()).clone();
        drop(state);
        Some(first)
    }

    /// Ends the span; false when it had ended.
    pub(super) fn end(&self, ending: Ending) -> bool {
        let (open, carrier) = {
            let mut state = self.state();
            let Some(open) = state.open.take() else { return false };
            (open, state.carrier.take())
        };
        let mut open = match carrier.as_ref().and_then(layer::take_carried) {
            Some(later) => behind(open, later),
            None => open,
        };
        let times = match ending {
            Ending::After(duration) => Times::lasting(self.started, duration),
            // A clock that was set back must not make it negative, and is no flaw of the program's.
            _ => Times::between(self.started, SystemTime::now().max(self.started)),
        };
        match ending {
            Ending::Now | Ending::After(_) => {}
            Ending::Cancelled => open.cancelled = true,
            Ending::Closed(by) => {
                open.keep(Recorded::attribute(attribute::TRACING_GENAI_CLOSED_BY, by.as_str()));
                open.panicked |= by == ClosedBy::Drop && std::thread::panicking() && !self.created_in_panic;
            }
        }
        finish(self.telemetry, &self.cx, open, times);
        // Closes here, where nobody is in it.
        drop(carrier);
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the span of `cx`, with what was kept of it.
pub(super) fn finish(telemetry: u64, cx: &Context, mut open: Open, times: Times) {
    if let Some(flaw) = times.flaw {
        open.keep(Recorded::attribute(attribute::TRACING_GENAI_TIME_FLAW, flaw));
    }
    open.otel = cx.span().span_context().span_id();
    layer::end_by_hand(telemetry, open, || cx.span().end_with_timestamp(times.ended));
}

/// What was set before there was a carrier goes before what came by it.
fn behind(mut before: Open, mut later: Open) -> Open {
    before.recorded.append(&mut later.recorded);
    later.recorded = before.recorded;
    later
}
