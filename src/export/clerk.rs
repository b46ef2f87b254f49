//! Moves batches of one destination to disk: before they are sent, when they are to be written ahead, and when memory is
//! short.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::counts::DestinationCounts;
#[cfg(not(feature = "spool"))]
use super::no_spool::{Shelf, Ticket};
use super::outbox::Outbox;
use super::parts::{Parcel, Parts};
#[cfg(feature = "spool")]
use super::spool::{Shelf, Ticket};
use super::suspects::Suspects;

/// How often the files are looked after; what is due is decided there.
const TEND: Duration = Duration::from_secs(10);
/// How long a disk that took nothing is left in peace.
const PAUSE: Duration = Duration::from_secs(1);
/// At the end so many requests, or so many bytes of them, are written at once: a disk takes about as long for one.
const AT_ONCE: usize = 64;
const BYTES_AT_ONCE: usize = 1 << 20;

/// One task. Ends when it is told to stop, with nothing in its hands.
pub(crate) struct Clerk {
    pub(crate) shelf: Shelf,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) suspects: Suspects,
    pub(crate) counts: DestinationCounts,
    pub(crate) settle: watch::Sender<u64>,
    pub(crate) stop: watch::Receiver<bool>,
    /// Something was handed on unwritten, since the disk did not answer.
    pub(crate) owes: bool,
}

impl Clerk {
    pub(crate) async fn run(mut self) {
        self.tend().await;
        let mut due = Instant::now() + TEND;
        loop {
            // Nothing is taken out of the outbox by a branch that is not the one taken.
            tokio::select! {
                biased;
                () = stopped(&mut self.stop) => return,
                // Also while there is always something to write.
                () = sleep_until(due) => {
                    self.tend().await;
                    due = Instant::now() + TEND;
                }
                // It may wait still, for a peer that is away.
                () = self.shelf.answers(), if self.owes => {
                    self.owes = false;
                    self.outbox.take_back();
                }
                parcel = self.outbox.surplus(|| self.suspects.surplus()) => self.put_on_disk_alone(parcel).await,
                parcel = self.outbox.unwritten(), if self.shelf.writes_ahead() => self.write_ahead(parcel).await,
            }
        }
    }

    async fn tend(&self) {
        let is_tended = self.shelf.tend().await;
        // What was dropped there is settled.
        self.settle.send_replace(self.counts.settled());
        if is_tended {
            self.shelf.adopt_meanwhile();
        }
    }

    async fn write_ahead(&mut self, parcel: Parcel) {
        let batch = &parcel.batch;
        // Not encoded for a disk that does not answer.
        let written =
            if self.shelf.hangs() { Err(None) } else { self.shelf.keep(batch.spans(), batch.encode(), true).await };
        self.owes |= written.is_err() && self.shelf.hangs();
        // What cannot be written is sent all the same.
        let ticket = written.map_or_else(|late| late, Some);
        self.outbox.hand_on(Parcel { tickets: ticket.into_iter().collect(), ..parcel });
    }

    async fn put_on_disk_alone(&mut self, parcel: Parcel) {
        match put_on_disk_alone(&self.shelf, parcel).await {
            Ok(()) => {
                self.settle.send_replace(self.counts.settled());
                // Whoever sends may wait for something new, and have found nothing there while it was being written.
                self.shelf.was_filled();
            }
            Err(parcel) => {
                self.outbox.put_back(parcel);
                self.pause().await;
            }
        }
    }

    /// Leaves the disk in peace. What waits to be written ahead is handed on meanwhile: a peer that is there takes it.
    async fn pause(&mut self) {
        let end = Instant::now() + PAUSE;
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut self.stop) => return,
                () = sleep_until(end) => return,
                parcel = self.outbox.unwritten(), if self.shelf.writes_ahead() => self.write_ahead(parcel).await,
            }
        }
    }
}

/// At the end everything that waits goes to disk, oldest first, and behind it the spans that break their connection, which
/// may be many: there may be no time for all. What the disk has taken before counts as there, though it may not answer now.
pub(crate) async fn put_away(shelf: &Shelf, outbox: &Outbox, in_hand: Vec<Parts>) {
    let waiting = outbox.all();
    if in_hand.is_empty() && waiting.is_empty() {
        return;
    }
    shelf.end_rest().await;
    let (alone, others): (Vec<_>, Vec<_>) = in_hand.into_iter().partition(|parts| parts.trial.is_alone());
    let (on_disk, in_memory): (Vec<_>, Vec<_>) = alone.into_iter().partition(Parts::is_on_disk);
    let mut divided = Vec::new();
    for parts in others {
        divided.push(put_left(shelf, parts).await);
    }
    let (mut at_once, mut bytes) = (Vec::new(), 0);
    for parcel in waiting {
        let is_full = at_once.len() >= AT_ONCE || bytes + parcel.batch.bytes() > BYTES_AT_ONCE;
        // What may lie there already is looked for by itself, in its turn.
        if is_full || !parcel.tickets.is_empty() {
            put_at_once(shelf, std::mem::take(&mut at_once)).await;
            bytes = 0;
        }
        if parcel.tickets.is_empty() {
            bytes += parcel.batch.bytes();
            at_once.push(parcel);
        } else {
            put_last(shelf, parcel).await;
        }
    }
    put_at_once(shelf, at_once).await;
    for parts in on_disk {
        divided.push(put_left(shelf, parts).await);
    }
    let mut together: Option<Parcel> = None;
    for parcel in in_memory.into_iter().flat_map(|parts| parts.into_left().0) {
        match &mut together {
            Some(first) if outbox.go_together(first, &parcel) => first.merge(parcel),
            _ => {
                if let Some(full) = together.replace(parcel) {
                    put_last(shelf, full).await;
                }
            }
        }
    }
    if let Some(last) = together {
        put_last(shelf, last).await;
    }
    for (tickets, unwritten) in divided {
        if unwritten == 0 {
            shelf.remove(tickets).await;
        } else {
            // Better all of it again than its rest never.
            shelf.release(Ticket::with_left(tickets, unwritten)).await;
        }
    }
}

/// Puts several on disk alone, each by itself where they cannot be written at once. What the disk does not take is counted
/// as lost.
async fn put_at_once(shelf: &Shelf, mut parcels: Vec<Parcel>) {
    // Not encoded for a disk that is not asked.
    if parcels.len() > 1 && !shelf.rests().await {
        let requests = parcels.iter().map(|parcel| (parcel.batch.spans(), parcel.batch.encode())).collect();
        let Err(late) = shelf.keep_together(requests).await else { return };
        parcels.iter_mut().zip(late).for_each(|(parcel, ticket)| parcel.tickets.push(ticket));
    }
    for parcel in parcels {
        put_last(shelf, parcel).await;
    }
}

/// What is left of a batch. Gives where on disk more lies than that, and how many spans are to be written still.
async fn put_left(shelf: &Shelf, parts: Parts) -> (Vec<Ticket>, usize) {
    let (left, tickets) = parts.into_left();
    let mut unwritten = 0;
    for parcel in left {
        unwritten += put_last(shelf, parcel).await;
    }
    (tickets, unwritten)
}

/// Puts it on disk alone where there is no later: of what the disk does not take, that stays which it has taken before.
/// Gives how many spans are to be written still.
async fn put_last(shelf: &Shelf, parcel: Parcel) -> usize {
    let Err(parcel) = put_on_disk_alone(shelf, parcel).await else { return 0 };
    let spans = parcel.batch.spans();
    let written: Vec<Ticket> = parcel.tickets.into_iter().filter(Ticket::is_written).collect();
    if !written.is_empty() {
        shelf.release(Ticket::with_left(written, spans)).await;
    }
    spans
}

/// Writes the batch, unless it lies on disk already, and lets go of it in memory. Gives it back when the disk takes it
/// not, or does not answer.
async fn put_on_disk_alone(shelf: &Shelf, mut parcel: Parcel) -> Result<(), Parcel> {
    if !parcel.tickets.is_empty() && !parcel.broke && shelf.release(parcel.tickets.clone()).await {
        return Ok(());
    }
    // Not encoded for a disk that is not asked.
    if shelf.rests().await {
        return Err(parcel);
    }
    let instead_of = parcel.tickets.clone();
    match shelf.keep_instead(instead_of, parcel.batch.spans(), parcel.batch.encode(), false).await {
        Ok(_) => Ok(()),
        Err(late) => {
            parcel.tickets.extend(late);
            Err(parcel)
        }
    }
}

/// Comes back when `stop` says so, or nobody is there to say so any more.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
