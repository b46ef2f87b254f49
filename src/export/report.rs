//! What became of the spans: delivered, waiting, rejected by the peer, lost and why.

use std::fmt;

use super::loss::LossReason;

/// What became of the spans until now.
///
/// A span counts once for each destination that it goes to; one that was lost before it reached any counts once.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    pub(super) queue: DestinationReport,
    pub(super) destinations: Vec<DestinationReport>,
    pub(super) values_turned_away: u64,
    pub(super) values_invalid: u64,
    pub(super) calls_missed_in_totals: u64,
    pub(super) measurements_unlabelled: u64,
    pub(super) unmeasured: u64,
    pub(super) spans_unfinished: u64,
    pub(super) scope_values_cut: u64,
    /// At shutdown.
    pub(super) open: u64,
    pub(super) remote_parents_ignored: u64,
}

impl Report {
    /// `queue` is what happened before any destination was reached.
    pub(crate) fn new(queue: DestinationReport, destinations: Vec<DestinationReport>) -> Self {
        Self { queue, destinations, ..Self::default() }
    }

    #[must_use]
    pub(crate) fn with_values(self, turned_away: u64, invalid: u64) -> Self {
        Self { values_turned_away: turned_away, values_invalid: invalid, ..self }
    }

    #[must_use]
    pub(crate) fn with_calls_missed(self, calls_missed_in_totals: u64) -> Self {
        Self { calls_missed_in_totals, ..self }
    }

    /// Model calls that are missing in the total of a span above them (`tracing_genai.total.*`): they ended after it,
    /// or more traces were open than are added up. Their own cost and usage are right.
    pub fn calls_missed_in_totals(&self) -> u64 {
        self.calls_missed_in_totals
    }

    #[must_use]
    pub(crate) fn with_unlabelled(self, measurements_unlabelled: u64) -> Self {
        Self { measurements_unlabelled, ..self }
    }

    /// Measurements that went to the series `otel.metric.overflow`, since their instrument had a thousand others already.
    pub fn measurements_unlabelled(&self) -> u64 {
        self.measurements_unlabelled
    }

    #[must_use]
    pub(crate) fn with_context(self, scope_values_cut: u64, remote_parents_ignored: u64) -> Self {
        Self { scope_values_cut, remote_parents_ignored, ..self }
    }

    /// Values of a [`Scope`](crate::Scope) that were shortened, cleaned of control characters or left out, once for each
    /// time that the scope was used.
    pub fn scope_values_cut(&self) -> u64 {
        self.scope_values_cut
    }

    /// Callers in other processes whose trace was not continued: `traceparent` was malformed or too long, or a span that
    /// was to continue it had started already. See [`Propagation`](crate::Propagation).
    pub fn remote_parents_ignored(&self) -> u64 {
        self.remote_parents_ignored
    }

    #[must_use]
    pub(crate) fn with_unmeasured(self, unmeasured: u64) -> Self {
        Self { unmeasured, ..self }
    }

    /// Lost GenAI spans whose usage is missing in totals and metrics too, and of which no observer was told. Those for which
    /// there was no time at shutdown, or that ended after it, are among them. What others used that were lost to a full queue
    /// still counts.
    pub fn unmeasured(&self) -> u64 {
        self.unmeasured
    }

    /// Spans that gave up content (values and events above 1 KiB) because there was no room for it while they waited.
    /// They are not lost; `tracing_genai.shed` on each says how many bytes are missing.
    pub fn shed(&self) -> u64 {
        self.sum(DestinationReport::shed)
    }

    /// The bytes of the content that was given up.
    pub fn shed_bytes(&self) -> u64 {
        self.sum(DestinationReport::shed_bytes)
    }

    #[must_use]
    pub(crate) fn with_unfinished(self, spans_unfinished: u64) -> Self {
        Self { spans_unfinished, ..self }
    }

    #[must_use]
    pub(crate) fn with_open(self, open: u64) -> Self {
        Self { open, ..self }
    }

    /// Spans made by hand that were closed by age, for room or at shutdown, before the program completed them; each
    /// carries `tracing_genai.closed_by`.
    pub fn spans_unfinished(&self) -> u64 {
        self.spans_unfinished
    }

    /// Recorded values that were left out: those for a span that had ended, those beyond what one span holds, those of spans
    /// beyond the number that may be open at once, and those for a span that another layer sees alone, with none above it
    /// that ours sees.
    pub fn values_turned_away(&self) -> u64 {
        self.values_turned_away
    }

    /// Values that did not fit their attribute's type; they were exported as text under
    /// `tracing_genai.invalid.<attribute>`.
    pub fn values_invalid(&self) -> u64 {
        self.values_invalid
    }

    /// Spans that the peers have taken.
    pub fn delivered(&self) -> u64 {
        self.sum(DestinationReport::delivered)
    }

    /// Spans that wait to be sent, those in the queue among them.
    pub fn waiting(&self) -> u64 {
        self.sum(DestinationReport::waiting)
    }

    /// Spans that lie in the spool: they are not lost, and are sent when their destination is back, by this process or
    /// the next one.
    pub fn spooled(&self) -> u64 {
        self.sum(DestinationReport::spooled)
    }

    /// Spans that the peers rejected out of requests that they took (a partial success).
    pub fn rejected(&self) -> u64 {
        self.sum(DestinationReport::rejected)
    }

    /// Spans lost, whatever the reason; rejected ones are not among them.
    pub fn lost(&self) -> u64 {
        self.sum(DestinationReport::lost)
    }

    /// Spans lost for `reason`.
    pub fn lost_by(&self, reason: LossReason) -> u64 {
        self.sum(|part| part.lost_by(reason))
    }

    /// Each destination by itself, in the order in which they were added.
    pub fn destinations(&self) -> &[DestinationReport] {
        &self.destinations
    }

    /// Nothing lost, nothing rejected, nothing waiting, and no content given up. What is spooled is none of these.
    pub fn is_complete(&self) -> bool {
        self.destinations.iter().chain([&self.queue]).all(DestinationReport::is_complete)
    }

    fn sum(&self, count: impl Fn(&DestinationReport) -> u64) -> u64 {
        self.destinations.iter().chain([&self.queue]).map(count).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} delivered, {} waiting", self.delivered(), self.waiting())?;
        write_given_up(f, self.shed(), self.shed_bytes())?;
        write_rest(f, self.spooled(), self.rejected(), self.lost(), |reason| self.lost_by(reason))?;
        if self.open > 0 {
            write!(f, ", {} still open", self.open)?;
        }
        for destination in self.destinations.iter().filter(|part| !part.is_complete() || self.destinations.len() > 1) {
            write!(f, "; {destination}")?;
        }
        Ok(())
    }
}

/// What became of the spans of one destination.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DestinationReport {
    pub(super) name: String,
    /// What kind of exporter it is, in the conventions' word; its name where they have none.
    pub(super) component: &'static str,
    pub(super) delivered: u64,
    pub(super) waiting: u64,
    pub(super) spooled: u64,
    pub(super) rejected: u64,
    pub(super) shed_spans: u64,
    pub(super) shed_bytes: u64,
    pub(super) lost: [u64; LossReason::ALL.len()],
    pub(super) last_problem: Option<String>,
}

impl DestinationReport {
    /// For what is counted elsewhere than in [`DestinationCounts`].
    pub(crate) fn new(name: impl Into<String>, delivered: u64, waiting: u64) -> Self {
        Self { name: name.into(), delivered, waiting, ..Self::default() }
    }

    /// Adds `spans` lost for `reason`.
    #[must_use]
    pub(crate) fn with_lost(mut self, reason: LossReason, spans: u64) -> Self {
        if let Some(slot) = self.lost.get_mut(reason as usize) {
            *slot += spans;
        }
        self
    }

    #[must_use]
    pub(crate) fn with_shed(self, shed_spans: u64, shed_bytes: u64) -> Self {
        Self { shed_spans, shed_bytes, ..self }
    }

    /// The destination's name: the one given to it, or its host and port.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Spans that the peer has taken.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Spans that wait to be sent, or are being sent.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Spans that lie in the spool.
    pub fn spooled(&self) -> u64 {
        self.spooled
    }

    /// Spans that the peer rejected out of requests that it took.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Spans that gave up content because this destination had no room for it.
    pub fn shed(&self) -> u64 {
        self.shed_spans
    }

    /// The bytes of that content.
    pub fn shed_bytes(&self) -> u64 {
        self.shed_bytes
    }

    /// Spans lost, whatever the reason.
    pub fn lost(&self) -> u64 {
        self.lost.iter().sum()
    }

    /// Spans lost for `reason`.
    pub fn lost_by(&self, reason: LossReason) -> u64 {
        self.lost.get(reason as usize).copied().unwrap_or_default()
    }

    /// The last thing that went wrong, with the peer's words and the remedy where one is known.
    pub fn last_problem(&self) -> Option<&str> {
        self.last_problem.as_deref()
    }

    /// Nothing lost, nothing rejected, nothing waiting, and no content given up. What is spooled is none of these.
    pub fn is_complete(&self) -> bool {
        self.waiting == 0 && self.lost() == 0 && self.rejected == 0 && self.shed_spans == 0
    }
}

impl fmt::Display for DestinationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} delivered, {} waiting", self.name, self.delivered, self.waiting)?;
        write_given_up(f, self.shed_spans, self.shed_bytes)?;
        write_rest(f, self.spooled, self.rejected, self.lost(), |reason| self.lost_by(reason))?;
        match &self.last_problem {
            Some(problem) if !self.is_complete() => write!(f, " ({problem})"),
            _ => Ok(()),
        }
    }
}

fn write_given_up(f: &mut fmt::Formatter<'_>, spans: u64, bytes: u64) -> fmt::Result {
    if spans > 0 { write!(f, ", {spans} without {bytes} bytes of content") } else { Ok(()) }
}

fn write_rest(
    f: &mut fmt::Formatter<'_>,
    spooled: u64,
    rejected: u64,
    lost: u64,
    lost_by: impl Fn(LossReason) -> u64,
) -> fmt::Result {
    if spooled > 0 {
        write!(f, ", {spooled} spooled")?;
    }
    if rejected > 0 {
        write!(f, ", {rejected} rejected by the peer")?;
    }
    write!(f, ", {lost} lost")?;
    let mut separator = ": ";
    for reason in LossReason::ALL {
        let spans = lost_by(reason);
        if spans > 0 {
            write!(f, "{separator}{spans} {reason}")?;
            separator = ", ";
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::counts::DestinationCounts;
    use super::*;

    #[test]
    fn a_line_says_what_was_lost_and_why() {
        let counts = DestinationCounts::new("collector:4317");
        for _ in 0..10 {
            counts.accept();
        }
        counts.deliver(6, 1);
        counts.lose(LossReason::Refused, 2);
        counts.turn_away(LossReason::QueueFull, 3);
        counts.problem("401 unauthorized:\nset the token");
        counts.shed(1, 1_000);
        let queue = DestinationReport::new("queue", 0, 4).with_lost(LossReason::QueueFull, 7).with_shed(2, 9_000);
        let report = Report::new(queue, vec![counts.report()]);
        assert!(!report.is_complete());
        assert_eq!(
            report.to_string(),
            "5 delivered, 6 waiting, 3 without 10000 bytes of content, 1 rejected by the peer, 12 lost: 10 queue full, 2 refused; \
             collector:4317: 5 delivered, 2 waiting, 1 without 1000 bytes of content, 1 rejected by the peer, 5 lost: 3 queue full, 2 refused \
             (401 unauthorized: set the token)"
        );
    }

    #[test]
    fn a_report_without_loss_is_complete_and_short() {
        let counts = DestinationCounts::new("collector:4317");
        counts.accept();
        counts.deliver(1, 0);
        let report = Report::new(DestinationReport::default(), vec![counts.report()]);
        assert!(report.is_complete());
        assert_eq!(report.to_string(), "1 delivered, 0 waiting, 0 lost");
    }
}
