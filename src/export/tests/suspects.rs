//! A request that breaks its connection each time: others arrive, and the one span that is to blame is found. Time is the test's
//! own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::sender::{LARGE, MUCH, Rig, rig, rig_at_once, taken};
use super::warnings::Warnings;
use super::{names_of, resource, settings, span, span_of};
use crate::budget::Budget;
use crate::export::body::Body;
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
use crate::export::outbox::Outbox;
use crate::export::outcome::{Outcome, Transport};
use crate::export::pack::PackLimits;
use crate::export::sender::Sender;
use crate::self_report::SelfReport;

const TWENTY: PackLimits = PackLimits { spans: 20, ..LARGE };
const HOUR: Duration = Duration::from_secs(3_600);

pub(super) fn broken() -> Outcome {
    Outcome::Broken { message: "connection reset".into() }
}

pub(super) fn is_poisonous(names: &[String]) -> bool {
    names.iter().any(|name| name.starts_with("poison"))
}

/// Breaks the connection of what holds poison.
pub(super) fn firewall(names: &[String]) -> Outcome {
    if is_poisonous(names) { broken() } else { taken() }
}

pub(super) fn rig_with(concurrency: usize, judge: impl FnMut(&[String]) -> Outcome + Send + 'static) -> Rig {
    rig_at_once(concurrency, &SelfReport::default(), TWENTY, MUCH, |_| None, judge)
}

/// Until so many have arrived, or an hour is over.
pub(super) async fn until_delivered(counts: &DestinationCounts, spans: u64) {
    let begin = Instant::now();
    while counts.report().delivered() < spans && begin.elapsed() < HOUR {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(counts.report().delivered(), spans, "{}", counts.report());
}

/// What arrived without poison, each as the number that it is.
fn arrived(requests: &[Vec<String>]) -> Vec<usize> {
    let taken = requests.iter().filter(|names| !is_poisonous(names));
    taken.flatten().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn all_others_arrive_while_one_span_breaks_its_connection_which_alone_is_lost_in_the_end() {
    for concurrency in [1, 4] {
        let mut warnings = Warnings::new();
        let mut rig = rig_at_once(concurrency, &warnings.report, TWENTY, MUCH, |_| None, firewall);
        rig.offer(0..7);
        rig.sender.offer(&span("poison"));
        rig.offer(7..400);
        until_delivered(&rig.counts, 400).await;
        assert_eq!((rig.counts.report().waiting(), rig.counts.report().lost()), (1, 0));
        let tries = rig.requests().iter().filter(|names| is_poisonous(names)).count();
        assert!(tries <= 2 + 2 * 5, "{tries} tries");

        // Those that come later have shown that the peer is well.
        rig.offer_each(400..1_000, Duration::from_secs(10)).await;
        until_delivered(&rig.counts, 1_000).await;
        let report = rig.counts.report();
        assert_eq!((report.lost_by(LossReason::BreaksConnection), report.lost(), report.waiting()), (1, 1, 0));
        let problem = report.last_problem().unwrap();
        assert!(problem.contains("breaks each time that the span \"poison\" is sent"), "{problem}");
        assert!(problem.contains("a proxy, a firewall") && problem.contains("connection reset"), "{problem}");
        let said = warnings.said();
        assert!(said.iter().any(|said| said.contains("\"poison\"")), "{said:?}");
        let numbers = arrived(&rig.requests());
        assert_eq!(numbers.len(), 1_000, "none twice");
        assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), (0..1_000).collect());
        let alone = rig.requests().iter().filter(|names| **names == ["poison"]).count();
        assert!(alone <= 32, "{alone} tries of the span alone");
        assert_eq!(rig.budget.used(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn while_nothing_passes_nothing_is_divided_and_order_and_pauses_are_as_ever() {
    for concurrency in [1, 4] {
        let back = Instant::now() + HOUR;
        let passed = Arc::<Mutex<Vec<Vec<String>>>>::default();
        let passing = Arc::clone(&passed);
        let mut rig = rig_with(concurrency, move |names| {
            if Instant::now() < back {
                return broken();
            }
            passing.lock().unwrap().push(names.to_vec());
            taken()
        });
        rig.offer_each(0..600, Duration::from_millis(100)).await;
        sleep(HOUR).await;
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost(), report.waiting()), (600, 0, 0), "{report}");
        let requests = rig.requests();
        assert!(requests.len() < 2_000 * concurrency, "{} requests in an hour", requests.len());
        let batches: BTreeSet<_> = requests.into_iter().collect();
        let spans: usize = batches.iter().map(Vec::len).sum();
        assert_eq!(spans, 600, "each batch stays what it is");
        let mut numbers = arrived(&passed.lock().unwrap());
        if concurrency == 1 {
            // One of those that were tried in turn is the first to pass; the oldest are next.
            let first = passed.lock().unwrap()[0].len();
            assert!(numbers.split_off(first).is_sorted(), "{numbers:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_breaks_much_of_what_it_is_sent_at_random_loses_nothing() {
    for (percent, concurrency) in [(30, 1), (50, 1), (50, 4), (90, 1), (90, 4)] {
        let mut state: u64 = 42 + percent;
        let mut rig = rig_with(concurrency, move |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if (state >> 33) % 100 < percent { broken() } else { taken() }
        });
        rig.offer_each(0..2_000, Duration::from_millis(200)).await;
        let end = Instant::now() + 100 * HOUR;
        while rig.counts.report().waiting() > 0 && Instant::now() < end {
            sleep(Duration::from_secs(1)).await;
        }
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost(), report.waiting()), (2_000, 0, 0), "{percent} %: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_comes_and_goes_loses_nothing() {
    for (concurrency, seconds) in [(1, 60), (4, 60), (1, 3), (4, 3)] {
        let begin = Instant::now();
        let is_there = move || (begin.elapsed().as_secs() / seconds).is_multiple_of(2);
        let mut rig = rig_with(concurrency, move |_| if is_there() { taken() } else { broken() });
        rig.offer_each(0..3_000, Duration::from_millis(700)).await;
        until_delivered(&rig.counts, 3_000).await;
        assert_eq!((rig.counts.report().lost(), rig.counts.report().waiting()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn many_that_break_their_connection_are_found_each_and_what_is_kept_of_them_is_bounded() {
    let mut rig = rig_with(2, firewall);
    for number in 0..20_000 {
        rig.offer([number]);
        if number % 100 < 10 {
            rig.sender.offer(&span(&format!("poison {number}")));
        }
        sleep(Duration::from_millis(20)).await;
    }
    until_delivered(&rig.counts, 20_000).await;
    let report = rig.counts.report();
    assert_eq!(report.lost(), report.lost_by(LossReason::BreaksConnection), "{report}");
    assert!(report.waiting() <= 1_100 && report.lost() + report.waiting() == 2_000, "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_span_that_breaks_its_connection_is_lost_at_shutdown_by_its_own_reason() {
    let mut rig = rig_with(1, firewall);
    rig.sender.offer(&span("poison"));
    rig.offer(0..100);
    until_delivered(&rig.counts, 100).await;
    rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::BreaksConnection), report.lost(), report.waiting()), (1, 1, 0), "{report}");
    assert!(report.last_problem().unwrap().contains("the span \"poison\""), "{report}");
    assert_eq!(rig.budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn of_a_program_that_ends_soon_all_but_the_one_span_arrive() {
    for concurrency in [1, 4] {
        let mut rig = rig_at_once(concurrency, &SelfReport::default(), TWENTY, MUCH, |_| None, firewall);
        rig.offer(0..25);
        rig.sender.offer(&span("poison"));
        rig.offer(25..50);
        rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost_by(LossReason::BreaksConnection)), (50, 1), "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_wrongly_suspected_arrives_at_shutdown() {
    let well = Arc::new(Mutex::new(false));
    let is_well = Arc::clone(&well);
    let mut rig = rig_with(1, move |names| if *is_well.lock().unwrap() { taken() } else { firewall(names) });
    rig.sender.offer(&span("poison"));
    rig.offer(0..100);
    until_delivered(&rig.counts, 100).await;
    sleep(Duration::from_secs(60)).await;
    *well.lock().unwrap() = true;
    rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!((rig.counts.report().delivered(), rig.counts.report().lost()), (101, 0), "{}", rig.counts.report());
}

#[tokio::test(start_paused = true)]
async fn a_span_that_is_too_large_for_a_peer_that_says_so_by_a_cut_arrives_with_its_content_cut() {
    let settings = settings(&SelfReport::default());
    let outbox = Outbox::new(&resource(), LARGE, settings.delay, settings.budget, Budget::new(MUCH));
    let (counts, report) = (DestinationCounts::new("peer"), settings.report);
    let (ours, timeout) = (counts.clone(), Duration::from_secs(10));
    let mut sender = Sender::start(|| Narrow(150_000), 1, outbox, None, timeout, ours, report);
    sender.offer(&span_of("large", 500_000));
    for number in 0..800 {
        sender.offer(&span(&number.to_string()));
        sleep(Duration::from_secs(5)).await;
    }
    until_delivered(&counts, 801).await;
    assert!(counts.report().is_complete(), "{}", counts.report());
}

/// Breaks the connection of a request with more bytes.
struct Narrow(usize);

impl Transport for Narrow {
    async fn send(&mut self, body: Body) -> Outcome {
        if body.len() > self.0 { broken() } else { taken() }
    }
}

/// A Collector that ends when it reads poison, with all that it was sent, and is there again half a minute later.
#[derive(Clone)]
struct Crashes {
    ends: watch::Sender<Option<Instant>>,
    arrived: Arc<Mutex<Vec<String>>>,
}

impl Transport for Crashes {
    async fn send(&mut self, body: Body) -> Outcome {
        let names = names_of(&body);
        let mut ends = self.ends.subscribe();
        if ends.borrow_and_update().is_some_and(|end| end.elapsed() < Duration::from_secs(30)) {
            return Outcome::Retry { after: None, message: "connection refused".into() };
        }
        sleep(Duration::from_millis(10)).await;
        if is_poisonous(&names) {
            self.ends.send_replace(Some(Instant::now()));
            return broken();
        }
        tokio::select! {
            biased;
            _ = ends.changed() => broken(),
            () = sleep(Duration::from_millis(500)) => {
                self.arrived.lock().unwrap().extend(names);
                taken()
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_one_span_ends_the_peer_with_all_it_is_being_sent_others_arrive_once_all_the_same() {
    for concurrency in [1, 4] {
        let settings = settings(&SelfReport::default());
        let outbox = Outbox::new(&resource(), TWENTY, settings.delay, settings.budget, Budget::new(MUCH));
        let peer = Crashes { ends: watch::Sender::new(None), arrived: Arc::default() };
        let (counts, theirs, timeout) = (DestinationCounts::new("peer"), peer.clone(), Duration::from_secs(10));
        let ours = counts.clone();
        let mut sender =
            Sender::start(move || theirs.clone(), concurrency, outbox, None, timeout, ours, settings.report);
        for number in 0..20_000 {
            if number == 100 {
                sender.offer(&span("poison"));
            }
            sender.offer(&span(&number.to_string()));
            sleep(Duration::from_millis(200)).await;
        }
        until_delivered(&counts, 20_000).await;
        let report = counts.report();
        assert_eq!((report.lost_by(LossReason::BreaksConnection), report.lost()), (1, 1), "{report}");
        let mut numbers = arrived(&[peer.arrived.lock().unwrap().clone()]);
        numbers.sort_unstable();
        assert_eq!(numbers, (0..20_000).collect::<Vec<_>>(), "each once");
    }
}

/// Never answers what holds poison.
#[derive(Clone, Default)]
pub(super) struct Hangs(pub(super) Arc<Mutex<Vec<Vec<String>>>>);

impl Transport for Hangs {
    async fn send(&mut self, body: Body) -> Outcome {
        let names = names_of(&body);
        self.0.lock().unwrap().push(names.clone());
        if is_poisonous(&names) { std::future::pending().await } else { taken() }
    }
}

pub(super) fn hanging(concurrency: usize) -> (Sender, DestinationCounts, Hangs) {
    let settings = settings(&SelfReport::default());
    let outbox = Outbox::new(&resource(), TWENTY, settings.delay, settings.budget, Budget::new(MUCH));
    let (counts, peer) = (DestinationCounts::new("peer"), Hangs::default());
    let (ours, theirs, timeout) = (counts.clone(), peer.clone(), Duration::from_secs(10));
    let sender = Sender::start(move || theirs.clone(), concurrency, outbox, None, timeout, ours, settings.report);
    (sender, counts, peer)
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_each_time_keeps_no_other_for_good() {
    for concurrency in [1, 4] {
        let (mut sender, counts, _) = hanging(concurrency);
        sender.offer(&span("poison"));
        for number in 0..400 {
            sender.offer(&span(&number.to_string()));
            sleep(Duration::from_millis(100)).await;
        }
        until_delivered(&counts, 400).await;
        assert_eq!((counts.report().waiting(), counts.report().lost()), (1, 0), "{}", counts.report());
    }
}

#[tokio::test(start_paused = true)]
async fn at_shutdown_others_do_not_wait_for_one_that_hangs_again() {
    let (mut sender, counts, peer) = hanging(1);
    sender.offer(&span("poison"));
    (0..39).for_each(|number| sender.offer(&span(&number.to_string())));
    // It has failed, the others have arrived, and it is being tried again.
    let tries = || peer.0.lock().unwrap().iter().filter(|names| is_poisonous(names)).count();
    while tries() < 2 {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(counts.report().delivered(), 20);
    (39..99).for_each(|number| sender.offer(&span(&number.to_string())));
    sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = counts.report();
    assert_eq!((report.delivered(), report.lost_by(LossReason::AtShutdown)), (80, 20), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_what_breaks_its_connection_no_longer_than_its_deadline_and_for_nothing_later() {
    let mut rig = rig(TWENTY, MUCH, firewall);
    rig.sender.offer(&span("poison"));
    rig.offer(0..100);
    let start = Instant::now();
    rig.sender.flush(start + Duration::from_secs(60)).await;
    assert_eq!((start.elapsed().as_secs(), rig.counts.report().delivered()), (60, 100), "{}", rig.counts.report());
    // Also where as many later ones have arrived meanwhile.
    let flush = rig.sender.flush(Instant::now() + Duration::from_secs(7));
    rig.offer(100..200);
    flush.await;
    assert_eq!((start.elapsed().as_secs(), rig.counts.report().delivered()), (67, 200), "{}", rig.counts.report());
}

#[tokio::test(start_paused = true)]
async fn where_memory_is_small_what_broke_its_connection_leaves_room_for_others() {
    let own = 200_000;
    let mut rig = rig_at_once(1, &SelfReport::default(), LARGE, own, |_| None, firewall);
    rig.sender.offer(&span_of("poison", 60_000));
    for number in 0..400 {
        rig.sender.offer(&span_of(&number.to_string(), 1_000));
        sleep(Duration::from_millis(100)).await;
    }
    until_delivered(&rig.counts, 400).await;
    assert_eq!(rig.counts.report().lost(), 0, "{}", rig.counts.report());
}
