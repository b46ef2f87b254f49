//! The counters of one destination, as those who move spans keep them.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::loss::LossReason;
use super::report::DestinationReport;
use super::words;

/// The counters of one destination. Clones share them; reading takes no lock but for the last problem's words.
#[derive(Clone, Debug)]
pub(crate) struct DestinationCounts {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    accepted: AtomicU64,
    /// Spans that came from other processes by the spool, less those that went to them.
    others: AtomicI64,
    spooled: AtomicU64,
    delivered: AtomicU64,
    rejected: AtomicU64,
    shed_spans: AtomicU64,
    shed_bytes: AtomicU64,
    lost_after_acceptance: AtomicU64,
    lost: [AtomicU64; LossReason::ALL.len()],
    last_problem: Mutex<Option<String>>,
}

impl DestinationCounts {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            shared: Arc::new(Shared {
                name: name.into(),
                accepted: AtomicU64::default(),
                others: AtomicI64::default(),
                spooled: AtomicU64::default(),
                delivered: AtomicU64::default(),
                rejected: AtomicU64::default(),
                shed_spans: AtomicU64::default(),
                shed_bytes: AtomicU64::default(),
                lost_after_acceptance: AtomicU64::default(),
                lost: Default::default(),
                last_problem: Mutex::default(),
            }),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.shared.name
    }

    /// A span was taken into the destination's keeping.
    pub(crate) fn accept(&self) {
        self.shared.accepted.fetch_add(1, Ordering::Relaxed);
    }

    /// The span that was accepted last was not kept after all.
    #[cfg(feature = "_otlp")]
    pub(crate) fn refuse(&self, reason: LossReason) {
        self.shared.accepted.fetch_sub(1, Ordering::Relaxed);
        self.turn_away(reason, 1);
    }

    /// Spans accepted until now.
    pub(crate) fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::Relaxed)
    }

    /// Whether as many as the first so many accepted spans are settled. Those that come and go by the spool meanwhile stand
    /// for none of them.
    #[cfg(feature = "_otlp")]
    pub(crate) fn are_settled(&self, accepted: u64) -> bool {
        self.settled() >= accepted.saturating_add_signed(self.others())
    }

    /// Spans in the destination's keeping that are not settled.
    pub(crate) fn waiting(&self) -> u64 {
        let settled = self.settled();
        self.accepted().saturating_add_signed(self.others()).saturating_sub(settled)
    }

    fn others(&self) -> i64 {
        self.shared.others.load(Ordering::Relaxed)
    }

    /// Spans that were delivered, rejected or lost, or lie in the spool.
    pub(crate) fn settled(&self) -> u64 {
        let shared = &self.shared;
        [&shared.delivered, &shared.rejected, &shared.lost_after_acceptance, &shared.spooled]
            .into_iter()
            .map(|count| count.load(Ordering::Relaxed))
            .sum()
    }

    /// `spans` spans that an earlier process accepted were found in the spool.
    #[cfg(all(feature = "spool", feature = "_otlp"))]
    pub(crate) fn adopt(&self, spans: u64) {
        self.shared.others.fetch_add(spans.cast_signed(), Ordering::Relaxed);
        self.spool(spans);
    }

    /// `spans` spans in the spool are another process's now, as if they had never been accepted here.
    #[cfg(all(feature = "spool", feature = "_otlp"))]
    pub(crate) fn hand_over(&self, spans: u64) {
        self.shared.spooled.fetch_sub(spans, Ordering::Relaxed);
        self.shared.others.fetch_sub(spans.cast_signed(), Ordering::Relaxed);
    }

    /// What was accepted as `said` spans holds another number of them.
    #[cfg(feature = "_otlp")]
    pub(crate) fn correct(&self, said: u64, spans: u64) {
        self.shared.others.fetch_add(spans.cast_signed() - said.cast_signed(), Ordering::Relaxed);
    }

    /// `spans` accepted spans lie in the spool now, and nowhere else.
    #[cfg(all(feature = "spool", feature = "_otlp"))]
    pub(crate) fn spool(&self, spans: u64) {
        self.shared.spooled.fetch_add(spans, Ordering::Relaxed);
    }

    /// `spans` spans have left the spool.
    #[cfg(all(feature = "spool", feature = "_otlp"))]
    pub(crate) fn unspool(&self, spans: u64) {
        self.shared.spooled.fetch_sub(spans, Ordering::Relaxed);
    }

    /// Spans that lie in the spool.
    pub(crate) fn spooled(&self) -> u64 {
        self.shared.spooled.load(Ordering::Relaxed)
    }

    /// The peer took `spans` accepted spans but for `rejected` of them.
    pub(crate) fn deliver(&self, spans: u64, rejected: u64) {
        let rejected = rejected.min(spans);
        self.shared.delivered.fetch_add(spans - rejected, Ordering::Relaxed);
        self.shared.rejected.fetch_add(rejected, Ordering::Relaxed);
    }

    /// `spans` accepted spans are lost.
    pub(crate) fn lose(&self, reason: LossReason, spans: u64) {
        self.shared.lost_after_acceptance.fetch_add(spans, Ordering::Relaxed);
        self.turn_away(reason, spans);
    }

    /// `spans` spans are lost that were never accepted.
    pub(crate) fn turn_away(&self, reason: LossReason, spans: u64) {
        if let Some(count) = self.shared.lost.get(reason as usize) {
            count.fetch_add(spans, Ordering::Relaxed);
        }
    }

    /// `spans` spans gave up so many bytes of content.
    pub(crate) fn shed(&self, spans: u64, bytes: usize) {
        self.shared.shed_spans.fetch_add(spans, Ordering::Relaxed);
        self.shared.shed_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Remembers what went wrong last.
    pub(crate) fn problem(&self, message: &str) {
        let mut slot = self.shared.last_problem.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(words::on_one_line(message));
    }

    pub(crate) fn report(&self) -> DestinationReport {
        let shared = &self.shared;
        let mut lost = [0; LossReason::ALL.len()];
        for (slot, count) in lost.iter_mut().zip(&shared.lost) {
            *slot = count.load(Ordering::Relaxed);
        }
        DestinationReport {
            component: "",
            name: shared.name.clone(),
            delivered: shared.delivered.load(Ordering::Relaxed),
            waiting: self.waiting(),
            spooled: self.spooled(),
            rejected: shared.rejected.load(Ordering::Relaxed),
            shed_spans: shared.shed_spans.load(Ordering::Relaxed),
            shed_bytes: shared.shed_bytes.load(Ordering::Relaxed),
            lost,
            last_problem: shared.last_problem.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
