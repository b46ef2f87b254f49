//! The spool that all destinations of one telemetry have in common.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turn, Notify, watch};

use super::settings::{Spool, SpoolMode};
use super::shelf::Shelf;
use super::store::Store;
use crate::export::counts::DestinationCounts;
use crate::self_report::SelfReport;

/// A disk that takes longer for one thing is spoken of.
pub(super) const SLOW: Duration = Duration::from_secs(10);

/// The spool of one telemetry. Clones share it. Touches no disk before a destination opens its shelf.
#[derive(Clone, Debug)]
pub(crate) struct SharedSpool(Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    store: Mutex<Store>,
    pub(super) mode: SpoolMode,
    /// However many want something of a disk that takes its time: one thread waits for it.
    pub(super) turn: Arc<Turn<()>>,
    /// Whether the files of ended processes were looked for, and taken over, and nobody does that now.
    pub(super) looked: watch::Sender<bool>,
    /// Beside the store, which a disk that hangs does not give back.
    dir: PathBuf,
    report: SelfReport,
}

impl SharedSpool {
    pub(crate) fn new(settings: Spool, report: SelfReport) -> Self {
        let mode = settings.mode();
        Self::with(Store::new(settings, report), mode)
    }

    pub(super) fn with(store: Store, mode: SpoolMode) -> Self {
        let looked = watch::Sender::new(false);
        let (dir, report) = (store.settings.dir().to_owned(), store.report.clone());
        Self(Arc::new(Shared { store: Mutex::new(store), mode, turn: Arc::default(), looked, dir, report }))
    }

    /// The disk is tried again at once.
    #[cfg(test)]
    pub(crate) fn retry_now(&self) {
        self.0.store().retry_now();
    }

    /// The disk takes until then for what it does.
    #[cfg(test)]
    pub(crate) fn hold_up(&self, until: std::sync::mpsc::Receiver<()>) -> std::thread::JoinHandle<()> {
        let shared = Arc::clone(&self.0);
        let (held, is_held) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let _store = shared.store();
            let _ = held.send(());
            let _ = until.recv();
        });
        let _ = is_held.recv();
        thread
    }

    /// For a destination of this name and address.
    pub(crate) fn shelf(&self, name: &str, address: &str, counts: DestinationCounts) -> Shelf {
        let wake = Arc::new(Notify::new());
        let identity = self.0.store().register(identity(name, address), counts, Arc::clone(&wake));
        Shelf::new(Arc::clone(&self.0), identity, wake)
    }
}

impl Shared {
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn say_slow(&self) {
        self.report.warn(
            "spool slow",
            format_args!(
                "the disk of the spool in {} has not answered for {SLOW:?}; until it does, requests wait in memory. Check \
                 the disk, or name another directory in TRACING_GENAI_SPOOL_DIR or Spool::in_dir",
                self.dir.display()
            ),
        );
    }
}

/// The same in every process and version: FNV-1a of both, apart.
pub(crate) fn identity(name: &str, address: &str) -> u64 {
    name.bytes()
        .chain([0])
        .chain(address.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
