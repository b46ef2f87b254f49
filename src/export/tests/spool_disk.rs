//! A sender with a spool whose disk or memory is short, or whose file goes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::sender::{LARGE, MUCH, Rig, again, rig_of, taken};
use super::span_of;
use super::spool::{Door, arrived, settle, spool, start};
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
use crate::export::pack::PackLimits;
use crate::export::spool::{Hang, SharedSpool, Spool, SpoolMode};
use crate::self_report::SelfReport;

#[tokio::test(start_paused = true)]
async fn where_memory_is_small_what_it_has_no_room_for_goes_to_disk_too() {
    let dir = TempDir::new().unwrap();
    let door = Door::default();
    let mut rig = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, 100_000, &door);
    // On its way, with nearly half of the room: no other request is ever full.
    (0..60).for_each(|number| rig.sender.offer(&span_of(&number.to_string(), 1_000)));
    while rig.requests().is_empty() {
        sleep(Duration::from_secs(1)).await;
    }
    for number in 60..500 {
        rig.sender.offer(&span_of(&number.to_string(), 1_000));
        sleep(Duration::from_secs(1)).await;
    }
    let report = rig.counts.report();
    assert_eq!(report.lost() + report.shed(), 0, "{report}");
    assert!(report.spooled() > 400, "{report}");
    let before = rig.requests().len();
    door.open();
    settle(&rig).await;
    assert!(rig.counts.report().is_complete(), "{}", rig.counts.report());
    assert_eq!(arrived(&rig, before).into_iter().collect::<BTreeSet<_>>(), (0..500).collect());
}

#[tokio::test(start_paused = true)]
async fn what_the_disk_did_not_take_goes_there_at_the_end_however_short_ago_that_was() {
    for mode in [SpoolMode::OnFailure, SpoolMode::WriteAhead] {
        let dir = TempDir::new().unwrap();
        let inner = dir.path().join("spool");
        std::fs::write(&inner, "in the way").unwrap();
        let mut rig = start(&spool(&inner, mode), LARGE, MUCH, &Door::default());
        rig.offer(0..3);
        sleep(Duration::from_millis(500)).await;
        std::fs::remove_file(&inner).unwrap();
        rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        let report = rig.counts.report();
        assert_eq!((report.spooled(), report.lost(), report.waiting()), (3, 0, 0), "{mode:?}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_requests_that_go_together_those_stay_on_disk_whose_file_is_there() {
    let dir = TempDir::new().unwrap();
    // Five requests, and not one of four of them besides.
    let narrow = Spool::in_dir(dir.path()).with_mode(SpoolMode::WriteAhead).with_max_bytes(80 << 10);
    let narrow = SharedSpool::new(narrow, SelfReport::default());
    let shelf = |counts: &_| Some(narrow.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    let takes_the_first = Arc::new(AtomicBool::new(false));
    let is_there = Arc::clone(&takes_the_first);
    let mut first = rig_of(&SelfReport::default(), LARGE, MUCH, shelf, move |names| {
        if names.len() == 3 && is_there.load(Ordering::SeqCst) { taken() } else { again(None) }
    });
    for number in 0..15 {
        first.sender.offer(&span_of(&number.to_string(), 3_000));
        if number % 3 == 2 {
            // It is written, and waits.
            sleep(Duration::from_secs(1)).await;
        }
        if number == 5 {
            for entry in std::fs::read_dir(dir.path()).unwrap() {
                std::fs::remove_file(entry.unwrap().path()).unwrap();
            }
            // Until it is made anew.
            sleep(Duration::from_secs(20)).await;
        }
    }
    takes_the_first.store(true, Ordering::SeqCst);
    while !first.requests().iter().any(|names| names.len() == 12) {
        sleep(Duration::from_secs(1)).await;
    }
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!(first.counts.report().delivered(), 3);
    let door = Door::default();
    door.open();
    let second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
    second.sender.shutdown(Instant::now() + Duration::from_secs(3_600)).await;
    assert_eq!(second.counts.report().delivered(), 9, "{}", second.counts.report());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_finds_no_room_in_memory_is_asked_for_again_after_a_while_only() {
    let (dir, door, disk) = (TempDir::new().unwrap(), Door::default(), Hang::default());
    let huge = PackLimits { bytes: 4 << 20, ..LARGE };
    let mut first = start(&spool(dir.path(), SpoolMode::OnFailure), huge, MUCH, &door);
    first.sender.offer(&span_of("0", 3 << 20));
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!(first.counts.report().spooled(), 1);

    let spool = SharedSpool::on(Spool::in_dir(dir.path()), SelfReport::default(), &disk);
    let other = spool.shelf("other", "http://other", DestinationCounts::new("other"));
    let shelf = |counts: &_| Some(spool.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    let mut second = rig_of(&SelfReport::default(), LARGE, MUCH, shelf, door.judge());
    let hurry = |rig: &Rig| drop(rig.sender.flush(Instant::now() + Duration::from_secs(1)));
    // It is on its way before the record is found.
    second.offer([1]);
    hurry(&second);
    while second.requests().is_empty() || second.counts.report().spooled() == 0 {
        spool.retry_now();
        sleep(Duration::from_millis(100)).await;
    }
    let others = second.budget.take(64 << 20);
    // Without a pause it is sent again, and the record's turn comes.
    door.open();
    hurry(&second);
    let before = disk.large();
    while second.counts.report().delivered() == 0 {
        tokio::task::yield_now().await;
    }
    // No time passes, however often the disk answers others.
    for _ in 0..5_000 {
        assert!(other.tend().await);
    }
    // Once more for the word that it was found.
    let times = disk.large() - before;
    assert!((1..=2).contains(&times), "{times} times");
    drop(others);
    settle(&second).await;
    assert!(second.counts.report().is_complete(), "{}", second.counts.report());
}

#[tokio::test(start_paused = true)]
async fn what_comes_off_the_disk_is_counted_with_the_memory_that_it_took_before() {
    async fn taken_by(rig: &Rig) -> usize {
        while rig.requests().is_empty() {
            sleep(Duration::from_secs(1)).await;
        }
        rig.budget.used()
    }
    let dir = TempDir::new().unwrap();
    let mut first = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &Door::default());
    first.offer(0..200);
    let before = taken_by(&first).await;
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &Door::default());
    let after = taken_by(&second).await;
    assert!((before..before + 200).contains(&after), "{before}, and then {after}");
}

#[tokio::test(start_paused = true)]
async fn at_a_shutdown_many_small_requests_go_to_disk_at_once() {
    let (dir, disk) = (TempDir::new().unwrap(), Hang::default());
    let counting = SharedSpool::on(Spool::in_dir(dir.path()), SelfReport::default(), &disk);
    let shelf = |counts: &_| Some(counting.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    let small = PackLimits { bytes: 3_000, ..LARGE };
    let mut first = rig_of(&SelfReport::default(), small, MUCH, shelf, Door::default().judge());
    (0..500).for_each(|number| first.sender.offer(&span_of(&number.to_string(), 2_000)));
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = first.counts.report();
    assert_eq!((report.spooled(), report.lost(), report.waiting()), (500, 0, 0), "{report}");
    assert!(disk.synchronized() < 100, "{} for 500 requests", disk.synchronized());
    assert_eq!(first.budget.used(), 0);

    let door = Door::default();
    door.open();
    let mut second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
    second.flush().await;
    assert_eq!(arrived(&second, 0), (0..500).collect::<Vec<_>>(), "by age, and none twice");
    second.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
}

#[tokio::test(start_paused = true)]
async fn at_a_shutdown_what_cannot_go_to_disk_at_once_goes_there_one_by_one() {
    let dir = TempDir::new().unwrap();
    // Room for 10 of 40.
    let narrow = Spool::in_dir(dir.path()).with_max_bytes(40 << 10);
    let narrow = SharedSpool::new(narrow, SelfReport::default());
    let shelf = |counts: &_| Some(narrow.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    let small = PackLimits { bytes: 3_000, ..LARGE };
    let mut rig = rig_of(&SelfReport::default(), small, MUCH, shelf, Door::default().judge());
    (0..40).for_each(|number| rig.sender.offer(&span_of(&number.to_string(), 2_000)));
    rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = rig.counts.report();
    assert_eq!((report.spooled(), report.lost_by(LossReason::SpoolFull), report.waiting()), (10, 30, 0), "{report}");
}
