//! A sender with a spool whose disk hangs: what it is asked for comes back neither done nor failed.
//!
//! Time is the test's own. By itself it would stand still while the disk is at something.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, advance, sleep};

use super::sender::{LARGE, MUCH, Rig, again, rig_at_once, rig_of, taken};
use super::span_of;
use super::spool::{Door, arrived, settle, spool, start, until_idle};
use super::warnings::Warnings;
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
use crate::export::pack::PackLimits;
use crate::export::spool::{Hang, SharedSpool, Spool, SpoolMode};
use crate::self_report::SelfReport;

const BOTH: [SpoolMode; 2] = [SpoolMode::OnFailure, SpoolMode::WriteAhead];

fn start_on(hang: &Hang, dir: &Path, mode: SpoolMode, (limits, own): (PackLimits, usize), door: &Door) -> Rig {
    start_saying(&SelfReport::default(), hang, dir, mode, (limits, own), door)
}

fn start_saying(
    report: &SelfReport,
    hang: &Hang,
    dir: &Path,
    mode: SpoolMode,
    (limits, own): (PackLimits, usize),
    door: &Door,
) -> Rig {
    let spool = SharedSpool::on(Spool::in_dir(dir).with_mode(mode), report.clone(), hang);
    let shelf = |counts: &_| Some(spool.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    rig_of(report, limits, own, shelf, door.judge())
}

/// Lets time pass until it is so, or for an hour.
async fn until(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(3_600);
    while !is_so() {
        assert!(Instant::now() < end, "it never came to that");
        advance(Duration::from_millis(100)).await;
        until_idle().await;
    }
}

/// The spans that the next process sends, at least so many.
async fn sent_by_the_next(dir: &Path, least: u64) -> Vec<usize> {
    let door = Door::default();
    door.open();
    let spool = spool(dir, SpoolMode::OnFailure);
    let next = start(&spool, LARGE, MUCH, &door);
    let end = Instant::now() + Duration::from_secs(3_600);
    while next.counts.report().delivered() < least && Instant::now() < end {
        // The one before has its file open until its tasks are gone.
        spool.retry_now();
        sleep(Duration::from_secs(1)).await;
    }
    let requests = next.requests.clone();
    next.sender.shutdown(Instant::now() + Duration::from_secs(3_600)).await;
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 0, "nothing is left");
    let requests = requests.lock().unwrap();
    requests.iter().flatten().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_in_memory_leaves_and_what_lies_on_disk_waits_for_it() {
    let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
    let few = PackLimits { spans: 5, ..LARGE };
    let mut rig = start_on(&hang, dir.path(), SpoolMode::OnFailure, (few, 200_000), &door);
    for number in 0..100 {
        rig.sender.offer(&span_of(&number.to_string(), 10_000));
        sleep(Duration::from_secs(1)).await;
    }
    let before = rig.requests().len();
    let spooled = rig.counts.report().spooled();
    assert!(spooled > 50 && spooled < 100, "{}", rig.counts.report());
    hang.begin();
    door.open();
    until(|| rig.counts.report().delivered() == 100 - spooled).await;
    for number in 100..110 {
        rig.sender.offer(&span_of(&number.to_string(), 10_000));
        until(|| rig.counts.report().delivered() == number + 1 - spooled).await;
    }
    assert_eq!(rig.counts.report().spooled(), spooled);
    assert_eq!(hang.waiting(), 1, "one thread waits");
    let flush = tokio::spawn(rig.sender.flush(Instant::now() + Duration::from_secs(3_600)));
    until(|| flush.is_finished()).await;
    hang.end();
    settle(&rig).await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost(), report.spooled(), report.waiting()), (110, 0, 0, 0), "{report}");
    let arrived = arrived(&rig, before);
    assert_eq!(arrived.iter().copied().collect::<BTreeSet<_>>(), (0..110).collect());
    assert_eq!(arrived.len(), 110, "none twice");
    assert_eq!(rig.budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_memory_cannot_put_on_disk_leaves_too() {
    let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
    let few = PackLimits { spans: 5, ..LARGE };
    let mut rig = start_on(&hang, dir.path(), SpoolMode::OnFailure, (few, 200_000), &door);
    // Its file is made.
    sleep(Duration::from_secs(1)).await;
    hang.begin();
    // Memory is short, so that the oldest is to be written.
    for number in 0..15 {
        rig.sender.offer(&span_of(&number.to_string(), 10_000));
        until_idle().await;
    }
    until(|| hang.waiting() == 1).await;
    door.open();
    until(|| rig.counts.report().delivered() == 15).await;
    hang.end();
    sleep(Duration::from_secs(1)).await;
    rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost(), report.spooled(), report.waiting()), (15, 0, 0, 0), "{report}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "what was written after all is not sent again");
}

#[tokio::test(start_paused = true)]
async fn while_the_peer_is_away_too_content_goes_first_as_without_a_spool() {
    for mode in BOTH {
        let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
        let mut warnings = Warnings::new();
        hang.begin();
        let few = PackLimits { spans: 2, ..LARGE };
        let mut rig = start_saying(&warnings.report, &hang, dir.path(), mode, (few, 100_000), &door);
        let mut said = Vec::new();
        until(|| {
            said.extend(warnings.said());
            said.iter().any(|said| said.contains("has not answered"))
        })
        .await;
        for number in 0..150 {
            rig.sender.offer(&span_of(&number.to_string(), 8_000));
            until_idle().await;
        }
        let report = rig.counts.report();
        assert_eq!((report.waiting(), report.lost(), report.spooled()), (150, 0, 0), "{mode:?}: {report}");
        assert!((120..=150).contains(&report.shed()), "{mode:?}: {report}");
        (150..2_000).for_each(|number| rig.sender.offer(&span_of(&number.to_string(), 8_000)));
        let report = rig.counts.report();
        assert!(report.lost_by(LossReason::QueueFull) > 0, "{mode:?}: {report}");
        assert_eq!(report.waiting() + report.lost(), 2_000, "{mode:?}: {report}");
        hang.end();
        door.open();
        settle(&rig).await;
        let after = rig.counts.report();
        assert_eq!((after.delivered(), after.lost()), (report.waiting(), report.lost()), "{mode:?}: {after}");
        assert_eq!(rig.budget.used(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_to_be_written_ahead_leaves_without_that_until_the_disk_answers() {
    let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
    door.open();
    let mut warnings = Warnings::new();
    let mut rig = start_saying(&warnings.report, &hang, dir.path(), SpoolMode::WriteAhead, (LARGE, MUCH), &door);
    sleep(Duration::from_secs(1)).await;
    hang.begin();
    rig.offer(0..3);
    until(|| rig.counts.report().delivered() == 3).await;
    for number in 3..6 {
        rig.offer([number]);
        until(|| rig.counts.report().delivered() == number as u64 + 1).await;
    }
    assert_eq!(hang.waiting(), 1, "one thread waits");
    let said = warnings.said();
    assert!(said.len() == 1 && said[0].contains("has not answered for 5s"), "{said:?}");
    assert!(said[0].contains("without being written first") && said[0].contains("another directory"), "{said:?}");
    hang.end();
    sleep(Duration::from_secs(1)).await;
    door.close();
    rig.offer(6..9);
    sleep(Duration::from_secs(2)).await;
    // It dies.
    drop(rig);
    assert_eq!(
        sent_by_the_next(dir.path(), 3).await,
        [6, 7, 8],
        "none that has arrived, and all that was written ahead"
    );
}

#[tokio::test(start_paused = true)]
async fn what_waits_unwritten_is_written_when_the_disk_answers_and_outlives_a_process_that_dies() {
    let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
    let mut rig = start_on(&hang, dir.path(), SpoolMode::WriteAhead, (LARGE, MUCH), &door);
    sleep(Duration::from_secs(1)).await;
    hang.begin();
    rig.offer(0..3);
    // Sent without being written, and not taken.
    until(|| !rig.requests().is_empty()).await;
    rig.offer(3..6);
    let now = Instant::now();
    until(|| now.elapsed().as_secs() >= 1).await;
    hang.end();
    sleep(Duration::from_secs(1)).await;
    drop(rig);
    assert_eq!(sent_by_the_next(dir.path(), 6).await, [0, 1, 2, 3, 4, 5]);
}

/// A sender whose disk hangs, with three spans that came since.
async fn hung(dir: &Path, mode: SpoolMode, hang: &Hang, door: &Door) -> Rig {
    let mut rig = start_on(hang, dir, mode, (LARGE, MUCH), door);
    // Its file is made.
    sleep(Duration::from_secs(1)).await;
    hang.begin();
    rig.offer(0..3);
    rig
}

#[tokio::test(start_paused = true)]
async fn a_flush_has_time_left_for_a_peer_that_is_there() {
    for mode in BOTH {
        let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
        door.open();
        let rig = hung(dir.path(), mode, &hang, &door).await;
        let deadline = Instant::now() + Duration::from_secs(4);
        let flush = tokio::spawn(rig.sender.flush(deadline));
        until(|| flush.is_finished()).await;
        assert!(Instant::now() <= deadline);
        assert_eq!(rig.counts.report().delivered(), 3, "{mode:?}: {}", rig.counts.report());
        hang.end();
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_has_time_left_for_a_peer_that_is_there() {
    for mode in BOTH {
        let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
        door.open();
        let rig = hung(dir.path(), mode, &hang, &door).await;
        let deadline = Instant::now() + Duration::from_secs(4);
        let shutdown = tokio::spawn(rig.sender.shutdown(deadline));
        until(|| shutdown.is_finished()).await;
        assert!(Instant::now() <= deadline + Duration::from_millis(200));
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost(), report.waiting()), (3, 0, 0), "{mode:?}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_wait_for_a_disk_that_has_nothing_of_its_own() {
    for mode in BOTH {
        let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
        door.open();
        hang.begin();
        let mut rig = start_on(&hang, dir.path(), mode, (LARGE, MUCH), &door);
        rig.offer(0..3);
        let deadline = Instant::now() + Duration::from_secs(60);
        let shutdown = tokio::spawn(rig.sender.shutdown(deadline));
        until(|| shutdown.is_finished()).await;
        assert!(Instant::now() < deadline, "{mode:?}");
        assert!(rig.counts.report().is_complete(), "{mode:?}: {}", rig.counts.report());
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_until_what_was_written_after_all_is_removed() {
    let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
    door.open();
    let rig = hung(dir.path(), SpoolMode::WriteAhead, &hang, &door).await;
    let shutdown = tokio::spawn(rig.sender.shutdown(Instant::now() + Duration::from_secs(60)));
    until(|| rig.counts.report().delivered() == 3).await;
    until_idle().await;
    hang.end();
    shutdown.await.unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the next process would send it again");
}

#[tokio::test(start_paused = true)]
async fn at_a_shutdown_what_was_written_before_is_spooled_and_what_was_not_is_lost() {
    let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
    let mut rig = start_on(&hang, dir.path(), SpoolMode::WriteAhead, (LARGE, MUCH), &door);
    rig.offer(0..3);
    while rig.requests().is_empty() {
        sleep(Duration::from_secs(1)).await;
    }
    hang.begin();
    rig.offer(3..5);
    let deadline = Instant::now() + Duration::from_secs(4);
    let shutdown = tokio::spawn(rig.sender.shutdown(deadline));
    until(|| shutdown.is_finished()).await;
    assert!(Instant::now() <= deadline + Duration::from_millis(200));
    let report = rig.counts.report();
    assert_eq!((report.spooled(), report.waiting()), (3, 0), "{report}");
    assert_eq!((report.lost(), report.lost_by(LossReason::AtShutdown)), (2, 2), "{report}");
    hang.end();
    let sent = sent_by_the_next(dir.path(), 3).await;
    assert!(sent.starts_with(&[0, 1, 2]), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn at_a_shutdown_what_was_written_is_spooled_of_requests_that_go_together_with_others_too() {
    let (dir, hang) = (TempDir::new().unwrap(), Hang::default());
    let spool = Spool::in_dir(dir.path()).with_mode(SpoolMode::WriteAhead);
    let spool = SharedSpool::on(spool, SelfReport::default(), &hang);
    let shelf = |counts: &_| Some(spool.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    let takes_the_first = Arc::new(AtomicBool::new(false));
    let is_there = Arc::clone(&takes_the_first);
    let mut rig = rig_of(&SelfReport::default(), LARGE, MUCH, shelf, move |names| {
        if names.len() == 3 && is_there.load(Ordering::SeqCst) { taken() } else { again(None) }
    });
    rig.offer(0..3);
    while rig.requests().is_empty() {
        sleep(Duration::from_secs(1)).await;
    }
    rig.offer(3..6);
    sleep(Duration::from_secs(1)).await;
    hang.begin();
    rig.offer(6..8);
    let begin = Instant::now();
    until(|| begin.elapsed().as_secs() >= 7).await;
    takes_the_first.store(true, Ordering::SeqCst);
    until(|| rig.requests().iter().any(|names| names.len() == 5)).await;
    let shutdown = tokio::spawn(rig.sender.shutdown(Instant::now() + Duration::from_secs(4)));
    until(|| shutdown.is_finished()).await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.spooled(), report.waiting()), (3, 3, 0), "{report}");
    assert_eq!((report.lost(), report.lost_by(LossReason::AtShutdown)), (2, 2), "{report}");
}

#[tokio::test(start_paused = true)]
async fn each_of_several_tasks_has_what_it_asked_the_disk_for_as_soon_as_that_answers() {
    let (dir, door, hang) = (TempDir::new().unwrap(), Door::default(), Hang::default());
    let spool = SharedSpool::on(Spool::in_dir(dir.path()), SelfReport::default(), &hang);
    let other = spool.shelf("other", "http://other", DestinationCounts::new("other"));
    let shelf = |counts: &_| Some(spool.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    let few = PackLimits { spans: 5, ..LARGE };
    let mut rig = rig_at_once(3, &SelfReport::default(), few, 200_000, shelf, door.judge());
    for number in 0..100 {
        rig.sender.offer(&span_of(&number.to_string(), 10_000));
        sleep(Duration::from_secs(1)).await;
    }
    let spooled = rig.counts.report().spooled();
    assert!(spooled > 50, "{}", rig.counts.report());
    hang.begin();
    door.open();
    until(|| rig.counts.report().delivered() == 100 - spooled).await;
    let begin = Instant::now();
    until(|| begin.elapsed().as_secs() >= 3).await;
    // Whoever sends it waits behind the others then.
    rig.sender.offer(&span_of("100", 10_000));
    until(|| rig.counts.report().delivered() == 101 - spooled).await;
    hang.end();
    // No time passes, however often the disk answers others.
    for _ in 0..5_000 {
        if rig.counts.report().delivered() == 101 {
            break;
        }
        while !other.tend().await {
            tokio::task::yield_now().await;
        }
        until_idle().await;
    }
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.spooled(), report.waiting()), (101, 0, 0), "{report}");
}
