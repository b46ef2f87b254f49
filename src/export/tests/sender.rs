//! The sender, against a peer that is a function. Time is the test's own.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use tokio::time::{Instant, sleep, timeout};
use tracing_subscriber::layer::SubscriberExt as _;

use super::warnings::Warnings;
use super::{names_of, resource, settings, span, span_of};
use crate::budget::Budget;
use crate::export::body::Body;
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
#[cfg(not(feature = "spool"))]
use crate::export::no_spool::Shelf;
use crate::export::outbox::Outbox;
use crate::export::outcome::{Outcome, Transport};
use crate::export::pack::PackLimits;
use crate::export::sender::Sender;
#[cfg(feature = "spool")]
use crate::export::spool::Shelf;
use crate::self_report::SelfReport;

/// What the peer does with a request.
type Judge = dyn FnMut(&[String]) -> Outcome + Send;

#[derive(Clone)]
struct Peer {
    judge: Arc<Mutex<Judge>>,
    requests: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Transport for Peer {
    async fn send(&mut self, body: Body) -> Outcome {
        let names = names_of(&body);
        self.requests.lock().unwrap().push(names.clone());
        (self.judge.lock().unwrap_or_else(PoisonError::into_inner))(&names)
    }
}

pub(super) struct Rig {
    pub(super) sender: Sender,
    pub(super) counts: DestinationCounts,
    pub(super) budget: Budget,
    pub(super) requests: Arc<Mutex<Vec<Vec<String>>>>,
}

pub(super) fn rig(limits: PackLimits, own: usize, judge: impl FnMut(&[String]) -> Outcome + Send + 'static) -> Rig {
    rig_saying(&SelfReport::default(), limits, own, judge)
}

fn rig_saying(
    report: &SelfReport,
    limits: PackLimits,
    own: usize,
    judge: impl FnMut(&[String]) -> Outcome + Send + 'static,
) -> Rig {
    rig_of(report, limits, own, |_| None, judge)
}

/// With a shelf of a spool where `shelf` gives one.
pub(super) fn rig_of(
    report: &SelfReport,
    limits: PackLimits,
    own: usize,
    shelf: impl FnOnce(&DestinationCounts) -> Option<Shelf>,
    judge: impl FnMut(&[String]) -> Outcome + Send + 'static,
) -> Rig {
    rig_at_once(1, report, limits, own, shelf, judge)
}

/// With so many requests under way at once.
pub(super) fn rig_at_once(
    concurrency: usize,
    report: &SelfReport,
    limits: PackLimits,
    own: usize,
    shelf: impl FnOnce(&DestinationCounts) -> Option<Shelf>,
    judge: impl FnMut(&[String]) -> Outcome + Send + 'static,
) -> Rig {
    let settings = settings(report);
    let peer = Peer { judge: Arc::new(Mutex::new(judge)), requests: Arc::default() };
    let requests = Arc::clone(&peer.requests);
    let counts = DestinationCounts::new("peer");
    let budget = settings.budget.clone();
    let outbox = Outbox::new(&resource(), limits, settings.delay, settings.budget, Budget::new(own));
    let timeout = Duration::from_secs(10);
    let shelf = shelf(&counts);
    let (ours, report) = (counts.clone(), settings.report);
    let sender = Sender::start(move || peer.clone(), concurrency, outbox, shelf, timeout, ours, report);
    Rig { sender, counts, budget, requests }
}

impl Rig {
    pub(super) fn offer(&mut self, names: impl IntoIterator<Item = usize>) {
        for name in names {
            self.sender.offer(&span(&name.to_string()));
        }
    }

    /// One after another, with a pause behind each.
    pub(super) async fn offer_each(&mut self, names: impl IntoIterator<Item = usize>, pause: Duration) {
        for name in names {
            self.offer([name]);
            sleep(pause).await;
        }
    }

    pub(super) async fn flush(&mut self) {
        self.sender.flush(Instant::now() + Duration::from_secs(3_600)).await;
    }

    pub(super) fn requests(&self) -> Vec<Vec<String>> {
        self.requests.lock().unwrap().clone()
    }
}

pub(super) const LARGE: PackLimits = PackLimits { bytes: 1 << 20, spans: usize::MAX };
pub(super) const MUCH: usize = 1 << 30;

pub(super) fn taken() -> Outcome {
    Outcome::Accepted { rejected: 0, message: String::new() }
}

pub(super) fn again(after: Option<Duration>) -> Outcome {
    Outcome::Retry { after, message: "busy".into() }
}

/// Gives the answers in order, then takes everything.
pub(super) fn script(answers: impl IntoIterator<Item = Outcome>) -> impl FnMut(&[String]) -> Outcome + Send {
    let mut answers: VecDeque<_> = answers.into_iter().collect();
    move |_| answers.pop_front().unwrap_or_else(taken)
}

#[tokio::test(start_paused = true)]
async fn a_batch_leaves_after_its_delay_without_being_asked() {
    let (done, mut sent) = tokio::sync::mpsc::unbounded_channel();
    let start = Instant::now();
    let mut rig = rig(LARGE, MUCH, move |_| {
        done.send(start.elapsed()).unwrap();
        taken()
    });
    rig.offer(0..3);
    assert_eq!(sent.recv().await.unwrap().as_secs(), 1);
    assert_eq!(rig.requests(), [["0", "1", "2"]]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_leaves_before_it_takes_all_the_room() {
    let (done, mut sent) = tokio::sync::mpsc::unbounded_channel();
    let start = Instant::now();
    let mut rig = rig(LARGE, 20_000, move |_| {
        done.send(start.elapsed()).unwrap();
        taken()
    });
    (0..15).for_each(|_| rig.sender.offer(&span_of("a", 1_000)));
    assert_eq!(sent.recv().await.unwrap().as_secs(), 0);
    assert_eq!(rig.counts.report().lost(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_leaves_at_once() {
    let (done, mut sent) = tokio::sync::mpsc::unbounded_channel();
    let start = Instant::now();
    let mut rig = rig(PackLimits { spans: 2, ..LARGE }, MUCH, move |_| {
        done.send(start.elapsed()).unwrap();
        taken()
    });
    rig.offer(0..2);
    assert_eq!(sent.recv().await.unwrap(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_busy_peer_is_asked_again_until_it_takes_the_same_request() {
    let mut rig = rig(LARGE, MUCH, script((0..20).map(|_| again(None))));
    rig.offer(0..2);
    rig.flush().await;
    assert_eq!(rig.requests(), vec![vec!["0", "1"]; 21]);
    assert!(rig.counts.report().is_complete());
    assert_eq!(rig.budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_peer_asks_for_is_kept_also_in_a_flush() {
    let mut rig = rig(LARGE, MUCH, script([again(Some(Duration::from_secs(20)))]));
    let start = Instant::now();
    rig.offer(0..1);
    rig.flush().await;
    assert!(start.elapsed() >= Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_always_asks_for_no_wait_is_asked_as_often_as_one_that_says_nothing() {
    let mut rig = rig(LARGE, MUCH, |_| again(Some(Duration::ZERO)));
    rig.offer(0..1);
    sleep(Duration::from_secs(3_600)).await;
    let requests = rig.requests().len();
    assert!(requests < 2_000, "{requests} in an hour");
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_halved_down_to_the_span_that_no_half_can_help() {
    let mut rig = rig(LARGE, MUCH, |names| {
        let too_large = names.len() > 2 || names.iter().any(|name| name == "5");
        if too_large { Outcome::TooLarge { message: "larger than max".into() } } else { taken() }
    });
    rig.offer(0..8);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost_by(LossReason::TooLarge), report.waiting()), (7, 1, 0));
    assert!(report.last_problem().unwrap().contains("larger than max"));
    assert_eq!(rig.budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn batches_shrink_once_the_peer_has_refused_large_ones_again_and_again() {
    let mut rig =
        rig(LARGE, MUCH, |names| if names.len() > 4 { Outcome::TooLarge { message: String::new() } } else { taken() });
    let offer = |rig: &mut Rig| (0..8).for_each(|name| rig.sender.offer(&span_of(&name.to_string(), 40_000)));
    for _ in 0..3 {
        offer(&mut rig);
        rig.flush().await;
    }
    let before = rig.requests().len();
    offer(&mut rig);
    rig.flush().await;
    assert!(rig.counts.report().is_complete());
    assert!(rig.requests()[before..].iter().all(|names| names.len() <= 4), "{:?}", rig.requests());
}

#[tokio::test(start_paused = true)]
async fn one_span_that_is_too_large_leaves_later_batches_whole() {
    let mut rig = rig(LARGE, MUCH, script([Outcome::TooLarge { message: String::new() }]));
    rig.offer(0..1);
    rig.flush().await;
    rig.offer(1..9);
    rig.flush().await;
    assert_eq!(rig.requests()[1..], [(1..9).map(|name| name.to_string()).collect::<Vec<_>>()]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_peer_that_comes_back_in_time_gets_another_attempt() {
    let back = Arc::new(Mutex::new(None::<Instant>));
    let when = Arc::clone(&back);
    let is_back = move || when.lock().unwrap().is_some_and(|back| Instant::now() >= back);
    let mut rig = rig(LARGE, MUCH, move |_| if is_back() { taken() } else { again(None) });
    rig.offer(0..1);
    // Long enough for the longest waits.
    sleep(Duration::from_secs(600)).await;
    for _ in 0..8 {
        *back.lock().unwrap() = Some(Instant::now() + Duration::from_secs(2));
        rig.sender.flush(Instant::now() + Duration::from_secs(4)).await;
        assert_eq!(rig.counts.report().waiting(), 0);
        *back.lock().unwrap() = None;
        rig.offer(0..1);
        sleep(Duration::from_secs(600)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_lost_and_what_follows_is_sent() {
    let mut rig = rig(PackLimits { spans: 2, ..LARGE }, MUCH, script([Outcome::Denied { message: "no".into() }]));
    rig.offer(0..4);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost_by(LossReason::Refused)), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_panics_loses_its_batch_and_goes_on() {
    let mut rig = rig(PackLimits { spans: 2, ..LARGE }, MUCH, |names| {
        assert!(names[0] != "0", "as the test wants");
        taken()
    });
    rig.offer(0..4);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost_by(LossReason::DestinationPanicked)), (2, 2));
}

/// A log of the user's that panics.
struct Panics;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Panics {
    fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        panic!("as the test wants");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_panics_costs_no_span() {
    let log = tracing::Dispatch::new(tracing_subscriber::registry().with(Panics));
    let report = SelfReport::default();
    report.speak_through(&log);
    let limits = PackLimits { bytes: 70_000, ..LARGE };
    let mut rig = rig_saying(&report, limits, MUCH, script([again(None), Outcome::Denied { message: "no".into() }]));
    // It is cut, tried again, and refused, and each of that is said.
    rig.sender.offer_contained(&span_of("0", 200_000), None);
    rig.flush().await;
    rig.offer(1..2);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost_by(LossReason::Refused), report.waiting()), (1, 1, 0), "{report}");
}

#[tokio::test(start_paused = true)]
async fn what_has_no_room_is_counted_and_said_and_room_comes_back() {
    let mut warnings = Warnings::new();
    let mut rig = rig_saying(&warnings.report, LARGE, 3_700, |_| again(None));
    for number in 0..5 {
        rig.sender.offer(&span_of(&number.to_string(), 900));
    }
    let report = rig.counts.report();
    assert_eq!((report.waiting(), report.lost_by(LossReason::QueueFull)), (3, 2));
    assert!(warnings.next().await.contains("no room"));
    rig.sender.shutdown(Instant::now()).await;
    assert_eq!(rig.budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_at_its_deadline_and_counts_what_is_left() {
    let mut rig = rig(LARGE, MUCH, |_| again(None));
    rig.offer(0..3);
    let start = Instant::now();
    rig.sender.shutdown(start + Duration::from_secs(5)).await;
    assert_eq!(start.elapsed().as_secs(), 5);
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::AtShutdown), report.waiting()), (3, 0));
    assert!(report.last_problem().unwrap().contains("busy"));
    assert_eq!(rig.budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_shutdown_still_had_is_counted_also_where_it_is_waited_for_no_longer() {
    let mut rig = rig(LARGE, MUCH, |_| again(None));
    rig.offer(0..3);
    let shutdown = rig.sender.shutdown(Instant::now() + Duration::from_secs(5));
    assert!(timeout(Duration::from_secs(1), shutdown).await.is_err());
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::AtShutdown), report.waiting()), (3, 0), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_what_came_before_it_only() {
    let mut rig = rig(LARGE, MUCH, |names| if names.contains(&"late".to_owned()) { again(None) } else { taken() });
    rig.offer(0..2);
    rig.flush().await;
    assert!(rig.counts.report().is_complete());
    rig.sender.offer(&span("late"));
    let start = Instant::now();
    rig.sender.flush(start + Duration::from_secs(7)).await;
    assert_eq!((start.elapsed().as_secs(), rig.counts.report().waiting()), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn an_invalid_id_does_not_spoil_the_request_of_others() {
    let mut rig = rig(LARGE, MUCH, script([]));
    let mut bad = span("bad");
    for (trace, id) in [(0, 1), (1, 0)] {
        let state = TraceState::default();
        bad.span_context = SpanContext::new(TraceId::from(trace), SpanId::from(id), TraceFlags::SAMPLED, false, state);
        rig.sender.offer(&bad);
    }
    rig.offer(0..1);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost_by(LossReason::InvalidId)), (1, 2));
    assert_eq!(rig.requests(), [["0"]]);
}

#[tokio::test(start_paused = true)]
async fn a_peers_rejections_and_remarks_are_reported() {
    let mut warnings = Warnings::new();
    let partly = Outcome::Accepted { rejected: 1, message: "too old".into() };
    let remark = Outcome::Accepted { rejected: 0, message: "deprecated".into() };
    let limits = PackLimits { spans: 2, ..LARGE };
    let mut rig = rig_saying(&warnings.report, limits, MUCH, script([partly, remark]));
    rig.offer(0..4);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.rejected()), (3, 1));
    assert_eq!(warnings.next().await, "peer: 1 of 2 spans rejected: too old");
    assert_eq!(warnings.next().await, "peer: took the spans and says: deprecated");
}
