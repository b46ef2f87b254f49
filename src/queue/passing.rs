//! Spans on their way from the queue to the destinations.

use std::sync::atomic::AtomicU64;

/// What the worker counts for each span: in cache lines of its own, which no one who pushes waits for.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Passing {
    /// Taken by the worker and not yet with the destinations.
    pub(super) in_hand: AtomicU64,
    /// Since the start.
    pub(super) passed_on: AtomicU64,
    /// The same, and the one that is just being handed over.
    pub(super) handed_over: AtomicU64,
}
