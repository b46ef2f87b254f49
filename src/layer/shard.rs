//! Open spans by the id of their `tracing` span.
//!
//! Each value that is recorded looks its span up. A span stands at the place that its id says, or at one of the next:
//! one look finds nearly every one.

use super::open_spans::Open;

/// Of the first allocation. Always a power of two.
const PLACES: usize = 8;

/// Places that an empty part keeps: some 256 KiB of memory.
const MOST_KEPT: usize = 1_024;

/// A part of the table, and what one lock is for.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// At least a quarter of them are free, so that every search ends.
    places: Vec<Option<Place>>,
    len: usize,
}

#[derive(Debug)]
struct Place {
    id: u64,
    open: Open,
}

impl Shard {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Every span of it.
    pub(super) fn all(&self) -> impl Iterator<Item = &Open> {
        self.places.iter().flatten().map(|place| &place.open)
    }

    #[inline]
    pub(super) fn get(&self, id: u64) -> Option<&Open> {
        let place = self.places.get(self.find(id)?)?;
        place.as_ref().map(|place| &place.open)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Open> {
        let at = self.find(id)?;
        self.places.get_mut(at)?.as_mut().map(|place| &mut place.open)
    }

    /// Gives the one that had this id.
    #[inline]
    pub(super) fn insert(&mut self, id: u64, open: Open) -> Option<Open> {
        if let Some(known) = self.get_mut(id) {
            return Some(std::mem::replace(known, open));
        }
        if self.len >= self.places.len() / 4 * 3 {
            self.grow();
        }
        self.put(Place { id, open });
        self.len += 1;
        None
    }

    #[inline]
    pub(super) fn remove(&mut self, id: u64) -> Option<Open> {
        let at = self.find(id)?;
        let removed = self.places.get_mut(at)?.take()?;
        self.len -= 1;
        if self.len == 0 {
            self.shrink();
        } else if self.place(at + 1).is_some() {
            self.close(at);
        }
        Some(removed.open)
    }

    /// Where the span of this id stands.
    #[inline]
    fn find(&self, id: u64) -> Option<usize> {
        let mut at = spread(id);
        loop {
            at &= self.mask();
            if self.places.get(at)?.as_ref()?.id == id {
                return Some(at);
            }
            at += 1;
        }
    }

    /// Into the first free place from its own on.
    #[inline]
    fn put(&mut self, new: Place) {
        let mut at = spread(new.id) & self.mask();
        while self.place(at).is_some() {
            at = (at + 1) & self.mask();
        }
        if let Some(free) = self.places.get_mut(at) {
            *free = Some(new);
        }
    }

    /// Closes up behind one that has gone: a search must not end at its place.
    #[cold]
    fn close(&mut self, mut gap: usize) {
        let mut at = gap;
        loop {
            at = (at + 1) & self.mask();
            let Some(next) = self.place(at) else { return };
            let from_its_own = at.wrapping_sub(spread(next.id)) & self.mask();
            if from_its_own >= at.wrapping_sub(gap) & self.mask() {
                self.places.swap(gap, at);
                gap = at;
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let places = (self.places.len() * 2).max(PLACES);
        let before = std::mem::take(&mut self.places);
        self.places.resize_with(places, || None);
        for place in before.into_iter().flatten() {
            self.put(place);
        }
    }

    /// What many spans needed that were open at once is given back when none of them is left.
    fn shrink(&mut self) {
        if self.places.len() > MOST_KEPT {
            self.places = Vec::new();
        }
    }

    #[inline]
    fn place(&self, at: usize) -> Option<&Place> {
        self.places.get(at & self.mask())?.as_ref()
    }

    /// Of no place that there is, while there are none.
    #[inline]
    fn mask(&self) -> usize {
        self.places.len().wrapping_sub(1)
    }
}

/// Spreads an id's bits by one multiplication (Fibonacci hashing); ids come from the registry, not from a stranger. The
/// highest bits are the best, and depend on all others but the sixteen highest: with these the registry tells spans apart
/// that had the same slot, one after another, and they are to have the same place here, which is in the cache.
#[inline]
pub(super) fn mix(id: u64) -> u64 {
    id.wrapping_mul(0x9E37_79B9_7F4A_7C15 << 16)
}

/// The highest say which shard it is, the next where it stands in there.
#[inline]
fn spread(id: u64) -> usize {
    (mix(id) >> 40) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::super::adopt::open_by_hand;
    use super::*;

    #[test]
    fn the_memory_of_many_that_were_open_at_once_is_given_back_when_all_have_closed() {
        let mut shard = Shard::default();
        for id in 1..=2_000 {
            shard.insert(id, open_by_hand());
        }
        for id in 1..=2_000 {
            assert!(shard.remove(id).is_some());
        }
        assert_eq!((shard.len(), shard.places.capacity()), (0, 0));
        shard.insert(7, open_by_hand());
        assert!(shard.get(7).is_some());
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(steps in prop::collection::vec((0..3_u8, 1..40_u64), 0..400)) {
            let (mut shard, mut map) = (Shard::default(), HashMap::new());
            for (n, (step, id)) in steps.into_iter().enumerate() {
                // Few places are theirs.
                let id = id << 40;
                if step < 2 {
                    let mut open = open_by_hand();
                    open.otel = (n as u64).into();
                    let before = shard.insert(id, open).map(|open| open.otel);
                    prop_assert_eq!(before, map.insert(id, (n as u64).into()));
                } else {
                    prop_assert_eq!(shard.remove(id).map(|open| open.otel), map.remove(&id));
                }
                prop_assert_eq!(shard.len(), map.len());
                for id in (0..41).map(|id| id << 40) {
                    prop_assert_eq!(shard.get(id).map(|open| open.otel), map.get(&id).copied());
                }
            }
        }
    }
}
