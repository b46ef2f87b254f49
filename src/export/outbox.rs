//! What waits for one destination: the batch that is being filled, and full ones in order. Bounded in bytes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use super::batch::{AROUND, Batch};
use super::held::Held;
use super::in_flight::InFlight;
use super::pack::{PackLimits, Packer};
use super::parts::{ENOUGH, Parcel};
use crate::budget::Budget;

/// Shared by the side that offers spans and the task that sends them.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
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

#[derive(Debug)]
struct State {
    packer: Packer,
    /// Batches that were closed here.
    in_flight: InFlight,
    /// For the next span, before a batch takes it over.
    held: Held,
    /// When the first span came into the batch that is being filled.
    opened: Option<Instant>,
    full: VecDeque<Parcel>,
    handed_on: VecDeque<Parcel>,
    /// Somebody waits, until then.
    hurried_until: Option<Instant>,
}

/// A peer is behind when so many of the largest requests are on their way to it, or wait for that.
const BEHIND: usize = 2;
/// Between two attempts, while somebody waits for the second.
const MOST_IN_A_HURRY: Duration = Duration::from_millis(500);
/// The same where spans are lost soon.
const MOST_WHILE_CROWDED: Duration = Duration::from_secs(1);

impl Outbox {
    pub(crate) fn new(resource: &Resource, limits: PackLimits, delay: Duration, budget: Budget, own: Budget) -> Self {
        let state = State {
            packer: Packer::new(resource, limits),
            in_flight: InFlight::default(),
            held: Held::none(&own, &budget),
            opened: None,
            full: VecDeque::new(),
            handed_on: VecDeque::new(),
            hurried_until: None,
        };
        Self {
            state: Mutex::new(state),
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
        let mut state = self.state();
        let State { packer, held, .. } = &mut *state;
        let Ok(full) = packer.push(scope, held, AROUND, may_be_refused, encode) else { return false };
        // Larger requests cost less where others wait; until then they only take more memory.
        let enough = self.enough * (state.full.len() + 1);
        let full = if full.is_none() && state.packer.open_bytes() >= enough { state.packer.take() } else { full };
        let was_idle = state.opened.is_none();
        if full.is_some() || was_idle {
            state.opened = (state.packer.open_bytes() > 0).then(Instant::now);
            let waits = !state.full.is_empty();
            let full = full.map(|full| Parcel { number: Some(state.in_flight.begin()), ..Parcel::filled(full, waits) });
            state.full.extend(full);
            drop(state);
            self.changed.notify_one();
        }
        if self.is_crowded() {
            self.crowded.notify_one();
        }
        true
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
        let State { full, handed_on, .. } = &mut *self.state();
        let may_be = |parcel: &&mut Parcel| !parcel.light && parcel.tickets.is_empty();
        for parcel in handed_on.iter_mut().chain(full).filter(may_be) {
            parcel.light = true;
            let shed = parcel.batch.lighten();
            if shed.is_some() {
                return shed;
            }
        }
        None
    }

    /// What a span of this scope may take in a request of its own.
    pub(crate) fn room(&self, scope: &InstrumentationScope) -> usize {
        self.state().packer.room(scope)
    }

    /// The next batch to send, as soon as one is full or has waited long enough.
    pub(crate) async fn next(&self) -> Parcel {
        if !self.in_two_steps {
            return self.closed().await;
        }
        loop {
            if let Some(parcel) = self.state().next_handed_on() {
                return parcel;
            }
            self.handed_on.notified().await;
        }
    }

    /// The same without waiting.
    pub(crate) fn next_now(&self) -> Option<Parcel> {
        if self.in_two_steps {
            return self.state().next_handed_on();
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
        self.state().handed_on.push_back(parcel);
        self.handed_on.notify_one();
    }

    /// What was handed on and has no record goes through the first step again.
    pub(crate) fn take_back(&self) {
        let mut state = self.state();
        let handed_on = std::mem::take(&mut state.handed_on);
        let (mut unwritten, written): (VecDeque<_>, _) = handed_on.into_iter().partition(Parcel::is_unwritten);
        unwritten.append(&mut state.full);
        (state.full, state.handed_on) = (unwritten, written);
        drop(state);
        self.changed.notify_one();
    }

    /// The oldest batch that waits, when memory is short.
    pub(crate) async fn surplus(&self) -> Parcel {
        loop {
            if self.is_crowded()
                && let Some(parcel) = self.oldest()
            {
                return parcel;
            }
            self.crowded.notified().await;
        }
    }

    /// Puts the oldest batch back.
    pub(crate) fn put_back(&self, parcel: Parcel) {
        let mut state = self.state();
        let State { full, handed_on, .. } = &mut *state;
        let waiting = if self.in_two_steps { handed_on } else { full };
        waiting.push_front(parcel);
        drop(state);
        self.handed_on.notify_one();
        self.changed.notify_one();
    }

    /// Everything that waits, oldest first.
    pub(crate) fn all(&self) -> Vec<Parcel> {
        let mut state = self.state();
        let mut all: Vec<Parcel> = state.handed_on.drain(..).collect();
        all.extend(state.full.drain(..));
        all.extend(state.take_open());
        all
    }

    /// Whether the peer takes nothing at the moment: then memory is kept for what is new.
    pub(crate) fn set_away(&self, away: bool) {
        if self.away.swap(away, Ordering::Relaxed) != away && self.is_crowded() {
            self.crowded.notify_one();
        }
    }

    /// Whether the last thing that was sent to the peer was not taken, and is to be sent again.
    pub(crate) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Which batches are not settled.
    pub(crate) fn in_flight(&self) -> InFlight {
        self.state().in_flight.clone()
    }

    /// Whether one waits to be written or sent.
    pub(crate) fn has_waiting(&self) -> bool {
        let State { full, handed_on, .. } = &*self.state();
        !full.is_empty() || !handed_on.is_empty()
    }

    /// Whether others may go into its request.
    pub(crate) fn is_small(&self, parcel: &Parcel) -> bool {
        parcel.batch.bytes() < self.enough / 2
    }

    /// Whether this one may go into the request of the first, and leaves room for what is new.
    pub(crate) fn go_together(&self, first: &Parcel, next: &Parcel) -> bool {
        first.batch.bytes() + next.batch.bytes() <= self.enough && first.goes_with(next, &self.state().packer)
    }

    /// Room in memory for a batch from elsewhere.
    pub(crate) fn hold(&self, bytes: usize) -> Option<Held> {
        Held::reserve(&self.own, &self.budget, bytes)
    }

    /// What of its own room batches may take that are set aside: what is new has the rest.
    pub(crate) fn room_aside(&self) -> usize {
        self.own.part(1, 4)
    }

    /// Lets everything that is here leave without waiting for more, ends [`pause`](Self::pause), and keeps later ones
    /// short until the deadline. Gives the number of the first batch that comes later.
    pub(crate) fn hurry(&self, deadline: Instant) -> u64 {
        let mut state = self.state();
        state.hurried_until = state.hurried_until.max(Some(deadline));
        let open = state.take_open();
        state.full.extend(open);
        let later = state.in_flight.next();
        drop(state);
        self.changed.notify_one();
        self.hurried.notify_waiters();
        later
    }

    /// Waits for `duration`, or until somebody is in a hurry, and no longer than a moment where room is short. Who is in
    /// a hurry already gets another attempt before the deadline.
    pub(crate) async fn pause(&self, duration: Duration) {
        let hurried = self.hurried.notified();
        let left = self.state().hurried_until.map(|until| until.saturating_duration_since(Instant::now()));
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
        let mut state = self.state();
        state.packer.size().taken(bytes);
        state.packer.take_back(&mut spare);
    }

    /// The peer has refused a batch of that size as too large.
    pub(crate) fn was_refused(&self, refused: usize) {
        self.state().packer.size().refused(refused);
    }

    /// At last also the one that is being filled: where room is small it is all there is beside what is on its way.
    fn oldest(&self) -> Option<Parcel> {
        let mut state = self.state();
        if self.in_two_steps {
            return state.handed_on.pop_front();
        }
        state.full.pop_front().or_else(|| if self.own.is_above(3, 4) { state.take_open() } else { None })
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
        let mut state = self.state();
        if let Some(parcel) = state.next_full() {
            return Ready::Now(parcel);
        }
        match state.opened.map(|opened| opened + self.delay) {
            Some(due) if due > Instant::now() => Ready::At(due),
            _ => state.take_open().map_or(Ready::Never, Ready::Now),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The batch that is being filled, if there is something in it.
    fn take_open(&mut self) -> Option<Parcel> {
        self.opened = None;
        let waits = !self.full.is_empty();
        let open = self.packer.take()?;
        Some(Parcel { number: Some(self.in_flight.begin()), ..Parcel::filled(open, waits) })
    }

    /// The first of the full batches, with those behind it where it is small: they were filled while requests had to be.
    fn next_full(&mut self) -> Option<Parcel> {
        Parcel::first_of(&mut self.full, &self.packer)
    }

    /// The same of those that were handed on.
    fn next_handed_on(&mut self) -> Option<Parcel> {
        Parcel::first_of(&mut self.handed_on, &self.packer)
    }
}

enum Ready {
    Now(Parcel),
    At(Instant),
    Never,
}
