//! Batches that broke their connection without an answer: which of them is to blame, and when each is sent again.
//!
//! One that breaks is set aside, and another is sent. While nothing passes nobody is to blame, and those set aside are sent
//! again in turn, after the usual waits. A break counts when it is the first, or when others have passed since the one
//! before. Each that counts makes it less likely that chance is the reason, by the share of others that break too. A batch
//! that has two, and for which chance hardly explains them, is suspect: the part that breaks is halved, and one whose break
//! does not count is sent after the other parts. The single span that is left is alone: it waits by itself, longer each
//! time, and is given up once chance is no explanation at all. So a peer that breaks whatever it is sent, or much of it,
//! loses nothing. While nothing passes and there is no room for what is new, a batch here gives up its content, or goes to
//! the spool and is as if it had never been sent.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use super::first_times::FirstTimes;
use super::parts::{Parcel, Parts};
use super::retry::Backoff;
use super::trial::Trial;

/// Breaks that count until a batch is suspect, at least; and how likely it must no longer be that they came by chance. To
/// divide it is no loss: with single requests that pass between its breaks, it comes to three.
const SUSPECT: u32 = 2;
const SUSPECT_BELOW: f64 = 0.35;
/// The same until a span that is alone is given up: some minutes, by its waits.
const GIVEN_UP: u32 = 12;
const GIVEN_UP_BELOW: f64 = 1e-9;
/// A suspect comes to so many parts though nothing passes meanwhile.
const MOST_IN_VAIN: usize = 32;
/// How long nothing passes until it may be that nothing will for long.
const IN_VAIN: Duration = Duration::from_secs(5);
/// Batches that are set aside; beside them each task may have one in hand. Spans that are alone are not among them.
const MOST_BATCHES: usize = 64;
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
    /// Those that others have passed are not sent before: all that hang together leave others as much of the time.
    rest_until: Option<Instant>,
    /// The first break since the peer has taken something.
    in_vain_since: Option<Instant>,
}

impl Waiting {
    fn next_due(&self) -> Option<Instant> {
        self.all.iter().filter_map(|parts| parts.trial.due(self.rest_until)).min()
    }
}

/// What is to be done after a break.
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
        self.waiting().in_vain_since = None;
        if !trial.is_open() {
            self.shared.first.pass();
        }
    }

    /// What follows from a break of the part that is next, after an attempt that took so long.
    pub(crate) fn judge(&self, parts: &mut Parts, took: Duration) -> Verdict {
        let count = parts.count();
        let (spans, bytes) = parts.current().map_or((0, 0), |part| (part.spans(), part.bytes()));
        let trial = &mut parts.trial;
        // Also one that had begun before.
        trial.is_last_try |= self.is_ending();
        let passed = self.shared.passed.load(Ordering::Relaxed);
        let counts = trial.breaks == 0 || passed > trial.passed;
        trial.passed = passed;
        trial.in_vain = if counts { 0 } else { trial.in_vain.saturating_add(1) };
        if trial.breaks == 0 {
            self.shared.first.break_one();
            trial.before = self.shared.first.now();
        }
        if counts {
            trial.breaks = trial.breaks.saturating_add(1);
            trial.unlikely -= self.shared.first.broken_since(trial.before).ln();
        }
        let now = Instant::now();
        let mut waiting = self.waiting();
        waiting.in_vain_since.get_or_insert(now);
        if trial.is_against_it() && !self.is_ending() {
            waiting.rest_until = Some(now + took);
        }
        drop(waiting);
        if let Some(waits) = &mut trial.alone {
            trial.due = Some(now + waits.next().max(took));
            let is_to_blame = trial.breaks >= GIVEN_UP && trial.unlikely > -GIVEN_UP_BELOW.ln();
            return if is_to_blame { Verdict::GiveUp } else { Verdict::Again };
        }
        // Where one hangs until its deadline, others have as much of the time.
        trial.due = (trial.breaks > 1).then(|| now + took);
        let is_to_blame = counts && trial.breaks >= SUSPECT && trial.unlikely > -SUSPECT_BELOW.ln();
        // Each of its parts may hold a span that is to blame, and nothing else be there to pass: at the end no more will come.
        let was_suspect = trial.is_divided || (trial.breaks >= SUSPECT && self.is_ending());
        let is_in_vain = was_suspect && trial.in_vain >= count;
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
    pub(crate) fn alone(&self) -> Trial {
        let passed = self.shared.passed.load(Ordering::Relaxed);
        let mut waits = Backoff::patient();
        let due = Some(Instant::now() + waits.next());
        let before = self.shared.first.now();
        Trial { breaks: 1, passed, before, due, alone: Some(waits), ..Trial::default() }
    }

    /// Whether one more span of so many bytes may be alone.
    pub(crate) fn has_room_alone(&self, bytes: usize) -> bool {
        let waiting = self.waiting();
        let (count, taken) = sum(waiting.all.iter().filter(|parts| parts.trial.is_alone()));
        count == 0 || (count < MOST_ALONE && taken + bytes <= self.shared.room)
    }

    /// Whether it may, at least once others are given up.
    pub(crate) fn may_be_alone(&self, bytes: usize) -> bool {
        self.has_room_alone(bytes) || self.waiting().all.iter().any(|parts| parts.trial.may_be_given_up())
    }

    /// The span that has most against it, to be given up for another one. None where others have passed after no break.
    pub(crate) fn most_suspect(&self) -> Option<Parts> {
        let mut waiting = self.waiting();
        let alone = waiting.all.iter().enumerate().filter(|(_, parts)| parts.trial.may_be_given_up());
        let (at, _) = alone.max_by(|a, b| a.1.trial.unlikely.total_cmp(&b.1.trial.unlikely))?;
        Some(self.remove(&mut waiting, at))
    }

    /// Sets a batch aside.
    pub(crate) fn put(&self, mut parts: Parts) {
        let mut waiting = self.waiting();
        waiting.times += 1;
        parts.trial.turn = waiting.times;
        if parts.trial.place.is_none() {
            waiting.first_times += 1;
            parts.trial.place = Some(waiting.first_times);
            parts.shrink();
        }
        self.shared.held.fetch_add(parts.held(), Ordering::Relaxed);
        waiting.all.push(parts);
        self.shared.count.store(waiting.all.len(), Ordering::Relaxed);
        drop(waiting);
        self.shared.changed.notify_one();
    }

    /// The oldest that can go to disk as one, those first against which nothing is known, once everything has been in vain for
    /// a while.
    pub(crate) fn surplus(&self) -> Option<Parcel> {
        let mut waiting = self.waiting();
        waiting.in_vain_since.filter(|since| since.elapsed() >= IN_VAIN)?;
        let may_go = |parts: &Parts| !parts.trial.is_alone() && parts.are_whole();
        let free = waiting.all.iter().enumerate().filter(|(_, parts)| may_go(parts));
        let (at, _) = free.min_by_key(|(_, parts)| (parts.trial.is_against_it(), parts.trial.place))?;
        self.remove(&mut waiting, at).into_whole()
    }

    /// Takes the content out of one that has some and no record; out of how many spans, and how much.
    pub(crate) fn lighten(&self) -> Option<(u64, usize)> {
        let mut waiting = self.waiting();
        let shed = waiting.all.iter_mut().find_map(Parts::lighten);
        self.shared.held.store(waiting.all.iter().map(Parts::held).sum(), Ordering::Relaxed);
        shed
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

    /// The oldest batch that may be sent before new ones, since others have passed after it broke; at last a span that is
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

/// How many they are, and their bytes.
fn sum<'p>(parts: impl Iterator<Item = &'p Parts>) -> (usize, usize) {
    parts.fold((0, 0), |(count, bytes), parts| (count + 1, bytes + parts.bytes()))
}
