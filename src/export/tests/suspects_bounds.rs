//! Requests that break their connection: what they may take of memory and of time, and what is lost for that.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::sender::{LARGE, rig_at_once, taken};
use super::span_of;
use super::suspects::broken;
use crate::self_report::SelfReport;

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_slow_for_what_is_large_and_then_away_loses_nothing() {
    let (mut whole, mut since) = (0, None::<Instant>);
    let mut rig = rig_at_once(
        1,
        &SelfReport::default(),
        LARGE,
        400_000,
        |_| None,
        move |names| {
            let large = names.iter().filter(|name| name.starts_with("large")).count();
            whole = whole.max(large);
            // It goes once the large ones come in halves.
            if large > 0 && large < whole {
                since.get_or_insert_with(Instant::now);
            }
            let is_well = since.map_or(large == 0, |since| since.elapsed() > HOUR);
            if is_well { taken() } else { broken() }
        },
    );
    for number in 0..6 {
        rig.sender.offer(&span_of(&format!("large {number}"), 30_000));
    }
    for number in 0..60 {
        rig.sender.offer(&span_of(&number.to_string(), 100));
        sleep(Duration::from_secs(1)).await;
    }
    sleep(2 * HOUR).await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost(), report.waiting()), (66, 0, 0), "{report}");
}
