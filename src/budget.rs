//! One bound in bytes for all that waits: spans in the queue and requests of each destination.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a list or text with room for so many bytes takes in memory, near enough: allocators give no piece below 32 bytes,
/// and add some to larger ones.
#[inline]
pub(crate) fn piece(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { bytes.max(16) + 16 }
}

/// Gives back room that a list does not use. One that is mostly room moves to a place of its own: what is cut off in place
/// lies between pieces that are in use, and hardly anything fits there.
pub(crate) fn fit<T>(list: &mut Vec<T>) {
    if list.capacity() / 2 > list.len() {
        let mut fitting = Vec::with_capacity(list.len());
        fitting.append(list);
        *list = fitting;
    } else {
        list.shrink_to_fit();
    }
}

/// The same of a text.
pub(crate) fn fit_text(text: &mut String) {
    if text.capacity() / 2 > text.len() {
        *text = text.as_str().to_owned();
    } else {
        text.shrink_to_fit();
    }
}

/// A shared count of bytes with a limit. Clones share the count.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    used: AtomicUsize,
    limit: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { shared: Arc::new(Shared { used: AtomicUsize::new(0), limit }) }
    }

    /// Takes `bytes` if they fit. The bytes are given back when the reservation is dropped.
    pub(crate) fn reserve(&self, bytes: usize) -> Option<Reservation> {
        let mut reservation = Reservation::none(self);
        reservation.grow(bytes).then_some(reservation)
    }

    /// Takes `bytes` if no more than `mark` are in use then. A single item may fill the whole limit while nothing else
    /// waits.
    pub(crate) fn reserve_below(&self, bytes: usize, mark: usize) -> Option<Reservation> {
        let mut reservation = Reservation::none(self);
        reservation.grow_below(bytes, mark).then_some(reservation)
    }

    /// Takes `bytes` whether or not they fit.
    #[cfg(feature = "_otlp")]
    pub(crate) fn take(&self, bytes: usize) -> Reservation {
        self.shared.used.fetch_add(bytes, Ordering::Relaxed);
        Reservation { budget: self.clone(), bytes }
    }

    fn give_back(&self, bytes: usize) {
        if bytes > 0 {
            self.shared.used.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// So many parts of the limit.
    pub(crate) fn part(&self, part: usize, of: usize) -> usize {
        self.shared.limit / of * part
    }

    /// Whether more than `part` of `of` parts are in use.
    pub(crate) fn is_above(&self, part: usize, of: usize) -> bool {
        self.shared.used.load(Ordering::Relaxed) / part > self.shared.limit / of
    }

    /// Bytes in use now.
    pub(crate) fn used(&self) -> usize {
        self.shared.used.load(Ordering::Relaxed)
    }
}

/// Bytes taken from a [`Budget`]; given back on drop.
#[derive(Debug)]
pub(crate) struct Reservation {
    budget: Budget,
    bytes: usize,
}

impl Reservation {
    /// Of no byte.
    pub(crate) fn none(budget: &Budget) -> Self {
        Self { budget: budget.clone(), bytes: 0 }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes so many `bytes` more if they fit; whether it did. A single item above the whole limit still passes while
    /// nothing else waits: it must be sent or be refused by name, not block for ever.
    #[inline]
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let limit = self.budget.shared.limit;
        self.grow_if(bytes, |used| used.saturating_add(bytes) <= limit || used == 0)
    }

    /// Takes so many `bytes` more whether or not they fit.
    #[cfg(feature = "_otlp")]
    pub(crate) fn take(&mut self, bytes: usize) {
        self.absorb(&mut self.budget.take(bytes));
    }

    /// Hands so many bytes of it to another one.
    #[cfg(feature = "_otlp")]
    pub(crate) fn split_off(&mut self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Self { budget: self.budget.clone(), bytes }
    }

    /// Takes over all of another one of the same budget.
    #[cfg(feature = "_otlp")]
    pub(crate) fn absorb(&mut self, other: &mut Self) {
        debug_assert!(Arc::ptr_eq(&self.budget.shared, &other.budget.shared), "of another budget");
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// Takes so many `bytes` more if no more than `mark` are in use then; whether it did. A single item may fill the whole
    /// limit while nothing else waits.
    #[inline]
    pub(crate) fn grow_below(&mut self, bytes: usize, mark: usize) -> bool {
        let limit = self.budget.shared.limit;
        self.grow_if(bytes, |used| used.saturating_add(bytes) <= mark || (used == 0 && bytes <= limit))
    }

    /// `fits` is told how much was in use before.
    #[inline]
    fn grow_if(&mut self, bytes: usize, fits: impl FnOnce(usize) -> bool) -> bool {
        let used = &self.budget.shared.used;
        let fits = fits(used.fetch_add(bytes, Ordering::Relaxed));
        if fits {
            self.bytes += bytes;
        } else {
            used.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    /// Gives back all but `bytes`.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        let surplus = self.bytes.saturating_sub(bytes);
        self.bytes -= surplus;
        self.budget.give_back(surplus);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn what_does_not_fit_is_refused_and_leaves_no_trace() {
        let budget = Budget::new(10);
        let first = budget.reserve(8).unwrap();
        assert!(budget.reserve(3).is_none());
        assert_eq!(budget.used(), 8);
        drop(first);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_mark_keeps_room_for_others_and_what_shrinks_gives_room_back() {
        let budget = Budget::new(12);
        let mark = budget.part(3, 4);
        assert_eq!(mark, 9);
        let mut first = budget.reserve_below(8, mark).unwrap();
        assert!(budget.reserve_below(2, mark).is_none());
        let _second = budget.reserve(4).unwrap();
        first.shrink_to(3);
        first.shrink_to(5);
        assert_eq!(budget.used(), 7);
        assert!(Budget::new(12).reserve_below(12, mark).is_some(), "alone");
        assert!(Budget::new(12).reserve_below(13, mark).is_none());
    }

    #[cfg(feature = "_otlp")]
    #[test]
    fn what_is_handed_over_is_given_back_once() {
        let budget = Budget::new(10);
        let mut all = budget.reserve(4).unwrap();
        assert!(all.grow(3) && !all.grow(4));
        let mut part = all.split_off(5);
        assert_eq!((all.bytes(), part.bytes(), budget.used()), (2, 5, 7));
        all.absorb(&mut part);
        drop(part);
        assert_eq!((all.bytes(), budget.used()), (7, 7));
        drop(all);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn one_item_above_the_limit_passes_alone() {
        let budget = Budget::new(10);
        let big = budget.reserve(100).unwrap();
        assert!(budget.reserve(1).is_none());
        drop(big);
        assert!(budget.reserve(1).is_some());
    }
}
