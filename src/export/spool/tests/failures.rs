//! The store, where files fail, are shared, or go.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tempfile::TempDir;

use super::disk::{BadSector, Full};
use super::{Rig, US, failed, failing, files, in_dir, left, left_for_two, rig, rig_of};
use crate::export::loss::LossReason;
use crate::export::spool::file::{File, Head, RealDisk};
use crate::export::spool::settings::Spool;

#[test]
fn a_record_that_cannot_be_read_keeps_no_other_from_leaving() {
    let dir = TempDir::new().unwrap();
    left(dir.path(), &[&"a".repeat(500_000), "b"]);
    let disk = BadSector::default();
    let mut rig = rig(Spool::in_dir(dir.path()), disk.clone());
    assert_eq!(rig.replay(), ["b"]);
    let reads = disk.0.load(Ordering::SeqCst);
    assert!(reads < 5, "it was tried {reads} times");
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::SpoolDamaged), report.waiting(), report.spooled()), (10, 0, 0));
    assert!(rig.warnings.said().iter().any(|said| said.contains("check the disk")));
}

#[test]
fn a_file_that_gives_its_size_wrongly_is_damaged_and_holds_nothing_up() {
    let dir = TempDir::new().unwrap();
    let bytes = fs::read(left(dir.path(), &["a"])).unwrap();
    // Its pages and regions: what the database would make tables for.
    for at in 12..24 {
        for bit in [0x01, 0x80] {
            let mut damaged = bytes.clone();
            damaged[at] ^= bit;
            let dir = TempDir::new().unwrap();
            fs::write(dir.path().join("tracing-genai-0.spool"), damaged).unwrap();
            let mut rig = in_dir(dir.path());
            let found = rig.replay();
            assert!(found.is_empty() || found == ["a"], "{at}: {found:?}");
            assert!(rig.keep("b"));
            assert_eq!(rig.replay(), ["b"], "{at}");
            rig.store.unregister(US);
        }
    }
}

#[test]
fn a_damaged_file_takes_no_memory_that_no_machine_has() {
    let dir = TempDir::new().unwrap();
    let file = left(dir.path(), &["a"]);
    let mut bytes = fs::read(&file).unwrap();
    // How many pages its table of regions takes, as a power of two.
    bytes[39] ^= 0xf8;
    fs::write(&file, bytes).unwrap();
    let mut rig = in_dir(dir.path());
    assert!(rig.one_warning().contains("damaged"));
    assert!(rig.keep("b"));
    assert_eq!(rig.replay(), ["b"]);
}

#[test]
fn a_file_of_ours_that_failed_is_not_taken_for_one_of_a_process_that_has_ended() {
    let dir = TempDir::new().unwrap();
    let (mut rig, quota) = failed(dir.path(), &["a"]);
    quota.free();
    // It is time to look for others' files, and not yet to try ours again.
    rig.tend();
    assert_eq!(rig.counts.report().spooled(), 10);
    rig.store.retry_now();
    rig.tend();
    assert!(rig.keep("c"));
    assert_eq!(rig.replay(), ["a", "c"]);
    assert_eq!(rig.counts.report().lost(), 0);
}

#[test]
fn what_was_settled_while_its_file_had_failed_is_not_sent_by_the_next_process() {
    let dir = TempDir::new().unwrap();
    let (mut rig, quota) = failing(dir.path());
    let ahead = rig.store.keep(US, 10, b"a", true).unwrap();
    quota.fill();
    assert!(!rig.keep(&"b".repeat(100_000)));
    // The peer takes it meanwhile.
    rig.store.remove(&[ahead]);
    quota.free();
    rig.store.retry_now();
    assert!(rig.keep("c"));
    // The process dies.
    drop(rig);
    assert_eq!(in_dir(dir.path()).replay(), ["c"]);
}

#[test]
fn what_could_not_be_erased_is_erased_later() {
    let dir = TempDir::new().unwrap();
    let (mut rig, quota) = failing(dir.path());
    let ahead = rig.store.keep(US, 10, b"a", true).unwrap();
    quota.fill();
    rig.store.remove(&[ahead]);
    quota.free();
    rig.store.retry_now();
    assert!(rig.keep("c"));
    drop(rig);
    assert_eq!(in_dir(dir.path()).replay(), ["c"]);
}

#[test]
fn a_record_larger_than_the_whole_spool_drops_none_of_the_others() {
    let dir = TempDir::new().unwrap();
    let mut rig = rig(Spool::in_dir(dir.path()).with_max_bytes(3 * (4 << 10)), RealDisk);
    assert!(["a", "b", "c"].iter().all(|body| rig.keep(body)));
    assert!(!rig.keep(&"x".repeat(13 << 10)));
    assert_eq!(rig.counts.report().lost(), 0);
    assert_eq!(rig.replay(), ["a", "b", "c"]);
}

/// A process with another destination.
fn of(dir: &Path, identity: u64) -> Rig {
    rig_of(identity, Spool::in_dir(dir), RealDisk)
}

#[test]
fn what_lies_in_one_file_for_two_destinations_is_sent_by_two_processes() {
    let dir = TempDir::new().unwrap();
    left_for_two(dir.path());
    let mut second = in_dir(dir.path());
    assert_eq!(second.replay(), ["ours"]);
    second.store.retry_now();
    second.tend();
    let third = of(dir.path(), 8);
    assert_eq!(third.counts.report().spooled(), 10, "it is free for who sends to the other one");
}

#[test]
fn what_lies_there_for_another_process_does_not_go_by_our_age() {
    let dir = TempDir::new().unwrap();
    left_for_two(dir.path());
    let mut second = rig(Spool::in_dir(dir.path()).with_max_age(Duration::ZERO), RealDisk);
    second.store.retry_now();
    second.tend();
    second.store.unregister(US);
    drop(second);
    assert_eq!(of(dir.path(), 8).counts.report().spooled(), 10);
}

#[test]
fn a_file_is_found_behind_many_of_processes_that_live() {
    let dir = TempDir::new().unwrap();
    // Each lives, and so is nobody's to take.
    let others: Vec<Rig> = (0..64).map(|_| of(dir.path(), 8)).collect();
    left(dir.path(), &["a"]);
    assert_eq!(in_dir(dir.path()).replay(), ["a"]);
    drop(others);
}

#[test]
fn a_directory_in_the_place_of_a_file_is_named_and_harms_nothing() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("tracing-genai-0.spool");
    fs::create_dir(&path).unwrap();
    let mut rig = in_dir(dir.path());
    let warning = rig.one_warning();
    assert!(warning.contains(path.to_str().unwrap()), "{warning}");
    assert!(!warning.contains("wait in memory"), "{warning}");
    assert!(rig.keep("a"));
    assert_eq!(rig.replay(), ["a"]);
}

#[test]
fn a_file_that_somebody_deleted_is_not_said_to_hold_what_is_lost() {
    let dir = TempDir::new().unwrap();
    let mut rig = in_dir(dir.path());
    assert!(rig.keep("a"));
    fs::remove_file(&files(dir.path())["spool"]).unwrap();
    rig.tend();
    assert!(rig.keep("b"));
    rig.store.unregister(US);
    let report = rig.counts.report();
    drop(rig);
    let mut next = in_dir(dir.path());
    let left = next.replay().len() as u64 * 10;
    assert_eq!((report.spooled(), report.lost_by(LossReason::SpoolDamaged)), (left, 20 - left), "{report}");
}

#[test]
fn a_file_that_another_process_took_over_is_followed_by_a_new_one() {
    let dir = TempDir::new().unwrap();
    let (mut rig, quota) = failed(dir.path(), &["a"]);
    let other = in_dir(dir.path());
    assert_eq!(other.counts.report().spooled(), 10, "taken over");
    quota.free();
    rig.store.retry_now();
    assert!(rig.keep("c"));
    drop(other);
}

#[test]
fn numbers_of_a_record_that_cannot_be_drop_no_other_and_are_not_counted() {
    let dir = TempDir::new().unwrap();
    let file = File::create(&RealDisk, dir.path().join("tracing-genai-0.spool")).unwrap();
    let checksum = crc32fast::hash(b"a");
    for (at, spans, bytes) in
        [(u64::MAX / 4, u32::MAX, 1), (u64::MAX / 4 + 1, 10, u32::MAX), (u64::MAX / 4 + 2, u32::MAX, 1)]
    {
        file.put([(at, Head { identity: US, spans, bytes, checksum }, &b"a"[..])]).unwrap();
    }
    file.close();
    let mut rig = in_dir(dir.path());
    assert_eq!(rig.counts.report().spooled(), 12);
    assert!(rig.keep("b"));
    assert_eq!(rig.counts.report().lost(), 0);
    assert_eq!(rig.replay(), ["b", "a", "a", "a"]);
}

#[test]
fn what_another_process_took_over_and_sent_is_not_lost_here() {
    for other_has_sent in [true, false] {
        let dir = TempDir::new().unwrap();
        let (mut rig, quota) = failed(dir.path(), &["a", "b"]);
        let mut other = in_dir(dir.path());
        assert_eq!(other.counts.report().spooled(), 20, "taken over");
        quota.free();
        rig.store.retry_now();
        rig.tend();
        if other_has_sent {
            assert_eq!(other.replay(), ["a", "b"]);
        }
        drop(other);
        rig.store.retry_now();
        rig.tend();
        assert_eq!(rig.replay().is_empty(), other_has_sent);
        let report = rig.counts.report();
        // One record of ten stands in memory.
        assert_eq!((report.lost(), report.spooled(), report.waiting()), (0, 0, 10), "{report}");
    }
}

#[test]
fn a_file_that_was_deleted_while_it_had_failed_does_not_count_as_spooled_at_the_end() {
    let dir = TempDir::new().unwrap();
    let (mut rig, _) = failed(dir.path(), &["a"]);
    fs::remove_file(&files(dir.path())["spool"]).unwrap();
    rig.store.unregister(US);
    let report = rig.counts.report();
    assert_eq!((report.spooled(), report.lost_by(LossReason::SpoolDamaged)), (0, 10), "{report}");
}

#[cfg(unix)]
#[test]
fn what_lay_in_a_directory_that_became_a_file_is_not_said_to_be_there() {
    let dir = TempDir::new().unwrap();
    let inner = dir.path().join("spool");
    let mut rig = in_dir(&inner);
    assert!(rig.keep("a"));
    fs::remove_dir_all(&inner).unwrap();
    fs::write(&inner, "x").unwrap();
    assert!(!rig.keep("b"), "it would not outlive us");
    let said = rig.warnings.said();
    assert!(said.iter().any(|said| said.contains("was deleted")), "{said:?}");
    rig.store.unregister(US);
    let report = rig.counts.report();
    assert_eq!((report.spooled(), report.lost_by(LossReason::SpoolDamaged)), (0, 10), "{report}");
}

#[test]
fn a_file_of_a_newer_version_of_the_database_is_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    let path = left(dir.path(), &["a"]);
    let mut bytes = fs::read(&path).unwrap();
    // The version of each of the two transactions that its beginning tells of.
    (bytes[64], bytes[192]) = (4, 4);
    fs::write(&path, &bytes).unwrap();
    let mut rig = in_dir(dir.path());
    let said = rig.one_warning();
    assert!(said.contains("another version") && said.contains("left as it is"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_process_that_ends_opens_no_more_files_of_others() {
    let dir = TempDir::new().unwrap();
    let mut rig = in_dir(dir.path());
    left(dir.path(), &["a"]);
    rig.store.retry_now();
    let scan = rig.store.files_to_scan().unwrap();
    rig.store.unregister(US);
    let (path, opened) = scan.open().next().unwrap();
    assert!(!rig.store.scanned(&path, opened));
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_failed_is_not_asked_for_each_request() {
    let dir = TempDir::new().unwrap();
    let full = Full::default();
    let mut rig = rig(Spool::in_dir(dir.path()), full.clone());
    assert!(rig.keep("a"));
    full.0.store(true, Ordering::SeqCst);
    assert!(!rig.keep(&"x".repeat(100_000)));
    // There is room again, and nobody knows.
    full.0.store(false, Ordering::SeqCst);
    assert!(!rig.keep("b"));
    assert_eq!(rig.store.oldest(US).unwrap().2, b"a", "it is read meanwhile");
    rig.store.retry_now();
    assert!(rig.keep("c"));
    assert!(rig.keep("d"), "and all is well again");
}

#[cfg(unix)]
#[test]
fn a_file_that_another_one_was_put_in_place_of_is_made_anew_and_the_other_one_stays() {
    let dir = TempDir::new().unwrap();
    let mut first = in_dir(dir.path());
    assert!(first.keep("a"));
    let path = files(dir.path())["spool"].clone();
    // As programs do that bring back a directory.
    let other = dir.path().join("other");
    fs::write(&other, "other").unwrap();
    fs::rename(&other, &path).unwrap();
    first.tend();
    assert!(first.one_warning().contains("was deleted"));
    assert!(["b", "c"].iter().all(|body| first.keep(body)));
    let (key, head, body) = first.store.oldest(US).unwrap();
    assert_eq!((body.as_slice(), head.spans), (&b"a"[..], 10), "as long as this process lives");
    first.store.remove(&[key]);
    first.tend();
    assert_eq!(fs::read(&path).unwrap(), b"other");
    // The process dies.
    drop(first);
    assert_eq!(in_dir(dir.path()).replay(), ["b", "c"]);
}
