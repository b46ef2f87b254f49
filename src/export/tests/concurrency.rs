//! Several requests to one destination under way at once. Time is the test's own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::sender::taken;
use super::{names_of, resource, settings, span, span_of};
use crate::budget::Budget;
use crate::export::body::Body;
use crate::export::counts::DestinationCounts;
use crate::export::destination::Destination;
use crate::export::loss::LossReason;
use crate::export::outbox::Outbox;
use crate::export::outcome::{Outcome, Transport};
use crate::export::pack::PackLimits;
use crate::export::sender::Sender;
use crate::self_report::SelfReport;

/// Answers after a second; the span `0` after an hour.
#[derive(Clone, Default)]
struct Slow {
    /// Under way now, and at most.
    under_way: Arc<Mutex<(usize, usize)>>,
}

impl Transport for Slow {
    async fn send(&mut self, body: Body) -> Outcome {
        {
            let mut under_way = self.under_way.lock().unwrap();
            under_way.0 += 1;
            under_way.1 = under_way.1.max(under_way.0);
        }
        let is_first = names_of(&body).contains(&"0".to_owned());
        tokio::time::sleep(Duration::from_secs(if is_first { 3_600 } else { 1 })).await;
        self.under_way.lock().unwrap().0 -= 1;
        taken()
    }
}

/// One span in a request, three requests at once.
fn rig() -> (Sender, DestinationCounts, Slow) {
    rig_of(1, 3)
}

fn rig_of(spans: usize, concurrency: usize) -> (Sender, DestinationCounts, Slow) {
    let settings = settings(&SelfReport::default());
    let slow = Slow::default();
    let limits = PackLimits { bytes: 1 << 20, spans };
    let outbox = Outbox::new(&resource(), limits, settings.delay, settings.budget, Budget::new(1 << 20));
    let counts = DestinationCounts::new("peer");
    let peer = slow.clone();
    let (timeout, ours) = (Duration::from_secs(7_200), counts.clone());
    let sender = Sender::start(move || peer.clone(), concurrency, outbox, None, timeout, ours, settings.report);
    (sender, counts, slow)
}

#[tokio::test(start_paused = true)]
async fn as_many_requests_as_allowed_are_under_way_at_once() {
    let (mut sender, counts, slow) = rig();
    let start = Instant::now();
    for number in 1..=9 {
        sender.offer(&span(&number.to_string()));
    }
    sender.flush(start + Duration::from_secs(60)).await;
    assert_eq!((start.elapsed().as_secs(), counts.report().delivered()), (3, 9));
    assert_eq!(*slow.under_way.lock().unwrap(), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_an_early_request_though_as_many_later_spans_have_arrived() {
    let (mut sender, counts, _) = rig();
    let start = Instant::now();
    sender.offer(&span("0"));
    let flushed = sender.flush(start + Duration::from_secs(7_000));
    for number in 1..=20 {
        sender.offer(&span(&number.to_string()));
    }
    flushed.await;
    assert_eq!((start.elapsed().as_secs(), counts.report().delivered()), (3_600, 21));
    // And not for a later one that is slow.
    sender.offer(&span("21"));
    let flushed = sender.flush(start + Duration::from_secs(7_000));
    sender.offer(&span("0"));
    flushed.await;
    assert_eq!(start.elapsed().as_secs(), 3_601);
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_no_later_request_where_batches_before_it_leave_together() {
    let (mut sender, counts, _) = rig_of(usize::MAX, 1);
    let start = Instant::now();
    let mut flush_one_more = |name: usize| {
        sender.offer(&span(&name.to_string()));
        sender.flush(start + Duration::from_secs(60))
    };
    // One is under way, and those behind it leave in one request.
    drop(flush_one_more(1));
    tokio::task::yield_now().await;
    (2..10).for_each(|name| drop(flush_one_more(name)));
    let flushed = flush_one_more(10);
    let flushed = tokio::spawn(async move {
        flushed.await;
        start.elapsed().as_secs()
    });
    for name in 11..40 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(flush_one_more(name));
    }
    assert_eq!(flushed.await.unwrap(), 2, "{}", counts.report());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_counts_what_every_request_still_held() {
    let (mut sender, counts, _) = rig();
    let start = Instant::now();
    for number in [0, 0, 1, 2, 3, 0, 4] {
        sender.offer(&span(&number.to_string()));
    }
    sender.shutdown(start + Duration::from_secs(10)).await;
    let report = counts.report();
    assert_eq!((report.delivered(), report.waiting(), report.lost_by(LossReason::AtShutdown)), (3, 0, 4), "{report}");
}

#[tokio::test(start_paused = true)]
async fn who_settles_nothing_is_not_waited_for_where_there_are_others() {
    let (mut sender, counts, _) = rig();
    // Three are answered each second.
    (1..=9).for_each(|number| sender.offer(&span_of(&number.to_string(), 100_000)));
    for second in 0..2 {
        assert!(sender.is_behind(false), "second {second}");
        tokio::time::sleep(Duration::from_millis(1_001)).await;
    }
    assert_eq!(counts.report().delivered(), 6);
    // And these after an hour.
    (0..7).for_each(|_| sender.offer(&span_of("0", 100_000)));
    assert!(sender.is_behind(false), "it has just begun");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(sender.is_behind(false), "some were answered meanwhile");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(!sender.is_behind(false) && sender.is_behind(true));
}

#[tokio::test(start_paused = true)]
async fn who_had_nothing_to_settle_for_long_is_given_time_as_before() {
    let (mut sender, counts, _) = rig();
    sender.offer(&span("1"));
    sender.flush(Instant::now() + Duration::from_secs(60)).await;
    assert!(counts.report().is_complete() && !sender.is_behind(false));
    tokio::time::sleep(Duration::from_secs(60)).await;
    (2..=9).for_each(|number| sender.offer(&span_of(&number.to_string(), 100_000)));
    assert!(sender.is_behind(false), "it has just begun");
}

#[test]
fn a_number_that_cannot_be_is_refused_with_the_remedy() {
    for number in [0, 65] {
        let error = Destination::otlp("http://host:4318").with_concurrency(number).prepare().unwrap_err().to_string();
        assert!(error.contains("with_concurrency") && error.contains("from 1 to 64"), "{error}");
    }
}
