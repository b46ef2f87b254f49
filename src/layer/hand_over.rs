//! From the sibling's `on_close` to the processor's `on_end`, on one thread.

use std::cell::RefCell;

use super::open_spans::Open;

/// What the sibling knew of a span that has just closed.
#[derive(Debug)]
pub(crate) struct HandOver {
    /// Which telemetry the sibling belongs to: a processor of another one must not take it.
    telemetry: u64,
    /// A sweeper stands behind the OpenTelemetry layer, so that no other span can find this.
    pub(crate) swept: bool,
    pub(crate) open: Open,
}

thread_local! {
    static CLOSED: RefCell<Option<HandOver>> = const { RefCell::new(None) };
}

/// Leaves `open` for the processor of `telemetry`. What was not taken of an earlier span is dropped: that span was
/// not sampled, or had been ended early.
pub(super) fn leave(telemetry: u64, swept: bool, open: Open) {
    let replaced = CLOSED.with(|closed| {
        closed.try_borrow_mut().ok().and_then(|mut slot| slot.replace(HandOver { telemetry, swept, open }))
    });
    // Values may run foreign code when dropped; no borrow is held here.
    drop(replaced);
}

/// What was left on this thread for the processor of `telemetry`.
pub(crate) fn take(telemetry: u64) -> Option<HandOver> {
    CLOSED.with(|closed| {
        let mut slot = closed.try_borrow_mut().ok()?;
        if slot.as_ref()?.telemetry == telemetry { slot.take() } else { None }
    })
}

/// Drops what was not taken.
pub(super) fn clear() {
    let left = CLOSED.with(|closed| closed.try_borrow_mut().ok().and_then(|mut slot| slot.take()));
    drop(left);
}
