//! Finished spans on their way to the worker, bounded by bytes.
//!
//! While there is room, a span moves in as it is. Above an eighth of the budget, where many wait, attributes that came by the
//! SDK are kept closer together. Above three quarters long values go, then those of spans that wait, a few at a time. The last
//! eighth is for GenAI spans alone; of one that finds no room even so, a remnant goes to totals, metrics and observers.

mod attributes;
mod compact;
mod ended;
mod line;
mod passing;
mod state;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::Notify;
use tokio::time::timeout;

use self::compact::CompactSpan;
use self::ended::Shed;
use self::line::{Line, until_some};
use self::passing::Passing;
use self::state::{Attention, State};
use crate::budget::{Budget, Reservation};
use crate::layer::{HandOver, ScopeValues};

pub(crate) use self::compact::LastScope;
pub(crate) use self::ended::Ended;

/// What is kept of GenAI spans that are lost may take so much beside the budget: one part of so many of it.
const REMNANTS: usize = 16;

/// Spans that gather at most before the worker is woken, where there is room for many.
const ENOUGH: usize = 1_024;

/// The queue. Pushing never waits for the worker; it wakes it only when it sleeps.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// The worker's end: what it has taken over and not begun with.
    taken: Mutex<Line>,
    wake: Notify,
    budget: Budget,
    /// For remnants alone.
    reserve: Budget,
    /// In use up to which attributes that come by the SDK wait as they are.
    loose_below: usize,
    /// In use up to which spans come in whole.
    whole_below: usize,
    /// In use up to which spans come in that are no GenAI spans.
    others_below: usize,
    /// `OTEL_BSP_MAX_QUEUE_SIZE`, when set: a bound in spans beside the one in bytes.
    max_spans: usize,
    /// Spans that gather at most before the worker is woken.
    enough: usize,
    lost: AtomicU64,
    lost_at_shutdown: AtomicU64,
    /// Lost GenAI spans of which there is no remnant.
    unmeasured: AtomicU64,
    /// Spans that gave up content, and its bytes.
    shed_spans: AtomicU64,
    shed_bytes: AtomicU64,
    pub(crate) passing: Passing,
}

impl Queue {
    pub(crate) fn new(budget: Budget, max_spans: Option<usize>) -> Self {
        Self {
            state: Mutex::default(),
            taken: Mutex::default(),
            wake: Notify::new(),
            reserve: Budget::new(budget.part(1, REMNANTS)),
            loose_below: budget.part(1, 8),
            whole_below: budget.part(3, 4),
            others_below: budget.part(7, 8),
            // A quarter of the room, were each of 16 KiB.
            enough: ENOUGH.min(budget.part(1, 4) / (16 << 10)).min(max_spans.unwrap_or(usize::MAX) / 4).max(1),
            budget,
            max_spans: max_spans.unwrap_or(usize::MAX),
            lost: AtomicU64::new(0),
            lost_at_shutdown: AtomicU64::new(0),
            unmeasured: AtomicU64::new(0),
            shed_spans: AtomicU64::new(0),
            shed_bytes: AtomicU64::new(0),
            passing: Passing::default(),
        }
    }

    /// Moves a span in, or what there is room for of it; nothing is left in `data`. Whether it is a GenAI span that came late.
    #[inline]
    pub(crate) fn push(&self, data: &mut SpanData, values: Option<HandOver>, scope: Option<Arc<ScopeValues>>) -> bool {
        // Put together once: each move of it is a copy.
        let mut ended = Ended::new(CompactSpan::take(data), values, scope, Reservation::none(&self.budget));
        // What comes by our own layer has been bytes from the beginning.
        let below = if ended.data.attributes.is_bare() { self.whole_below } else { self.loose_below };
        if !ended.takes_room_below(below) {
            return self.push_in_need(ended);
        }
        // `admit`, a call of which would copy the span once more.
        match self.open(false) {
            Ok(mut state) => {
                if let Some(room) = state.ended.room(false) {
                    room.push(ended);
                }
                self.came(state);
                false
            }
            Err(closed) => self.refuse(ended, closed),
        }
    }

    /// First all is kept closer together, without room that is not used; then content goes before spans.
    #[cold]
    fn push_in_need(&self, mut ended: Ended) -> bool {
        // Where few wait here, the room is taken by what waits for a destination, and the worker would only undo it.
        if (self.len() < self.enough && ended.takes_room_below(self.whole_below))
            || ended.shrink().takes_room_below(self.whole_below)
        {
            return self.admit(ended);
        }
        let mut shed = Shed::default();
        let has_shed = ended.shed(&mut shed);
        ended.shrink();
        let size = ended.bytes();
        let most = if ended.gen_ai { None } else { Some(self.others_below) };
        let reserve = || match most {
            Some(most) => self.budget.reserve_below(size, most),
            None => self.budget.reserve(size),
        };
        let bytes = loop {
            match reserve() {
                Some(bytes) => break bytes,
                None if self.lighten() => {}
                None => return self.lose(ended),
            }
        };
        if has_shed {
            self.count_shed(1, shed.bytes);
        }
        ended.bytes = bytes;
        self.admit(ended)
    }

    fn admit(&self, ended: Ended) -> bool {
        match self.open(ended.lost) {
            Ok(mut state) => {
                state.ended.push(ended);
                self.came(state);
                false
            }
            Err(closed) => self.refuse(ended, closed),
        }
    }

    /// The lock, where one more may come in; else whether none may any more.
    #[inline]
    fn open(&self, lost: bool) -> Result<MutexGuard<'_, State>, bool> {
        let state = self.state();
        let closed = state.closed;
        if closed || (!lost && state.waiting() >= self.max_spans) { Err(closed) } else { Ok(state) }
    }

    /// One has come in.
    #[inline]
    fn came(&self, mut state: MutexGuard<'_, State>) {
        let wake = state.wakes_for_a_span(self.enough);
        drop(state);
        if wake {
            self.wake.notify_one();
        }
    }

    #[cold]
    fn refuse(&self, mut ended: Ended, closed: bool) -> bool {
        if !closed {
            return self.lose(ended);
        }
        let (_, unmeasured) = self.lose_at_shutdown(std::iter::once(&mut ended));
        unmeasured > 0
    }

    /// There is no room for the span. What was used still counts.
    #[cold]
    fn lose(&self, mut ended: Ended) -> bool {
        self.lost.fetch_add(1, Ordering::Relaxed);
        if !ended.shows_gen_ai() {
            ended.settle();
            return false;
        }
        let Some(remnant) = ended.into_remnant(|bytes| self.reserve.reserve(bytes)) else {
            self.unmeasured.fetch_add(1, Ordering::Relaxed);
            return false;
        };
        self.admit(remnant)
    }

    /// Takes content out of a few spans that wait. Whether there was any.
    fn lighten(&self) -> bool {
        let mut shed = Shed::default();
        let in_queue = || self.state().ended.shed(&mut shed);
        let spans = until_some(in_queue).or_else(|| {
            until_some(|| match self.taken.try_lock() {
                Ok(mut taken) => taken.shed(&mut shed),
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().shed(&mut shed),
                // The worker is at it, and makes room itself.
                Err(TryLockError::WouldBlock) => None,
            })
        });
        self.count_shed(spans.unwrap_or_default() as u64, shed.bytes);
        spans.is_some()
    }

    fn count_shed(&self, spans: u64, bytes: usize) {
        self.shed_spans.fetch_add(spans, Ordering::Relaxed);
        self.shed_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Takes up to `most` spans, and says how many. They are moved while no one who pushes has to wait for it.
    pub(crate) fn take(&self, most: usize, into: &mut Vec<Vec<Ended>>) -> usize {
        let mut taken = self.taken();
        let count = {
            let mut state = self.state();
            if taken.len() == 0 {
                taken.swap(&mut state.ended);
            }
            let count = taken.len().min(most);
            let remnants = taken.remnants_in(count);
            state.taken = taken.len() - count;
            state.taken_remnants = taken.remnants() - remnants;
            self.passing.take((count - remnants) as u64);
            count
        };
        taken.take(count, into);
        count
    }

    /// The memory of spans that were taken serves the next ones, as far as there is not enough.
    pub(crate) fn take_back(&self, taken: &mut Vec<Vec<Ended>>) {
        taken.iter_mut().for_each(Vec::clear);
        self.state().ended.keep_memory_of(taken);
        taken.clear();
    }

    /// Resolves when there is a span, or the worker is called.
    pub(crate) async fn wait(&self) {
        {
            let mut state = self.state();
            if state.called || state.len() > 0 {
                return;
            }
            state.worker = Attention::Asleep;
        }
        self.wake.notified().await;
    }

    /// Lets spans gather for `time`, or until the worker is called.
    pub(crate) async fn gather(&self, time: Duration) {
        {
            let mut state = self.state();
            if std::mem::take(&mut state.called) {
                return;
            }
            state.worker = Attention::Gathering;
        }
        let _ = timeout(time, self.wake.notified()).await;
        self.state().worker = Attention::Awake;
    }

    /// Wakes the worker for something else than a span.
    pub(crate) fn call(&self) {
        let wake = {
            let mut state = self.state();
            state.called = true;
            state.wake(&[Attention::Asleep, Attention::Gathering])
        };
        if wake {
            self.wake.notify_one();
        }
    }

    /// No span is taken in from now on: there is no worker any more.
    pub(crate) fn close(&self) {
        self.state().closed = true;
    }

    /// Counts what is still here as lost.
    pub(crate) fn give_up(&self) {
        // Freed without a lock.
        let (mut taken, mut ended) = {
            let mut taken = self.taken();
            let mut state = self.state();
            (state.taken, state.taken_remnants) = (0, 0);
            (std::mem::take(&mut *taken), std::mem::take(&mut state.ended))
        };
        self.lose_at_shutdown(taken.all().chain(ended.all()));
    }

    /// The same of those that were taken and are not passed on.
    pub(crate) fn give_up_taken<'e>(&self, rest: impl Iterator<Item = &'e mut Ended>) {
        let (lost, _) = self.lose_at_shutdown(rest);
        self.passing.lose(lost);
    }

    /// How many spans they were, and how many GenAI spans and remnants of some.
    fn lose_at_shutdown<'e>(&self, all: impl Iterator<Item = &'e mut Ended>) -> (u64, u64) {
        let (mut lost, mut unmeasured) = (0, 0);
        for ended in all {
            ended.settle();
            // What is lost already is counted as that.
            lost += u64::from(!ended.lost);
            unmeasured += u64::from(ended.shows_gen_ai());
        }
        self.unmeasured.fetch_add(unmeasured, Ordering::Relaxed);
        self.lost_at_shutdown.fetch_add(lost, Ordering::Relaxed);
        (lost, unmeasured)
    }

    /// Spans and remnants in the queue now.
    pub(crate) fn len(&self) -> usize {
        self.state().len()
    }

    /// Whether spans can wait here without giving up anything.
    pub(crate) fn has_room(&self) -> bool {
        !self.budget.is_above(5, 8)
    }

    /// Spans that no destination has seen yet.
    pub(crate) fn waiting(&self) -> u64 {
        let state = self.state();
        state.waiting() as u64 + self.passing.in_hand()
    }

    /// How many spans may wait, where a number is set beside the bytes.
    pub(crate) fn max_spans(&self) -> Option<u64> {
        Some(self.max_spans).filter(|spans| *spans != usize::MAX).map(|spans| spans as u64)
    }

    /// Bytes that wait here and for the destinations, and how many may.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        (self.budget.used() as u64, self.budget.part(1, 1) as u64)
    }

    /// Spans that came when the worker had ended, or waited still.
    pub(crate) fn lost_at_shutdown(&self) -> u64 {
        self.lost_at_shutdown.load(Ordering::Relaxed)
    }

    /// Spans that found no room since the start.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Lost GenAI spans that not even totals, metrics and observers know of.
    pub(crate) fn unmeasured(&self) -> u64 {
        self.unmeasured.load(Ordering::Relaxed)
    }

    /// Spans that gave up content for want of room, and the bytes of it.
    pub(crate) fn shed(&self) -> (u64, u64) {
        (self.shed_spans.load(Ordering::Relaxed), self.shed_bytes.load(Ordering::Relaxed))
    }

    /// Locked before `state` where both are.
    fn taken(&self) -> MutexGuard<'_, Line> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
