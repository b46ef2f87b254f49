//! A sender with a spool: flushes, and what is put away when they do not come to an end.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::sender::{LARGE, MUCH, again, rig_of, taken};
use super::spool::{
    Door, arrived, left_with_damaged_head, settle, slow, spool, start, until_idle, with_one_thread_for_the_disk,
};
use super::{span, span_of};
use crate::export::counts::DestinationCounts;
use crate::export::outcome::Outcome;
use crate::export::pack::PackLimits;
use crate::export::report::DestinationReport;
use crate::export::spool::{SharedSpool, Spool, SpoolMode};
use crate::self_report::SelfReport;

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_what_was_offered_also_when_files_are_taken_over_meanwhile() {
    let dir = TempDir::new().unwrap();
    let (mut first, left, _) = slow(dir.path(), SpoolMode::OnFailure);
    (0..10).for_each(|number| first.offer(&span(&number.to_string())));
    first.shutdown(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!(left.report().spooled(), 10);
    let (mut sender, counts, peer) = slow(dir.path(), SpoolMode::OnFailure);
    (0..10).for_each(|number| sender.offer(&span(&number.to_string())));
    let begin = Instant::now();
    let flush = tokio::spawn(sender.flush(begin + Duration::from_secs(3_600)));
    let is_taken_over = |report: &DestinationReport| report.spooled() + report.waiting() == 20;
    while !is_taken_over(&counts.report()) || peer.1.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    peer.0.add_permits(1);
    while peer.1.load(Ordering::SeqCst) == 1 {
        tokio::task::yield_now().await;
    }
    until_idle().await;
    assert!(!flush.is_finished(), "{}", counts.report());
    peer.0.add_permits(3);
    flush.await.unwrap();
    // What was taken over may be on its way still.
    while counts.report().delivered() < 20 && begin.elapsed() < Duration::from_secs(3_600) {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(begin.elapsed() < Duration::from_secs(3_600), "{}", counts.report());
    assert!(counts.report().is_complete(), "{}", counts.report());
}

#[tokio::test(start_paused = true)]
async fn a_flush_ends_once_all_is_sent_also_when_a_damaged_head_said_more() {
    let dir = TempDir::new().unwrap();
    left_with_damaged_head(dir.path(), 7).await;
    let door = Door::default();
    let few = PackLimits { spans: 5, ..LARGE };
    let mut second = start(&spool(dir.path(), SpoolMode::OnFailure), few, MUCH, &door);
    second.offer(0..10);
    // It is on its way.
    second.sender.flush(Instant::now()).await;
    while second.counts.report().spooled() == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    let begin = Instant::now();
    door.open();
    second.flush().await;
    assert!(begin.elapsed() < Duration::from_secs(3_600));
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_up_with_a_damaged_head_and_put_away_again_counts_as_many_as_it_is() {
    for said in [1, 7] {
        let dir = TempDir::new().unwrap();
        left_with_damaged_head(dir.path(), said).await;
        let second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &Door::default());
        while second.requests().is_empty() {
            sleep(Duration::from_secs(1)).await;
        }
        second.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        let report = second.counts.report();
        assert_eq!((report.spooled(), report.lost(), report.waiting()), (3, 0, 0), "{said}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_divided_request_stays_on_disk_where_there_is_no_room_to_write_it_again() {
    let dir = TempDir::new().unwrap();
    let narrow = Spool::in_dir(dir.path()).with_mode(SpoolMode::WriteAhead).with_max_bytes(160 << 10);
    let narrow = SharedSpool::new(narrow, SelfReport::default());
    let shelf = |counts: &_| Some(narrow.shelf("peer", "http://peer:4318/v1/traces", Clone::clone(counts)));
    let mut is_first = true;
    let mut first = rig_of(&SelfReport::default(), LARGE, MUCH, shelf, move |names| match names.len() {
        10 => Outcome::TooLarge { message: "too large".into() },
        _ if std::mem::take(&mut is_first) => taken(),
        _ => again(None),
    });
    (0..10).for_each(|number| first.sender.offer(&span_of(&number.to_string(), 10_000)));
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = first.counts.report();
    assert_eq!((report.delivered(), report.spooled(), report.lost(), report.waiting()), (5, 5, 0, 0), "{report}");

    let door = Door::default();
    door.open();
    let second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
    while second.counts.report().delivered() == 0 {
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(arrived(&second, 0), (0..10).collect::<Vec<_>>(), "the first five twice, and none never");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_memory_is_written_again_when_its_file_was_deleted() {
    let dir = TempDir::new().unwrap();
    let mut first = start(&spool(dir.path(), SpoolMode::WriteAhead), LARGE, MUCH, &Door::default());
    first.offer(0..3);
    while first.requests().is_empty() {
        sleep(Duration::from_secs(1)).await;
    }
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = first.counts.report();
    assert_eq!((report.spooled(), report.lost(), report.waiting()), (3, 0, 0), "{report}");
    let door = Door::default();
    door.open();
    let second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
    while second.counts.report().delivered() == 0 {
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(arrived(&second, 0), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_an_ended_process_left_is_found_also_while_spans_come_all_the_time() {
    let dir = TempDir::new().unwrap();
    let door = Door::default();
    door.open();
    let living = spool(dir.path(), SpoolMode::WriteAhead);
    let mut second = start(&living, LARGE, MUCH, &door);
    second.offer([0]);
    settle(&second).await;
    let mut first = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &Door::default());
    first.offer(1..4);
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!(first.counts.report().spooled(), 3);
    living.retry_now();
    for number in 10..610 {
        second.offer([number]);
        sleep(Duration::from_millis(100)).await;
    }
    settle(&second).await;
    let report = second.counts.report();
    assert_eq!(report.delivered(), 604, "{report}");
}

/// A directory in which a process that has ended left ten spans.
async fn left_by_an_ended_process() -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut first = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &Door::default());
    first.offer(0..10);
    first.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    assert_eq!(first.counts.report().spooled(), 10);
    dir
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_at_once_sends_what_an_ended_one_left() {
    for is_flushed in [true, false] {
        let dir = left_by_an_ended_process().await;
        let door = Door::default();
        door.open();
        let mut second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
        second.offer([10]);
        let begin = Instant::now();
        if is_flushed {
            second.flush().await;
            assert_eq!(second.counts.report().delivered(), 11, "{}", second.counts.report());
        }
        second.sender.shutdown(begin + Duration::from_secs(3_600)).await;
        let report = second.counts.report();
        assert_eq!((report.delivered(), report.spooled(), report.waiting()), (11, 0, 0), "{report}");
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_once_the_peer_is_back_sends_what_it_had_put_on_disk() {
    for mode in [SpoolMode::OnFailure, SpoolMode::WriteAhead] {
        for is_flushed in [true, false] {
            let dir = TempDir::new().unwrap();
            let door = Door::default();
            // Memory for four of 20 batches.
            let mut rig = start(&spool(dir.path(), mode), PackLimits { spans: 5, ..LARGE }, 200_000, &door);
            for number in 0..100 {
                rig.sender.offer(&span_of(&number.to_string(), 10_000));
                sleep(Duration::from_secs(1)).await;
            }
            assert!(rig.counts.report().spooled() > 50, "{}", rig.counts.report());
            door.open();
            let begin = Instant::now();
            if is_flushed {
                rig.flush().await;
                assert_eq!(rig.counts.report().delivered(), 100, "{mode:?}: {}", rig.counts.report());
            }
            rig.sender.shutdown(begin + Duration::from_secs(3_600)).await;
            let report = rig.counts.report();
            assert_eq!((report.delivered(), report.spooled(), report.waiting()), (100, 0, 0), "{mode:?}: {report}");
            assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_flush_does_not_wait_for_what_an_ended_process_left_while_the_peer_is_away() {
    let dir = left_by_an_ended_process().await;
    let mut second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &Door::default());
    let begin = Instant::now();
    second.flush().await;
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    second.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
    let report = second.counts.report();
    assert_eq!((report.spooled(), report.lost(), report.waiting()), (10, 0, 0), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_flush_does_not_wait_for_what_lies_in_the_spool_for_others() {
    let dir = left_by_an_ended_process().await;
    let counts = DestinationCounts::new("other");
    let other = spool(dir.path(), SpoolMode::OnFailure).shelf("other", "http://other", counts.clone());
    let mut second = rig_of(&SelfReport::default(), LARGE, MUCH, |_| Some(other), |_| taken());
    let begin = Instant::now();
    second.offer([10]);
    second.flush().await;
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_no_later_request_while_spans_come_and_are_written_ahead_all_the_time() {
    for is_small in [false, true] {
        let dir = TempDir::new().unwrap();
        let (mut sender, counts, peer) = slow(dir.path(), SpoolMode::WriteAhead);
        for number in 0..20 {
            sender.offer(&span(&number.to_string()));
            if is_small {
                // Closed by itself, and written with those behind it.
                drop(sender.flush(Instant::now()));
            } else {
                sleep(Duration::from_millis(1)).await;
            }
        }
        let flush = tokio::spawn(sender.flush(Instant::now() + Duration::from_secs(3_600)));
        for number in 20..120 {
            sender.offer(&span(&number.to_string()));
            sleep(Duration::from_millis(1)).await;
        }
        assert!(!flush.is_finished(), "{}", counts.report());
        // Those that came before are answered, and no other.
        peer.0.add_permits(4);
        for number in 120..220 {
            sender.offer(&span(&number.to_string()));
            sleep(Duration::from_millis(1)).await;
        }
        assert!(flush.is_finished(), "{}", counts.report());
        assert_eq!(counts.report().delivered(), 20, "{}", counts.report());
    }
}

#[test]
fn what_a_shutdown_has_no_time_to_look_for_stays_for_the_next_process() {
    with_one_thread_for_the_disk().block_on(async {
        let dir = left_by_an_ended_process().await;
        let door = Door::default();
        door.open();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let disk = tokio::task::spawn_blocking(move || wait.recv());
        let second = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
        second.sender.shutdown(Instant::now() + Duration::from_millis(200)).await;
        assert_eq!(second.counts.report().delivered(), 0);
        drop(go);
        let _ = disk.await;
        let third = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
        third.sender.shutdown(Instant::now() + Duration::from_secs(3_600)).await;
        assert_eq!(third.counts.report().delivered(), 10, "{}", third.counts.report());
    });
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_at_once_sends_what_very_many_ended_ones_left() {
    let dir = left_by_an_ended_process().await;
    let left = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    for number in 1..66 {
        std::fs::copy(&left, dir.path().join(format!("tracing-genai-{number}.spool"))).unwrap();
    }
    let door = Door::default();
    let mut last = start(&spool(dir.path(), SpoolMode::OnFailure), LARGE, MUCH, &door);
    // As many as one process takes over at once, its own file among them.
    while last.counts.report().spooled() + last.counts.report().waiting() < 630 {
        sleep(Duration::from_millis(1)).await;
    }
    door.open();
    last.flush().await;
    assert_eq!(last.counts.report().delivered(), 660, "{}", last.counts.report());
    last.sender.shutdown(Instant::now() + Duration::from_secs(3_600)).await;
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
}

#[tokio::test(start_paused = true)]
async fn a_flush_sends_what_very_many_ended_ones_left_also_where_as_many_as_are_taken_over_leave_in_one_request() {
    let ended = left_by_an_ended_process().await;
    let left = std::fs::read_dir(ended.path()).unwrap().next().unwrap().unwrap().path();
    let dir = TempDir::new().unwrap();
    let door = Door::default();
    let spool = spool(dir.path(), SpoolMode::OnFailure);
    let mut rig = start(&spool, LARGE, MUCH, &door);
    rig.offer([10]);
    while rig.requests().is_empty() {
        sleep(Duration::from_secs(1)).await;
    }
    for number in 0..66 {
        std::fs::copy(&left, dir.path().join(format!("tracing-genai-{number}.spool"))).unwrap();
    }
    spool.retry_now();
    while rig.counts.report().spooled() < 630 {
        sleep(Duration::from_secs(1)).await;
    }
    door.open();
    rig.flush().await;
    assert_eq!(rig.counts.report().delivered(), 661, "{}", rig.counts.report());
}

#[test]
fn flushes_that_a_disk_keeps_waiting_leave_the_threads_for_name_look_ups_free() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(4).build().unwrap();
    runtime.block_on(async {
        let dir = TempDir::new().unwrap();
        let door = Door::default();
        door.open();
        let spool = spool(dir.path(), SpoolMode::OnFailure);
        let mut rig = start(&spool, LARGE, MUCH, &door);
        rig.offer([0]);
        rig.flush().await;
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let disk = spool.hold_up(wait);
        for number in 1..20 {
            rig.offer([number]);
            rig.sender.flush(Instant::now() + Duration::from_millis(10)).await;
        }
        let look_up = tokio::time::timeout(Duration::from_secs(5), tokio::task::spawn_blocking(|| ())).await;
        assert!(look_up.is_ok(), "no thread is left");
        drop(go);
        disk.join().unwrap();
        rig.flush().await;
        assert_eq!(rig.counts.report().delivered(), 20);
    });
}

#[tokio::test(start_paused = true)]
async fn small_requests_that_piled_up_leave_together() {
    // All in memory too, or most on disk alone.
    for own in [MUCH, 8_000] {
        let dir = TempDir::new().unwrap();
        let door = Door::default();
        let mut rig = start(&spool(dir.path(), SpoolMode::WriteAhead), LARGE, own, &door);
        for number in 0..200 {
            rig.offer([number]);
            // Longer than a request waits for more.
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(rig.counts.report().spooled() > 100, own != MUCH, "{}", rig.counts.report());
        let before = rig.requests().len();
        door.open();
        settle(&rig).await;
        assert_eq!(arrived(&rig, before).into_iter().collect::<BTreeSet<_>>(), (0..200).collect(), "{own}");
        assert_eq!(arrived(&rig, before).len(), 200, "none twice");
        let requests = rig.requests().len() - before;
        assert!(requests < 20, "{own}: {requests} requests for 200 spans");
        rig.sender.shutdown(Instant::now() + Duration::from_secs(5)).await;
        assert!(rig.counts.report().is_complete(), "{}", rig.counts.report());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
    }
}
