//! How many batches fail by chance: what became of those that were sent for the first time.

use std::sync::atomic::{AtomicU64, Ordering};

/// What became of batches when they were sent for the first time. What one that is to blame does later says nothing of others.
#[derive(Debug, Default)]
pub(super) struct FirstTimes {
    passed: AtomicU64,
    failed: AtomicU64,
}

impl FirstTimes {
    pub(super) fn pass(&self) {
        self.passed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> (u64, u64) {
        (self.passed.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }

    /// The share that failed since then, as if it were one more: nothing is known for sure.
    pub(super) fn failed_since(&self, (passed, failed): (u64, u64)) -> f64 {
        let float = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let now = self.now();
        let failed = float(now.1.saturating_sub(failed)) + 1.0;
        failed / (failed + float(now.0.saturating_sub(passed)))
    }
}
