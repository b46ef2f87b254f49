//! Losses are counted where the application must not be held up, and told here.

use std::sync::atomic::Ordering;

use crate::core::Shared;

/// How much was spoken of already.
#[derive(Debug, Default)]
pub(super) struct LossNotices {
    /// Spans that found no room.
    lost: u64,
    /// Lost spans of which not even the usage is known.
    unmeasured: u64,
    /// Spans that gave up content.
    shed: u64,
    /// Calls that are missing in a total.
    missed: u64,
    /// Remote parents that could not be used.
    parents: u64,
    /// Values of scopes that could not be used as they are.
    values: u64,
    invalid: u64,
}

impl LossNotices {
    /// Tells what has been lost since, unless that was said a moment ago.
    pub(super) fn tell(&mut self, shared: &Shared) {
        let Self { lost, unmeasured, shed, missed, parents, values, invalid } = self;
        let report = &shared.self_report;
        let (now, bytes) = shared.queue.shed();
        if is_more(shed, now, || report.is_quiet("queue nearly full")) {
            report.warn(
                "queue nearly full",
                format_args!(
                    "spans that gave up content so far: {now}, {bytes} bytes; the queue had no room for it \
                     (tracing_genai.shed on each). Raise Builder::with_queue_bytes, or record less"
                ),
            );
        }
        let now = shared.queue.lost();
        if is_more(lost, now, || report.is_quiet("queue full")) {
            report.warn(
                "queue full",
                format_args!(
                    "spans lost so far: {now}; the queue had no room. Raise Builder::with_queue_bytes or \
                     OTEL_BSP_MAX_QUEUE_SIZE, or record less"
                ),
            );
        }
        let now = shared.queue.unmeasured();
        if is_more(unmeasured, now, || report.is_quiet("unmeasured")) {
            report.warn(
                "unmeasured",
                format_args!(
                    "lost spans so far whose tokens and cost are missing in totals and metrics, and of which no usage \
                     observer was told: {now}; there was no room even for their counts (raise Builder::with_queue_bytes), \
                     or no time at shutdown"
                ),
            );
        }
        let now = shared.calls_missed.load(Ordering::Relaxed);
        if is_more(missed, now, || report.is_quiet("totals")) {
            report.warn(
                "totals",
                format_args!(
                    "model calls that are missing in a total so far: {now}; they ended after a span above them, or \
                     more traces were open than are added up. Their own cost and usage are right"
                ),
            );
        }
        let now = shared.layer_counts.remote_parents_ignored();
        if is_more(parents, now, || report.is_quiet("remote parents")) {
            report.warn(
                "remote parents",
                format_args!(
                    "callers whose trace was not continued so far: {now}; `traceparent` was malformed, or \
                     RemoteContext::set_parent_of came after the span was entered"
                ),
            );
        }
        let now = shared.layer_counts.scope_values_cut();
        if is_more(values, now, || report.is_quiet("scopes")) {
            report.warn(
                "scopes",
                format_args!(
                    "values of scopes that were shortened, cleaned or left out so far: {now}; Scope says what it holds"
                ),
            );
        }
        let now = shared.invalid.load(Ordering::Relaxed);
        if is_more(invalid, now, || report.is_quiet("invalid values")) {
            report.warn(
                "invalid values",
                format_args!(
                    "values that are not of their attribute's type so far: {now}; each stands as text under \
                     tracing_genai.invalid and its name"
                ),
            );
        }
    }
}

/// Whether there is more `now` than was told of, and it can be told; then it counts as told. What comes in the quiet after a
/// sentence is told when that is over: the log would go on saying how few were lost at first.
fn is_more(told: &mut u64, now: u64, is_quiet: impl FnOnce() -> bool) -> bool {
    let is_more = now > *told && !is_quiet();
    if is_more {
        *told = now;
    }
    is_more
}

#[cfg(test)]
mod tests {
    use super::is_more;

    #[test]
    fn what_is_lost_in_the_quiet_after_a_sentence_is_told_when_that_is_over() {
        let told = &mut 0;
        assert!(!is_more(told, 0, || false));
        assert!(is_more(told, 3, || false));
        assert!(!is_more(told, 500_000, || true) && !is_more(told, 500_000, || true));
        assert!(is_more(told, 500_000, || false) && !is_more(told, 500_000, || false));
    }
}
