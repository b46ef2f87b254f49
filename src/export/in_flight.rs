//! Which batches are not settled: with several requests under way, a later one may be answered before an earlier one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The batches that wait, are being written or sent, or were set aside, numbered as they were closed. Clones share it.
/// Bounded as those are.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    numbers: BTreeSet<u64>,
}

/// The number of a batch. Clones are those of its pieces. When the last one goes, nothing of it is left: it was taken, lost,
/// or lies on disk alone.
#[derive(Clone, Debug)]
pub(crate) struct Number(Arc<Numbered>);

#[derive(Debug)]
struct Numbered {
    number: u64,
    of: InFlight,
}

impl InFlight {
    /// One more was closed.
    pub(super) fn begin(&self) -> Number {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.numbers.insert(number);
        drop(state);
        Number(Arc::new(Numbered { number, of: self.clone() }))
    }

    /// What the next one will have.
    pub(super) fn next(&self) -> u64 {
        self.state().next
    }

    /// Whether something is left of one that was closed before `number`.
    pub(crate) fn any_before(&self, number: u64) -> bool {
        self.state().numbers.first().is_some_and(|first| *first < number)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Number {
    /// Of two batches that are put together: who waits for either waits for both.
    pub(super) fn first(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) if other.0.number < one.0.number => Some(other),
            (one, other) => one.or(other),
        }
    }
}

impl Drop for Numbered {
    fn drop(&mut self) {
        self.of.state().numbers.remove(&self.number);
    }
}
