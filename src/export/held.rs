//! The bytes that a waiting span takes.

use crate::budget::{Budget, Reservation};

/// Taken from the destination's own budget and from the one that all share; given back on drop.
#[derive(Debug)]
pub(crate) struct Held {
    _own: Reservation,
    _shared: Reservation,
}

impl Held {
    /// Nothing when one of the two has no room.
    pub(crate) fn reserve(own: &Budget, shared: &Budget, bytes: usize) -> Option<Self> {
        Some(Self { _own: own.reserve(bytes)?, _shared: shared.reserve(bytes)? })
    }

    /// Of bytes that take the place of more.
    #[cfg(feature = "_otlp")]
    pub(crate) fn again(own: &Budget, shared: &Budget, bytes: usize) -> Self {
        Self { _own: own.take(bytes), _shared: shared.take(bytes) }
    }
}
