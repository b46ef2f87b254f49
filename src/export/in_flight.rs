//! Which batches are being sent: with several requests under way, a later one may be answered before an earlier one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The batches that are being sent, numbered as they were taken. Clones share it. Bounded by the number of tasks.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    numbers: BTreeSet<u64>,
}

impl InFlight {
    /// One more was taken, for which so many `batches` have waited; the number of the first of them.
    pub(crate) fn begin(&self, batches: usize) -> u64 {
        let mut state = self.state();
        let number = state.next;
        state.next += batches as u64;
        state.numbers.insert(number);
        number
    }

    /// Nothing of it is left to be sent.
    pub(crate) fn end(&self, number: u64) {
        self.state().numbers.remove(&number);
    }

    /// The number of the first that will be taken after `waiting` others.
    pub(crate) fn after(&self, waiting: usize) -> u64 {
        self.state().next + waiting as u64
    }

    /// Whether one that was taken before `number` is still being sent.
    pub(crate) fn any_before(&self, number: u64) -> bool {
        self.state().numbers.first().is_some_and(|first| *first < number)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
