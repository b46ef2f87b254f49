//! While a destination has no room, content goes before spans do.

use tokio::time::Instant;

use super::sender::{LARGE, again, rig};
use super::span_of;
use crate::export::loss::LossReason;
use crate::export::pack::PackLimits;

/// Room for some twelve whole spans.
const OWN: usize = 100_000;

#[tokio::test(start_paused = true)]
async fn content_goes_first_also_that_of_spans_which_wait_already() {
    let mut rig = rig(PackLimits { spans: 2, ..LARGE }, OWN, |_| again(None));
    for number in 0..300 {
        rig.sender.offer(&span_of(&number.to_string(), 8_000));
    }
    let report = rig.counts.report();
    assert_eq!((report.waiting(), report.lost()), (300, 0));
    // All but as many as there is room for beside the others.
    assert!((285..=300).contains(&report.shed()), "{report}");
    assert!((8_000..8_050).contains(&(report.shed_bytes() / report.shed())), "{report}");
    assert!(!report.is_complete());
    rig.sender.shutdown(Instant::now()).await;
    assert_eq!(rig.budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn then_spans_are_lost_and_none_twice() {
    let mut rig = rig(PackLimits { spans: 2, ..LARGE }, OWN, |_| again(None));
    for number in 0..3_000 {
        rig.sender.offer(&span_of(&number.to_string(), 2_000));
    }
    let report = rig.counts.report();
    assert_eq!(report.waiting() + report.lost_by(LossReason::QueueFull), 3_000);
    assert!(report.waiting() > 300 && report.lost() > 500, "{report}");
    assert!(rig.budget.used() <= OWN, "{}", rig.budget.used());
    rig.sender.shutdown(Instant::now()).await;
    assert_eq!(rig.budget.used(), 0);
}
