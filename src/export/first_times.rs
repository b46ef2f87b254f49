//! What became of batches when they were sent for the first time.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts. What one that is to blame breaks later says nothing of others.
#[derive(Debug, Default)]
pub(super) struct FirstTimes {
    passed: AtomicU64,
    broken: AtomicU64,
}

impl FirstTimes {
    /// One was taken.
    pub(super) fn pass(&self) {
        self.passed.fetch_add(1, Ordering::Relaxed);
    }

    /// One broke its connection.
    pub(super) fn break_one(&self) {
        self.broken.fetch_add(1, Ordering::Relaxed);
    }

    /// Taken, and broken.
    pub(super) fn now(&self) -> (u64, u64) {
        (self.passed.load(Ordering::Relaxed), self.broken.load(Ordering::Relaxed))
    }

    /// The share that broke since then, as if it were one more: nothing is known for sure.
    pub(super) fn broken_since(&self, (passed, broken): (u64, u64)) -> f64 {
        let float = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let now = self.now();
        let broken = float(now.1.saturating_sub(broken)) + 1.0;
        broken / (broken + float(now.0.saturating_sub(passed)))
    }
}
