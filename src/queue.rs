//! Finished spans on their way to the worker, bounded by bytes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::budget::{Budget, Reservation};
use crate::layer::{HandOver, Recorded, ScopeValues};
use crate::span::{data_bytes, value_bytes};

/// Spans from which on an empty queue gives its memory back.
const LARGE: usize = 4_096;

/// A finished span and what the sibling layer knew of it.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) data: SpanData,
    pub(crate) hand_over: Option<HandOver>,
    /// Of the thread on which it started, or of its parent.
    pub(crate) scope: Option<Arc<ScopeValues>>,
    /// Given back once the worker has passed the span on.
    _bytes: Reservation,
}

impl Ended {
    /// The `tracing` target of the span, when a layer of ours saw it.
    pub(crate) fn target(&self) -> Option<&'static str> {
        self.hand_over.as_ref().map(|hand_over| hand_over.open.metadata.target())
    }

    /// Whether a layer of ours saw that the span declares a field of this name.
    pub(crate) fn declares(&self, field: &str) -> bool {
        self.hand_over.as_ref().is_some_and(|hand_over| hand_over.open.declares(field))
    }
}

/// The queue. Pushing never waits for the worker; it wakes it only when it sleeps.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// The worker's end: what it has taken over and not begun with.
    taken: Mutex<VecDeque<Ended>>,
    wake: Notify,
    budget: Budget,
    /// `OTEL_BSP_MAX_QUEUE_SIZE`, when set: a bound in spans beside the one in bytes.
    max_spans: usize,
    lost: AtomicU64,
    lost_at_shutdown: AtomicU64,
    /// Taken by the worker and not yet with the destinations.
    in_hand: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    ended: VecDeque<Ended>,
    /// How many wait at the worker's end.
    taken: usize,
    worker: Attention,
    /// The worker is wanted for something else than a span.
    called: bool,
    closed: bool,
}

/// What wakes the worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Attention {
    #[default]
    Awake,
    /// It lets spans gather; they do not wake it, a call does.
    Gathering,
    Asleep,
}

impl State {
    /// Whether the worker, whose attention is one of `these`, is to be woken.
    fn wake(&mut self, these: &[Attention]) -> bool {
        let wakes = these.contains(&self.worker);
        if wakes {
            self.worker = Attention::Awake;
        }
        wakes
    }

    fn waiting(&self) -> usize {
        self.ended.len() + self.taken
    }
}

impl Queue {
    pub(crate) fn new(budget: Budget, max_spans: Option<usize>) -> Self {
        Self {
            state: Mutex::default(),
            taken: Mutex::default(),
            wake: Notify::new(),
            budget,
            max_spans: max_spans.unwrap_or(usize::MAX),
            lost: AtomicU64::new(0),
            lost_at_shutdown: AtomicU64::new(0),
            in_hand: AtomicU64::new(0),
        }
    }

    /// Moves a span in, or counts it as lost when there is no room.
    pub(crate) fn push(&self, data: SpanData, hand_over: Option<HandOver>, scope: Option<Arc<ScopeValues>>) {
        let Some(bytes) = self.budget.reserve(ended_bytes(&data, hand_over.as_ref())) else {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let wake = {
            let mut state = self.state();
            if state.closed || state.waiting() >= self.max_spans {
                let counter = if state.closed { &self.lost_at_shutdown } else { &self.lost };
                counter.fetch_add(1, Ordering::Relaxed);
                // What is refused is dropped at the end of the function, without the lock.
                return;
            }
            state.ended.push_back(Ended { data, hand_over, scope, _bytes: bytes });
            state.wake(&[Attention::Asleep])
        };
        if wake {
            self.wake.notify_one();
        }
    }

    /// Takes up to `most` spans. They are moved while no one who pushes has to wait for it.
    pub(crate) fn take(&self, most: usize, into: &mut Vec<Ended>) {
        let mut taken = self.taken();
        let count = {
            let mut state = self.state();
            if taken.is_empty() {
                std::mem::swap(&mut *taken, &mut state.ended);
            }
            let count = taken.len().min(most);
            state.taken = taken.len() - count;
            self.in_hand.fetch_add(count as u64, Ordering::Relaxed);
            count
        };
        into.extend(taken.drain(..count));
        if taken.is_empty() && taken.capacity() > LARGE {
            // A burst is over; its memory goes back.
            *taken = VecDeque::new();
        }
    }

    /// One of the spans that were taken has been passed on.
    pub(crate) fn passed_on(&self) {
        self.in_hand.fetch_sub(1, Ordering::Relaxed);
    }

    /// Resolves when there is a span, or the worker is called.
    pub(crate) async fn wait(&self) {
        {
            let mut state = self.state();
            if state.called || !state.ended.is_empty() {
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
        let (taken, ended) = {
            let mut taken = self.taken();
            let mut state = self.state();
            state.taken = 0;
            (std::mem::take(&mut *taken), std::mem::take(&mut state.ended))
        };
        self.lost_at_shutdown.fetch_add((taken.len() + ended.len()) as u64, Ordering::Relaxed);
    }

    /// Spans in the queue now.
    pub(crate) fn len(&self) -> usize {
        self.state().waiting()
    }

    /// Spans that no destination has seen yet.
    pub(crate) fn waiting(&self) -> u64 {
        let state = self.state();
        state.waiting() as u64 + self.in_hand.load(Ordering::Relaxed)
    }

    /// Spans that came when the worker had ended, or waited still.
    pub(crate) fn lost_at_shutdown(&self) -> u64 {
        self.lost_at_shutdown.load(Ordering::Relaxed)
    }

    /// Spans that found no room since the start.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Locked before `state` where both are.
    fn taken(&self) -> MutexGuard<'_, VecDeque<Ended>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a span holds in memory, near enough.
fn ended_bytes(data: &SpanData, hand_over: Option<&HandOver>) -> usize {
    let recorded: usize = hand_over.map_or(0, |hand_over| {
        let open = &hand_over.open;
        open.fields.bytes() + open.recorded.iter().map(|step| size_of_val(step) + recorded_bytes(step)).sum::<usize>()
    });
    size_of::<Ended>() + data_bytes(data) + recorded
}

fn recorded_bytes(step: &Recorded) -> usize {
    match step {
        Recorded::Attribute(key, value) => key.as_str().len() + value_bytes(value),
        Recorded::Field(_) | Recorded::Number(..) => 0,
        Recorded::Input(payload) | Recorded::Output(payload) => payload.bytes_held(),
        Recorded::FinishReason(text) | Recorded::Error(text) => text.len(),
    }
}
