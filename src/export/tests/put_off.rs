//! A request that is answered "later" each time, as a proxy does: others arrive, and the one span that is to blame waits alone.
//! Time is the test's own.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::sender::{LARGE, MUCH, again, rig_at_once, taken};
use super::suspects::{is_poisonous, rig_with, until_delivered};
use super::warnings::Warnings;
use super::{span, span_of};
use crate::export::loss::LossReason;
use crate::export::outcome::Outcome;
use crate::export::pack::PackLimits;
use crate::self_report::SelfReport;

const TWENTY: PackLimits = PackLimits { spans: 20, ..LARGE };
const HOUR: Duration = Duration::from_secs(3_600);

/// Every answer that says "later".
fn answers() -> [Outcome; 4] {
    let long = again(Some(Duration::from_secs(30)));
    [again(None), again(Some(Duration::from_secs(2))), long, Outcome::Strained { message: "busy".into() }]
}

fn proxy(answer: Outcome) -> impl FnMut(&[String]) -> Outcome + Send + 'static {
    move |names| if is_poisonous(names) { answer.clone() } else { taken() }
}

/// What arrived without poison, each as the number that it is.
fn arrived(requests: &[Vec<String>]) -> Vec<usize> {
    let taken = requests.iter().filter(|names| !is_poisonous(names));
    taken.flatten().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn all_others_arrive_while_one_span_is_put_off_each_time_which_waits_alone_and_is_not_given_up() {
    for (answer, concurrency) in answers().into_iter().flat_map(|answer| [(answer.clone(), 1), (answer, 4)]) {
        let mut warnings = Warnings::new();
        let well_at = Instant::now() + 4 * HOUR;
        let mut judge = proxy(answer.clone());
        let judge = move |names: &[String]| if Instant::now() < well_at { judge(names) } else { taken() };
        let mut rig = rig_at_once(concurrency, &warnings.report, TWENTY, MUCH, |_| None, judge);
        rig.offer(0..7);
        rig.sender.offer(&span("poison"));
        rig.offer(7..400);
        rig.offer_each(400..1_000, Duration::from_secs(10)).await;
        until_delivered(&rig.counts, 1_000).await;
        let report = rig.counts.report();
        assert_eq!((report.waiting(), report.lost()), (1, 0), "{answer:?}: {report}");
        let problem = report.last_problem().unwrap();
        assert!(problem.contains("\"later\" each time that the span \"poison\" is sent"), "{problem}");
        assert!(problem.contains("a proxy or a firewall") && problem.contains("busy"), "{problem}");
        let said = warnings.said();
        assert!(said.iter().any(|said| said.contains("\"poison\"") && said.contains("it waits")), "{said:?}");
        let numbers = arrived(&rig.requests());
        assert_eq!(numbers.len(), 1_000, "none twice");
        assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), (0..1_000).collect());

        // More and more rarely: while others come, and in the end twice in some minutes.
        let alone = |rig: &super::sender::Rig| rig.requests().iter().filter(|names| **names == ["poison"]).count();
        let before = alone(&rig);
        rig.offer_each(1_000..1_360, Duration::from_secs(10)).await;
        assert!((8..100).contains(&(alone(&rig) - before)), "{answer:?}: {} tries in an hour", alone(&rig) - before);
        // Some may have come while it was tried.
        let report = rig.counts.report();
        assert!(report.lost() == 0 && (1..20).contains(&report.waiting()), "{answer:?}: {report}");

        // It arrives once it is let.
        sleep(well_at.duration_since(Instant::now()) + HOUR).await;
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost()), (1_361, 0), "{answer:?}: {report}");
        assert_eq!(rig.budget.used(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn others_come_after_the_wait_that_was_asked_for() {
    let wait = Duration::from_secs(30);
    let mut asked = None::<Instant>;
    let mut rig = rig_with(1, move |names| {
        assert!(
            asked.is_none_or(|asked| asked.elapsed() >= wait),
            "{names:?} came {:?} after",
            asked.unwrap().elapsed()
        );
        asked = is_poisonous(names).then(Instant::now);
        if is_poisonous(names) { again(Some(wait)) } else { taken() }
    });
    rig.sender.offer(&span("poison"));
    rig.offer_each(0..2_000, Duration::from_secs(3)).await;
    until_delivered(&rig.counts, 2_000).await;
    assert_eq!((rig.counts.report().lost(), rig.counts.report().waiting()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_puts_off_all_for_an_hour_is_asked_no_more_often_and_nothing_is_divided() {
    for (answer, concurrency) in answers().into_iter().flat_map(|answer| [(answer.clone(), 1), (answer, 4)]) {
        let back = Instant::now() + HOUR;
        let theirs = answer.clone();
        let mut rig = rig_with(concurrency, move |_| if Instant::now() < back { theirs.clone() } else { taken() });
        rig.offer_each(0..600, Duration::from_millis(100)).await;
        sleep(back.duration_since(Instant::now())).await;
        let tries = rig.requests().len();
        // The wait that is asked for, and two seconds and a half in the mean.
        let most = if matches!(answer, Outcome::Retry { after: Some(wait), .. } if wait.as_secs() == 30) {
            125
        } else {
            1_600
        };
        assert!(tries <= most * concurrency, "{answer:?}: {tries} requests in an hour");
        sleep(HOUR).await;
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost(), report.waiting()), (600, 0, 0), "{answer:?}: {report}");
        let batches: BTreeSet<_> = rig.requests().into_iter().collect();
        assert_eq!(batches.iter().map(Vec::len).sum::<usize>(), 600, "{answer:?}: each batch stays what it is");
        assert_eq!(rig.budget.used(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_reached_the_oldest_is_tried_until_it_is() {
    let back = Instant::now() + HOUR;
    let unreached = || Outcome::Unreached { message: "connection refused".into() };
    let mut rig = rig_with(1, move |_| if Instant::now() < back { unreached() } else { taken() });
    rig.offer(0..600);
    sleep(2 * HOUR).await;
    assert!(rig.counts.report().is_complete(), "{}", rig.counts.report());
    let first: Vec<usize> = rig.requests().iter().map(|names| names[0].parse().unwrap()).collect();
    assert!(first.is_sorted(), "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_puts_off_much_of_what_it_is_sent_at_random_gets_it_all() {
    for (percent, concurrency, most) in [(30, 1, 600), (70, 1, 1_500), (70, 4, 1_500), (90, 1, 2_000), (90, 4, 4_000)] {
        let mut state: u64 = 42 + percent;
        let mut rig = rig_with(concurrency, move |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if (state >> 33) % 100 < percent { again(None) } else { taken() }
        });
        rig.offer_each(0..2_000, Duration::from_millis(200)).await;
        let end = Instant::now() + 100 * HOUR;
        while rig.counts.report().waiting() > 0 && Instant::now() < end {
            sleep(Duration::from_secs(1)).await;
        }
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost(), report.waiting()), (2_000, 0, 0), "{percent} %: {report}");
        // Where each is sent in place until it is taken, it comes to some 450, 450, 1,100, 900 and 1,000.
        let requests = rig.requests().len();
        assert!(requests < most, "{percent} %: {requests} requests");
    }
}

/// Takes one request in so long, and asks for the rest of that time or for no wait.
fn limiter(every: Duration, asks: bool) -> impl FnMut(&[String]) -> Outcome + Send + 'static {
    let mut next = Instant::now();
    move |_| {
        let now = Instant::now();
        if now < next {
            return again(asks.then(|| next - now));
        }
        next = now + every;
        taken()
    }
}

#[tokio::test(start_paused = true)]
async fn hardly_anything_is_divided_where_a_rate_is_exceeded_all_the_time() {
    for (every, asks, concurrency) in
        [(6, true, 1), (6, true, 4), (1, false, 1), (1, false, 4), (6, false, 1), (6, false, 4)]
    {
        let mut rig = rig_with(concurrency, limiter(Duration::from_secs(every), asks));
        rig.offer(0..6_000);
        until_delivered(&rig.counts, 6_000).await;
        let report = rig.counts.report();
        assert_eq!((report.lost(), report.waiting()), (0, 0), "{report}");
        let batches: BTreeSet<_> = rig.requests().into_iter().collect();
        // By chance alone one or another may be, into its spans.
        let divided = batches.len() - 300;
        assert!(divided < 200, "every {every} s, asks: {asks}, {concurrency}: {divided} pieces");
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_program_that_ends_soon_all_but_the_one_span_arrive_and_it_is_named() {
    for (answer, concurrency) in [again(None), Outcome::Strained { message: "busy".into() }]
        .into_iter()
        .flat_map(|answer| [(answer.clone(), 1), (answer, 4)])
    {
        let mut rig = rig_with(concurrency, proxy(answer));
        rig.offer(0..25);
        rig.sender.offer(&span("poison"));
        rig.offer(25..50);
        let begin = Instant::now();
        rig.sender.shutdown(begin + Duration::from_secs(60)).await;
        assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost_by(LossReason::AtShutdown), report.lost()), (50, 1, 1), "{report}");
        let problem = report.last_problem().unwrap();
        assert!(problem.contains("\"later\" each time that the span \"poison\" is sent"), "{problem}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_that_are_put_off_are_found_each_and_what_is_kept_of_them_is_bounded() {
    let mut rig = rig_with(2, proxy(again(None)));
    for number in 0..20_000 {
        rig.offer([number]);
        if number % 100 < 10 {
            rig.sender.offer(&span(&format!("poison {number}")));
        }
        sleep(Duration::from_millis(500)).await;
    }
    let begin = Instant::now();
    while rig.counts.report().delivered() < 20_000 && begin.elapsed() < 10 * HOUR {
        sleep(Duration::from_secs(1_000)).await;
    }
    let report = rig.counts.report();
    assert_eq!(report.lost(), report.lost_by(LossReason::QueueFull), "{report}");
    assert_eq!((report.delivered(), report.lost() + report.waiting()), (20_000, 2_000), "{report}");
    assert!(report.waiting() <= 1_100, "{report}");
}

#[tokio::test(start_paused = true)]
async fn what_is_large_and_put_off_for_that_arrives_in_parts_where_small_requests_are_taken() {
    let most = 100;
    let limits = PackLimits { spans: 400, ..LARGE };
    let judge = move |names: &[String]| if names.len() > most { again(Some(Duration::from_secs(1))) } else { taken() };
    let mut rig = rig_at_once(1, &SelfReport::default(), limits, MUCH, |_| None, judge);
    rig.offer(0..2_000);
    rig.offer_each(2_000..3_000, Duration::from_secs(2)).await;
    until_delivered(&rig.counts, 3_000).await;
    assert_eq!((rig.counts.report().lost(), rig.counts.report().waiting()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_puts_everything_off_for_ten_minutes_is_waited_for_with_all_the_room_there_is() {
    for concurrency in [1, 4] {
        let begin = Instant::now();
        let away = Duration::from_secs(5)..Duration::from_secs(605);
        let judge = move |_: &[String]| {
            if away.contains(&begin.elapsed()) { again(Some(Duration::from_secs(20))) } else { taken() }
        };
        let mut rig = rig_at_once(concurrency, &SelfReport::default(), LARGE, 1 << 20, |_| None, judge);
        // Nine times the room, without the content that can go.
        for number in 0..3_100 {
            rig.sender.offer(&span_of(&number.to_string(), 3_000));
            sleep(Duration::from_millis(200)).await;
        }
        until_delivered(&rig.counts, 3_100).await;
    }
}
