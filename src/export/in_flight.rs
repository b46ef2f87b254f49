//! Which batches are being sent: with several requests under way, a later one may be answered before an earlier one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The batches that are being sent, or were set aside, numbered as they were taken. Clones share it. Bounded as those are.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// In how many pieces each is on its way.
    numbers: BTreeMap<u64, usize>,
}

impl InFlight {
    /// One more was taken, for which so many `batches` have waited; the number of the first of them.
    pub(crate) fn begin(&self, batches: usize) -> u64 {
        let mut state = self.state();
        let number = state.next;
        state.next += batches as u64;
        state.numbers.insert(number, 1);
        number
    }

    /// A piece of it goes on by itself.
    pub(crate) fn part(&self, number: u64) {
        *self.state().numbers.entry(number).or_default() += 1;
    }

    /// Nothing of it, or of that piece, is left to be sent.
    pub(crate) fn end(&self, number: u64) {
        let mut state = self.state();
        if let Some(pieces) = state.numbers.get_mut(&number) {
            *pieces -= 1;
            if *pieces == 0 {
                state.numbers.remove(&number);
            }
        }
    }

    /// The number of the first that will be taken after `waiting` others.
    pub(crate) fn after(&self, waiting: usize) -> u64 {
        self.state().next + waiting as u64
    }

    /// Whether one that was taken before `number` is still being sent.
    pub(crate) fn any_before(&self, number: u64) -> bool {
        self.state().numbers.first_key_value().is_some_and(|(first, _)| *first < number)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
