//! What whoever has a request in memory knows of its record.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::index::Key;
use super::patience::Wanted;

/// Where a record lies, or will lie once it is written, and how many spans of it are left.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    record: Arc<Record>,
    spans: u32,
}

#[derive(Debug, Default)]
struct Record {
    /// Nothing as long as it is not written.
    key: OnceLock<Key>,
    /// What is in it was written again, with others: it is there no more, and nobody is to look for it.
    is_replaced: AtomicBool,
}

impl Ticket {
    /// Of a record that is to be written.
    pub(super) fn unwritten(spans: u32) -> Self {
        Self { record: Arc::default(), spans }
    }

    pub(super) fn written(key: Key, spans: u32) -> Self {
        let ticket = Self::unwritten(spans);
        ticket.is_at(key);
        ticket
    }

    pub(super) fn is_at(&self, key: Key) {
        // Written once.
        let _ = self.record.key.set(key);
    }

    /// What was in these is somewhere else now.
    pub(super) fn replace(tickets: &[Self]) {
        for ticket in tickets {
            ticket.record.is_replaced.store(true, Ordering::Release);
        }
    }

    fn is_replaced(&self) -> bool {
        self.record.is_replaced.load(Ordering::Acquire)
    }

    pub(crate) fn is_written(&self) -> bool {
        self.key().is_some() && !self.is_replaced()
    }

    fn key(&self) -> Option<Key> {
        self.record.key.get().copied()
    }

    /// Of those that are written.
    pub(super) fn keys(tickets: &[Self]) -> Vec<Key> {
        tickets.iter().filter_map(Self::key).collect()
    }

    /// All of them, where all are written. Of what was written again, where it is now.
    pub(super) fn records(tickets: &[Self]) -> Option<Vec<(Key, u32)>> {
        let there = tickets.iter().filter(|ticket| !ticket.is_replaced());
        there.map(|ticket| Some((ticket.key()?, ticket.spans))).collect()
    }

    /// The same of a record that has so many spans.
    pub(crate) fn of(self, spans: usize) -> Self {
        Self { spans: u32::try_from(spans).unwrap_or(u32::MAX), ..self }
    }

    /// The same where no more than so many are left in all, nobody knows in which.
    pub(crate) fn with_left(tickets: Vec<Self>, mut spans: usize) -> Vec<Self> {
        let left = tickets.into_iter().filter(|ticket| !ticket.is_replaced()).map(|ticket| {
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

/// A record that is being taken off the shelf. It stays there when nobody waits any more.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(super) task: JoinHandle<Option<Kept>>,
    pub(super) wanted: Wanted,
    /// Of this reading alone: what wakes all who wait for the spool may wake another one.
    pub(super) done: Arc<Notify>,
}

impl Reading {
    /// Once, when it has been read.
    pub(crate) async fn kept(&mut self) -> Option<Kept> {
        (&mut self.task).await.ok().flatten()
    }

    /// Whether nobody has to wait for [`kept`](Self::kept).
    pub(crate) fn is_done(&self) -> bool {
        self.task.is_finished()
    }

    /// Comes back once when it has been read, for who went on without it.
    pub(crate) async fn done(&self) {
        self.done.notified().await;
    }

    /// What was read already.
    pub(crate) async fn end(mut self) -> Option<Kept> {
        if self.wanted.end() { None } else { self.kept().await }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}
