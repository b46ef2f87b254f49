//! What became of the spans that were offered.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that the sink and its thread share.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) offered: AtomicU64,
    pub(crate) drawn: AtomicU64,
    pub(crate) summed: AtomicU64,
    pub(crate) turned_away: AtomicU64,
    pub(crate) write_failed: AtomicU64,
}

/// Spans since the start, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) offered: u64,
    /// In a tree that was written.
    pub(crate) drawn: u64,
    /// Beyond the bound of a trace: in its totals and in its "and N more", without a line of their own.
    pub(crate) summed: u64,
    /// Lost: the thread that draws was too far behind, or had ended.
    pub(crate) turned_away: u64,
    /// Lost: in a tree that could not be written.
    pub(crate) write_failed: u64,
}

impl Counters {
    pub(crate) fn read(&self) -> Counts {
        // `offered` last, so that no span seems to have been settled before it was offered.
        let load = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let (drawn, summed) = (load(&self.drawn), load(&self.summed));
        let (turned_away, write_failed) = (load(&self.turned_away), load(&self.write_failed));
        Counts { offered: load(&self.offered), drawn, summed, turned_away, write_failed }
    }
}

/// Adds `count` to `counter`.
pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::AcqRel);
}

impl Counts {
    pub(crate) fn delivered(&self) -> u64 {
        self.drawn + self.summed
    }

    pub(crate) fn lost(&self) -> u64 {
        self.turned_away + self.write_failed
    }

    /// In the queue, or waiting for their root.
    pub(crate) fn waiting(&self) -> u64 {
        self.offered.saturating_sub(self.delivered() + self.lost())
    }
}
