//! One batch on its way, in the parts that the peer takes.

use std::collections::VecDeque;

use super::batch::Batch;
use super::in_flight::Number;
#[cfg(not(feature = "spool"))]
use super::no_spool::Ticket;
use super::pack::Packer;
#[cfg(feature = "spool")]
use super::spool::Ticket;
use super::trial::Trial;

/// Bytes of a request that leaves where none waits, and there is much room.
pub(crate) const ENOUGH: usize = 512 << 10;
/// Spans refused one by one, with none taken in between, until the peer is believed to refuse all of them.
const IN_A_ROW: usize = 8;
/// Spans refused one by one in one batch. Beyond, what is refused is not divided any more.
const IN_ALL: usize = 64;

/// A batch that waits, and where it lies on disk too.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) batch: Batch,
    /// Of each batch that was put together to it.
    pub(crate) tickets: Vec<Ticket>,
    /// No content is left in it that could be given up.
    pub(crate) light: bool,
    /// It broke its connection: on disk it goes behind others.
    pub(crate) broke: bool,
    /// Batches that were put together to it.
    pub(crate) batches: usize,
    /// Among those that are not settled, where it comes from memory.
    pub(crate) number: Option<Number>,
}

impl Parcel {
    pub(crate) fn of(batch: Batch) -> Self {
        Self::with(batch, Vec::new())
    }

    /// One that waits behind others needs no memory beside what it takes.
    pub(crate) fn filled(mut batch: Batch, waits: bool) -> Self {
        if waits {
            batch.shrink();
        }
        Self::of(batch)
    }

    pub(crate) fn with(batch: Batch, tickets: Vec<Ticket>) -> Self {
        Self { batch, tickets, light: false, broke: false, batches: 1, number: None }
    }

    /// Whether nothing of it lies on disk.
    pub(crate) fn is_unwritten(&self) -> bool {
        !self.tickets.iter().any(Ticket::is_written)
    }

    /// Puts another behind it. All of one lies on disk, or nothing.
    pub(crate) fn merge(&mut self, next: Self) {
        self.tickets.extend(next.tickets);
        self.light &= next.light;
        self.batches += next.batches;
        self.number = Number::first(self.number.take(), next.number);
        self.batch.merge(next.batch);
    }

    /// Whether the next one may go into its request: both are small, since requests had to be.
    pub(super) fn goes_with(&self, next: &Self, packer: &Packer) -> bool {
        self.batch.bytes() < ENOUGH
            && self.tickets.is_empty() == next.tickets.is_empty()
            && packer.fit_together(&self.batch, &next.batch)
    }

    /// The first of those that wait, with those behind it that go with it.
    pub(super) fn first_of(waiting: &mut VecDeque<Self>, packer: &Packer) -> Option<Self> {
        let mut first = waiting.pop_front()?;
        while waiting.front().is_some_and(|next| first.goes_with(next, packer))
            && let Some(next) = waiting.pop_front()
        {
            first.merge(next);
        }
        Some(first)
    }
}

/// The parts that are still to be sent, first to last.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The next one is at the end.
    left: Vec<Batch>,
    tickets: Vec<Ticket>,
    /// No content is left in it that could be given up.
    light: bool,
    /// Something of it was taken or refused.
    begun: bool,
    refused_in_a_row: usize,
    refused: usize,
    /// Among those that are not settled, where it comes from memory.
    pub(crate) number: Option<Number>,
    /// Whether it breaks connections.
    pub(crate) trial: Trial,
}

impl Parts {
    pub(crate) fn of(parcel: Parcel) -> Self {
        let Parcel { batch, tickets, light, number, .. } = parcel;
        let left = vec![batch];
        Self { left, tickets, light, begun: false, refused_in_a_row: 0, refused: 0, number, trial: Trial::default() }
    }

    /// Of those that are left.
    pub(crate) fn bytes(&self) -> usize {
        self.left.iter().map(Batch::bytes).sum()
    }

    /// Of those that are left.
    pub(crate) fn spans(&self) -> usize {
        self.left.iter().map(Batch::spans).sum()
    }

    /// Bytes of memory that they are counted with.
    pub(crate) fn held(&self) -> usize {
        self.left.iter().map(Batch::held).sum()
    }

    /// They will wait.
    pub(crate) fn shrink(&mut self) {
        self.left.iter_mut().for_each(Batch::shrink);
    }

    /// Whether the one part that is left can stand for itself: where it lies on disk, no more than it does.
    pub(crate) fn is_one(&self) -> bool {
        self.left.len() == 1 && (self.tickets.is_empty() || !self.begun)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    pub(crate) fn count(&self) -> usize {
        self.left.len()
    }

    pub(crate) fn is_on_disk(&self) -> bool {
        !self.tickets.is_empty()
    }

    /// What is to be sent next.
    pub(crate) fn current(&mut self) -> Option<&mut Batch> {
        self.left.last_mut()
    }

    /// It has been sent.
    pub(crate) fn take(&mut self) -> Option<Batch> {
        self.begun = true;
        self.left.pop()
    }

    /// Where the whole lies on disk, once nothing of it is left.
    pub(crate) fn settled_tickets(&mut self) -> Vec<Ticket> {
        if self.left.is_empty() { std::mem::take(&mut self.tickets) } else { Vec::new() }
    }

    /// What was not sent, and where on disk more lies than that.
    pub(crate) fn into_left(mut self) -> (Vec<Parcel>, Vec<Ticket>) {
        self.left.reverse();
        let tickets = self.tickets;
        match <[Batch; 1]>::try_from(self.left) {
            Ok([batch]) if !self.begun => (vec![Parcel::with(batch, tickets)], Vec::new()),
            Ok(one) => (one.into_iter().map(Parcel::of).collect(), tickets),
            Err(left) => (left.into_iter().map(Parcel::of).collect(), tickets),
        }
    }

    /// Whether what is left can be one again: where it lies on disk, no more than it does.
    pub(crate) fn are_whole(&self) -> bool {
        !self.begun || !self.is_on_disk()
    }

    /// What is left, as one.
    pub(crate) fn into_whole(mut self) -> Option<Parcel> {
        let batch = self.left.pop()?;
        let Self { light, number, .. } = self;
        let mut whole = Parcel { light, broke: true, number, ..Parcel::with(batch, self.tickets) };
        while let Some(next) = self.left.pop() {
            whole.batch.merge(next);
        }
        Some(whole)
    }

    /// Takes the content out, where none of it lies on disk; out of how many spans, and how much.
    pub(crate) fn lighten(&mut self) -> Option<(u64, usize)> {
        if self.is_on_disk() || std::mem::replace(&mut self.light, true) {
            return None;
        }
        let shed = self.left.iter_mut().filter_map(Batch::lighten);
        shed.reduce(|all, one| (all.0 + one.0, all.1 + one.1))
    }

    /// To be sent before all others.
    pub(crate) fn put_back(&mut self, part: Batch) {
        self.left.push(part);
    }

    /// To be sent after all others.
    pub(crate) fn put_last(&mut self, part: Batch) {
        self.left.insert(0, part);
    }

    /// Sends the part that is next after all others.
    pub(crate) fn next_last(&mut self) {
        if let Some(part) = self.left.pop() {
            self.put_last(part);
        }
    }

    /// Sends the part that is next as two, if it can be.
    pub(crate) fn halve_next(&mut self) {
        if let Some(part) = self.left.pop()
            && let Err(single) = self.halve(part)
        {
            self.put_back(single);
        }
    }

    /// The peer has taken a part: it does not refuse all.
    pub(crate) fn taken(&mut self) {
        self.refused_in_a_row = 0;
    }

    /// Sends the part as two; gives it back when it is one span.
    pub(crate) fn halve(&mut self, part: Batch) -> Result<(), Batch> {
        let (first, second) = part.split()?;
        self.left.extend([second, first]);
        Ok(())
    }

    /// Looks for the span because of which the part was refused; gives it back when it is that span, or when so many
    /// were refused that the peer will not take what is left of it either.
    ///
    /// For `n` spans that are all refused it comes to about `2 log2(n) + 16` requests.
    pub(crate) fn isolate(&mut self, refused: Batch) -> Result<(), Batch> {
        if self.refused_in_a_row >= IN_A_ROW || self.refused >= IN_ALL {
            return Err(refused);
        }
        self.halve(refused).inspect_err(|_| {
            self.refused_in_a_row += 1;
            self.refused += 1;
        })
    }
}
