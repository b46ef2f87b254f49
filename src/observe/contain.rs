//! Foreign code that must not stop the worker.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::self_report::SelfReport;

/// Runs `work`; a panic in it is told, and goes no further.
pub(super) fn contain(self_report: &SelfReport, who: &str, work: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        self_report.warn(
            who,
            format_args!("{who} panicked; the span went on without it. Its own message says what must be mended"),
        );
    }
}
