//! The store, where several processes have to do with one file.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::disk::{Full, Hang};
use super::{Slow, US, failed, in_dir, left_for_two, rig};
use crate::export::counts::DestinationCounts;
use crate::export::spool::settings::{Spool, SpoolMode};
use crate::export::spool::shared::SharedSpool;
use crate::export::spool::store::Store;
use crate::self_report::SelfReport;

#[test]
fn what_was_sent_of_a_shared_file_is_not_sent_again_though_it_could_not_be_erased_at_once() {
    let dir = TempDir::new().unwrap();
    left_for_two(dir.path());
    let full = Full::default();
    let mut second = rig(Spool::in_dir(dir.path()), full.clone());
    full.0.store(true, Ordering::SeqCst);
    assert_eq!(second.replay(), ["ours"]);
    for _ in 0..2 {
        second.store.retry_now();
        second.tend();
        assert_eq!(second.replay(), [""; 0]);
    }
    full.0.store(false, Ordering::SeqCst);
    second.store.retry_now();
    second.tend();
    assert_eq!(second.replay(), [""; 0]);
    second.store.unregister(US);
    assert_eq!(in_dir(dir.path()).replay(), [""; 0]);
}

#[test]
fn what_another_process_sent_before_it_ended_is_not_lost_here() {
    let dir = TempDir::new().unwrap();
    let (mut rig, quota) = failed(dir.path(), &["a", "b"]);
    let mut other = in_dir(dir.path());
    let (key, ..) = other.store.oldest(US).unwrap();
    other.store.remove(&[key]);
    drop(other);
    quota.free();
    rig.store.retry_now();
    rig.tend();
    assert_eq!(rig.replay(), ["b"]);
    let report = rig.counts.report();
    assert_eq!((report.lost(), report.spooled(), report.waiting()), (0, 0, 10), "{report}");
}

#[tokio::test]
async fn a_flush_that_is_cut_off_while_files_are_opened_keeps_no_later_one_waiting() {
    let dir = TempDir::new().unwrap();
    let (go, wait) = sync_channel(0);
    let store = Store::new(Spool::in_dir(dir.path()), SelfReport::default()).on(Slow(Mutex::new(wait)));
    let spool = SharedSpool::with(store, SpoolMode::OnFailure);
    let shelf = spool.shelf("peer", "http://peer", DestinationCounts::new("peer"));
    shelf.tend().await;
    assert!(shelf.adopt().await);
    for number in 0..2 {
        fs::write(dir.path().join(format!("tracing-genai-{number}.spool")), "no file of ours").unwrap();
    }
    spool.retry_now();
    let (_settle, settled) = watch::channel(0);
    let flush = || {
        let (shelf, settled) = (shelf.clone(), settled.clone());
        async move { shelf.is_sent(settled, |_| true, || false).await }
    };
    let cut_off = tokio::spawn(flush());
    let open_one = || {
        let go = go.clone();
        spawn_blocking(move || go.send(()).unwrap())
    };
    // The first is opened, and the second waits for it.
    open_one().await.unwrap();
    cut_off.abort();
    assert!(cut_off.await.unwrap_err().is_cancelled());
    open_one().await.unwrap();
    assert!(timeout(Duration::from_secs(30), flush()).await.is_ok());
}

#[tokio::test]
async fn one_thread_waits_where_the_file_of_an_ended_process_cannot_be_opened_for_long() {
    let dir = TempDir::new().unwrap();
    let hang = Hang::default();
    let first = SharedSpool::on(Spool::in_dir(dir.path()), SelfReport::default(), &hang);
    let left = first.shelf("peer", "http://peer", DestinationCounts::new("peer"));
    left.tend().await;
    left.keep(10, b"old".to_vec(), false).await.unwrap();
    drop((left, first));
    let spool = SharedSpool::on(Spool::in_dir(dir.path()), SelfReport::default(), &hang);
    let shelf = spool.shelf("peer", "http://peer", DestinationCounts::new("peer"));
    shelf.tend().await;
    hang.begin();
    let adopting = shelf.clone();
    let adopting = tokio::spawn(async move { adopting.adopt().await });
    while hang.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..3 {
        spool.retry_now();
        assert!(!shelf.adopt().await);
    }
    assert_eq!(hang.waiting(), 1);
    hang.end();
    assert!(adopting.await.unwrap());
}
