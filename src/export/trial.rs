//! What is known against one batch that failed.

use std::time::Duration;

use tokio::time::Instant;

use super::retry::{Backoff, PUT_OFF_FOR};

/// How often a request is sent as it is to a peer that may find it too large, or has no time for it.
const STRAINED_AT_MOST: u32 = 8;
/// So many times "later" say as much as can be said: others had as many before they were taken.
const PUT_OFF_ENOUGH: u32 = 8;

/// How a batch failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Its connection broke, or there was no answer in time.
    #[default]
    Broken,
    /// The peer answered "later", for some time.
    PutOff,
}

/// What came of a part that its peer has not taken.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(super) how: Failure,
    pub(super) message: String,
    /// How many others had been taken until then.
    pub(super) passed: u64,
    /// How long others have waited meanwhile.
    pub(super) took: Duration,
    /// How much it says, at most 1: once "later" says little.
    pub(super) weight: f64,
}

impl Failed {
    pub(super) fn broken(message: String, passed: u64, took: Duration) -> Self {
        Self { how: Failure::Broken, message, passed, took, weight: 1.0 }
    }

    /// Where it was answered so many times.
    pub(super) fn put_off(message: String, passed: u64, took: Duration, times: u32) -> Self {
        let weight = took.div_duration_f64(PUT_OFF_FOR).max(f64::from(times) / f64::from(PUT_OFF_ENOUGH)).min(1.0);
        Self { how: Failure::PutOff, message, passed, took, weight }
    }
}

/// What is known against one batch.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    /// Failures that count.
    pub(super) failures: u32,
    /// The last one.
    pub(super) last: Failure,
    /// How often it was put off while it was alone, others having passed between.
    pub(super) put_off: u32,
    /// What had become of others when it failed first, or came to be alone.
    pub(super) before: (u64, u64),
    /// How likely it is that those of the part that is sent now came by chance: by how many powers of e less than 1.
    pub(super) unlikely: f64,
    /// Failures of the part that is sent now for which its size may be the reason.
    pub(super) strained: u32,
    /// How many others had passed at the last failure.
    pub(super) passed: u64,
    /// Failures since then.
    pub(super) in_vain: usize,
    /// It was suspect.
    pub(super) is_divided: bool,
    /// Set aside as which one for the first time, and for the last.
    pub(super) place: Option<u64>,
    pub(super) turn: u64,
    pub(super) due: Option<Instant>,
    /// Its waits for a place where a span could be alone.
    pub(super) waits: Backoff,
    /// It is sent for the last time, since the end has come.
    pub(super) is_last_try: bool,
    /// The waits of a single span that is to blame, as it seems.
    pub(super) alone: Option<Backoff>,
}

impl Trial {
    /// Whether it has failed.
    pub(crate) fn is_open(&self) -> bool {
        self.failures > 0
    }

    /// Whether others have passed between its failures.
    pub(crate) fn is_against_it(&self) -> bool {
        self.failures > 1 || self.is_alone()
    }

    pub(crate) fn is_alone(&self) -> bool {
        self.alone.is_some()
    }

    /// Whether it is the one that is to blame, or a part of that.
    pub(crate) fn was_suspect(&self) -> bool {
        self.is_divided || self.is_alone()
    }

    /// How many others had passed when it failed last.
    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    /// Whether others have passed after it failed: so many have passed by now.
    pub(super) fn may_be_given_up(&self, passed: u64) -> bool {
        let has_failed_again = self.failures > 1 || self.put_off > 0;
        self.is_alone() && (has_failed_again || (self.last == Failure::PutOff && passed > self.passed))
    }

    /// It was put off while it was alone and others passed. Who says "later" may take it yet: its breaks begin anew.
    pub(super) fn put_off(&mut self) {
        self.put_off = self.put_off.saturating_add(1);
        (self.failures, self.unlikely) = (1, 0.0);
    }

    /// One more failure for which the size may be the reason; whether smaller parts are to be tried, as far as that is
    /// possible.
    pub(crate) fn strain(&mut self) -> bool {
        self.strained += 1;
        self.strained >= STRAINED_AT_MOST
    }

    /// What is sent next is another part, of which nothing is known.
    pub(crate) fn next_part(&mut self) {
        (self.strained, self.unlikely) = (0, 0.0);
    }

    /// There is no place where its part could be alone: nothing of it is sent for a while, longer each time.
    pub(crate) fn wait(&mut self) {
        self.next_part();
        self.due = Some(Instant::now() + self.waits.next());
    }

    /// When it may be sent, where those that others have passed rest until then.
    pub(super) fn due(&self, rest_until: Option<Instant>) -> Option<Instant> {
        if self.is_against_it() { self.due.max(rest_until) } else { self.due }
    }

    /// It may be sent at any time.
    pub(crate) fn is_due(&mut self) {
        self.due = None;
    }
}
