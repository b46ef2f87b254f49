//! What of the queue is under its lock, and what wakes the worker.

use super::line::Line;

/// What one lock is for.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) ended: Line,
    /// How many wait at the worker's end, and how many remnants are among them.
    pub(super) taken: usize,
    pub(super) taken_remnants: usize,
    pub(super) worker: Attention,
    /// The worker is wanted for something else than a span.
    pub(super) called: bool,
    pub(super) closed: bool,
}

/// What wakes the worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Attention {
    #[default]
    Awake,
    /// It lets spans gather; few do not wake it, many and a call do.
    Gathering,
    Asleep,
}

impl State {
    /// Whether the worker, whose attention is one of `these`, is to be woken.
    pub(super) fn wake(&mut self, these: &[Attention]) -> bool {
        let wakes = these.contains(&self.worker);
        if wakes {
            self.worker = Attention::Awake;
        }
        wakes
    }

    /// Whether the worker is to be woken because a span has come in; so many that have gathered are not to become more.
    #[inline]
    pub(super) fn wakes_for_a_span(&mut self, enough: usize) -> bool {
        let are_many = self.ended.len() >= enough;
        self.wake(if are_many { &[Attention::Asleep, Attention::Gathering] } else { &[Attention::Asleep] })
    }

    pub(super) fn len(&self) -> usize {
        self.ended.len() + self.taken
    }

    /// Without remnants, which are lost already.
    pub(super) fn waiting(&self) -> usize {
        self.len() - self.ended.remnants() - self.taken_remnants
    }
}
