//! The store, where several processes have to do with one file.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::failures::failing;
use super::{US, in_dir, rig};
use crate::export::counts::DestinationCounts;
use crate::export::spool::file::{Disk, FileError, RealDisk};
use crate::export::spool::settings::Spool;

/// A disk that is full: what has its place can be written, and nothing else.
#[derive(Clone, Debug, Default)]
struct Full(Arc<AtomicBool>);

#[derive(Debug)]
struct FullFile(Box<dyn StorageBackend>, Full);

impl Disk for Full {
    fn backend(&self, path: &Path, new: bool) -> Result<Box<dyn StorageBackend>, FileError> {
        Ok(Box::new(FullFile(RealDisk.backend(path, new)?, self.clone())))
    }
}

impl StorageBackend for FullFile {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.0.read(offset, len)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self, eventual: bool) -> io::Result<()> {
        self.0.sync_data(eventual)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let is_new = self.0.read(offset, data.len())?.iter().all(|byte| *byte == 0);
        if is_new && self.1.0.load(Ordering::SeqCst) {
            return Err(ErrorKind::StorageFull.into());
        }
        self.0.write(offset, data)
    }
}

#[test]
fn what_was_sent_of_a_shared_file_is_not_sent_again_though_it_could_not_be_erased_at_once() {
    let dir = TempDir::new().unwrap();
    let mut first = in_dir(dir.path());
    first.store.register(8, DestinationCounts::new("other"), Arc::new(Notify::new()));
    assert!(first.keep("ours"));
    first.store.keep(8, 10, b"others", false).unwrap();
    drop(first);
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
    let (mut rig, quota) = failing(dir.path());
    assert!(rig.keep("a") && rig.keep("b"));
    quota.0.store(10, Ordering::SeqCst);
    assert!(!rig.keep(&"c".repeat(100_000)));
    let mut other = in_dir(dir.path());
    let (key, ..) = other.store.oldest(US).unwrap();
    other.store.remove(key);
    drop(other);
    quota.0.store(u64::MAX, Ordering::SeqCst);
    rig.store.retry_now();
    rig.tend();
    assert_eq!(rig.replay(), ["b"]);
    let report = rig.counts.report();
    assert_eq!((report.lost(), report.spooled(), report.waiting()), (0, 0, 10), "{report}");
}
