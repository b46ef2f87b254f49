//! What waits for one destination: the batch that is being filled, and full ones in order. Bounded in bytes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::held::Held;
use super::pack::{Batch, PackLimits, Packer};
use crate::budget::Budget;

/// Shared by the side that offers spans and the task that sends them.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// What all destinations and the queue may hold.
    budget: Budget,
    /// What this destination may hold, so that one that is away leaves room to the others.
    own: Budget,
    /// How long the first span of a batch waits for others.
    delay: Duration,
    changed: Notify,
    hurried: Notify,
}

#[derive(Debug)]
struct State {
    packer: Packer,
    /// When the first span came into the batch that is being filled.
    opened: Option<Instant>,
    full: VecDeque<Batch>,
    /// Somebody waits, until then.
    hurried_until: Option<Instant>,
}

/// Between two attempts, while somebody waits for the second.
const MOST_IN_A_HURRY: Duration = Duration::from_millis(500);
/// A peer that refuses one span as too large, or says so for another reason, still gets batches.
pub(crate) const SMALLEST: usize = 64 << 10;

impl Outbox {
    pub(crate) fn new(resource: &Resource, limits: PackLimits, delay: Duration, budget: Budget, own: Budget) -> Self {
        let state =
            State { packer: Packer::new(resource, limits), opened: None, full: VecDeque::new(), hurried_until: None };
        Self { state: Mutex::new(state), budget, own, delay, changed: Notify::new(), hurried: Notify::new() }
    }

    /// Adds an encoded span; `false` when there is no room for it.
    pub(crate) fn push(&self, scope: &InstrumentationScope, span: &[u8]) -> bool {
        let Some(held) = Held::reserve(&self.own, &self.budget, span.len()) else { return false };
        let mut state = self.state();
        let full = state.packer.push(scope, span, held);
        let was_idle = state.opened.is_none();
        if full.is_some() || was_idle {
            state.opened = state.packer.has_open().then(Instant::now);
            state.full.extend(full);
            drop(state);
            self.changed.notify_one();
        }
        true
    }

    /// What a span of this scope may take in a request of its own.
    pub(crate) fn room(&self, scope: &InstrumentationScope) -> usize {
        self.state().packer.room(scope)
    }

    /// The next batch, as soon as one is full or has waited long enough.
    pub(crate) async fn next(&self) -> Batch {
        loop {
            match self.ready() {
                Ready::Now(batch) => return batch,
                Ready::At(due) => {
                    // Elapsed or changed: either way it is looked at again.
                    let _ = timeout_at(due, self.changed.notified()).await;
                }
                Ready::Never => self.changed.notified().await,
            }
        }
    }

    /// Lets everything that is here leave without waiting for more, ends [`pause`](Self::pause), and keeps later ones
    /// short until the deadline.
    pub(crate) fn hurry(&self, deadline: Instant) {
        let mut state = self.state();
        state.hurried_until = state.hurried_until.max(Some(deadline));
        if let Some(open) = state.packer.take() {
            state.full.push_back(open);
        }
        state.opened = None;
        drop(state);
        self.changed.notify_one();
        self.hurried.notify_waiters();
    }

    /// Waits for `duration`, or until somebody is in a hurry. Who is in one already gets another attempt before the
    /// deadline.
    pub(crate) async fn pause(&self, duration: Duration) {
        let hurried = self.hurried.notified();
        let left = self.state().hurried_until.map(|until| until.saturating_duration_since(Instant::now()));
        let most = left.filter(|left| !left.is_zero()).map(|left| (left / 4).min(MOST_IN_A_HURRY));
        let _ = tokio::time::timeout(most.map_or(duration, |most| most.min(duration)), hurried).await;
    }

    /// Keeps later batches below half of what the peer has refused as too large, but not below 64 KiB: one span may
    /// have been the reason.
    pub(crate) fn shrink_below(&self, refused: usize) {
        self.state().packer.shrink_to((refused / 2).max(SMALLEST));
    }

    /// Throws away what waits.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.packer.take();
        state.opened = None;
        state.full.clear();
    }

    fn ready(&self) -> Ready {
        let mut state = self.state();
        if let Some(batch) = state.full.pop_front() {
            return Ready::Now(batch);
        }
        match state.opened.map(|opened| opened + self.delay) {
            Some(due) if due > Instant::now() => Ready::At(due),
            Some(_) => {
                state.opened = None;
                state.packer.take().map_or(Ready::Never, Ready::Now)
            }
            None => Ready::Never,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Ready {
    Now(Batch),
    At(Instant),
    Never,
}
