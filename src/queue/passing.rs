//! Spans on their way from the queue to the destinations.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often who counts looks for a moment at which nothing moves. Handing over takes microseconds; with the worker's own
/// thread asking in the middle of it there is no such moment.
const GLANCES: usize = 1_000;

/// What the worker counts for each span: in cache lines of its own, which no one who pushes waits for. Remnants are not told.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Passing {
    /// Taken by the worker and not yet with the destinations.
    in_hand: AtomicU64,
    /// Since the start.
    passed_on: AtomicU64,
    /// The same, and the one that is just being handed over.
    handed_over: AtomicU64,
}

impl Passing {
    /// So many were taken.
    pub(super) fn take(&self, spans: u64) {
        self.in_hand.fetch_add(spans, Ordering::Relaxed);
    }

    /// So many of those go nowhere.
    pub(super) fn lose(&self, spans: u64) {
        self.in_hand.fetch_sub(spans, Ordering::Relaxed);
    }

    pub(super) fn in_hand(&self) -> u64 {
        self.in_hand.load(Ordering::Relaxed)
    }

    /// One is being handed over: until it is passed on, it may be counted here and there.
    pub(crate) fn hand_over(&self) {
        self.handed_over.fetch_add(1, Ordering::AcqRel);
    }

    /// One has been passed on.
    pub(crate) fn pass_on(&self) {
        self.in_hand.fetch_sub(1, Ordering::Relaxed);
        self.passed_on.fetch_add(1, Ordering::AcqRel);
    }

    /// Spans that were passed on since the start, those on which a step failed among them.
    pub(crate) fn passed_on(&self) -> u64 {
        self.passed_on.load(Ordering::Relaxed)
    }

    /// Counts with `count` while no span is between here and there, if there is such a moment.
    pub(crate) fn counted<T>(&self, count: impl Fn() -> T) -> T {
        for _ in 0..GLANCES {
            let before = self.passed_on.load(Ordering::Acquire);
            if self.handed_over.load(Ordering::Acquire) == before {
                let counted = count();
                if self.handed_over.load(Ordering::Acquire) == before {
                    return counted;
                }
            }
            std::thread::yield_now();
        }
        count()
    }
}
