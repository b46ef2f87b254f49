//! The store, on a real disk and on one that fails.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redb::{Database, StorageBackend, TableDefinition};
use tempfile::TempDir;
use tokio::sync::Notify;

use self::disk::Quota;
use super::file::{CURRENT_FORMAT, Disk, FileError, RealDisk};
use super::settings::{Spool, SpoolMode};
use super::shared::SharedSpool;
use super::store::Store;
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
use crate::export::tests::warnings::Warnings;

pub(super) mod disk;
mod failures;
mod forsaken;
mod replaced;
mod rests;
mod sharing;

const US: u64 = 7;

struct Rig {
    store: Store,
    counts: DestinationCounts,
    warnings: Warnings,
}

fn rig(settings: Spool, disk: impl Disk + 'static) -> Rig {
    rig_of(US, settings, disk)
}

/// Of a process with a destination of that identity.
fn rig_of(identity: u64, settings: Spool, disk: impl Disk + 'static) -> Rig {
    let warnings = Warnings::new();
    let mut store = Store::new(settings, warnings.report.clone()).on(disk);
    let counts = DestinationCounts::new("peer");
    store.register(identity, counts.clone(), Arc::new(Notify::new()));
    let mut rig = Rig { store, counts, warnings };
    rig.tend();
    rig
}

fn tend(store: &mut Store) {
    store.tend();
    for (path, opened) in store.files_to_scan().into_iter().flat_map(super::scan::Scan::open) {
        store.scanned(&path, opened);
    }
}

fn in_dir(dir: &Path) -> Rig {
    rig(Spool::in_dir(dir), RealDisk)
}

/// On a disk that may fail later; nobody has looked for files of others yet.
fn failing(dir: &Path) -> (Rig, Quota) {
    let quota = Quota::default();
    (rig(Spool::in_dir(dir), quota.clone()), quota)
}

/// The same with these in its file, and the disk full: the file has failed.
fn failed(dir: &Path, kept: &[&str]) -> (Rig, Quota) {
    let (mut rig, quota) = failing(dir);
    assert!(kept.iter().all(|body| rig.keep(body)));
    quota.fill();
    assert!(!rig.keep(&"x".repeat(100_000)));
    (rig, quota)
}

/// A process that has ended leaves one file for us and for another destination, 8.
fn left_for_two(dir: &Path) {
    let mut first = in_dir(dir);
    first.store.register(8, DestinationCounts::new("other"), Arc::new(Notify::new()));
    assert!(first.keep("ours"));
    first.store.keep(8, 10, b"others", false).unwrap();
}

impl Rig {
    /// As the clerk does.
    fn tend(&mut self) {
        tend(&mut self.store);
    }

    /// Writes a record of 10 spans, as a destination that has accepted them.
    fn keep(&mut self, body: &str) -> bool {
        for _ in 0..10 {
            self.counts.accept();
        }
        self.store.keep(US, 10, body.as_bytes(), false).is_some()
    }

    /// Takes and settles all, oldest first.
    fn replay(&mut self) -> Vec<String> {
        let mut bodies = Vec::new();
        while let Some((key, _, body)) = self.store.oldest(US) {
            self.store.remove(&[key]);
            self.counts.deliver(10, 0);
            bodies.push(String::from_utf8(body).unwrap());
        }
        bodies
    }

    fn one_warning(&mut self) -> String {
        let said = self.warnings.said();
        assert_eq!(said.len(), 1, "{said:?}");
        said.into_iter().next().unwrap()
    }
}

fn files(dir: &Path) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.extension().unwrap().to_str().unwrap().to_owned(), path)).collect()
}

/// The file that a process leaves which has written these.
fn left(dir: &Path, bodies: &[&str]) -> PathBuf {
    let mut rig = in_dir(dir);
    assert!(bodies.iter().all(|body| rig.keep(body)));
    drop(rig);
    files(dir)["spool"].clone()
}

#[test]
fn records_come_back_by_age_and_an_empty_file_goes_at_the_end() {
    let dir = TempDir::new().unwrap();
    let mut rig = in_dir(dir.path());
    assert!(["a", "b", "c"].iter().all(|body| rig.keep(body)));
    assert_eq!(rig.counts.report().spooled(), 30);
    assert!(rig.counts.report().is_complete());
    assert_eq!(rig.replay(), ["a", "b", "c"]);
    let report = rig.counts.report();
    assert_eq!((report.spooled(), report.delivered(), report.waiting()), (0, 30, 0));
    rig.store.unregister(US);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    assert!(rig.warnings.said().is_empty());
}

#[cfg(unix)]
#[test]
fn files_and_a_new_directory_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let dir = TempDir::new().unwrap();
    let inner = dir.path().join("a/b");
    let file = left(&inner, &["a"]);
    assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_a_process_leaves_is_taken_over_once_it_has_ended_and_its_file_goes() {
    let dir = TempDir::new().unwrap();
    let mut first = in_dir(dir.path());
    assert!(first.keep("old"));
    let mut second = in_dir(dir.path());
    assert!(second.keep("new"));
    assert_eq!(second.counts.report().spooled(), 10, "the first lives");
    drop(first);
    second.store.retry_now();
    second.tend();
    assert_eq!(second.replay(), ["old", "new"]);
    let report = second.counts.report();
    assert_eq!((report.delivered(), report.waiting(), report.lost()), (20, 0, 0));
    second.store.unregister(US);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_another_process_will_send_is_left_to_it() {
    let dir = TempDir::new().unwrap();
    let file = left(dir.path(), &["a"]);
    let mut other = Store::new(Spool::in_dir(dir.path()), Warnings::new().report);
    let counts = DestinationCounts::new("elsewhere");
    other.register(8, counts.clone(), Arc::new(Notify::new()));
    tend(&mut other);
    assert_eq!(counts.report().spooled(), 0);
    assert_eq!(in_dir(dir.path()).replay(), ["a"]);
    assert!(!file.exists() || files(dir.path()).len() <= 2);
}

#[test]
fn the_oldest_goes_when_there_is_no_room_and_is_counted() {
    let dir = TempDir::new().unwrap();
    let mut rig = rig(Spool::in_dir(dir.path()).with_max_bytes(3 * (4 << 10)), RealDisk);
    assert!((0..5).all(|number| rig.keep(&number.to_string())));
    assert!(rig.one_warning().contains("Spool::with_max_bytes"));
    assert_eq!(rig.replay(), ["2", "3", "4"]);
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::SpoolFull), report.delivered(), report.waiting()), (20, 30, 0));
    assert!(!rig.keep(&"x".repeat(13 << 10)), "larger than all room");
}

#[test]
fn what_is_too_old_goes_and_is_counted() {
    let dir = TempDir::new().unwrap();
    left(dir.path(), &["a", "b"]);
    let mut rig = rig(Spool::in_dir(dir.path()).with_max_age(Duration::ZERO), RealDisk);
    assert_eq!(rig.replay(), [""; 0]);
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::TooOld), report.waiting(), report.spooled()), (20, 0, 0));
    assert!(rig.warnings.said().iter().any(|said| said.contains("Spool::with_max_age")));
}

#[test]
fn a_full_disk_is_said_once_and_what_lies_there_is_sent_and_room_comes_back() {
    let dir = TempDir::new().unwrap();
    let (mut rig, quota) = failed(dir.path(), &["a"]);
    assert!(!rig.keep("c"), "left in peace for a while");
    let warning = rig.one_warning();
    assert!(warning.contains("free space") && warning.contains("TRACING_GENAI_SPOOL_DIR"), "{warning}");
    quota.free();
    rig.store.retry_now();
    assert!(rig.keep("d"));
    assert_eq!(rig.replay(), ["a", "d"]);
}

#[test]
fn a_disk_that_is_full_from_the_start_harms_nothing() {
    let dir = TempDir::new().unwrap();
    let mut rig = rig(Spool::in_dir(dir.path()), Quota(Arc::default()));
    assert!(!rig.keep("a"));
    assert!(rig.one_warning().contains("free space"));
    assert_eq!(rig.counts.report().waiting(), 10, "in memory");
}

/// A disk on which it takes a while until a file that was left is open.
#[derive(Debug)]
struct Slow(Mutex<Receiver<()>>);

impl Disk for Slow {
    fn backend(&self, path: &Path, new: bool) -> Result<Box<dyn StorageBackend>, FileError> {
        if !new {
            self.0.lock().unwrap().recv().unwrap();
        }
        RealDisk.backend(path, new)
    }
}

#[tokio::test]
async fn the_living_write_while_files_of_the_dead_are_opened() {
    let dir = TempDir::new().unwrap();
    let counts = DestinationCounts::new("peer");
    let first = SharedSpool::with(Store::new(Spool::in_dir(dir.path()), Warnings::new().report), SpoolMode::WriteAhead);
    let shelf = first.shelf("peer", "http://peer", counts.clone());
    shelf.tend().await;
    shelf.keep(10, b"old".to_vec(), false).await.unwrap();
    drop((shelf, first));

    let (go, wait) = channel();
    let store = Store::new(Spool::in_dir(dir.path()), Warnings::new().report).on(Slow(Mutex::new(wait)));
    let shelf = SharedSpool::with(store, SpoolMode::WriteAhead).shelf("peer", "http://peer", counts);
    shelf.tend().await;
    let adoption = tokio::spawn({
        let shelf = shelf.clone();
        async move { shelf.adopt().await }
    });
    tokio::task::yield_now().await;
    shelf.keep(10, b"new".to_vec(), true).await.expect("written, though the other is not open yet");
    assert!(!adoption.is_finished());
    go.send(()).unwrap();
    adoption.await.unwrap();
    assert_eq!(shelf.read().kept().await.unwrap().body, b"old");
}

/// A disk that takes no file.
#[derive(Debug)]
struct ReadOnly;

impl Disk for ReadOnly {
    fn backend(&self, _: &Path, _: bool) -> Result<Box<dyn StorageBackend>, FileError> {
        Err(io::Error::from(ErrorKind::ReadOnlyFilesystem).into())
    }
}

#[test]
fn a_disk_that_is_read_only_and_a_file_in_place_of_the_directory_are_said_with_the_remedy() {
    let dir = TempDir::new().unwrap();
    left(dir.path(), &["a"]);
    let mut read_only = rig(Spool::in_dir(dir.path()), ReadOnly);
    assert!(!read_only.keep("b"));
    let warning = read_only.one_warning();
    assert!(warning.contains("make it writable") && warning.contains("read-only"), "{warning}");

    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    let mut misplaced = in_dir(&file);
    assert!(!misplaced.keep("b"));
    assert!(misplaced.one_warning().contains("TRACING_GENAI_SPOOL_DIR"));
}

#[test]
fn a_damaged_file_is_set_aside_and_all_else_goes_on() {
    // Garbage, nothing at all, and a file whose end is missing.
    let damages: [fn(&Path); 3] = [
        |file| fs::write(file, "x".repeat(10_000)).unwrap(),
        |file| fs::write(file, "").unwrap(),
        |file| {
            let bytes = fs::read(file).unwrap();
            fs::write(file, &bytes[..bytes.len() / 3]).unwrap();
        },
    ];
    for damage in damages {
        let dir = TempDir::new().unwrap();
        let file = left(dir.path(), &["a"]);
        damage(&file);
        let bytes = fs::read(&file).unwrap();
        let mut rig = in_dir(dir.path());
        let warning = rig.one_warning();
        assert!(warning.contains("damaged") && warning.contains("kept as"), "{warning}");
        assert_eq!(fs::read(&files(dir.path())["damaged"]).unwrap(), bytes);
        assert!(rig.keep("b"));
        assert_eq!(rig.replay(), ["b"]);
    }
}

#[test]
fn a_record_that_is_not_what_was_written_is_counted_and_the_others_are_sent() {
    let dir = TempDir::new().unwrap();
    let file = left(dir.path(), &["first", &"second ".repeat(300), "third"]);
    let mut bytes = fs::read(&file).unwrap();
    // Pages are copied when they change, and the old ones stay for a while.
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"second ")).collect();
    assert!(places.len() >= 300);
    for at in places {
        bytes[at] = b'S';
    }
    fs::write(&file, bytes).unwrap();
    let mut rig = in_dir(dir.path());
    assert_eq!(rig.replay(), ["first", "third"]);
    let report = rig.counts.report();
    assert_eq!((report.lost_by(LossReason::SpoolDamaged), report.delivered(), report.waiting()), (10, 20, 0));
    assert!(rig.warnings.said().iter().any(|said| said.contains("check the disk")));
}

#[test]
fn a_file_of_another_version_is_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    for (name, format) in [("tracing-genai-0.spool", CURRENT_FORMAT + 1), ("tracing-genai-1.spool", 0)] {
        let database = Database::create(dir.path().join(name)).unwrap();
        let transaction = database.begin_write().unwrap();
        let table = TableDefinition::<&str, u64>::new(if format == 0 { "older" } else { "meta" });
        transaction.open_table(table).unwrap().insert("format", format).unwrap();
        transaction.commit().unwrap();
    }
    let mut rig = in_dir(dir.path());
    let said = rig.warnings.said();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|said| said.contains("another version") && said.contains("left as it is")), "{said:?}");
    rig.store.retry_now();
    rig.tend();
    assert!(rig.keep("a"));
    assert!(rig.warnings.said().is_empty(), "said once");
    assert_eq!(rig.replay(), ["a"]);
    assert!(dir.path().join("tracing-genai-0.spool").exists() && dir.path().join("tracing-genai-1.spool").exists());
}

#[test]
fn a_file_that_somebody_deleted_is_made_anew() {
    let dir = TempDir::new().unwrap();
    let (mut rig, quota) = failing(dir.path());
    assert!(rig.keep("a"));
    fs::remove_file(&files(dir.path())["spool"]).unwrap();
    // The system keeps the file for who has it open.
    quota.fill();
    assert!(!rig.keep("b"));
    quota.free();
    rig.store.retry_now();
    rig.store.tend();
    rig.store.retry_now();
    assert!(rig.keep("c"));
    assert_eq!(rig.replay(), ["a", "c"]);
    assert_eq!(rig.counts.report().lost(), 0);
}
