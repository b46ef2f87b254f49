//! Between the layers and the processor, on one thread: from `on_start` to `on_enter`, from `on_close` to `on_end`.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use opentelemetry::Value;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;
use tracing::Metadata;

use super::open_spans::Open;
use crate::conventions::attribute;

/// What the sibling knew of a span that has just ended.
#[derive(Debug)]
pub(crate) struct HandOver {
    pub(crate) open: Open,
}

/// Left by `on_close`.
struct Closed {
    /// Not dropped with the thread, but by [`AtEnd`]: destructors of other thread locals close spans too.
    open: ManuallyDrop<Option<Open>>,
    /// Which telemetry the sibling belongs to: a processor of another one must not take it.
    telemetry: u64,
    /// The OpenTelemetry layer is ours, and says which span ends.
    swept: bool,
    /// Of how many that were left on this thread it is the last.
    number: u64,
}

/// Clears what was left once every layer has closed the span: it stands in the extensions, which the registry drops then.
/// Until the next one it would be there for whatever ends on this thread, such as a span of another request.
pub(super) struct Sweep {
    thread: usize,
    number: u64,
}

/// A span that ended without a hand-over.
#[derive(Clone, Copy)]
struct Bare {
    telemetry: u64,
    /// Of its call site.
    line: i64,
    /// Where the text stands: that of a call site stands still.
    file: *const str,
    /// The last span that had started on this thread.
    started: Option<SpanId>,
}

/// Drops what was not taken when its thread ends.
struct AtEnd;

impl Drop for AtEnd {
    fn drop(&mut self) {
        clear();
    }
}

/// No program without a companion pays for it.
static LOOKS_FOR_BARE: AtomicBool = AtomicBool::new(false);

thread_local! {
    static CLOSED: RefCell<Closed> =
        const { RefCell::new(Closed { open: ManuallyDrop::new(None), telemetry: 0, swept: false, number: 0 }) };
    static AT_END: AtEnd = const { AtEnd };
    static STARTED: Cell<Option<SpanId>> = const { Cell::new(None) };
    static ENDING: Cell<Option<SpanId>> = const { Cell::new(None) };
    static BARE: Cell<Option<Bare>> = const { Cell::new(None) };
    static LAST_EXIT: Cell<Option<(SpanId, SystemTime)>> = const { Cell::new(None) };
}

/// Leaves `open` for the processor of `telemetry`. What was not taken of an earlier span is dropped: that span was
/// not sampled, or had been ended early.
#[inline]
pub(super) fn leave(telemetry: u64, mut open: Open, swept: bool) {
    clear();
    // Has it run at the end of the thread. It has run already where a destructor after it closes a span.
    let _ = AT_END.try_with(|_| ());
    ENDING.set(None);
    LAST_EXIT.set(open.reentry.take().and_then(|reentry| Some((open.otel, reentry.last_exit()?))));
    CLOSED.with(|closed| {
        if let Ok(mut closed) = closed.try_borrow_mut() {
            (closed.telemetry, closed.swept) = (telemetry, swept);
            closed.number = closed.number.wrapping_add(1);
            *closed.open = Some(open);
        }
    });
}

impl Sweep {
    /// Of what was left on this thread just now.
    pub(super) fn new() -> Self {
        let (thread, number) = last();
        Self { thread, number }
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        // The registry may drop it on another thread, or after another one was left.
        if last() == (self.thread, self.number) {
            clear();
        }
    }
}

/// The thread, by where it keeps what is left, and the number of the last one.
fn last() -> (usize, u64) {
    CLOSED.with(|closed| {
        let number = closed.try_borrow().map_or(0, |closed| closed.number);
        (std::ptr::from_ref(closed).addr(), number)
    })
}

/// What was left on this thread for the processor of `telemetry`, when it is of `span`, which has ended.
#[inline]
pub(crate) fn take(telemetry: u64, span: &SpanData) -> Option<HandOver> {
    CLOSED.with(|closed| {
        let mut closed = closed.try_borrow_mut().ok()?;
        let open = if closed.telemetry == telemetry && closed.is_of(span) { closed.open.take() } else { None };
        open.map(|open| HandOver { open })
    })
}

/// From now on there is a layer that may stand at the wrong place.
pub(super) fn look_for_bare() {
    LOOKS_FOR_BARE.store(true, Ordering::Relaxed);
}

/// A span that is exported by the processor of `telemetry` has ended, and nothing was left for it.
pub(crate) fn end_bare(telemetry: u64, span: &SpanData) {
    if LOOKS_FOR_BARE.load(Ordering::Relaxed)
        && let Some((line, file)) = call_site(span)
    {
        BARE.set(Some(Bare { telemetry, line, file, started: STARTED.get() }));
    }
}

/// Whether the OpenTelemetry span of a span that closes has just ended on this thread: then the OpenTelemetry layer stands
/// before the one that asks, and nobody takes what that leaves.
pub(super) fn has_ended(telemetry: u64, open: &Open) -> bool {
    let Some(bare) = BARE.take() else { return false };
    bare.telemetry == telemetry
        && bare.started == STARTED.get()
        && open.metadata.line().map(i64::from) == Some(bare.line)
        && open.metadata.file().is_some_and(|file| std::ptr::eq(file, bare.file))
}

impl Closed {
    /// A span of the OpenTelemetry API that ends on this thread must not take what was left of a span that was never
    /// exported.
    fn is_of(&self, span: &SpanData) -> bool {
        let Some(open) = &*self.open else { return false };
        if open.otel != SpanId::INVALID {
            open.otel == span.span_context.span_id()
        } else if self.swept {
            // One that is not sampled may let go of its parent as it closes, and that ends here then.
            ENDING.get() == Some(span.span_context.span_id())
        } else {
            open.may_be_named(&span.name) || was_created_at(open.metadata, span)
        }
    }
}

/// Whether an OpenTelemetry layer of the user's own says so: the span's own code may have renamed it since.
#[cold]
fn was_created_at(metadata: &Metadata<'_>, span: &SpanData) -> bool {
    call_site(span).is_some_and(|(line, file)| {
        metadata.line().map(i64::from) == Some(line) && metadata.file().is_some_and(|known| known == file)
    })
}

/// Line and file, as an OpenTelemetry layer of the user's own says them unless it is told not to.
fn call_site(span: &SpanData) -> Option<(i64, &str)> {
    let value = |key| span.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| &kv.value);
    match (value(attribute::CODE_LINE_NUMBER)?, value(attribute::CODE_FILE_PATH)?) {
        (Value::I64(line), Value::String(file)) => Some((*line, file.as_str())),
        _ => None,
    }
}

/// Drops what was not taken.
#[inline]
pub(super) fn clear() {
    let is_empty = CLOSED.with(|closed| closed.try_borrow().is_ok_and(|closed| closed.open.is_none()));
    if !is_empty {
        drop_left();
    }
}

/// Values may run foreign code when dropped; no borrow is held here.
#[cold]
fn drop_left() {
    let left = CLOSED.with(|closed| closed.try_borrow_mut().ok().and_then(|mut closed| closed.open.take()));
    drop(left);
}

/// When a span ends that the OpenTelemetry layer ends on this thread, as it says at `time`: it does not know of each exit.
#[inline]
pub(super) fn end(span: SpanId, time: SystemTime) -> SystemTime {
    ENDING.set(Some(span));
    match LAST_EXIT.get() {
        Some((of, last_exit)) if of == span => last_exit.max(time),
        _ => time,
    }
}

/// A span has started on this thread.
#[inline]
pub(crate) fn start(span: SpanId) {
    STARTED.set(Some(span));
}

/// The last span that has started on this thread since this was asked last.
#[inline]
pub(super) fn started() -> Option<SpanId> {
    STARTED.take()
}
