//! What waits for one destination: the batch that is being filled, and full ones in order. Bounded in bytes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use super::batch::{AROUND, Batch};
use super::batches::Batches;
use super::held::Held;
use super::in_flight::InFlight;
use super::pack::{PackLimits, Packer};
use super::parts::{ENOUGH, Parcel};
use crate::budget::Budget;

/// Shared by the side that offers spans and the task that sends them.
#[derive(Debug)]
pub(crate) struct Outbox {
    batches: Mutex<Batches>,
    /// What all destinations and the queue may hold.
    budget: Budget,
    /// What this destination may hold, so that one that is away leaves room to the others.
    own: Budget,
    /// Bytes of a request that leaves where none waits; behind each that does, so many more come together.
    enough: usize,
    /// Bytes here from which on the peer is behind.
    behind: usize,
    /// How long the first span of a batch waits for others.
    delay: Duration,
    /// Batches are handed on by somebody else before they may be sent.
    in_two_steps: bool,
    /// The peer takes nothing at the moment.
    away: AtomicBool,
    changed: Notify,
    handed_on: Notify,
    crowded: Notify,
    hurried: Notify,
}

/// A peer is behind when so many of the largest requests are on their way to it, or wait for that.
const BEHIND: usize = 2;
/// Between two attempts, while somebody waits for the second.
const MOST_IN_A_HURRY: Duration = Duration::from_millis(500);
/// The same where spans are lost soon.
const MOST_WHILE_CROWDED: Duration = Duration::from_secs(1);

impl Outbox {
    pub(crate) fn new(resource: &Resource, limits: PackLimits, delay: Duration, budget: Budget, own: Budget) -> Self {
        Self {
            batches: Mutex::new(Batches::new(Packer::new(resource, limits), Held::none(&own, &budget))),
            budget,
            // Others find room while it is sent, and before its delay is over.
            enough: ENOUGH.min(own.part(1, 2)),
            own,
            behind: limits.bytes.saturating_mul(BEHIND),
            delay,
            in_two_steps: false,
            away: AtomicBool::new(false),
            changed: Notify::new(),
            handed_on: Notify::new(),
            crowded: Notify::new(),
            hurried: Notify::new(),
        }
    }

    /// Full batches go to [`unwritten`](Self::unwritten), and from there by [`hand_on`](Self::hand_on) to
    /// [`next`](Self::next). One waits for `delay` at most before.
    #[must_use]
    pub(crate) fn in_two_steps(self, delay: Duration) -> Self {
        Self { in_two_steps: true, delay: self.delay.min(delay), ..self }
    }

    /// Adds an encoded span; `false` when there is no room for it.
    pub(crate) fn push(&self, scope: &InstrumentationScope, span: &[u8]) -> bool {
        self.add(scope, false, |out| out.extend_from_slice(span))
    }

    /// The same of one that `encode` writes where it is to stand; `false` also when no request can hold it.
    pub(crate) fn write(&self, scope: &InstrumentationScope, encode: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.add(scope, true, encode)
    }

    fn add(&self, scope: &InstrumentationScope, may_be_refused: bool, encode: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut batches = self.batches();
        let Batches { packer, held, .. } = &mut *batches;
        let Ok(full) = packer.push(scope, held, AROUND, may_be_refused, encode) else {
            drop(batches);
            self.if_crowded();
            return false;
        };
        // Larger requests cost less where others wait; until then they only take more memory.
        let enough = self.enough * (batches.full.len() + 1);
        let full = if full.is_none() && batches.packer.open_bytes() >= enough { batches.packer.take() } else { full };
        let was_idle = batches.opened.is_none();
        if full.is_some() || was_idle {
            batches.opened = (batches.packer.open_bytes() > 0).then(Instant::now);
            if let Some(full) = full {
                batches.close(full);
            }
            drop(batches);
            self.changed.notify_one();
        }
        self.if_crowded();
        true
    }

    /// Wakes who makes room, where there is little.
    pub(crate) fn if_crowded(&self) {
        if self.is_crowded() {
            self.crowded.notify_one();
        }
    }

    /// Whether what comes now is to come without its content: the peer takes nothing, and there is little room left.
    pub(crate) fn is_tight(&self) -> bool {
        self.away.load(Ordering::Relaxed) && self.own.is_above(3, 4)
    }

    /// Whether a peer that takes what it is sent should be given the time for it. Where it is `alone` that is soon: what waits
    /// here is larger than what waits in the queue. Others do not wait while there is room, nor anybody for what is `aside`.
    pub(crate) fn is_behind(&self, alone: bool, aside: usize) -> bool {
        let much = if alone { self.behind.min(self.own.part(1, 2)) } else { self.own.part(1, 2) };
        !self.away.load(Ordering::Relaxed) && self.own.used().saturating_sub(aside) > much
    }

    /// Takes the content out of the oldest full batch that has some and no record; out of how many spans, and how much.
    pub(crate) fn lighten(&self) -> Option<(u64, usize)> {
        self.batches().lighten()
    }

    /// What a span of this scope may take in a request of its own.
    pub(crate) fn room(&self, scope: &InstrumentationScope) -> usize {
        self.batches().packer.room(scope)
    }

    /// The next batch to send, as soon as one is full or has waited long enough.
    pub(crate) async fn next(&self) -> Parcel {
        if !self.in_two_steps {
            return self.closed().await;
        }
        loop {
            if let Some(parcel) = self.batches().next_handed_on() {
                return parcel;
            }
            self.handed_on.notified().await;
        }
    }

    /// The same without waiting.
    pub(crate) fn next_now(&self) -> Option<Parcel> {
        if self.in_two_steps {
            return self.batches().next_handed_on();
        }
        if let Ready::Now(parcel) = self.ready() { Some(parcel) } else { None }
    }

    /// The next batch of the first step.
    pub(crate) async fn unwritten(&self) -> Parcel {
        self.closed().await
    }

    /// Ends the first step.
    pub(crate) fn hand_on(&self, mut parcel: Parcel) {
        parcel.batch.shrink();
        self.batches().handed_on.push_back(parcel);
        self.handed_on.notify_one();
    }

    /// What was handed on and has no record goes through the first step again.
    pub(crate) fn take_back(&self) {
        self.batches().take_back();
        self.changed.notify_one();
    }

    /// The oldest batch that waits, when memory is short; one from `aside` where none waits and the peer takes nothing.
    pub(crate) async fn surplus(&self, aside: impl Fn() -> Option<Parcel>) -> Parcel {
        loop {
            if self.is_crowded()
                && let Some(parcel) = self.oldest().or_else(|| if self.is_away() { aside() } else { None })
            {
                return parcel;
            }
            self.crowded.notified().await;
        }
    }

    /// Puts the oldest batch back.
    pub(crate) fn put_back(&self, parcel: Parcel) {
        let mut batches = self.batches();
        let Batches { full, handed_on, .. } = &mut *batches;
        let waiting = if self.in_two_steps { handed_on } else { full };
        waiting.push_front(parcel);
        drop(batches);
        self.handed_on.notify_one();
        self.changed.notify_one();
    }

    /// Everything that waits, oldest first.
    pub(crate) fn all(&self) -> Vec<Parcel> {
        self.batches().all()
    }

    /// Whether the peer takes nothing at the moment: then memory is kept for what is new.
    pub(crate) fn set_away(&self, away: bool) {
        if self.away.swap(away, Ordering::Relaxed) != away {
            self.if_crowded();
        }
    }

    /// Whether the last thing that was sent to the peer was not taken, and is to be sent again.
    pub(crate) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Which batches are not settled.
    pub(crate) fn in_flight(&self) -> InFlight {
        self.batches().in_flight.clone()
    }

    /// Whether one waits to be written or sent.
    pub(crate) fn has_waiting(&self) -> bool {
        let Batches { full, handed_on, .. } = &*self.batches();
        !full.is_empty() || !handed_on.is_empty()
    }

    /// Whether others may go into its request.
    pub(crate) fn is_small(&self, parcel: &Parcel) -> bool {
        parcel.batch.bytes() < self.enough / 2
    }

    /// Whether this one may go into the request of the first, and leaves room for what is new.
    pub(crate) fn go_together(&self, first: &Parcel, next: &Parcel) -> bool {
        first.batch.bytes() + next.batch.bytes() <= self.enough && first.goes_with(next, &self.batches().packer)
    }

    /// Room in memory for a batch from elsewhere. A peer that takes nothing is tried with half of it at most, beside what is
    /// `aside`: what is new has the rest. Where there is nothing else, one comes beside that in any case: it may pass.
    pub(crate) fn hold(&self, bytes: usize, aside: usize) -> Option<Held> {
        let used = self.own.used().saturating_sub(aside);
        if used == 0 && aside > 0 {
            let mut held = Held::none(&self.own, &self.budget);
            held.take(bytes);
            return Some(held);
        }
        let may_be = used == 0 || used + bytes <= self.own.part(1, 2) || !self.is_away();
        if may_be { Held::reserve(&self.own, &self.budget, bytes) } else { None }
    }

    /// What of its own room batches may take that are set aside: what is new has the rest.
    pub(crate) fn room_aside(&self) -> usize {
        self.own.part(1, 4)
    }

    /// Lets everything that is here leave without waiting for more, ends [`pause`](Self::pause), and keeps later ones
    /// short until the deadline. Gives the number of the first batch that comes later.
    pub(crate) fn hurry(&self, deadline: Instant) -> u64 {
        let mut batches = self.batches();
        batches.hurried_until = batches.hurried_until.max(Some(deadline));
        batches.close_open();
        let later = batches.in_flight.next();
        drop(batches);
        self.changed.notify_one();
        self.hurried.notify_waiters();
        later
    }

    /// Waits for `duration`, or until somebody is in a hurry, and no longer than a moment where room is short. Who is in
    /// a hurry already gets another attempt before the deadline.
    pub(crate) async fn pause(&self, duration: Duration) {
        let hurried = self.hurried.notified();
        let left = self.batches().hurried_until.map(|until| until.saturating_duration_since(Instant::now()));
        let most = left.filter(|left| !left.is_zero()).map(|left| (left / 4).min(MOST_IN_A_HURRY));
        let crowded = async {
            loop {
                sleep(MOST_WHILE_CROWDED).await;
                if self.is_crowded() {
                    return;
                }
            }
        };
        tokio::select! {
            () = hurried => {}
            () = sleep(most.map_or(duration, |most| most.min(duration))) => {}
            () = crowded => {}
        }
    }

    /// The peer has taken it.
    pub(crate) fn was_taken(&self, batch: Batch) {
        let bytes = batch.bytes();
        let mut spare = batch.into_spare();
        let mut batches = self.batches();
        batches.packer.size().taken(bytes);
        batches.packer.take_back(&mut spare);
    }

    /// The peer has refused a batch of that size as too large.
    pub(crate) fn was_refused(&self, refused: usize) {
        self.batches().packer.size().refused(refused);
    }

    /// At last also the one that is being filled: where room is small it is all there is beside what is on its way.
    fn oldest(&self) -> Option<Parcel> {
        let mut batches = self.batches();
        if self.in_two_steps {
            return batches.handed_on.pop_front();
        }
        batches.full.pop_front().or_else(|| if self.own.is_above(3, 4) { batches.take_open() } else { None })
    }

    /// A peer that reads gets what comes in a burst from memory.
    fn is_crowded(&self) -> bool {
        let (part, of) = if self.away.load(Ordering::Relaxed) { (1, 2) } else { (3, 4) };
        self.own.is_above(part, of)
    }

    async fn closed(&self) -> Parcel {
        loop {
            match self.ready() {
                Ready::Now(parcel) => return parcel,
                // Elapsed or changed: either way it is looked at again.
                Ready::At(due) => _ = timeout_at(due, self.changed.notified()).await,
                Ready::Never => self.changed.notified().await,
            }
        }
    }

    fn ready(&self) -> Ready {
        let mut batches = self.batches();
        if let Some(parcel) = batches.next_full() {
            return Ready::Now(parcel);
        }
        match batches.opened.map(|opened| opened + self.delay) {
            Some(due) if due > Instant::now() => Ready::At(due),
            _ => batches.take_open().map_or(Ready::Never, Ready::Now),
        }
    }

    fn batches(&self) -> MutexGuard<'_, Batches> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Ready {
    Now(Parcel),
    At(Instant),
    Never,
}
