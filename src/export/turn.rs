//! Whose turn it is: which batch a sending task takes next, from memory, from disk, or of those that were set aside.

use std::time::Duration;

use tokio::time::sleep;

use super::batch::Batch;
use super::clerk::stopped;
use super::loss::LossReason;
#[cfg(not(feature = "spool"))]
use super::no_spool::{Reading, Shelf};
use super::outcome::Transport;
use super::parts::{Parcel, Parts};
use super::sending::Task;
#[cfg(feature = "spool")]
use super::spool::{Reading, Shelf};

/// How long a spool that gives nothing is left in peace.
const PAUSE: Duration = Duration::from_secs(1);
/// Requests of the spool that are put together to one.
const MOST_TOGETHER: usize = 64;

impl<T: Transport, F: Fn() -> T> Task<T, F> {
    /// The next batch to send, as soon as there is one; none when the task is to stop.
    pub(super) async fn next(&mut self) -> Option<Parts> {
        loop {
            if *self.stop.borrow() {
                return None;
            }
            if !self.has_failed
                && let Some(parts) = self.suspects.take_first()
            {
                return Some(parts);
            }
            let is_full = self.suspects.is_full();
            let is_filled = self.next_old.is_some() || self.reading.is_some() || self.counts.spooled() > 0;
            if !is_full
                && !self.old_first
                && let Some(parcel) = self.outbox.next_now()
            {
                return Some(self.begin(parcel));
            }
            if is_filled && !is_full {
                if let Some(parcel) = self.replayed().await {
                    self.old_first = false;
                    return Some(Parts::of(parcel));
                }
                // Nobody waits for what cannot be read.
                self.settle.send_replace(self.counts.settled());
            }
            self.old_first = true;
            if !self.suspects.is_empty() {
                if !is_full && let Some(parcel) = self.outbox.next_now() {
                    return Some(self.begin(parcel));
                }
                if let Some(parts) = self.suspects.take_in_turn() {
                    return Some(parts);
                }
            }
            tokio::select! {
                biased;
                () = stopped(&mut self.stop) => return None,
                parcel = self.outbox.next(), if !is_full => return Some(self.begin(parcel)),
                () = filled(self.shelf.as_ref()), if !is_full => {}
                () = read(self.reading.as_ref()), if !is_full => {}
                () = self.suspects.woken() => {}
                // The disk, or memory for what lies there, may be there again.
                () = sleep(PAUSE), if is_filled => {}
            }
        }
    }

    /// The oldest request that lies on disk alone, with those behind it where it is small.
    async fn replayed(&mut self) -> Option<Parcel> {
        let spool = self.shelf.clone()?;
        let mut first = match self.next_old.take() {
            Some(parcel) => parcel,
            None => self.taken_off(&spool).await?,
        };
        while first.batches < MOST_TOGETHER
            && self.outbox.is_small(&first)
            && self.counts.spooled() > 0
            && !*self.stop.borrow()
            && let Some(next) = self.taken_off(&spool).await
        {
            if !self.outbox.go_together(&first, &next) {
                self.next_old = Some(next);
                break;
            }
            first.merge(next);
        }
        Some(first)
    }

    async fn taken_off(&mut self, spool: &Shelf) -> Option<Parcel> {
        // It was waited for once.
        if self.reading.as_ref().is_some_and(|reading| !reading.is_done()) {
            return None;
        }
        let reading = self.reading.get_or_insert_with(|| spool.read());
        // What is new does not wait for a disk that takes its time.
        let kept = tokio::select! {
            biased;
            kept = reading.kept() => kept,
            () = stopped(&mut self.stop) => return None,
            () = spool.hung() => return None,
            () = sleep(PAUSE) => return None,
        };
        self.reading = None;
        let kept = kept?;
        let Some(held) = self.outbox.hold(kept.body.len(), self.suspects.held()) else {
            let spans = usize::try_from(kept.spans).unwrap_or(usize::MAX);
            if !spool.release(vec![kept.ticket]).await
                && let Err(late) = spool.keep(spans, kept.body, false).await
            {
                // Nobody would send what is written after all.
                spool.remove(late.into_iter().collect()).await;
                self.lost(LossReason::SpoolDamaged, kept.spans, "its spool file is there no more");
            }
            return None;
        };
        if let Some(batch) = Batch::decode(&kept.body, held) {
            // Its number of spans is not under the checksum.
            let spans = batch.spans();
            self.counts.correct(kept.spans, spans as u64);
            return Some(Parcel::with(batch, vec![kept.ticket.of(spans)]));
        }
        spool.remove(vec![kept.ticket]).await;
        self.lost(LossReason::SpoolDamaged, kept.spans, "a record of the spool holds no request");
        None
    }

    /// What is old comes next.
    fn begin(&mut self, parcel: Parcel) -> Parts {
        self.old_first = true;
        Parts::of(parcel)
    }
}

/// Comes back when what is being taken off the disk has been read; never when that is nothing.
async fn read(reading: Option<&Reading>) {
    match reading {
        Some(reading) => reading.done().await,
        None => std::future::pending().await,
    }
}

/// Comes back when the spool has something new; never without one.
async fn filled(shelf: Option<&Shelf>) {
    match shelf {
        Some(shelf) => shelf.filled().await,
        None => std::future::pending().await,
    }
}
