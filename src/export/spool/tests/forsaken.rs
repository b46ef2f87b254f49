//! The store, where files lie that nobody will ever use.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use redb::StorageBackend;
use tempfile::TempDir;

use super::{US, in_dir, left, left_for_two, rig_of};
use crate::export::spool::bounds::now_nanos;
use crate::export::spool::file::{Disk, File, FileError, Head, RealDisk};
use crate::export::spool::settings::Spool;

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[test]
fn what_lies_there_for_a_destination_that_no_process_has_goes_after_a_month_and_is_named() {
    // Its name may tell whose it is.
    let (any, named) = ("tracing-genai-0.spool", "tracing-genai-0-0-0000000000000008.spool");
    for (name, days, goes) in [(any, 29, false), (any, 31, true), (named, 29, false), (named, 31, true)] {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join(name);
        let file = File::create(&RealDisk, path.clone()).unwrap();
        let at = now_nanos() - u64::try_from((DAY * days).as_nanos()).unwrap();
        for number in 0..2 {
            let head = Head { identity: 8, spans: 10, bytes: 1, checksum: crc32fast::hash(b"a") };
            file.put([(at + number, head, &b"a"[..])]).unwrap();
        }
        file.close();
        fs::File::open(&path).unwrap().set_modified(SystemTime::now() - DAY * days).unwrap();
        let mut rig = in_dir(dir.path());
        assert_eq!(path.exists(), !goes, "{days} days");
        let said = rig.warnings.said();
        assert_eq!(said.iter().any(|said| said.contains("20 spans") && said.contains("31 days")), goes, "{said:?}");
    }
}

#[test]
fn of_damaged_files_the_youngest_are_kept() {
    let dir = TempDir::new().unwrap();
    for number in 10..30 {
        fs::write(dir.path().join(format!("tracing-genai-{number}.spool")), "x".repeat(10_000)).unwrap();
    }
    let mut rig = in_dir(dir.path());
    let entries = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut aside: Vec<String> = entries.filter(|name| name.ends_with(".damaged")).collect();
    aside.sort();
    assert_eq!(aside, (22..30).map(|number| format!("tracing-genai-{number}.damaged")).collect::<Vec<_>>());
    assert!(rig.warnings.said().iter().any(|said| said.contains("is removed")));
    assert!(rig.keep("a"));
}

/// Counts the files that are opened.
#[derive(Clone, Debug, Default)]
struct Counting(Arc<AtomicUsize>);

impl Disk for Counting {
    fn backend(&self, path: &Path, new: bool) -> Result<Box<dyn StorageBackend>, FileError> {
        self.0.fetch_add(usize::from(!new), Ordering::SeqCst);
        RealDisk.backend(path, new)
    }
}

#[test]
fn what_lies_there_for_other_destinations_is_not_opened_however_much_it_is() {
    let dir = TempDir::new().unwrap();
    left(dir.path(), &["a"]);
    let disk = Counting::default();
    let other = rig_of(8, Spool::in_dir(dir.path()), disk.clone());
    assert_eq!(disk.0.load(Ordering::SeqCst), 0);
    assert_eq!(rig_of(US, Spool::in_dir(dir.path()), disk.clone()).replay(), ["a"]);
    assert_eq!(disk.0.load(Ordering::SeqCst), 1, "what was left, and not the other's");
    drop(other);
}

#[test]
fn a_destination_that_comes_later_is_named_on_the_file_in_which_its_requests_are() {
    let dir = TempDir::new().unwrap();
    left_for_two(dir.path());
    let mut eighth = rig_of(8, Spool::in_dir(dir.path()), RealDisk);
    assert_eq!(eighth.store.oldest(8).unwrap().2, b"others");
}
