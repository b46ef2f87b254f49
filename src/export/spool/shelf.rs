//! One destination's part of the spool, for async code.

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use super::patience::{Waiting, Wanted};
use super::settings::SpoolMode;
use super::shared::{AtWork, Shared};
use super::store::Store;
use super::ticket::{Kept, Reading, Ticket};
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;

/// The part of one destination.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    spool: Arc<Shared>,
    identity: u64,
    counts: DestinationCounts,
    wake: Arc<Notify>,
    /// When the destination goes, and waits for the disk no more.
    goes: watch::Sender<Option<Instant>>,
}

impl Shelf {
    pub(super) fn new(spool: Arc<Shared>, identity: u64, counts: DestinationCounts, wake: Arc<Notify>) -> Self {
        Self { spool, identity, counts, wake, goes: watch::Sender::new(None) }
    }

    pub(crate) fn writes_ahead(&self) -> bool {
        self.spool.mode == SpoolMode::WriteAhead
    }

    /// Whether the disk does not answer. It is known a while after that began.
    pub(crate) fn hangs(&self) -> bool {
        self.spool.patience.hangs()
    }

    /// Comes back when the disk does not answer, and finds that out: it is for who waits for the disk.
    pub(crate) async fn hung(&self) {
        self.spool.patience.is_over().await;
    }

    /// Comes back when nothing else is known than that the disk answers.
    pub(crate) async fn answers(&self) {
        self.spool.patience.answers().await;
    }

    /// Somebody waits until then: less long for the disk, so that there is time for what can be done without it.
    pub(crate) fn hurry(&self, deadline: Instant) {
        self.spool.patience.hurry(deadline);
    }

    /// The destination goes then: the disk may take all the time until then for what there is no other place for.
    pub(crate) fn goes_at(&self, deadline: Instant) {
        self.goes.send_replace(Some(deadline));
    }

    /// Looks after the files; `false` when the disk does not answer.
    pub(crate) async fn tend(&self) -> bool {
        self.run(|store, _, _| store.tend()).await.is_some()
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
            // Where the last one hangs in a file, another would hang there too.
            let alone = Arc::clone(&shared.scan).try_lock_owned().ok()?;
            let scan = store.files_to_scan()?;
            shared.looked.send_replace(false);
            Some((scan, alone))
        };
        let Some((scan, alone)) = self.done(Wanted::default(), scan).await.flatten() else { return false };
        let shared = Arc::clone(&self.spool);
        let adopted = spawn_blocking(move || {
            let _alone = alone;
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

    /// Comes back when what lies on disk now is sent, as far as it can be read, or the peer `is_away`, or the disk
    /// hangs; not before it was looked for what ended processes have left, again where that is more than is taken over at
    /// once. `settled` tells when that may be so. What is off the disk is counted a moment later: `is_done`.
    pub(crate) async fn is_sent(
        &self,
        mut settled: watch::Receiver<u64>,
        is_done: impl Fn(&u64) -> bool + Send,
        is_away: impl Fn() -> bool + Send,
    ) {
        let mut looked = self.spool.looked.subscribe();
        let Some(until) = self.run(|store, _, _| store.youngest()).await else { return };
        loop {
            let now = *settled.borrow_and_update();
            if is_away() || self.hangs() {
                return;
            }
            let is_looked = *looked.borrow_and_update();
            let has = move |store: &mut Store, id, _: &Wanted| store.has_of(id, until);
            if is_looked && self.run(has).await == Some(false) && is_done(&now) {
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
                () = self.hung() => return,
            }
        }
    }

    /// Writes a request; no ticket at all when it cannot be written, which is said. `held`: it stays in memory as well.
    /// When the disk does not answer it is to stay there: it may be written after all, where the error's ticket says.
    pub(crate) async fn keep(&self, spans: usize, body: Vec<u8>, held: bool) -> Result<Ticket, Option<Ticket>> {
        self.keep_instead(Vec::new(), spans, body, held).await
    }

    /// The same of a request of which some lies there. That stays until the whole is written.
    pub(crate) async fn keep_instead(
        &self,
        of: Vec<Ticket>,
        spans: usize,
        body: Vec<u8>,
        held: bool,
    ) -> Result<Ticket, Option<Ticket>> {
        let spans = u32::try_from(spans).unwrap_or(u32::MAX);
        let ticket = Ticket::unwritten(spans);
        let (written, owed) = (ticket.clone(), Arc::clone(&self.spool.owed));
        let write = move |store: &mut Store, identity, wanted: &Wanted| {
            let key = store.keep(identity, spans, &body, true)?;
            written.is_at(key);
            Ticket::replace(&of);
            store.remove(&Ticket::keys(&of));
            // The file may have failed for good meanwhile.
            let is_there = store.index.get(key).is_some();
            if wanted.end() && is_there && !held {
                store.let_go(&[(key, spans)]);
            }
            drop(owed);
            Some(is_there)
        };
        match self.run(write).await {
            Some(Some(true)) => Ok(ticket),
            Some(None) => Err(None),
            Some(Some(false)) | None => Err(Some(ticket)),
        }
    }

    /// Writes several requests at once, of so many spans each, that need not be in memory then; all of them or none. When
    /// the disk does not answer they may be written after all, where the error's tickets say: one for each, or none.
    pub(crate) async fn keep_together(&self, requests: Vec<(usize, Vec<u8>)>) -> Result<(), Vec<Ticket>> {
        let spans_of = |spans| u32::try_from(spans).unwrap_or(u32::MAX);
        let requests: Vec<_> = requests.into_iter().map(|(spans, body)| (spans_of(spans), body)).collect();
        let tickets: Vec<Ticket> = requests.iter().map(|(spans, _)| Ticket::unwritten(*spans)).collect();
        let (written, owed) = (tickets.clone(), Arc::clone(&self.spool.owed));
        let write = move |store: &mut Store, identity, wanted: &Wanted| {
            let keys = store.keep_together(identity, &requests)?;
            written.iter().zip(&keys).for_each(|(ticket, key)| ticket.is_at(*key));
            let records: Vec<_> = keys.into_iter().zip(requests.iter().map(|(spans, _)| *spans)).collect();
            // The file may have failed for good meanwhile.
            let are_there = store.are_there(&records);
            if wanted.end() && are_there {
                store.let_go(&records);
            }
            drop(owed);
            Some(are_there)
        };
        match self.run(write).await {
            Some(Some(true)) => Ok(()),
            Some(None) => Err(Vec::new()),
            Some(Some(false)) | None => Err(tickets),
        }
    }

    /// Begins to read the oldest request.
    pub(crate) fn read(&self) -> Reading {
        let (wanted, done) = (Wanted::default(), Arc::new(Notify::new()));
        let (reading, is_wanted, is_done) = (self.clone(), wanted.clone(), Arc::clone(&done));
        let task = tokio::spawn(async move {
            let kept = reading.oldest(is_wanted).await;
            is_done.notify_one();
            kept
        });
        Reading { task, wanted, done }
    }

    /// The oldest request that is on disk alone, however long that takes. It is to be removed or released.
    pub(super) async fn oldest(&self, wanted: Wanted) -> Option<Kept> {
        let is_wanted = wanted.clone();
        let read = move |store: &mut Store, identity| {
            let (key, head, body) = store.oldest(identity)?;
            if !is_wanted.end() {
                store.let_go(&[(key, head.spans)]);
                return None;
            }
            Some(Kept { ticket: Ticket::written(key, head.spans), spans: u64::from(head.spans), body })
        };
        self.done(wanted, read).await.flatten()
    }

    /// The requests need not be in memory any more; `false` when one is not on disk, where the next process finds it: then
    /// all of them are to stay.
    pub(crate) async fn release(&self, tickets: Vec<Ticket>) -> bool {
        let asked = tickets.clone();
        let release = move |store: &mut Store, _, wanted: &Wanted| {
            let Some(records) = Ticket::records(&asked) else { return false };
            let are_there = store.are_there(&records);
            if are_there && wanted.end() {
                store.let_go(&records);
            }
            are_there
        };
        match self.run(release).await {
            Some(are_released) => are_released,
            None => self.release_unasked(tickets),
        }
    }

    /// The same while the disk does not answer: what was written is there.
    fn release_unasked(&self, tickets: Vec<Ticket>) -> bool {
        let Some(records) = Ticket::records(&tickets) else { return false };
        self.counts.spool(records.iter().map(|(_, spans)| u64::from(*spans)).sum());
        let (acting, counts) = (self.clone(), self.counts.clone());
        let release = move |store: &mut Store, _| {
            // None of them is in memory any more. What was written again meanwhile stays counted: it lies there.
            for (key, spans) in Ticket::records(&tickets).unwrap_or_default() {
                if !store.release(&[(key, spans)]) {
                    counts.lose(LossReason::SpoolDamaged, u64::from(spans));
                }
                // Not before: in between they would be nowhere.
                counts.unspool(u64::from(spans));
            }
        };
        tokio::spawn(async move { acting.done(Wanted::default(), release).await });
        true
    }

    /// Whether the disk has failed and is left in peace, or does not answer.
    pub(crate) async fn rests(&self) -> bool {
        self.run(|store, _, _| store.rest.lasts()).await.unwrap_or(true)
    }

    /// The disk is tried with each request from now on, however short ago it failed.
    pub(crate) async fn end_rest(&self) {
        let end = |store: &mut Store, _| {
            store.rest.end_for_good();
            store.files.end_rests();
        };
        self.run_to_its_end(end).await;
    }

    /// The requests are settled. Gone from the disk when this comes back, if it answers.
    pub(crate) async fn remove(&self, tickets: Vec<Ticket>) {
        if tickets.is_empty() {
            return;
        }
        let owed = Arc::clone(&self.spool.owed);
        let remove = move |store: &mut Store, _| {
            // What was being written is by now, or never will be.
            store.remove(&Ticket::keys(&tickets));
            drop(owed);
        };
        self.run_to_its_end(remove).await;
    }

    /// The destination needs it no more. A disk that hangs is waited for where it still has to remove something.
    pub(crate) async fn close(&self) {
        tokio::select! {
            biased;
            () = self.run_to_its_end(Store::unregister) => {}
            () = self.hung(), if Arc::strong_count(&self.spool.owed) == 1 => {}
        }
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
        let acted = tokio::spawn(async move { acting.done(Wanted::default(), act).await });
        tokio::select! {
            _ = acted => {}
            () = self.is_given_up() => {}
        }
    }

    /// Nothing when the disk does not answer, or it panicked. What the disk is at goes on then, and is wanted no more.
    async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Store, u64, &Wanted) -> T + Send + 'static,
    ) -> Option<T> {
        let wanted = Wanted::default();
        let is_wanted = wanted.clone();
        let mut done = pin!(self.done(wanted.clone(), move |store, identity| act(store, identity, &is_wanted)));
        tokio::select! {
            biased;
            done = &mut done => return done,
            () = self.is_given_up() => {}
        }
        // Or it was done in this moment, and is told in the next.
        if wanted.end() { None } else { done.await }
    }

    /// On a thread that may block. Nothing when it panicked.
    async fn done<T: Send + 'static>(
        &self,
        wanted: Wanted,
        act: impl FnOnce(&mut Store, u64) -> T + Send + 'static,
    ) -> Option<T> {
        let _waiting = Waiting(wanted);
        let (shared, identity) = (Arc::clone(&self.spool), self.identity);
        let at_work = AtWork::begin(&shared).await;
        let act = move || {
            let done = act(&mut shared.store(), identity);
            drop(at_work);
            done
        };
        spawn_blocking(act).await.ok()
    }

    /// Comes back when the disk is not to be waited for any more.
    async fn is_given_up(&self) {
        let mut goes = self.goes.subscribe();
        let goes_at = *goes.borrow();
        let gone = async {
            let at = goes.wait_for(Option::is_some).await.ok().and_then(|at| *at);
            sleep_until(at.unwrap_or_else(Instant::now)).await;
        };
        tokio::select! {
            () = gone => {}
            () = self.spool.patience.is_over(), if goes_at.is_none() => {}
        }
    }
}
