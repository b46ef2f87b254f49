//! Spans that are entered again and again, as that of a future is by each poll, go past the OpenTelemetry layer.
//!
//! Each time it looks the span up, locks what it keeps of it and clones the span's Context. Once a span has started that
//! Context never changes, so from the third time on it is attached from here.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceContextExt as _};
use opentelemetry::{Context, ContextGuard};
use tracing::span::Id;

use super::open_spans::OpenSpans;

/// Spans that one thread is in at once by this way: no more of their contexts can be current.
const MAX_ENTERED: usize = u16::MAX as usize;
/// How deep a thread remembers which span it entered last.
const REMEMBERED: usize = 4;

/// What it takes to enter a started span again.
#[derive(Debug)]
pub(super) struct Reentry {
    cx: Context,
    last_exit: Mutex<Option<SystemTime>>,
}

/// The spans that a thread is in.
struct Stack {
    entered: Vec<Entered>,
    /// By the place in `entered`. A future that is polled alone finds its spans here, and not by the table.
    last: [Last; REMEMBERED],
}

struct Entered {
    of: Key,
    guard: ContextGuard,
    reentry: Arc<Reentry>,
}

/// Empty once the span has closed: another one may have its id then.
struct Last {
    of: Key,
    reentry: Weak<Reentry>,
}

/// A span's id, and the address of its table: registries give the same ids.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key(u64, usize);

thread_local! {
    static STACK: RefCell<Stack> = const { RefCell::new(Stack::new()) };
    static CREATED: Cell<Key> = const { Cell::new(Key::NONE) };
    /// Under which a span was created last. One that is entered is open: no other has its id.
    static ABOVE: Cell<Key> = const { Cell::new(Key::NONE) };
}

impl Reentry {
    /// By the context that is current, when it is that of `span`.
    pub(super) fn by_current(span: SpanId) -> Option<Arc<Self>> {
        (current() == span).then(|| Arc::new(Self { cx: Context::current(), last_exit: Mutex::new(None) }))
    }

    /// When the span was last exited by this way.
    pub(super) fn last_exit(&self) -> Option<SystemTime> {
        *self.last_exit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The OpenTelemetry span that is current.
pub(super) fn current() -> SpanId {
    Context::map_current(|cx| cx.span().span_context().span_id())
}

/// Enters a span of `table`, or gives its OpenTelemetry span, none that is valid before it has started: then the
/// OpenTelemetry layer has to enter it.
#[inline]
pub(super) fn enter(table: &OpenSpans, id: &Id) -> Result<(), SpanId> {
    // What is entered while this is borrowed goes to the OpenTelemetry layer.
    let entered = STACK.try_with(|stack| stack.try_borrow_mut().ok().map(|mut stack| stack.enter(table, id)));
    entered.ok().flatten().unwrap_or_else(|| Err(started(table, id)))
}

#[cold]
fn started(table: &OpenSpans, id: &Id) -> SpanId {
    table.reentry(id).0
}

/// Exits a span of `table`; false when the OpenTelemetry layer entered it.
#[inline]
pub(super) fn exit(table: &OpenSpans, id: &Id) -> bool {
    let exited = STACK.try_with(|stack| stack.try_borrow_mut().ok()?.exit(Key::new(table, id)));
    let Ok(Some((guard, reentry))) = exited else { return false };
    let now = SystemTime::now();
    *reentry.last_exit.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    drop(guard);
    true
}

/// A span of `table` was created on this thread.
#[inline]
pub(super) fn created(table: &OpenSpans, id: &Id) {
    CREATED.set(Key::new(table, id));
}

/// Whether a span is the last one that was created on this thread and was not entered here: most are entered once, and
/// nothing is looked up for them.
#[inline]
pub(super) fn is_first(table: &OpenSpans, id: &Id) -> bool {
    let is_last = CREATED.get() == Key::new(table, id);
    if is_last {
        CREATED.set(Key::NONE);
    }
    is_last
}

/// Whether the table holds a span under which others are created: most often the one of which it was asked last.
#[inline]
pub(super) fn is_held(table: &OpenSpans, id: &Id) -> bool {
    let key = Key::new(table, id);
    if ABOVE.get() == key {
        return true;
    }
    let is_held = table.holds(id);
    if is_held {
        ABOVE.set(key);
    }
    is_held
}

impl Stack {
    const fn new() -> Self {
        Self { entered: Vec::new(), last: [const { Last { of: Key::NONE, reentry: Weak::new() } }; REMEMBERED] }
    }

    #[inline]
    fn enter(&mut self, table: &OpenSpans, id: &Id) -> Result<(), SpanId> {
        let of = Key::new(table, id);
        let place = self.entered.len();
        let last = self.last.get(place).filter(|last| last.of == of).and_then(|last| last.reentry.upgrade());
        let reentry = match last {
            Some(reentry) => reentry,
            None => self.look_up(table, id)?,
        };
        let guard = reentry.cx.clone().attach();
        self.entered.push(Entered { of, guard, reentry });
        Ok(())
    }

    #[cold]
    fn look_up(&mut self, table: &OpenSpans, id: &Id) -> Result<Arc<Reentry>, SpanId> {
        let (of, place) = (Key::new(table, id), self.entered.len());
        let (otel, reentry) = table.reentry(id);
        // Its own code may have ended it since: it is left in the order in which it is entered even so.
        let again =
            || self.entered.iter().rfind(|entered| entered.of == of).map(|entered| Arc::clone(&entered.reentry));
        let reentry = reentry.or_else(again).filter(|_| place < MAX_ENTERED).ok_or(otel)?;
        if let Some(last) = self.last.get_mut(place) {
            *last = Last { of, reentry: Arc::downgrade(&reentry) };
        }
        Ok(reentry)
    }

    #[inline]
    fn exit(&mut self, of: Key) -> Option<(ContextGuard, Arc<Reentry>)> {
        let is_last = self.entered.last()?.of == of;
        let Entered { guard, reentry, .. } = if is_last { self.entered.pop()? } else { self.exit_out_of_order(of)? };
        Some((guard, reentry))
    }

    /// Others were entered since.
    #[cold]
    fn exit_out_of_order(&mut self, of: Key) -> Option<Entered> {
        let place = self.entered.iter().rposition(|entered| entered.of == of)?;
        Some(self.entered.remove(place))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        for entered in self.entered.drain(..) {
            // The thread ends, and its contexts may be gone already.
            std::mem::forget(entered.guard);
        }
    }
}

impl Key {
    /// Of no span.
    const NONE: Self = Self(0, 0);

    #[inline]
    fn new(table: &OpenSpans, id: &Id) -> Self {
        Self(id.into_u64(), std::ptr::from_ref(table).addr())
    }
}
