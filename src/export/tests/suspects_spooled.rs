//! A request that breaks its connection each time, with a spool.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, advance, sleep};

use super::sender::{LARGE, MUCH, Rig, again, rig_at_once, taken};
use super::spool::{Door, spool, start, until_idle};
use super::suspects::{broken, is_poisonous, until_delivered};
use super::{span, span_of};
use crate::export::counts::DestinationCounts;
use crate::export::outcome::Outcome;
use crate::export::pack::PackLimits;
use crate::export::spool::{Hang, SharedSpool, Spool, SpoolMode};
use crate::self_report::SelfReport;

const TWENTY: PackLimits = PackLimits { spans: 20, ..LARGE };

fn with_spool(
    spool: &SharedSpool,
    concurrency: usize,
    judge: impl FnMut(&[String]) -> Outcome + Send + 'static,
) -> Rig {
    with_room(MUCH, spool, concurrency, judge)
}

fn with_room(
    own: usize,
    spool: &SharedSpool,
    concurrency: usize,
    judge: impl FnMut(&[String]) -> Outcome + Send + 'static,
) -> Rig {
    let shelf = |counts: &_| Some(spool.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    rig_at_once(concurrency, &SelfReport::default(), TWENTY, own, shelf, judge)
}

fn firewall(names: &[String]) -> Outcome {
    if is_poisonous(names) { broken() } else { taken() }
}

/// The names that arrived where poison does not.
fn arrived(rig: &Rig) -> Vec<usize> {
    let requests = rig.requests();
    let taken = requests.iter().filter(|names| !is_poisonous(names)).flatten();
    let mut arrived: Vec<usize> = taken.map(|name| name.parse().unwrap()).collect();
    arrived.sort_unstable();
    arrived
}

#[tokio::test(start_paused = true)]
async fn all_others_arrive_once_and_the_one_is_left_to_the_next_process() {
    for (mode, concurrency) in [SpoolMode::OnFailure, SpoolMode::WriteAhead].into_iter().flat_map(|m| [(m, 1), (m, 4)])
    {
        let dir = TempDir::new().unwrap();
        let mut first = with_spool(&spool(dir.path(), mode), concurrency, firewall);
        first.offer(0..30);
        first.sender.offer(&span("poison"));
        first.offer(30..200);
        until_delivered(&first.counts, 200).await;
        assert_eq!(arrived(&first), (0..200).collect::<Vec<_>>(), "{mode:?}: each once");
        first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        let report = first.counts.report();
        assert_eq!((report.spooled(), report.waiting(), report.lost()), (1, 0, 0), "{mode:?}: {report}");

        let door = Door::default();
        door.open();
        let second = start(&spool(dir.path(), mode), LARGE, MUCH, &door);
        until_delivered(&second.counts, 1).await;
        assert_eq!(second.requests(), [["poison"]], "{mode:?}: no other is sent again");
        second.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
    }
}

/// Of a peer that is away, the one and so many others go to disk.
async fn left_on_disk(dir: &Path, others: usize) -> DestinationCounts {
    let mut away = start(&spool(dir, SpoolMode::OnFailure), TWENTY, MUCH, &Door::default());
    away.sender.offer(&span("poison"));
    away.offer(0..others);
    away.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    away.counts
}

#[tokio::test(start_paused = true)]
async fn what_lies_behind_it_on_disk_is_sent_too_and_of_a_process_that_dies_it_alone_is_left() {
    let dir = TempDir::new().unwrap();
    let away = left_on_disk(dir.path(), 200).await;
    assert_eq!(away.report().spooled(), 201);

    // Requests of the spool go together: nothing passes until there is one without poison in it.
    let mut first = with_spool(&spool(dir.path(), SpoolMode::OnFailure), 1, firewall);
    first.offer_each(200..260, Duration::from_secs(1)).await;
    until_delivered(&first.counts, 260).await;
    assert_eq!(arrived(&first), (0..260).collect::<Vec<_>>(), "each once");
    // One more has arrived, and the one is all that waits: the peer does not take it.
    let begin = Instant::now();
    let flush = first.sender.flush(begin + Duration::from_secs(3_600));
    first.offer([260]);
    flush.await;
    assert!(begin.elapsed().as_secs() < 3_600, "{}", first.counts.report());
    // Without a shutdown.
    drop(first);
    let door = Door::default();
    door.open();
    let second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
    until_delivered(&second.counts, 1).await;
    assert_eq!(second.requests(), [["poison"]], "no other is sent again");
}

#[tokio::test(start_paused = true)]
async fn where_the_disk_takes_nothing_it_is_sent_no_more_often() {
    let dir = TempDir::new().unwrap();
    left_on_disk(dir.path(), 19).await;

    let hang = Arc::new(Hang::default());
    let shared = SharedSpool::on(Spool::in_dir(dir.path()), SelfReport::default(), &hang);
    let (hangs, mut tries) = (Arc::clone(&hang), 0);
    let mut rig = with_spool(&shared, 1, move |names| {
        if !is_poisonous(names) {
            return taken();
        }
        // Others of its batch are on their way when it ends.
        if names.len() == 10 {
            hangs.begin();
        }
        tries += 1;
        if tries < 2_000 { broken() } else { taken() }
    });
    // The disk takes its own time until then.
    let (mut offered, mut since) = (0, 0);
    while since < 60 && offered < 3_600 {
        rig.offer([100 + offered]);
        for _ in 0..10 {
            advance(Duration::from_millis(100)).await;
            until_idle().await;
        }
        offered += 1;
        since += usize::from(rig.requests().iter().any(|names| names.len() == 10 && is_poisonous(names)));
    }
    let tries = rig.requests().iter().filter(|names| is_poisonous(names)).count();
    assert!(tries < 40, "{tries} tries");
    let report = rig.counts.report();
    let others = 19 + offered as u64;
    assert_eq!((report.delivered(), report.waiting(), report.lost()), (others, 1, 0), "{report}");
    hang.end();
}

#[tokio::test(start_paused = true)]
async fn at_a_shutdown_they_go_to_disk_together_and_behind_what_is_good() {
    let dir = TempDir::new().unwrap();
    // Room for three requests.
    let narrow = Spool::in_dir(dir.path()).with_max_bytes(12 << 10);
    let narrow = SharedSpool::new(narrow, SelfReport::default());
    let is_away = Arc::new(AtomicBool::new(false));
    let away = Arc::clone(&is_away);
    let mut first =
        with_spool(&narrow, 1, move |names| if away.load(Ordering::SeqCst) { again(None) } else { firewall(names) });
    for number in 0..12 {
        first.sender.offer(&span("poison"));
        first.offer(number * 30..(number + 1) * 30);
    }
    until_delivered(&first.counts, 360).await;
    sleep(Duration::from_secs(60)).await;
    is_away.store(true, Ordering::SeqCst);
    first.offer(360..363);
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = first.counts.report();
    assert_eq!((report.spooled(), report.lost(), report.waiting()), (15, 0, 0), "{report}");

    let second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &Door::default());
    while second.requests().is_empty() {
        sleep(Duration::from_secs(1)).await;
    }
    let sent = second.requests()[0].clone();
    assert_eq!(sent[..3], ["360", "361", "362"], "{sent:?}");
    assert_eq!(sent[3..], ["poison"; 12]);
}

#[tokio::test(start_paused = true)]
async fn where_memory_is_small_what_is_set_aside_goes_to_disk_while_nothing_passes() {
    for mode in [SpoolMode::OnFailure, SpoolMode::WriteAhead] {
        let dir = TempDir::new().unwrap();
        let back = Instant::now() + Duration::from_secs(60);
        let judge = move |_: &[String]| if Instant::now() < back { broken() } else { taken() };
        let mut rig = with_room(64 << 10, &spool(dir.path(), mode), 4, judge);
        for number in 0..1_000 {
            rig.sender.offer(&span_of(&number.to_string(), 3_000));
            sleep(Duration::from_millis(60)).await;
        }
        until_delivered(&rig.counts, 1_000).await;
        let report = rig.counts.report();
        // Content goes in the first seconds alone.
        assert!(report.lost() == 0 && report.shed() < 200, "{mode:?}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_that_are_to_blame_and_take_all_the_memory_let_others_from_the_disk_pass() {
    let dir = TempDir::new().unwrap();
    let mut away = start(&spool(dir.path(), SpoolMode::OnFailure), TWENTY, MUCH, &Door::default());
    for number in 0..6 {
        away.sender.offer(&span_of(if number < 2 { "poison" } else { "0" }, 3_000));
        (1..10).for_each(|other| away.sender.offer(&span_of(&(number * 10 + other).to_string(), 3_000)));
        drop(away.sender.flush(Instant::now()));
    }
    away.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!(away.counts.report().spooled(), 60);

    let second = with_room(64 << 10, &spool(dir.path(), SpoolMode::OnFailure), 1, firewall);
    let begin = Instant::now();
    while second.counts.report().delivered() < 40 && begin.elapsed() < Duration::from_secs(600) {
        sleep(Duration::from_secs(1)).await;
    }
    let report = second.counts.report();
    assert!(report.delivered() >= 40 && report.lost() == 0, "{report}");
}
