//! Finished spans on their way to the worker, bounded by bytes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::budget::{Budget, Reservation};
use crate::layer::{HandOver, Recorded};
use crate::span::{data_bytes, value_bytes};

/// A finished span and what the sibling layer knew of it.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) data: SpanData,
    pub(crate) hand_over: Option<HandOver>,
    /// Given back once the worker has passed the span on.
    _bytes: Reservation,
}

/// The queue. Pushing never waits for the worker; it wakes it only when it sleeps.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
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
}

impl Queue {
    pub(crate) fn new(budget: Budget, max_spans: Option<usize>) -> Self {
        Self {
            state: Mutex::default(),
            wake: Notify::new(),
            budget,
            max_spans: max_spans.unwrap_or(usize::MAX),
            lost: AtomicU64::new(0),
            lost_at_shutdown: AtomicU64::new(0),
            in_hand: AtomicU64::new(0),
        }
    }

    /// Moves a span in, or counts it as lost when there is no room.
    pub(crate) fn push(&self, data: SpanData, hand_over: Option<HandOver>) {
        let Some(bytes) = self.budget.reserve(ended_bytes(&data, hand_over.as_ref())) else {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let ended = Ended { data, hand_over, _bytes: bytes };
        let (refused, wake) = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.closed {
                self.lost_at_shutdown.fetch_add(1, Ordering::Relaxed);
                (Some(ended), false)
            } else if state.ended.len() >= self.max_spans {
                self.lost.fetch_add(1, Ordering::Relaxed);
                (Some(ended), false)
            } else {
                state.ended.push_back(ended);
                (None, state.wake(&[Attention::Asleep]))
            }
        };
        // Foreign values are dropped without the lock.
        drop(refused);
        if wake {
            self.wake.notify_one();
        }
    }

    /// Takes up to `most` spans.
    pub(crate) fn take(&self, most: usize, into: &mut Vec<Ended>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let count = state.ended.len().min(most);
        self.in_hand.fetch_add(count as u64, Ordering::Relaxed);
        into.extend(state.ended.drain(..count));
        if state.ended.is_empty() && state.ended.capacity() > 4_096 {
            // A burst is over; its memory goes back.
            state.ended = VecDeque::new();
        }
    }

    /// One of the spans that were taken has been passed on.
    pub(crate) fn passed_on(&self) {
        self.in_hand.fetch_sub(1, Ordering::Relaxed);
    }

    /// Resolves when there is a span, or the worker is called.
    pub(crate) async fn wait(&self) {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::take(&mut state.called) {
                return;
            }
            state.worker = Attention::Gathering;
        }
        let _ = timeout(time, self.wake.notified()).await;
        self.state.lock().unwrap_or_else(PoisonError::into_inner).worker = Attention::Awake;
    }

    /// Wakes the worker for something else than a span.
    pub(crate) fn call(&self) {
        let wake = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.called = true;
            state.wake(&[Attention::Asleep, Attention::Gathering])
        };
        if wake {
            self.wake.notify_one();
        }
    }

    /// No span is taken in from now on: there is no worker any more.
    pub(crate) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
    }

    /// Counts what is still here as lost.
    pub(crate) fn give_up(&self) {
        let left = std::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).ended);
        self.lost_at_shutdown.fetch_add(left.len() as u64, Ordering::Relaxed);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed
    }

    /// Spans in the queue now.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).ended.len()
    }

    /// Spans that no destination has seen yet.
    pub(crate) fn waiting(&self) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ended.len() as u64 + self.in_hand.load(Ordering::Relaxed)
    }

    /// Spans that came when the worker had ended, or waited still.
    pub(crate) fn lost_at_shutdown(&self) -> u64 {
        self.lost_at_shutdown.load(Ordering::Relaxed)
    }

    /// Spans that found no room since the start.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// What a span holds in memory, near enough.
fn ended_bytes(data: &SpanData, hand_over: Option<&HandOver>) -> usize {
    let recorded: usize = hand_over.map_or(0, |hand_over| {
        hand_over.open.recorded.iter().map(|step| size_of_val(step) + recorded_bytes(step)).sum()
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
