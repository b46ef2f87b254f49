//! What a peer refuses for good: the span that is to blame is found, and others arrive.

use std::time::Duration;

use opentelemetry::KeyValue;

use super::sender::{LARGE, MUCH, rig, script, taken};
use super::{deadline, resource, settings, span_of};
use crate::budget::Budget;
use crate::export::body::Body;
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
use crate::export::outbox::Outbox;
use crate::export::outcome::{Outcome, Transport};
use crate::export::sender::Sender;
use crate::self_report::SelfReport;

fn refused() -> Outcome {
    Outcome::Refused { message: "bad id".into() }
}

fn names(of: impl IntoIterator<Item = usize>) -> Vec<String> {
    of.into_iter().map(|name| name.to_string()).collect()
}

/// What a peer takes that refuses requests with any of `poisonous` in them.
async fn arrived(count: usize, poisonous: &'static [usize]) -> (Vec<usize>, usize, u64) {
    let is_poisonous = |name: &String| poisonous.contains(&name.parse().unwrap());
    let mut rig = rig(LARGE, MUCH, move |names| if names.iter().any(is_poisonous) { refused() } else { taken() });
    rig.offer(0..count);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!(report.waiting(), 0);
    assert_eq!(report.delivered() + report.lost_by(LossReason::Refused), count as u64, "{report}");
    assert_eq!(rig.budget.used(), 0);
    let requests = rig.requests();
    let taken = requests.iter().filter(|names| !names.iter().any(is_poisonous)).flatten();
    let mut taken: Vec<usize> = taken.map(|name| name.parse().unwrap()).collect();
    taken.sort_unstable();
    (taken, requests.len(), report.lost())
}

#[tokio::test(start_paused = true)]
async fn a_poisonous_span_is_lost_alone_and_named() {
    let (found, requests, lost) = arrived(512, &[300]).await;
    assert_eq!(found, (0..512).filter(|number| *number != 300).collect::<Vec<_>>());
    assert_eq!(lost, 1);
    assert!(requests <= 1 + 2 * 9, "{requests} requests");

    let mut rig = rig(LARGE, MUCH, |names| if names.contains(&"3".to_owned()) { refused() } else { taken() });
    rig.offer(0..8);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!(report.last_problem(), Some("1 span lost: the span \"3\" is refused: bad id"));
}

#[tokio::test(start_paused = true)]
async fn several_poisonous_spans_are_lost_alone() {
    let (taken, _, lost) = arrived(256, &[0, 17, 18, 19, 255]).await;
    assert_eq!(taken.len(), 251);
    assert_eq!(lost, 5);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_refuses_everything_is_not_asked_for_each_span() {
    let mut rig = rig(LARGE, MUCH, |_| refused());
    rig.offer(0..512);
    rig.flush().await;
    assert!(rig.requests().len() <= 2 * 9 + 16, "{} requests", rig.requests().len());
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::Refused), report.waiting()), (512, 0));
}

#[tokio::test(start_paused = true)]
async fn a_denied_request_is_not_divided() {
    let mut rig = rig(LARGE, MUCH, script([Outcome::Denied { message: "wrong token".into() }]));
    rig.offer(0..512);
    rig.flush().await;
    assert_eq!(rig.requests().len(), 1);
    assert_eq!(rig.counts.report().lost_by(LossReason::Refused), 512);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_has_no_time_for_a_large_request_gets_smaller_ones() {
    let most = 40;
    let mut rig =
        rig(
            LARGE,
            MUCH,
            move |names| {
                if names.len() > most { Outcome::Strained { message: "no answer".into() } } else { taken() }
            },
        );
    for number in 0..100 {
        rig.sender.offer(&span_of(&number.to_string(), 5_000));
    }
    rig.flush().await;
    let mut arrived: Vec<String> = rig.requests().into_iter().filter(|names| names.len() <= most).flatten().collect();
    arrived.sort_by_key(|name| name.parse::<usize>().unwrap());
    assert_eq!(arrived, names(0..100));
    assert!(rig.counts.report().is_complete());
}

#[tokio::test(start_paused = true)]
async fn a_span_that_no_request_can_hold_arrives_with_its_content_cut() {
    // By the destination's own limit, before it is sent.
    let mut rig = rig(LARGE, MUCH, |_| taken());
    rig.sender.offer(&span_of("giant", 30 << 20));
    rig.offer(0..1);
    rig.flush().await;
    assert_eq!(rig.requests().concat(), ["giant", "0"]);
    assert!(rig.counts.report().is_complete());
}

/// Takes requests of so many bytes.
#[derive(Clone)]
struct Narrow(usize);

impl Transport for Narrow {
    async fn send(&mut self, body: Body) -> Outcome {
        if body.len() > self.0 { Outcome::TooLarge { message: String::new() } } else { taken() }
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_whose_core_is_more_than_half_of_it_gives_up_its_content_alone() {
    let settings = settings(&SelfReport::default());
    let outbox = Outbox::new(&resource(), LARGE, settings.delay, settings.budget, Budget::new(MUCH));
    let counts = DestinationCounts::new("peer");
    let (ours, report, timeout) = (counts.clone(), settings.report, Duration::from_secs(10));
    let mut sender = Sender::start(|| Narrow(50_000), 1, outbox, None, timeout, ours, report);
    let mut span = span_of("0", 30_000);
    span.attributes.extend((0..400).map(|number| KeyValue::new(format!("key {number}"), "x".repeat(80))));
    sender.offer(&span);
    sender.flush(deadline()).await;
    assert!(counts.report().is_complete(), "{}", counts.report());
}
