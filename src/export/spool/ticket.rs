//! What whoever has a request in memory knows of its record.

use super::index::Key;

/// Where a record lies, and how many spans of it are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    pub(super) key: Key,
    pub(super) spans: u32,
}

impl Ticket {
    /// The same of a record that has so many spans.
    pub(crate) fn of(self, spans: usize) -> Self {
        Self { spans: u32::try_from(spans).unwrap_or(u32::MAX), ..self }
    }

    /// The same where no more than so many are left in all, nobody knows in which.
    pub(crate) fn with_left(tickets: Vec<Self>, mut spans: usize) -> Vec<Self> {
        let left = tickets.into_iter().map(|ticket| {
            let of_this = spans.min(usize::try_from(ticket.spans).unwrap_or(usize::MAX));
            spans -= of_this;
            ticket.of(of_this)
        });
        left.collect()
    }
}

/// A record that was taken off the shelf to be sent.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) ticket: Ticket,
    pub(crate) spans: u64,
    pub(crate) body: Vec<u8>,
}
