//! What is known against one batch that broke its connection.

use tokio::time::Instant;

use super::retry::Backoff;

/// How often a request is sent as it is to a peer that may find it too large, or has no time for it.
const STRAINED_AT_MOST: u32 = 8;

/// What is known against one batch.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    /// Breaks that count.
    pub(super) breaks: u32,
    /// What had become of others when it broke first, or came to be alone.
    pub(super) before: (u64, u64),
    /// How likely it is that those of the part that is sent now came by chance: by how many powers of e less than 1.
    pub(super) unlikely: f64,
    /// Failures of the part that is sent now for which its size may be the reason.
    pub(super) strained: u32,
    /// How many others had passed at the last break.
    pub(super) passed: u64,
    /// Breaks since then.
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
    /// Whether it has broken a connection.
    pub(crate) fn is_open(&self) -> bool {
        self.breaks > 0
    }

    /// Whether others have passed between its breaks.
    pub(crate) fn is_against_it(&self) -> bool {
        self.breaks > 1 || self.is_alone()
    }

    pub(crate) fn is_alone(&self) -> bool {
        self.alone.is_some()
    }

    pub(super) fn may_be_given_up(&self) -> bool {
        self.is_alone() && self.breaks > 1
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
