//! Batches that fail while others may pass: which of them is to blame, and when each is sent again.
//!
//! A batch fails when it breaks its connection without an answer, or when the peer has put it off ("later") for some seconds
//! and more than once, each time after the wait that was asked for: what exceeds a rate is taken within that time, when it is
//! the first to be sent again. It is set aside then, and another is sent. While nothing passes nobody is to blame: those set
//! aside are sent again in turn, after the usual waits, and the next that is put off comes to them when all had their turn, as
//! long as they are small: of what waits in the outbox content can go, and all of it to disk. A peer that was not reached has
//! put nothing off.
//!
//! A failure counts when it is the first, or when others have passed since the one before. Each that counts makes it less
//! likely that chance is the reason, by the share of others that fail too. A batch that has two, and for which chance hardly
//! explains them, is suspect: the part that fails is halved, and one whose failure does not count is sent after the other
//! parts. The single span that is left is alone: it waits by itself, longer each time. One that breaks its connection is given
//! up once chance is no explanation at all. One that is put off never is for that: it waits until it is taken, until the end,
//! or until others that are alone need its room. So a peer that fails whatever it is sent, or much of it, loses nothing.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use super::first_times::FirstTimes;
use super::parts::Parts;
use super::retry::Backoff;
use super::trial::{Failed, Failure, Trial};

/// Failures that count until a batch is suspect, at least; and how likely it must no longer be that they came by chance. To
/// divide it is no loss: with single requests that pass between its breaks, it comes to three.
const SUSPECT: u32 = 2;
const SUSPECT_BELOW: f64 = 0.35;
/// The same of a whole batch that is put off: peers that have much to do put off much.
const SUSPECT_BELOW_PUT_OFF: f64 = 0.05;
/// The same of breaks until a span that is alone is given up: some minutes, by its waits.
const GIVEN_UP: u32 = 12;
const GIVEN_UP_BELOW: f64 = 1e-9;
/// A suspect comes to so many parts though nothing passes meanwhile.
const MOST_IN_VAIN: usize = 32;
/// A batch that is put off is divided after so many times in vain, where others had passed before: no more may come.
const IN_VAIN: usize = 8;
/// Batches that are set aside; beside them each task may have one in hand. Spans that are alone are not among them.
const MOST_BATCHES: usize = 64;
/// The part of their room that they take while nothing passes, and the one that is tried then as much: of what waits behind
/// them content can go, and all of it to disk.
const IN_VAIN_ROOM: usize = 8;
/// Spans that are alone.
const MOST_ALONE: usize = 1_024;

/// What one destination's tasks have set aside. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Suspects {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// How many there are.
    count: AtomicUsize,
    /// Bytes of memory that they take.
    held: AtomicUsize,
    /// Requests that the peer has taken.
    passed: AtomicU64,
    first: FirstTimes,
    changed: Notify,
    ending: watch::Sender<bool>,
    /// Bytes that batches may take, and spans that are alone.
    room: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    all: Vec<Parts>,
    /// Counts those that were set aside for the first time, and each time.
    first_times: u64,
    times: u64,
    /// The turn of the one that came last, and how many others had passed by then.
    newest: (u64, u64),
    /// Those that others have passed are not sent before: all that hang together leave others as much of the time.
    rest_until: Option<Instant>,
}

impl Waiting {
    fn next_due(&self) -> Option<Instant> {
        self.all.iter().filter_map(|parts| parts.trial.due(self.rest_until)).min()
    }
}

/// What is to be done after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Send it again, as it is.
    Again,
    /// Send the other parts of its batch before it.
    Behind,
    /// Send it in halves.
    Halve,
    /// It is a single span: the others of its batch go on without it.
    Alone,
    /// Lose the span.
    GiveUp,
}

impl Suspects {
    /// Batches that are set aside may take so many bytes, and spans that are alone as many.
    pub(crate) fn new(room: usize) -> Self {
        let shared = Shared {
            waiting: Mutex::default(),
            count: AtomicUsize::default(),
            held: AtomicUsize::default(),
            passed: AtomicU64::default(),
            first: FirstTimes::default(),
            changed: Notify::new(),
            ending: watch::Sender::new(false),
            room,
        };
        Self { shared: Arc::new(shared) }
    }

    /// The peer has taken a request.
    pub(crate) fn passed(&self, trial: &Trial) {
        self.shared.passed.fetch_add(1, Ordering::Relaxed);
        if !trial.is_open() {
            self.shared.first.pass();
        }
    }

    /// How many requests the peer has taken.
    pub(crate) fn taken(&self) -> u64 {
        self.shared.passed.load(Ordering::Relaxed)
    }

    /// What follows where the part that is next failed.
    pub(crate) fn judge(&self, parts: &mut Parts, failed: &Failed) -> Verdict {
        let (is_ending, took, passed) = (self.is_ending(), failed.took, failed.passed);
        let is_short_of_room = is_ending || self.is_full();
        let weight = if is_ending || parts.trial.was_suspect() { 1.0 } else { failed.weight };
        let count = parts.count();
        let (spans, bytes) = parts.current().map_or((0, 0), |part| (part.spans(), part.bytes()));
        let trial = &mut parts.trial;
        // Also one that had begun before.
        trial.is_last_try |= is_ending;
        let counts = trial.failures == 0 || passed > trial.passed;
        trial.passed = passed;
        trial.in_vain = if counts { 0 } else { trial.in_vain.saturating_add(1) };
        if trial.failures == 0 {
            self.shared.first.fail();
            trial.before = self.shared.first.now();
        }
        trial.last = failed.how;
        if counts && trial.is_alone() && failed.how == Failure::PutOff {
            trial.put_off();
        } else if counts {
            trial.failures = trial.failures.saturating_add(1);
            trial.unlikely -= self.shared.first.failed_since(trial.before).ln() * weight;
        }
        let now = Instant::now();
        if trial.is_against_it() && !is_ending {
            self.waiting().rest_until = Some(now + took);
        }
        if let Some(waits) = &mut trial.alone {
            trial.due = Some(now + waits.next().max(took));
            let is_to_blame = trial.failures >= GIVEN_UP && trial.unlikely > -GIVEN_UP_BELOW.ln();
            return if is_to_blame { Verdict::GiveUp } else { Verdict::Again };
        }
        // Where one hangs until its deadline, others have as much of the time.
        trial.due = (trial.failures > 1).then(|| now + took);
        let is_to_blame =
            counts && trial.failures >= SUSPECT && trial.unlikely > -suspect_below(failed.how, trial).ln();
        // Each of its parts may hold a span that is to blame, and nothing else be there to pass: at the end, and where there
        // is no more room, no more will come.
        let was_suspect = trial.is_divided || (trial.failures >= SUSPECT && is_short_of_room);
        let is_in_vain = (was_suspect && trial.in_vain >= count)
            || (failed.how == Failure::PutOff && trial.failures >= SUSPECT && trial.in_vain >= IN_VAIN);
        let verdict = match spans {
            // No other is given up for one that nothing is known of.
            0 | 1 if is_to_blame || (is_in_vain && self.has_room_alone(bytes)) => Verdict::Alone,
            2.. if is_to_blame || (is_in_vain && count < MOST_IN_VAIN) => Verdict::Halve,
            _ if counts || !trial.is_divided => return Verdict::Again,
            _ => return Verdict::Behind,
        };
        (trial.is_divided, trial.in_vain) = (true, 0);
        verdict
    }

    /// The trial of a span that comes to be alone.
    pub(crate) fn alone(&self, last: Failure) -> Trial {
        let passed = self.shared.passed.load(Ordering::Relaxed);
        let mut waits = Backoff::patient();
        let due = Some(Instant::now() + waits.next());
        let before = self.shared.first.now();
        Trial { failures: 1, last, passed, before, due, alone: Some(waits), ..Trial::default() }
    }

    /// Whether one more span of so many bytes may be alone.
    pub(crate) fn has_room_alone(&self, bytes: usize) -> bool {
        let waiting = self.waiting();
        let (count, taken) = sum(waiting.all.iter().filter(|parts| parts.trial.is_alone()));
        count == 0 || (count < MOST_ALONE && taken + bytes <= self.shared.room)
    }

    /// Whether it may, at least once others are given up.
    pub(crate) fn may_be_alone(&self, bytes: usize) -> bool {
        let passed = self.taken();
        self.has_room_alone(bytes) || self.waiting().all.iter().any(|parts| parts.trial.may_be_given_up(passed))
    }

    /// The span that has most against it, to be given up for another one. None where others have passed after no failure.
    pub(crate) fn most_suspect(&self) -> Option<Parts> {
        let (passed, mut waiting) = (self.taken(), self.waiting());
        let alone = waiting.all.iter().enumerate().filter(|(_, parts)| parts.trial.may_be_given_up(passed));
        let against = |parts: &Parts| (parts.trial.unlikely, parts.trial.put_off);
        let (at, _) = alone.max_by(|a, b| {
            let (a, b) = (against(a.1), against(b.1));
            a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
        })?;
        Some(self.remove(&mut waiting, at))
    }

    /// Sets a batch aside.
    pub(crate) fn put(&self, mut parts: Parts) {
        let mut waiting = self.waiting();
        waiting.times += 1;
        parts.trial.turn = waiting.times;
        if parts.trial.place.is_none() {
            waiting.first_times += 1;
            waiting.newest = (waiting.times, self.taken());
            parts.trial.place = Some(waiting.first_times);
            parts.shrink();
        }
        self.shared.held.fetch_add(parts.held(), Ordering::Relaxed);
        waiting.all.push(parts);
        self.shared.count.store(waiting.all.len(), Ordering::Relaxed);
        drop(waiting);
        self.shared.changed.notify_one();
    }

    /// Bytes of memory that is taken here.
    pub(crate) fn held(&self) -> usize {
        self.shared.held.load(Ordering::Relaxed)
    }

    pub(crate) fn spans(&self) -> usize {
        self.waiting().all.iter().map(Parts::spans).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shared.count.load(Ordering::Relaxed) == 0
    }

    /// Whether no batch is to come to those that are here.
    pub(crate) fn is_full(&self) -> bool {
        if self.is_empty() {
            return false;
        }
        let waiting = self.waiting();
        let (count, bytes) = sum(waiting.all.iter().filter(|parts| !parts.trial.is_alone()));
        count >= MOST_BATCHES || (count > 1 && bytes > self.shared.room)
    }

    /// Whether nothing has passed after the last batch came: the peer may be away.
    pub(crate) fn is_in_vain(&self) -> bool {
        if self.is_empty() || self.is_ending() {
            return false;
        }
        let waiting = self.waiting();
        waiting.newest.1 == self.taken() && waiting.all.iter().any(|parts| !parts.trial.is_alone())
    }

    /// Whether another one of so many bytes may be tried then: all that are here had their turn, and take little beside the
    /// largest of them, which would be in hand otherwise.
    pub(crate) fn may_try(&self, more: usize) -> bool {
        let (now, waiting) = (Instant::now(), self.waiting());
        let not_alone = || waiting.all.iter().filter(|parts| !parts.trial.is_alone());
        let is_before =
            |trial: &Trial| trial.due(waiting.rest_until).is_none_or(|due| due <= now) && trial.turn < waiting.newest.0;
        let (_, bytes) = sum(not_alone());
        let largest = not_alone().map(Parts::bytes).max().unwrap_or_default();
        let is_much = bytes - largest + more > self.shared.room / IN_VAIN_ROOM;
        !is_much && !not_alone().any(|parts| is_before(&parts.trial))
    }

    /// The oldest batch that may be sent before new ones, since others have passed after it failed; at last a span that is
    /// alone. None once the end has come.
    pub(crate) fn take_first(&self) -> Option<Parts> {
        if self.is_empty() || self.is_ending() {
            return None;
        }
        let passed = self.shared.passed.load(Ordering::Relaxed);
        self.take(|trial| trial.is_alone() || passed > trial.passed, |trial| trial.place.unwrap_or_default())
    }

    /// The one that was sent longest ago, where there is no other to be sent.
    pub(crate) fn take_in_turn(&self) -> Option<Parts> {
        self.take(|_| true, |trial| trial.turn)
    }

    fn take(&self, is_wanted: impl Fn(&Trial) -> bool, by: impl Fn(&Trial) -> u64) -> Option<Parts> {
        let now = Instant::now();
        let mut waiting = self.waiting();
        let rest = waiting.rest_until;
        let is_ready = |trial: &Trial| trial.due(rest).is_none_or(|due| due <= now) && is_wanted(trial);
        let ready = waiting.all.iter().enumerate().filter(|(_, parts)| is_ready(&parts.trial));
        let (at, _) = ready.min_by_key(|(_, parts)| (parts.trial.is_alone(), by(&parts.trial)))?;
        let mut parts = self.remove(&mut waiting, at);
        parts.trial.is_last_try = self.is_ending();
        Some(parts)
    }

    fn remove(&self, waiting: &mut Waiting, at: usize) -> Parts {
        let parts = waiting.all.swap_remove(at);
        self.shared.held.fetch_sub(parts.held(), Ordering::Relaxed);
        self.shared.count.store(waiting.all.len(), Ordering::Relaxed);
        parts
    }

    /// Comes back when one was set aside, or is due.
    pub(crate) async fn woken(&self) {
        let due = if self.is_empty() { None } else { self.waiting().next_due() };
        let is_due = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.shared.changed.notified() => {}
            () = is_due => {}
        }
    }

    /// Whether no more than so many spans wait, and all of them are alone here.
    pub(crate) fn are_all_of(&self, spans: u64) -> bool {
        let alone = || self.waiting().all.iter().filter(|parts| parts.trial.is_alone()).count() as u64;
        !self.is_empty() && spans <= alone()
    }

    /// The same, and each was sent once more since the end has come.
    pub(crate) fn were_tried(&self, spans: u64) -> bool {
        let is_open = |parts: &Parts| parts.trial.is_alone() && !parts.trial.is_last_try;
        self.are_all_of(spans) && !self.waiting().all.iter().any(is_open)
    }

    /// The destination ends: others go first, and then each once more.
    pub(crate) fn end(&self) {
        let mut waiting = self.waiting();
        waiting.rest_until = None;
        for parts in &mut waiting.all {
            parts.trial.is_due();
        }
        drop(waiting);
        self.shared.ending.send_replace(true);
        self.shared.changed.notify_waiters();
        self.shared.changed.notify_one();
    }

    pub(crate) fn is_ending(&self) -> bool {
        *self.shared.ending.borrow()
    }

    /// Comes back when that has come.
    pub(crate) async fn ended(&self) {
        let _ = self.shared.ending.subscribe().wait_for(|ending| *ending).await;
    }

    /// Everything that was set aside, oldest first.
    pub(crate) fn all(&self) -> Vec<Parts> {
        let mut all = std::mem::take(&mut self.waiting().all);
        self.shared.count.store(0, Ordering::Relaxed);
        self.shared.held.store(0, Ordering::Relaxed);
        all.sort_by_key(|parts| parts.trial.place);
        all
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn suspect_below(how: Failure, trial: &Trial) -> f64 {
    match how {
        Failure::PutOff if !trial.is_divided => SUSPECT_BELOW_PUT_OFF,
        Failure::PutOff | Failure::Broken => SUSPECT_BELOW,
    }
}

/// How many they are, and their bytes.
fn sum<'p>(parts: impl Iterator<Item = &'p Parts>) -> (usize, usize) {
    parts.fold((0, 0), |(count, bytes), parts| (count + 1, bytes + parts.bytes()))
}
