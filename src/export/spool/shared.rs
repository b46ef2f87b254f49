//! The spool that all destinations of one telemetry have in common.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turn, Notify, OwnedMutexGuard, watch};

use super::patience::Patience;
use super::settings::{Spool, SpoolMode};
use super::shelf::Shelf;
use super::store::Store;
use crate::export::counts::DestinationCounts;
use crate::self_report::SelfReport;

/// The spool of one telemetry. Clones share it. Touches no disk before a destination opens its shelf.
#[derive(Clone, Debug)]
pub(crate) struct SharedSpool(Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    store: Mutex<Store>,
    pub(super) mode: SpoolMode,
    /// However many want something of a disk that takes its time: one thread waits for it.
    turn: Arc<Turn<()>>,
    /// And one for the files of ended processes.
    pub(super) scan: Arc<Turn<()>>,
    /// Whether the files of ended processes were looked for, and taken over, and nobody does that now.
    pub(super) looked: watch::Sender<bool>,
    /// Held also by each write and removal until it is done: what another process would send twice.
    pub(super) owed: Arc<()>,
    /// Beside the store, which a disk that hangs does not give back.
    pub(super) patience: Patience,
}

/// The disk is at something. Until this is dropped it is asked for nothing else.
pub(super) struct AtWork {
    shared: Arc<Shared>,
    _turn: OwnedMutexGuard<()>,
}

impl SharedSpool {
    pub(crate) fn new(settings: Spool, report: SelfReport) -> Self {
        let mode = settings.mode();
        Self::with(Store::new(settings, report), mode)
    }

    pub(super) fn with(store: Store, mode: SpoolMode) -> Self {
        let patience = Patience::new(store.settings.dir().to_owned(), mode, store.report.clone());
        Self(Arc::new(Shared {
            store: Mutex::new(store),
            mode,
            turn: Arc::default(),
            scan: Arc::default(),
            looked: watch::Sender::new(false),
            owed: Arc::default(),
            patience,
        }))
    }

    #[cfg(test)]
    pub(crate) fn on(settings: Spool, report: SelfReport, hang: &super::tests::disk::Hang) -> Self {
        let mode = settings.mode();
        Self::with(Store::new(settings, report).on(hang.disk()), mode)
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
        let identity = self.0.store().register(identity(name, address), counts.clone(), Arc::clone(&wake));
        Shelf::new(Arc::clone(&self.0), identity, counts, wake)
    }
}

impl Shared {
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AtWork {
    /// As soon as it is at nothing else.
    pub(super) async fn begin(shared: &Arc<Shared>) -> Self {
        let turn = Arc::clone(&shared.turn).lock_owned().await;
        shared.patience.begin();
        Self { shared: Arc::clone(shared), _turn: turn }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.shared.patience.end();
    }
}

/// The same in every process and version: FNV-1a of both, apart.
pub(crate) fn identity(name: &str, address: &str) -> u64 {
    name.bytes()
        .chain([0])
        .chain(address.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
