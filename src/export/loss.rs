//! Why spans are lost.

use std::fmt;

/// Why a span was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LossReason {
    /// The queue or the destination's outbox had no room left, also without content.
    QueueFull,
    /// A single span was larger than the peer takes, also without its long values.
    TooLarge,
    /// The peer refused it for good: wrong token, wrong path, something in it that the peer does not take.
    Refused,
    /// An exporter gave an error; it does its own retrying.
    ExporterFailed,
    /// A step of the pipeline panicked on it.
    PipelinePanicked,
    /// A destination panicked while it had the span.
    DestinationPanicked,
    /// The trace or span id was zero, for which peers refuse the whole request.
    InvalidId,
    /// It still waited when the deadline of the shutdown passed, or came after the shutdown.
    AtShutdown,
    /// The spool had no room left, and this was the oldest in it.
    SpoolFull,
    /// It lay in the spool for longer than it may.
    TooOld,
    /// The part of the spool's file in which it lay was damaged, or the file was deleted.
    SpoolDamaged,
    /// The connection broke each time that it was sent, while other spans arrived: a proxy or a firewall cuts it off, or the
    /// peer crashes on it.
    BreaksConnection,
}

impl LossReason {
    pub(super) const ALL: [Self; 12] = [
        Self::QueueFull,
        Self::TooLarge,
        Self::Refused,
        Self::ExporterFailed,
        Self::PipelinePanicked,
        Self::DestinationPanicked,
        Self::InvalidId,
        Self::AtShutdown,
        Self::SpoolFull,
        Self::TooOld,
        Self::SpoolDamaged,
        Self::BreaksConnection,
    ];

    /// The reason in words, for logs and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue full",
            Self::TooLarge => "too large",
            Self::Refused => "refused",
            Self::ExporterFailed => "exporter failed",
            Self::PipelinePanicked => "pipeline panicked",
            Self::DestinationPanicked => "destination panicked",
            Self::InvalidId => "invalid id",
            Self::AtShutdown => "at shutdown",
            Self::SpoolFull => "spool full",
            Self::TooOld => "too old",
            Self::SpoolDamaged => "spool damaged",
            Self::BreaksConnection => "breaks connection",
        }
    }
}

impl fmt::Display for LossReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_slot_and_word() {
        for (position, reason) in LossReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, position);
            assert_eq!(LossReason::ALL.iter().filter(|other| other.as_str() == reason.as_str()).count(), 1);
        }
    }
}
