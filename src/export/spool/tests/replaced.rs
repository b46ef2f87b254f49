//! Requests that are written again, whole, in the place of what of them lies on disk.

use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::advance;

use super::disk::{Hang, Spoiled};
use crate::export::counts::DestinationCounts;
use crate::export::spool::Shelf;
use crate::export::spool::settings::{Spool, SpoolMode};
use crate::export::spool::shared::SharedSpool;
use crate::export::spool::store::Store;
use crate::self_report::SelfReport;

/// Of a destination that has accepted five spans.
async fn shelf_in(spool: &SharedSpool) -> (Shelf, DestinationCounts) {
    let counts = DestinationCounts::new("peer");
    (0..5).for_each(|_| counts.accept());
    let shelf = spool.shelf("peer", "http://peer", counts.clone());
    assert!(shelf.tend().await);
    (shelf, counts)
}

/// Time does not pass by itself while the disk is at something.
async fn given_up<T: Send + 'static>(asked: impl Future<Output = T> + Send + 'static) -> T {
    let asked = tokio::spawn(asked);
    while !asked.is_finished() {
        advance(Duration::from_secs(1)).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    asked.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_was_written_late_counts_once_though_the_disk_hangs_again() {
    let (dir, hang) = (TempDir::new().unwrap(), Hang::default());
    let spool = SharedSpool::on(Spool::in_dir(dir.path()), SelfReport::default(), &hang);
    let (shelf, counts) = shelf_in(&spool).await;
    let some = shelf.keep(3, b"some".to_vec(), true).await.unwrap();

    hang.begin();
    let (writing, instead_of) = (shelf.clone(), vec![some.clone()]);
    let kept = async move { writing.keep_instead(instead_of, 5, b"all".to_vec(), false).await };
    let late = given_up(kept).await.unwrap_err().unwrap();
    hang.end();
    while shelf.hangs() {
        tokio::task::yield_now().await;
    }
    assert!(late.is_written());

    let (go, wait) = channel();
    let held_up = spool.hold_up(wait);
    let releasing = shelf.clone();
    assert!(given_up(async move { releasing.release(vec![some, late]).await }).await);
    assert_eq!(counts.report().spooled(), 5, "{}", counts.report());
    drop(go);
    held_up.join().unwrap();
    while !shelf.tend().await {
        tokio::task::yield_now().await;
    }
    let report = counts.report();
    assert_eq!((report.spooled(), report.lost(), report.waiting()), (5, 0, 0), "{report}");
}

#[tokio::test]
async fn what_was_written_and_then_gone_with_its_file_stays_in_memory() {
    let (dir, disk) = (TempDir::new().unwrap(), Spoiled::default());
    let store = Store::new(Spool::in_dir(dir.path()), SelfReport::default()).on(disk.clone());
    let spool = SharedSpool::with(store, SpoolMode::OnFailure);
    let (shelf, counts) = shelf_in(&spool).await;
    let before = disk.synchronized.load(Ordering::SeqCst);
    let some = shelf.keep(3, b"some".to_vec(), true).await.unwrap();
    let after = disk.synchronized.load(Ordering::SeqCst);

    // The whole is written, and the removal of what it replaces spoils the file.
    disk.sound.store(2 * after - before, Ordering::SeqCst);
    let kept = shelf.keep_instead(vec![some.clone()], 5, b"all".to_vec(), false).await;
    let gone = kept.expect_err("it is there no more").expect("it was written");
    disk.sound.store(u64::MAX, Ordering::SeqCst);
    let report = counts.report();
    assert_eq!((report.spooled(), report.lost(), report.waiting()), (0, 0, 5), "{report}");
    assert!(!shelf.release(vec![some.clone(), gone.clone()]).await);
    shelf.keep_instead(vec![some, gone], 5, b"all".to_vec(), false).await.unwrap();
    let report = counts.report();
    assert_eq!((report.spooled(), report.lost(), report.waiting()), (5, 0, 0), "{report}");
}
