//! One destination's part of the spool, for async code.

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::settings::SpoolMode;
use super::shared::{SLOW, Shared};
use super::store::Store;
use super::ticket::{Kept, Ticket};

/// The part of one destination.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    spool: Arc<Shared>,
    identity: u64,
    wake: Arc<Notify>,
}

impl Shelf {
    pub(super) fn new(spool: Arc<Shared>, identity: u64, wake: Arc<Notify>) -> Self {
        Self { spool, identity, wake }
    }

    pub(crate) fn writes_ahead(&self) -> bool {
        self.spool.mode == SpoolMode::WriteAhead
    }

    /// Looks after the files.
    pub(crate) async fn tend(&self) {
        self.run((), |store, _| store.tend()).await;
    }

    /// [`adopt`](Self::adopt) by itself: what others have left may be much, and batches are written meanwhile.
    pub(crate) fn adopt_meanwhile(&self) {
        let adopting = self.clone();
        tokio::spawn(async move { adopting.adopt().await });
    }

    /// Takes over the files of processes that have ended, when it is time to look for them; `false` when it is not.
    pub(super) async fn adopt(&self) -> bool {
        let shared = Arc::clone(&self.spool);
        let scan = move |store: &mut Store, _| {
            let scan = store.files_to_scan()?;
            shared.looked.send_replace(false);
            Some(scan)
        };
        let Some(scan) = self.run(None, scan).await else { return false };
        let shared = Arc::clone(&self.spool);
        let adopted = spawn_blocking(move || {
            for (path, opened) in scan.open() {
                if !shared.store().scanned(&path, opened) {
                    break;
                }
            }
        });
        // What panics is contained where it happens.
        let _ = adopted.await;
        self.spool.looked.send_replace(true);
        true
    }

    /// Comes back when what lies on disk now is sent, as far as it can be read, or the peer `is_away`; not before it was
    /// looked for what ended processes have left, again where that is more than is taken over at once. `settled` tells
    /// when that may be so. What is off the disk is counted a moment later: `is_done`.
    pub(crate) async fn is_sent(
        &self,
        mut settled: watch::Receiver<u64>,
        is_done: impl Fn(&u64) -> bool + Send,
        is_away: impl Fn() -> bool + Send,
    ) {
        let mut looked = self.spool.looked.subscribe();
        let until = self.run(0, |store, _| store.youngest()).await;
        loop {
            let now = *settled.borrow_and_update();
            if is_away() {
                return;
            }
            let is_looked = *looked.borrow_and_update();
            if is_looked && !self.run(false, move |store, id| store.has_of(id, until)).await && is_done(&now) {
                // By itself: whoever waits may go before it has come to its end.
                let adopting = self.clone();
                let adopted = tokio::spawn(async move { adopting.adopt().await });
                let is_all = !adopted.await.unwrap_or_default() && *looked.borrow();
                if is_all {
                    return;
                }
                continue;
            }
            tokio::select! {
                _ = looked.changed() => {}
                changed = settled.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Writes a request; nothing when it cannot be written, which is said. `held`: it stays in memory as well.
    pub(crate) async fn keep(&self, spans: usize, body: Vec<u8>, held: bool) -> Option<Ticket> {
        let spans = u32::try_from(spans).unwrap_or(u32::MAX);
        self.run(None, move |store, identity| store.keep(identity, spans, &body, held))
            .await
            .map(|key| Ticket { key, spans })
    }

    /// The oldest request that is on disk alone. It is to be removed or released.
    pub(crate) async fn oldest(&self) -> Option<Kept> {
        let (key, head, body) = self.run(None, Store::oldest).await?;
        Some(Kept { ticket: Ticket { key, spans: head.spans }, spans: u64::from(head.spans), body })
    }

    /// The requests need not be in memory any more; `false` when one is not on disk, where the next process finds it: then
    /// all of them are to stay.
    pub(crate) async fn release(&self, tickets: Vec<Ticket>) -> bool {
        let records: Vec<_> = tickets.into_iter().map(|Ticket { key, spans }| (key, spans)).collect();
        self.run(false, move |store, _| store.release(&records)).await
    }

    /// Whether the disk has failed and is left in peace.
    pub(crate) async fn rests(&self) -> bool {
        self.run(false, |store, _| store.rest.lasts()).await
    }

    /// The disk is tried with each request from now on, however short ago it failed.
    pub(crate) async fn end_rest(&self) {
        let end = |store: &mut Store, _| {
            store.rest.end_for_good();
            store.files.end_rests();
        };
        self.run((), end).await;
    }

    /// The requests are settled. Gone from the disk when this comes back.
    pub(crate) async fn remove(&self, tickets: Vec<Ticket>) {
        let keys: Vec<_> = tickets.into_iter().map(|ticket| ticket.key).collect();
        self.run_to_its_end(move |store, _| store.remove(&keys)).await;
    }

    /// The destination needs it no more.
    pub(crate) async fn close(&self) {
        self.run_to_its_end(Store::unregister).await;
    }

    /// There is something new to replay.
    pub(crate) fn was_filled(&self) {
        self.wake.notify_one();
    }

    /// Comes back when there is something new to replay.
    pub(crate) async fn filled(&self) {
        self.wake.notified().await;
    }

    /// Also where whoever waits for it goes before its turn has come.
    async fn run_to_its_end(&self, act: impl FnOnce(&mut Store, u64) + Send + 'static) {
        let acting = self.clone();
        let _ = tokio::spawn(async move { acting.run((), act).await }).await;
    }

    /// On a thread that may block; `otherwise` when it panicked.
    async fn run<T: Send + 'static>(&self, otherwise: T, act: impl FnOnce(&mut Store, u64) -> T + Send + 'static) -> T {
        let (shared, identity) = (Arc::clone(&self.spool), self.identity);
        let mut done = pin!(async move {
            let turn = Arc::clone(&shared.turn).lock_owned().await;
            let act = move || {
                let done = act(&mut shared.store(), identity);
                drop(turn);
                done
            };
            spawn_blocking(act).await.unwrap_or(otherwise)
        });
        if let Ok(done) = timeout(SLOW, &mut done).await {
            return done;
        }
        self.spool.say_slow();
        done.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::counts::DestinationCounts;
    use crate::export::spool::settings::Spool;
    use crate::export::spool::shared::SharedSpool;
    use crate::export::tests::warnings::Warnings;

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_hangs_is_said() {
        let dir = tempfile::TempDir::new().unwrap();
        let mut warnings = Warnings::new();
        let spool = SharedSpool::new(Spool::in_dir(dir.path()), warnings.report.clone());
        let shelf = spool.shelf("peer", "http://peer", DestinationCounts::new("peer"));
        let turn = Arc::clone(&shelf.spool.turn).lock_owned().await;
        let writing = tokio::spawn({
            let shelf = shelf.clone();
            async move { shelf.keep(1, b"a".to_vec(), false).await }
        });
        let warning = warnings.next().await;
        assert!(warning.contains("has not answered for 10s") && warning.contains("another directory"), "{warning}");
        drop(turn);
        assert!(writing.await.unwrap().is_some(), "written once it answers");
    }
}
