//! Requests that break their connection: what they may take of memory and of time, and what is lost for that.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::sender::{LARGE, MUCH, rig_at_once, taken};
use super::suspects::{broken, firewall, hanging, is_poisonous, rig_with, until_delivered};
use super::{resource, settings, span, span_of};
use crate::budget::Budget;
use crate::export::loss::LossReason;
use crate::export::outbox::Outbox;
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

#[tokio::test(start_paused = true)]
async fn many_that_hang_leave_others_as_much_of_the_time_as_one_does() {
    let (mut sender, counts, peer) = hanging(1);
    let mut numbers = 0..;
    for _ in 0..20 {
        sender.offer(&span("poison"));
        for number in numbers.by_ref().take(30) {
            sender.offer(&span(&number.to_string()));
            sleep(Duration::from_secs(1)).await;
        }
    }
    let before = peer.0.lock().unwrap().len();
    let seconds = 1_200;
    for number in numbers.take(seconds) {
        sender.offer(&span(&number.to_string()));
        sleep(Duration::from_secs(1)).await;
    }
    // Each try takes ten seconds.
    let tries = peer.0.lock().unwrap()[before..].iter().filter(|names| is_poisonous(names)).count();
    assert!((1..=seconds / 20 + 1).contains(&tries), "{tries} tries: {}", counts.report());
}

#[tokio::test(start_paused = true)]
async fn a_span_that_waits_by_itself_takes_the_memory_of_one() {
    let settings = settings(&SelfReport::default());
    let outbox = Outbox::new(&resource(), LARGE, settings.delay, settings.budget, Budget::new(MUCH));
    for number in 0..400 {
        let span = span_of(&number.to_string(), 1_000);
        let is_kept = outbox.write(&span.instrumentation_scope, |out| crate::export::encode::span(&span, out));
        assert!(is_kept);
    }
    outbox.hurry(Instant::now());
    let mut single = outbox.next_now().unwrap().batch;
    assert_eq!(single.spans(), 400);
    // Each half has been sent.
    while single.spans() > 1 {
        drop(single.lend());
        (single, _) = single.split().unwrap();
    }
    assert!(single.memory() < 2_000, "{} bytes", single.memory());
}

#[tokio::test(start_paused = true)]
async fn what_is_set_aside_gives_up_its_content_before_others_are_lost() {
    let back = Instant::now() + Duration::from_secs(300);
    let judge = move |_: &[String]| if Instant::now() < back { broken() } else { taken() };
    let mut rig = rig_at_once(4, &SelfReport::default(), LARGE, 1 << 19, |_| None, judge);
    for number in 0..1_500 {
        rig.sender.offer(&span_of(&number.to_string(), 3_000));
        sleep(Duration::from_millis(200)).await;
    }
    until_delivered(&rig.counts, 1_500).await;
    let report = rig.counts.report();
    assert!(report.lost() == 0 && report.shed() > 0, "{report}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_by_itself_does_not_make_the_peer_seem_slow() {
    let mut rig = rig_at_once(1, &SelfReport::default(), LARGE, 400_000, |_| None, firewall);
    rig.sender.offer(&span_of("poison", 250_000));
    rig.offer_each(0..100, Duration::from_secs(1)).await;
    until_delivered(&rig.counts, 100).await;
    assert_eq!(rig.counts.report().waiting(), 1);
    assert!(!rig.sender.is_behind(true));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_once_what_breaks_its_connection_had_its_last_try() {
    for concurrency in [1, 4] {
        let mut rig = rig_with(concurrency, firewall);
        rig.sender.offer(&span("poison"));
        rig.offer(0..50);
        rig.sender.offer(&span("poison too"));
        rig.offer(50..100);
        until_delivered(&rig.counts, 100).await;
        sleep(Duration::from_secs(60)).await;
        let tries = rig.requests().len();
        let begin = Instant::now();
        rig.sender.shutdown(begin + HOUR).await;
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        assert!(rig.requests.lock().unwrap().len() >= tries + 2, "each is tried once more");
        let report = rig.counts.report();
        assert_eq!((report.lost_by(LossReason::BreaksConnection), report.lost()), (2, 2), "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_try_that_is_under_way_when_a_shutdown_comes_is_the_last() {
    let (mut sender, counts, peer) = hanging(1);
    let tries = || peer.0.lock().unwrap().iter().filter(|names| is_poisonous(names)).count();
    sender.offer(&span("poison"));
    let mut others = 0;
    while tries() < 5 {
        // By itself.
        sleep(Duration::from_secs(2)).await;
        others += 1;
        sender.offer(&span(&others.to_string()));
        until_delivered(&counts, others).await;
    }
    // Nothing else waits.
    while tries() < 6 {
        sleep(Duration::from_millis(100)).await;
    }
    let begin = Instant::now();
    sender.shutdown(begin + HOUR).await;
    // It takes ten, and the next one would begin as much later.
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    let report = counts.report();
    assert_eq!((report.lost_by(LossReason::BreaksConnection), report.lost()), (1, 1), "{report}");
}
