//! What layers of one telemetry could not use, for its report.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::open_spans::{Open, OpenSpans};
use crate::conventions::is_gen_ai_key;

/// Counters that outlive the layers.
#[derive(Debug, Default)]
pub(crate) struct LayerCounts {
    scope_values_cut: AtomicU64,
    remote_parents_ignored: AtomicU64,
    values_turned_away: AtomicU64,
    /// Those of layers that live.
    tables: Mutex<Vec<Weak<OpenSpans>>>,
    open_at_shutdown: AtomicU64,
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

    /// A layer has this table.
    pub(super) fn watch(&self, table: &Arc<OpenSpans>) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.retain(|table| table.strong_count() > 0);
        tables.push(Arc::downgrade(table));
    }

    /// Counts the GenAI spans that are still open, once the telemetry is shut down.
    pub(crate) fn count_open(&self) -> u64 {
        let tables: Vec<_> = {
            let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            tables.iter().filter_map(Weak::upgrade).collect()
        };
        let open = tables.iter().map(|table| table.count(is_gen_ai)).fold(0, u64::saturating_add);
        self.open_at_shutdown.store(open, Ordering::Relaxed);
        open
    }

    /// GenAI spans that were open when the telemetry was shut down.
    pub(crate) fn open_at_shutdown(&self) -> u64 {
        self.open_at_shutdown.load(Ordering::Relaxed)
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

/// Whether the span shows it so far. One that was made by hand is closed by its trace.
fn is_gen_ai(open: &Open) -> bool {
    let declares = || open.metadata.fields().iter().any(|field| is_gen_ai_key(field.name()));
    !open.is_by_hand() && (declares() || open.recorded.iter().any(|step| step.shows_gen_ai(is_gen_ai_key)))
}
