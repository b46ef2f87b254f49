//! The store, where several processes have to do with one file.

use std::sync::atomic::Ordering;

use tempfile::TempDir;

use super::disk::Full;
use super::{US, failed, in_dir, left_for_two, rig};
use crate::export::spool::settings::Spool;

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
