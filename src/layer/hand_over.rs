//! Between the layers and the processor, on one thread: from `on_start` to `on_enter`, from `on_close` to `on_end`.

use std::cell::{Cell, RefCell};
use std::time::SystemTime;

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

use super::open_spans::Open;

/// What the sibling knew of a span that has just ended.
#[derive(Debug)]
pub(crate) struct HandOver {
    pub(crate) open: Open,
}

/// Left by `on_close`.
struct Closed {
    /// Which telemetry the sibling belongs to: a processor of another one must not take it.
    telemetry: u64,
    open: Open,
    /// It is cleared as soon as the OpenTelemetry layer has closed the span too: no other span ends in between.
    swept: bool,
}

thread_local! {
    static CLOSED: RefCell<Option<Closed>> = const { RefCell::new(None) };
    static STARTED: Cell<Option<SpanId>> = const { Cell::new(None) };
    static LAST_EXIT: Cell<Option<(SpanId, SystemTime)>> = const { Cell::new(None) };
}

/// Leaves `open` for the processor of `telemetry`. What was not taken of an earlier span is dropped: that span was
/// not sampled, or had been ended early.
pub(super) fn leave(telemetry: u64, mut open: Open, swept: bool) {
    clear();
    LAST_EXIT.set(open.reentry.take().and_then(|reentry| Some((open.otel, reentry.last_exit()?))));
    CLOSED.with(|closed| {
        if let Ok(mut slot) = closed.try_borrow_mut() {
            *slot = Some(Closed { telemetry, open, swept });
        }
    });
}

/// What was left on this thread for the processor of `telemetry`, when it is of `span`, which has ended.
pub(crate) fn take(telemetry: u64, span: &SpanData) -> Option<HandOver> {
    CLOSED.with(|closed| {
        let mut slot = closed.try_borrow_mut().ok()?;
        let of_span = slot.as_ref().is_some_and(|closed| closed.telemetry == telemetry && closed.is_of(span));
        let taken = if of_span { slot.take() } else { None };
        taken.map(|closed| HandOver { open: closed.open })
    })
}

impl Closed {
    /// A span of the OpenTelemetry API that ends on this thread must not take what was left of a span that was never
    /// exported.
    fn is_of(&self, span: &SpanData) -> bool {
        if self.open.otel == SpanId::INVALID {
            self.swept || self.open.may_be_named(&span.name)
        } else {
            self.open.otel == span.span_context.span_id()
        }
    }
}

/// Drops what was not taken.
pub(super) fn clear() {
    let is_empty = CLOSED.with(|closed| closed.try_borrow().is_ok_and(|slot| slot.is_none()));
    if !is_empty {
        drop_left();
    }
}

/// Values may run foreign code when dropped; no borrow is held here.
#[cold]
fn drop_left() {
    let left = CLOSED.with(|closed| closed.try_borrow_mut().ok().and_then(|mut slot| slot.take()));
    drop(left);
}

/// When a span ends that closes on this thread, of which the OpenTelemetry layer says that it ends at `time`: it does not
/// know of each exit.
pub(super) fn end(span: SpanId, time: SystemTime) -> SystemTime {
    match LAST_EXIT.get() {
        Some((of, last_exit)) if of == span => last_exit.max(time),
        _ => time,
    }
}

/// A span has started on this thread.
pub(crate) fn start(span: SpanId) {
    STARTED.set(Some(span));
}

/// The last span that has started on this thread since this was asked last.
pub(super) fn started() -> Option<SpanId> {
    STARTED.take()
}
