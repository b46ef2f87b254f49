//! What whoever has a request in memory knows of its record.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::task::JoinHandle;

use super::index::Key;
use super::patience::Wanted;

/// Where a record lies, or will lie once it is written, and how many spans of it are left.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    /// Nothing as long as it is not written.
    place: Arc<OnceLock<Key>>,
    spans: u32,
}

impl Ticket {
    /// Of a record that is to be written.
    pub(super) fn unwritten(spans: u32) -> Self {
        Self { place: Arc::default(), spans }
    }

    pub(super) fn written(key: Key, spans: u32) -> Self {
        Self { place: Arc::new(key.into()), spans }
    }

    pub(super) fn is_at(&self, key: Key) {
        // Written once.
        let _ = self.place.set(key);
    }

    pub(crate) fn is_written(&self) -> bool {
        self.place.get().is_some()
    }

    fn key(&self) -> Option<Key> {
        self.place.get().copied()
    }

    /// Of those that are written.
    pub(super) fn keys(tickets: &[Self]) -> Vec<Key> {
        tickets.iter().filter_map(Self::key).collect()
    }

    /// All of them, where all are written.
    pub(super) fn records(tickets: &[Self]) -> Option<Vec<(Key, u32)>> {
        tickets.iter().map(|ticket| Some((ticket.key()?, ticket.spans))).collect()
    }

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

/// A record that is being taken off the shelf. It stays there when nobody waits any more.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(super) task: JoinHandle<Option<Kept>>,
    pub(super) wanted: Wanted,
    /// Who began it went on without it, and is to be woken.
    pub(super) left: Arc<AtomicBool>,
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

    /// Goes on without it.
    pub(crate) fn leave<T>(&self) -> Option<T> {
        self.left.store(true, Ordering::Relaxed);
        None
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
