//! Spans that a panic went through, and that may have survived it: a task or thread that had entered its parent's span
//! panicked, and the parent goes on.
//!
//! Which guard is exited cannot be seen. What is used again has survived, and used means: exited, without a panic, by a
//! guard that was entered before it, or entered anew. A future that panicked itself is entered once more, where an
//! executor drops it after it has caught the panic.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::SystemTime;

use super::open_spans::Open;

/// Open spans that are looked at when they are entered and exited. None of them, nearly always.
static WATCHED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The span that is being entered or exited here is that of a `WorkContext`: no span's own code is.
    static OF_WORK: Cell<bool> = const { Cell::new(false) };
}

/// What a panic has done to a span.
#[derive(Debug)]
pub(super) enum Unwinding {
    /// It went through it, and it may be known later that it was not its own.
    Through(Survival),
    /// It closed it, at this time.
    Closed(SystemTime),
}

/// What it takes to be taken back.
#[derive(Debug)]
pub(super) struct Survival {
    /// Guards that were entered since.
    inside: u32,
    uses_to_come: u8,
    /// The panic had it marked as cancelled.
    cancelled: bool,
}

impl Survival {
    fn new(uses_to_come: u8, cancelled: bool) -> Self {
        WATCHED.fetch_add(1, Ordering::Relaxed);
        Self { inside: 0, uses_to_come, cancelled }
    }
}

impl Drop for Survival {
    fn drop(&mut self) {
        WATCHED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether any span is to be looked at.
#[inline]
pub(super) fn is_watched() -> bool {
    WATCHED.load(Ordering::Relaxed) > 0
}

/// Enters or exits the span of a `WorkContext`.
#[inline]
pub(super) fn of_work<R>(step: impl FnOnce() -> R) -> R {
    if is_watched() || thread::panicking() { mark_of_work(step) } else { step() }
}

#[cold]
fn mark_of_work<R>(step: impl FnOnce() -> R) -> R {
    /// Layers of the program's may panic.
    struct Marked;
    impl Drop for Marked {
        fn drop(&mut self) {
            OF_WORK.set(false);
        }
    }
    OF_WORK.set(true);
    let _marked = Marked;
    step()
}

pub(super) fn is_of_work() -> bool {
    OF_WORK.get()
}

impl Open {
    /// When it was closed by unwinding, if it was.
    pub(crate) fn closed_in_panic(&self) -> Option<SystemTime> {
        match self.unwinding.as_deref() {
            Some(Unwinding::Closed(at)) => Some(*at),
            Some(Unwinding::Through(_)) | None => None,
        }
    }

    /// It is closed, so that nothing is to come any more.
    pub(super) fn close(&mut self) {
        let in_panic = thread::panicking() && !self.created_in_panic;
        self.unwinding = if in_panic { Some(Box::new(Unwinding::Closed(SystemTime::now()))) } else { None };
    }

    fn survival(&mut self) -> Option<&mut Survival> {
        match self.unwinding.as_deref_mut() {
            Some(Unwinding::Through(survival)) => Some(survival),
            Some(Unwinding::Closed(_)) | None => None,
        }
    }

    /// It is exited by unwinding. `is_own`: it is known to be its own code that panics.
    pub(super) fn exited_in_panic(&mut self, is_own: bool) {
        if self.entered_in_panic > 0 {
            self.entered_in_panic -= 1;
            if !self.created_in_panic && !self.panicked && !self.cancelled {
                self.cancelled = true;
                self.unwinding = Some(Box::new(Unwinding::Through(Survival::new(2, true))));
            }
        } else if !self.created_in_panic {
            self.panicked = true;
            let cancelled = self.survival().is_some_and(|survival| survival.cancelled);
            let uses_to_come = if is_of_work() { 1 } else { 2 };
            let survival = || Unwinding::Through(Survival::new(uses_to_come, cancelled));
            self.unwinding = (!is_own).then(|| Box::new(survival()));
        }
    }

    /// It is entered while some span is looked at.
    pub(super) fn entered_again(&mut self) {
        if let Some(survival) = self.survival() {
            survival.inside = survival.inside.saturating_add(1);
        }
    }

    /// It is exited without a panic while some span is looked at.
    pub(super) fn exited_again(&mut self) {
        let Some(survival) = self.survival() else { return };
        if survival.inside == 0 {
            survival.uses_to_come = 0;
        } else {
            survival.inside -= 1;
            survival.uses_to_come -= u8::from(survival.inside == 0);
        }
        if survival.uses_to_come == 0 {
            let cancelled = survival.cancelled;
            self.panicked = false;
            self.cancelled &= !cancelled;
            self.unwinding = None;
        }
    }
}
