//! The bytes that what waits takes.

use crate::budget::{Budget, Reservation};

/// Taken from the destination's own budget and from the one that all share; given back on drop.
#[derive(Debug)]
#[cfg_attr(not(feature = "_otlp"), expect(dead_code, reason = "dropping it is all that is done with the shared part"))]
pub(crate) struct Held {
    own: Reservation,
    shared: Reservation,
}

impl Held {
    /// Nothing when one of the two has no room.
    pub(crate) fn reserve(own: &Budget, shared: &Budget, bytes: usize) -> Option<Self> {
        Some(Self { own: own.reserve(bytes)?, shared: shared.reserve(bytes)? })
    }

    /// Of no byte.
    #[cfg(feature = "_otlp")]
    pub(crate) fn none(own: &Budget, shared: &Budget) -> Self {
        Self { own: Reservation::none(own), shared: Reservation::none(shared) }
    }

    /// Takes so many bytes more; `false`, and none, when one of the two has no room.
    #[cfg(feature = "_otlp")]
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let fits = self.own.grow(bytes);
        if fits && !self.shared.grow(bytes) {
            drop(self.own.split_off(bytes));
            return false;
        }
        fits
    }

    /// Takes so many bytes more, also where there is no room.
    #[cfg(feature = "_otlp")]
    pub(crate) fn take(&mut self, bytes: usize) {
        self.own.take(bytes);
        self.shared.take(bytes);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.own.bytes()
    }

    /// Hands so many bytes of it to another one.
    #[cfg(feature = "_otlp")]
    pub(crate) fn split_off(&mut self, bytes: usize) -> Self {
        Self { own: self.own.split_off(bytes), shared: self.shared.split_off(bytes) }
    }

    /// Takes over all of another one.
    #[cfg(feature = "_otlp")]
    pub(crate) fn absorb(&mut self, other: &mut Self) {
        self.own.absorb(&mut other.own);
        self.shared.absorb(&mut other.shared);
    }
}
