//! What layers of one telemetry could not use, for its report.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that outlive the layers.
#[derive(Debug, Default)]
pub(crate) struct LayerCounts {
    scope_values_cut: AtomicU64,
    remote_parents_ignored: AtomicU64,
    values_turned_away: AtomicU64,
}

impl LayerCounts {
    pub(super) fn cut_scope_values(&self, values: u32) {
        self.scope_values_cut.fetch_add(u64::from(values), Ordering::Relaxed);
    }

    pub(super) fn ignore_remote_parent(&self) {
        self.remote_parents_ignored.fetch_add(1, Ordering::Relaxed);
    }

    /// A span or a value found no place among those that are open.
    #[cold]
    pub(super) fn turn_away(&self) {
        self.values_turned_away.fetch_add(1, Ordering::Relaxed);
    }

    /// Values of scopes that were shortened, cleaned or left out.
    pub(crate) fn scope_values_cut(&self) -> u64 {
        self.scope_values_cut.load(Ordering::Relaxed)
    }

    /// Callers of other processes whose trace could not be continued.
    pub(crate) fn remote_parents_ignored(&self) -> u64 {
        self.remote_parents_ignored.load(Ordering::Relaxed)
    }

    /// Spans and values that found no place.
    pub(crate) fn values_turned_away(&self) -> u64 {
        self.values_turned_away.load(Ordering::Relaxed)
    }
}
