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
    /// It lets spans gather; they do not wake it, a call does.
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

    pub(super) fn len(&self) -> usize {
        self.ended.len() + self.taken
    }

    /// Without remnants, which are lost already.
    pub(super) fn waiting(&self) -> usize {
        self.len() - self.ended.remnants() - self.taken_remnants
    }
}
