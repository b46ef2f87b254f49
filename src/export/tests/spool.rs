//! The sender with a spool: outages longer than memory, shutdowns without a peer, processes that die.
//!
//! Time is the test's own, and stands still while the disk is used.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::time::{Instant, pause, sleep};

use super::sender::{LARGE, MUCH, Rig, again, rig_of, taken};
use super::warnings::Warnings;
use super::{resource, settings, span, span_of};
use crate::budget::Budget;
use crate::export::body::Body;
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
use crate::export::outbox::Outbox;
use crate::export::outcome::{Outcome, Transport};
use crate::export::pack::PackLimits;
use crate::export::sender::Sender;
use crate::export::settings::SinkSettings;
use crate::export::spool::{SharedSpool, Spool, SpoolMode, identity};
use crate::self_report::SelfReport;

/// A peer that is there or away.
#[derive(Clone, Default)]
pub(super) struct Door(Arc<AtomicBool>);

impl Door {
    pub(super) fn judge(&self) -> impl FnMut(&[String]) -> Outcome + Send + 'static {
        let open = Arc::clone(&self.0);
        move |_| if open.load(Ordering::SeqCst) { taken() } else { again(None) }
    }

    pub(super) fn open(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(super) fn close(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

pub(super) fn spool(dir: &Path, mode: SpoolMode) -> SharedSpool {
    SharedSpool::new(Spool::in_dir(dir).with_mode(mode), SelfReport::default())
}

pub(super) fn start(spool: &SharedSpool, limits: PackLimits, own: usize, door: &Door) -> Rig {
    let shelf = |counts: &_| Some(spool.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    rig_of(&SelfReport::default(), limits, own, shelf, door.judge())
}

/// Waits until all is delivered, or an hour is over.
pub(super) async fn settle(rig: &Rig) {
    let end = Instant::now() + Duration::from_secs(3_600);
    while Instant::now() < end && (rig.counts.report().waiting() > 0 || rig.counts.report().spooled() > 0) {
        sleep(Duration::from_secs(1)).await;
    }
}

/// What arrived after the first `skipped` requests, each as the number that it is.
pub(super) fn arrived(rig: &Rig, skipped: usize) -> Vec<usize> {
    rig.requests()[skipped..].iter().flatten().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_a_peer_loses_nothing_and_old_and_new_take_turns_afterwards() {
    let dir = TempDir::new().unwrap();
    let door = Door::default();
    let spool = spool(dir.path(), SpoolMode::OnFailure);
    // Memory for four of 120 batches.
    let mut rig = start(&spool, PackLimits { spans: 5, ..LARGE }, 200_000, &door);
    for number in 0..600 {
        rig.sender.offer(&span_of(&number.to_string(), 10_000));
        sleep(Duration::from_secs(6)).await;
    }
    let report = rig.counts.report();
    assert_eq!(report.lost(), 0, "{report}");
    assert!(report.spooled() > 500, "{report}");
    assert_eq!(report.spooled() + report.waiting(), 600);

    let before = rig.requests().len();
    door.open();
    for number in 600..700 {
        rig.sender.offer(&span_of(&number.to_string(), 10_000));
        sleep(Duration::from_secs(1)).await;
    }
    settle(&rig).await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.lost(), report.spooled(), report.waiting()), (700, 0, 0, 0), "{report}");
    let sequence = arrived(&rig, before);
    assert_eq!(sequence.iter().copied().collect::<BTreeSet<_>>(), (0..700).collect());
    assert_eq!(sequence.len(), 700, "none twice");
    assert_eq!(rig.budget.used(), 0);
    // What was in memory when the peer came back is the youngest; the rest came from disk, by age.
    let from_disk: Vec<usize> = sequence.iter().copied().filter(|number| (20..500).contains(number)).collect();
    assert!(from_disk.is_sorted(), "{from_disk:?}");
    let last_old = sequence.iter().rposition(|number| *number < 500).unwrap();
    assert!(sequence[..last_old].iter().any(|number| *number >= 580), "the living wait for all that is old");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_without_a_peer_spools_everything_and_the_next_process_sends_it_once() {
    for mode in [SpoolMode::OnFailure, SpoolMode::WriteAhead] {
        let dir = TempDir::new().unwrap();
        let mut first = start(&spool(dir.path(), mode), PackLimits { spans: 7, ..LARGE }, MUCH, &Door::default());
        first.offer(0..100);
        first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        let report = first.counts.report();
        assert_eq!((report.spooled(), report.waiting(), report.lost()), (100, 0, 0), "{report}");
        assert!(report.is_complete());
        assert_eq!(first.budget.used(), 0);

        let door = Door::default();
        door.open();
        let second = start(&spool(dir.path(), mode), LARGE, MUCH, &door);
        second.sender.flush(Instant::now()).await;
        while second.counts.report().delivered() < 100 {
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(arrived(&second, 0), (0..100).collect::<Vec<_>>(), "by age");
        second.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_written_ahead_outlives_a_process_that_dies() {
    let dir = TempDir::new().unwrap();
    let mut first = start(&spool(dir.path(), SpoolMode::WriteAhead), LARGE, MUCH, &Door::default());
    first.offer(0..50);
    sleep(Duration::from_secs(1)).await;
    first.offer(50..60);
    // Without a shutdown; the last ten had no second to get there.
    drop(first);
    let door = Door::default();
    door.open();
    let second = start(&spool(dir.path(), SpoolMode::WriteAhead), LARGE, MUCH, &door);
    // The first one's files are open until its tasks are gone.
    while second.counts.report().delivered() < 50 {
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(arrived(&second, 0), (0..50).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn what_the_peer_has_taken_is_not_sent_again_by_the_next_process() {
    let dir = TempDir::new().unwrap();
    let door = Door::default();
    door.open();
    let mut first = start(&spool(dir.path(), SpoolMode::WriteAhead), PackLimits { spans: 5, ..LARGE }, MUCH, &door);
    first.offer(0..50);
    first.flush().await;
    assert_eq!(first.counts.report().delivered(), 50);
    drop(first);
    let second = start(&spool(dir.path(), SpoolMode::WriteAhead), LARGE, MUCH, &door);
    sleep(Duration::from_secs(120)).await;
    assert_eq!(arrived(&second, 0), [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_flush_with_a_peer_delivers_what_is_written_ahead() {
    let dir = TempDir::new().unwrap();
    let door = Door::default();
    door.open();
    let mut rig = start(&spool(dir.path(), SpoolMode::WriteAhead), LARGE, MUCH, &door);
    rig.offer(0..3);
    rig.flush().await;
    let report = rig.counts.report();
    assert_eq!((report.delivered(), report.spooled(), report.waiting()), (3, 0, 0), "{report}");
}

#[tokio::test(start_paused = true)]
async fn without_a_disk_memory_goes_on() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    for mode in [SpoolMode::OnFailure, SpoolMode::WriteAhead] {
        let mut warnings = Warnings::new();
        let spool = SharedSpool::new(Spool::in_dir(&file).with_mode(mode), warnings.report.clone());
        let door = Door::default();
        let mut rig = start(&spool, PackLimits { spans: 5, ..LARGE }, 200_000, &door);
        for number in 0..15 {
            rig.sender.offer(&span_of(&number.to_string(), 10_000));
            sleep(Duration::from_secs(1)).await;
        }
        door.open();
        settle(&rig).await;
        let report = rig.counts.report();
        assert_eq!((report.delivered(), report.lost(), report.waiting()), (15, 0, 0), "{mode:?}: {report}");
        assert!(warnings.next().await.contains("Spans wait in memory"));
        rig.sender.offer(&span("last"));
        rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        assert_eq!(rig.counts.report().delivered(), 16);
    }
}

/// A peer that takes each request when it has a permit for it. Counts those that came.
#[derive(Clone)]
pub(super) struct Slow(pub(super) Arc<Semaphore>, pub(super) Arc<AtomicUsize>);

impl Transport for Slow {
    async fn send(&mut self, _: Body) -> Outcome {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.acquire().await.unwrap().forget();
        taken()
    }
}

/// A destination with a peer that is slow, and room for two requests, of which the second is too much to wait in memory.
pub(super) fn slow(dir: &Path, mode: SpoolMode) -> (Sender, DestinationCounts, Slow) {
    let counts = DestinationCounts::new("peer");
    let shelf = spool(dir, mode).shelf("peer", "http://peer", counts.clone());
    let SinkSettings { delay, budget, report, .. } = settings(&SelfReport::default());
    let outbox = Outbox::new(&resource(), PackLimits { spans: 5, ..LARGE }, delay, budget, Budget::new(120_000));
    let peer = Slow(Arc::new(Semaphore::new(0)), Arc::default());
    let open = {
        let peer = peer.clone();
        move || peer.clone()
    };
    let sender = Sender::start(open, 1, outbox, Some(shelf), Duration::from_secs(36_000), counts.clone(), report);
    (sender, counts, peer)
}

/// A runtime in which the disk takes its time while somebody else uses the one thread for it.
pub(super) fn with_one_thread_for_the_disk() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap()
}

#[test]
fn what_comes_to_disk_while_the_last_request_is_answered_does_not_wait_for_new_spans() {
    let dir = TempDir::new().unwrap();
    with_one_thread_for_the_disk().block_on(async {
        let (mut sender, counts, peer) = slow(dir.path(), SpoolMode::OnFailure);
        pause();
        // Its file is made.
        sleep(Duration::from_secs(1)).await;
        (0..5).for_each(|number| sender.offer(&span_of(&number.to_string(), 10_000)));
        until_idle().await;
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let disk = tokio::task::spawn_blocking(move || wait.recv());
        (5..10).for_each(|number| sender.offer(&span_of(&number.to_string(), 10_000)));
        until_idle().await;
        peer.0.add_permits(2);
        until_idle().await;
        let report = counts.report();
        assert_eq!((report.delivered(), report.spooled(), report.waiting()), (5, 0, 5), "{report}");
        drop(go);
        let _ = disk.await;
        sleep(Duration::from_secs(60)).await;
        let report = counts.report();
        assert_eq!((report.delivered(), report.spooled(), report.waiting()), (10, 0, 0), "{report}");
    });
}

#[test]
fn what_the_peer_has_taken_is_not_lost_though_the_disk_is_too_slow_to_note_it() {
    let dir = TempDir::new().unwrap();
    with_one_thread_for_the_disk().block_on(async {
        let (mut sender, counts, peer) = slow(dir.path(), SpoolMode::WriteAhead);
        (0..5).for_each(|number| sender.offer(&span_of(&number.to_string(), 10_000)));
        // Written ahead, and on its way.
        while peer.1.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let (go, wait) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || wait.recv());
        peer.0.add_permits(1);
        sender.shutdown(Instant::now() + Duration::from_millis(200)).await;
        let report = counts.report();
        assert_eq!((report.delivered(), report.lost(), report.waiting()), (5, 0, 0), "{report}");
        drop(go);
    });
}

#[tokio::test(start_paused = true)]
async fn without_a_disk_a_burst_leaves_as_fast_as_the_peer_takes_it() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    for mode in [SpoolMode::OnFailure, SpoolMode::WriteAhead] {
        let door = Door::default();
        door.open();
        let mut rig = start(&spool(&file, mode), PackLimits { spans: 1, ..LARGE }, 200_000, &door);
        // Until the disk is known to take nothing.
        sleep(Duration::from_secs(2)).await;
        // Each time nearly as many as memory has room for.
        for number in 0..95 {
            rig.sender.offer(&span_of(&number.to_string(), 10_000));
            if number % 19 == 18 {
                sleep(Duration::from_secs(1)).await;
            }
        }
        let report = rig.counts.report();
        assert!(report.is_complete(), "{mode:?}: {report}");
    }
}

/// A file with three spans of a process that has ended, which says that there are so many.
pub(super) async fn left_with_damaged_head(dir: &Path, said: u8) {
    let mut first = start(&spool(dir, SpoolMode::WriteAhead), LARGE, MUCH, &Door::default());
    first.offer(0..3);
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    // The number of spans stands once in a file of one record, behind the destination's identity.
    let path = std::fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&path).unwrap();
    let (identity, three) = (identity("peer", "http://peer:4318/v1/traces").to_le_bytes(), 3_u32.to_le_bytes());
    let head = [&identity[..], &three].concat();
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&head)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + identity.len()] = said;
    }
    std::fs::write(&path, bytes).unwrap();
}

#[tokio::test(start_paused = true)]
async fn spans_of_a_record_count_as_many_as_they_are_and_not_as_its_damaged_head_says() {
    let dir = TempDir::new().unwrap();
    left_with_damaged_head(dir.path(), 7).await;
    let door = Door::default();
    door.open();
    let mut second = start(&spool(dir.path(), SpoolMode::WriteAhead), LARGE, MUCH, &door);
    while second.counts.report().delivered() < 3 {
        sleep(Duration::from_secs(1)).await;
    }
    second.flush().await;
    let report = second.counts.report();
    assert!(report.is_complete(), "{report}");
}

/// Until all tasks wait for something.
pub(super) async fn until_idle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_disk_takes_at_the_end_is_lost_and_counted() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let mut rig = start(&spool(&file, SpoolMode::OnFailure), LARGE, MUCH, &Door::default());
    rig.offer(0..3);
    rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::AtShutdown), report.waiting(), report.spooled()), (3, 0, 0), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_burst_that_the_disk_does_not_take_is_not_told_to_use_a_spool() {
    let dir = TempDir::new().unwrap();
    let mut warnings = Warnings::new();
    let spool = spool(dir.path(), SpoolMode::OnFailure);
    let shelf = |counts: &_| Some(spool.shelf("peer", "http://peer", Clone::clone(counts)));
    let mut rig = rig_of(&warnings.report, LARGE, 100_000, shelf, |_| again(None));
    (0..3_000).for_each(|number| rig.sender.offer(&span_of(&number.to_string(), 8_000)));
    let report = rig.counts.report();
    assert!(report.shed() > 0 && report.lost_by(LossReason::QueueFull) > 0, "{report}");
    for what in ["without their content", "they are lost"] {
        let warning = warnings.next().await;
        assert!(warning.contains(what) && warning.contains("with_queue_bytes"), "{warning}");
        assert!(!warning.contains("use a spool"), "{warning}");
    }
}
