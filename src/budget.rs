//! One bound in bytes for all that waits: spans in the queue and requests of each destination.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A shared count of bytes with a limit. Clones share the count.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    used: AtomicUsize,
    limit: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { shared: Arc::new(Shared { used: AtomicUsize::new(0), limit }) }
    }

    /// Takes `bytes` if they fit. The bytes are given back when the reservation is dropped.
    pub(crate) fn reserve(&self, bytes: usize) -> Option<Reservation> {
        let used = self.shared.used.fetch_add(bytes, Ordering::Relaxed);
        let reservation = Reservation { budget: self.clone(), bytes };
        // A single item above the whole limit still passes while nothing else waits: it must be
        // sent or be refused by name, not block for ever.
        if used.saturating_add(bytes) <= self.shared.limit || used == 0 { Some(reservation) } else { None }
    }

    /// Whether more than `part` of `of` parts are in use.
    #[cfg(feature = "_otlp")]
    pub(crate) fn is_above(&self, part: usize, of: usize) -> bool {
        self.shared.used.load(Ordering::Relaxed) / part > self.shared.limit / of
    }

    /// Bytes in use now.
    #[cfg(test)]
    pub(crate) fn used(&self) -> usize {
        self.shared.used.load(Ordering::Relaxed)
    }
}

/// Bytes taken from a [`Budget`]; given back on drop.
#[derive(Debug)]
pub(crate) struct Reservation {
    budget: Budget,
    bytes: usize,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.shared.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn what_does_not_fit_is_refused_and_leaves_no_trace() {
        let budget = Budget::new(10);
        let first = budget.reserve(8).unwrap();
        assert!(budget.reserve(3).is_none());
        assert_eq!(budget.used(), 8);
        drop(first);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn one_item_above_the_limit_passes_alone() {
        let budget = Budget::new(10);
        let big = budget.reserve(100).unwrap();
        assert!(budget.reserve(1).is_none());
        drop(big);
        assert!(budget.reserve(1).is_some());
    }
}
