//! Spans that are open and seen, and are not in the table all the same.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whose ids are kept. Of more it is known that there are some.
const MAX_ENDED: usize = 1 << 16;

#[derive(Debug, Default)]
pub(super) struct Lacking {
    /// Their own code has ended them.
    ended: Mutex<HashSet<u64>>,
    /// There was no room for them.
    others: AtomicUsize,
}

impl Lacking {
    #[cold]
    pub(super) fn add(&self) {
        self.others.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    pub(super) fn add_ended(&self, id: u64) {
        let mut ended = self.ended();
        if ended.len() < MAX_ENDED {
            ended.insert(id);
        } else {
            self.add();
        }
    }

    /// It has closed.
    #[cold]
    pub(super) fn remove(&self, id: u64) {
        if !self.ended().remove(&id) {
            let less = |others: usize| others.checked_sub(1);
            let _ = self.others.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
    }

    /// Whether it may be one of them.
    pub(super) fn may_hold(&self, id: u64) -> bool {
        self.others.load(Ordering::Relaxed) > 0 || self.ended().contains(&id)
    }

    fn ended(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
