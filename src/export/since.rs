//! What has happened between two reports.

use super::report::{DestinationReport, Report};

impl Report {
    /// What has happened since `earlier`, a report of the same telemetry. What waits and what is spooled is as of now;
    /// everything else is counted from there.
    ///
    /// ```
    /// # let telemetry = tracing_genai::builder("test").without_env().build()?;
    /// let mut last = telemetry.report();
    /// // … once a minute:
    /// let now = telemetry.report();
    /// println!("telemetry in the last minute: {}", now.since(&last));
    /// last = now;
    /// # Ok::<(), tracing_genai::BuildError>(())
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        // A destination that was not there yet begins at nothing. They keep their places.
        let none = DestinationReport::default();
        let before = |at: usize, name: &str| earlier.destinations.get(at).filter(|part| part.name == name);
        let destinations = self.destinations.iter().enumerate();
        Self {
            queue: self.queue.since(&earlier.queue),
            destinations: destinations.map(|(at, part)| part.since(before(at, &part.name).unwrap_or(&none))).collect(),
            values_turned_away: self.values_turned_away.saturating_sub(earlier.values_turned_away),
            values_invalid: self.values_invalid.saturating_sub(earlier.values_invalid),
            calls_missed_in_totals: self.calls_missed_in_totals.saturating_sub(earlier.calls_missed_in_totals),
            measurements_unlabelled: self.measurements_unlabelled.saturating_sub(earlier.measurements_unlabelled),
            unmeasured: self.unmeasured.saturating_sub(earlier.unmeasured),
            spans_unfinished: self.spans_unfinished.saturating_sub(earlier.spans_unfinished),
            scope_values_cut: self.scope_values_cut.saturating_sub(earlier.scope_values_cut),
            open: self.open,
            remote_parents_ignored: self.remote_parents_ignored.saturating_sub(earlier.remote_parents_ignored),
        }
    }
}

impl DestinationReport {
    /// As [`Report::since`].
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut lost = self.lost;
        for (now, before) in lost.iter_mut().zip(earlier.lost) {
            *now = now.saturating_sub(before);
        }
        Self {
            name: self.name.clone(),
            component: self.component,
            delivered: self.delivered.saturating_sub(earlier.delivered),
            waiting: self.waiting,
            spooled: self.spooled,
            rejected: self.rejected.saturating_sub(earlier.rejected),
            shed_spans: self.shed_spans.saturating_sub(earlier.shed_spans),
            shed_bytes: self.shed_bytes.saturating_sub(earlier.shed_bytes),
            lost,
            last_problem: self.last_problem.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::counts::DestinationCounts;
    use super::super::loss::LossReason;
    use super::*;

    #[test]
    fn what_happened_since_is_counted_from_there_and_what_waits_is_as_of_now() {
        let counts = DestinationCounts::new("peer");
        let report = |lost, unmeasured| {
            let queue = DestinationReport::new("queue", 0, 0).with_lost(LossReason::QueueFull, lost).with_shed(lost, 9);
            Report::new(queue, vec![counts.report()]).with_values(lost, 3).with_unmeasured(unmeasured)
        };
        for _ in 0..9 {
            counts.accept();
        }
        counts.deliver(4, 1);
        let first = report(2, 1);
        counts.deliver(2, 0);
        counts.shed(1, 700);
        let since = report(5, 1).since(&first);
        assert_eq!((since.delivered(), since.waiting(), since.rejected(), since.lost()), (2, 3, 0, 3));
        assert_eq!((since.shed(), since.shed_bytes(), since.unmeasured()), (4, 700, 0));
        assert_eq!((since.values_turned_away(), since.values_invalid()), (3, 0));
        // The other way round, nothing is below nothing.
        assert_eq!(first.since(&report(5, 1)).delivered(), 0);
        assert_eq!(first.since(&Report::default()).delivered(), first.delivered());
    }
}
