//! The store, where one file is bad for long, or as large as it may be, and others are not.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::advance;

use super::disk::{Limit, Unopened};
use super::{failed, files, in_dir, left, rig};
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
use crate::export::spool::file::FileError;
use crate::export::spool::settings::{Spool, SpoolMode};
use crate::export::spool::shared::SharedSpool;
use crate::export::spool::store::Store;
use crate::self_report::SelfReport;

#[tokio::test(start_paused = true)]
async fn a_file_of_an_ended_process_that_stays_bad_keeps_nothing_out_of_ours() {
    let dir = TempDir::new().unwrap();
    let left = left(dir.path(), &["a"]);
    let disk = Unopened::default();
    let mut rig = rig(Spool::in_dir(dir.path()), disk.clone());
    let (id, _) = rig.store.files.paths().find(|(_, path)| *path == left).unwrap();
    disk.0.lock().unwrap().0 = left;
    rig.store.broken(id, FileError::Io("bad sector".to_owned()));
    for body in ["b", "c"] {
        advance(Duration::from_secs(60)).await;
        assert!(rig.keep(body));
        assert!(rig.keep(body));
    }
    assert_eq!(disk.0.lock().unwrap().1, 3, "not with each request");
    disk.0.lock().unwrap().0.clear();
    advance(Duration::from_secs(60)).await;
    assert_eq!(rig.replay(), ["a", "b", "b", "c", "c"]);
}

#[cfg(unix)]
#[test]
fn a_spool_file_that_was_put_in_place_of_one_that_failed_is_not_ours() {
    let (dir, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let other = left(elsewhere.path(), &["other"]);
    let (mut rig, quota) = failed(dir.path(), &["a"]);
    fs::rename(other, &files(dir.path())["spool"]).unwrap();
    quota.free();
    rig.store.retry_now();
    assert!(rig.keep("b"));
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::SpoolDamaged), report.spooled()), (10, 10), "{report}");
    // The process dies.
    drop(rig);
    assert_eq!(in_dir(dir.path()).replay(), ["other", "b"]);
}

#[test]
fn a_file_as_large_as_it_may_be_is_followed_by_another_and_the_remedy_is_said() {
    let dir = TempDir::new().unwrap();
    let mut rig = rig(Spool::in_dir(dir.path()), Limit(3 << 20));
    let large = "x".repeat(500_000);
    let kept = (0..20).take_while(|_| rig.keep(&large)).count();
    let said = rig.one_warning();
    assert!(said.contains("LimitFSIZE") && !said.contains("free space"), "{said}");
    rig.store.retry_now();
    assert!(rig.keep(&large));
    assert_eq!(rig.replay().len(), kept + 1);
}

#[tokio::test]
async fn at_the_end_what_fits_is_written_also_behind_what_does_not() {
    let dir = TempDir::new().unwrap();
    let store = Store::new(Spool::in_dir(dir.path()), SelfReport::default()).on(Limit(3 << 20));
    let shelf = SharedSpool::with(store, SpoolMode::OnFailure).shelf("a", "http://a", DestinationCounts::new("a"));
    shelf.end_rest().await;
    for (bytes, fits) in [(4 << 20, false), (1_000, true), (4 << 20, false), (1_000, true)] {
        assert_eq!(shelf.keep(1, vec![0; bytes], false).await.is_ok(), fits);
    }
}
