//! Disks that fail.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use redb::StorageBackend;

use crate::export::spool::file::{Disk, FileError, RealDisk};

/// What a disk does not do of what it is asked to. Clones share it.
pub(super) trait Fault: Clone + std::fmt::Debug + Send + Sync + 'static {
    fn on_open(&self) {}

    fn on_sync(&self) {}

    fn on_read(&self, _len: usize) -> io::Result<()> {
        Ok(())
    }

    /// `there` is where it is to be written.
    fn on_write(&self, _there: &dyn StorageBackend, _offset: u64, _data: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

impl<F: Fault> Disk for F {
    fn backend(&self, path: &Path, new: bool) -> Result<Box<dyn StorageBackend>, FileError> {
        self.on_open();
        Ok(Box::new(Faulty(RealDisk.backend(path, new)?, self.clone())))
    }
}

#[derive(Debug)]
struct Faulty<F>(Box<dyn StorageBackend>, F);

impl<F: Fault> StorageBackend for Faulty<F> {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.1.on_read(len)?;
        self.0.read(offset, len)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self, eventual: bool) -> io::Result<()> {
        self.1.on_sync();
        self.0.sync_data(eventual)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.1.on_write(&*self.0, offset, data)?;
        self.0.write(offset, data)
    }
}

/// So many bytes can be written.
#[derive(Clone, Debug)]
pub(super) struct Quota(pub(super) Arc<AtomicU64>);

impl Default for Quota {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl Quota {
    /// Next to nothing can be written any more.
    pub(super) fn fill(&self) {
        self.0.store(10, Ordering::SeqCst);
    }

    pub(super) fn free(&self) {
        self.0.store(u64::MAX, Ordering::SeqCst);
    }
}

impl Fault for Quota {
    fn on_write(&self, _there: &dyn StorageBackend, _offset: u64, data: &[u8]) -> io::Result<()> {
        let bytes = data.len() as u64;
        let spent = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(bytes));
        spent.map(|_| ()).map_err(|_| ErrorKind::StorageFull.into())
    }
}

/// The page of a large record cannot be read. Counts how often that was asked for, and gives in after a thousand times.
#[derive(Clone, Debug, Default)]
pub(super) struct BadSector(pub(super) Arc<AtomicU64>);

impl Fault for BadSector {
    fn on_read(&self, len: usize) -> io::Result<()> {
        if len == 512 << 10 && self.0.fetch_add(1, Ordering::SeqCst) < 1_000 {
            return Err(io::Error::other("bad sector"));
        }
        Ok(())
    }
}

/// No file may be larger.
#[derive(Clone, Debug)]
pub(super) struct Limit(pub(super) u64);

impl Fault for Limit {
    fn on_write(&self, _there: &dyn StorageBackend, offset: u64, data: &[u8]) -> io::Result<()> {
        let is_within = offset + data.len() as u64 <= self.0;
        if is_within { Ok(()) } else { Err(ErrorKind::FileTooLarge.into()) }
    }
}

/// A file of this path cannot be opened. Counts how often that was tried.
#[derive(Clone, Debug, Default)]
pub(super) struct Unopened(pub(super) Arc<Mutex<(PathBuf, usize)>>);

impl Disk for Unopened {
    fn backend(&self, path: &Path, new: bool) -> Result<Box<dyn StorageBackend>, FileError> {
        let (bad, tried) = &mut *self.0.lock().unwrap();
        if *bad == path {
            *tried += 1;
            return Err(io::Error::other("bad sector").into());
        }
        RealDisk.backend(path, new)
    }
}

/// What has its place can be written, and nothing else.
#[derive(Clone, Debug, Default)]
pub(super) struct Full(pub(super) Arc<AtomicBool>);

impl Fault for Full {
    fn on_write(&self, there: &dyn StorageBackend, offset: u64, data: &[u8]) -> io::Result<()> {
        let is_new = there.read(offset, data.len())?.iter().all(|byte| *byte == 0);
        if is_new && self.0.load(Ordering::SeqCst) {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

/// What is written after so many synchronizations makes no sense.
#[derive(Clone, Debug)]
pub(super) struct Spoiled {
    pub(super) synchronized: Arc<AtomicU64>,
    pub(super) sound: Arc<AtomicU64>,
}

impl Default for Spoiled {
    fn default() -> Self {
        Self { synchronized: Arc::default(), sound: Arc::new(AtomicU64::new(u64::MAX)) }
    }
}

impl Fault for Spoiled {
    fn on_sync(&self) {
        self.synchronized.fetch_add(1, Ordering::SeqCst);
    }

    fn on_write(&self, _there: &dyn StorageBackend, _offset: u64, _data: &[u8]) -> io::Result<()> {
        let is_sound = self.synchronized.load(Ordering::SeqCst) < self.sound.load(Ordering::SeqCst);
        if is_sound { Ok(()) } else { Err(ErrorKind::InvalidData.into()) }
    }
}

/// Whether a disk hangs: then it gives no answer. Not any more when this goes, so that a test which fails comes to its
/// end.
#[derive(Debug, Default)]
pub(crate) struct Hang(HangingDisk);

/// The disk. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct HangingDisk(Arc<(Mutex<Asked>, Condvar)>);

#[derive(Debug, Default)]
struct Asked {
    hangs: bool,
    /// How many wait for an answer.
    waiting: usize,
    large: usize,
    synchronized: usize,
}

impl Hang {
    pub(crate) fn disk(&self) -> HangingDisk {
        self.0.clone()
    }

    pub(crate) fn begin(&self) {
        self.0.asked().hangs = true;
    }

    pub(crate) fn end(&self) {
        self.0.asked().hangs = false;
        self.0.0.1.notify_all();
    }

    /// How many threads wait for it.
    pub(crate) fn waiting(&self) -> usize {
        self.0.asked().waiting
    }

    /// How often it was to make sure of what it was given.
    pub(crate) fn synchronized(&self) -> usize {
        self.0.asked().synchronized
    }

    /// How often it was asked for more than the database keeps in memory.
    pub(crate) fn large(&self) -> usize {
        self.0.asked().large
    }
}

impl Drop for Hang {
    fn drop(&mut self) {
        self.end();
    }
}

impl HangingDisk {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.0.lock().unwrap()
    }

    fn answer(&self) {
        let mut asked = self.asked();
        asked.waiting += 1;
        asked = self.0.1.wait_while(asked, |asked| asked.hangs).unwrap();
        asked.waiting -= 1;
    }
}

impl Fault for HangingDisk {
    fn on_open(&self) {
        self.answer();
    }

    fn on_sync(&self) {
        self.answer();
        self.asked().synchronized += 1;
    }

    fn on_read(&self, len: usize) -> io::Result<()> {
        self.answer();
        self.asked().large += usize::from(len > 2 << 20);
        Ok(())
    }

    fn on_write(&self, _there: &dyn StorageBackend, _offset: u64, _data: &[u8]) -> io::Result<()> {
        self.answer();
        Ok(())
    }
}
