//! The newest of many ids, by number.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// A set that forgets its oldest member when it is full.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    members: HashSet<T>,
    order: VecDeque<T>,
    capacity: usize,
}

impl<T: Copy + Eq + Hash> Recent<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { members: HashSet::new(), order: VecDeque::new(), capacity }
    }

    pub(crate) fn contains(&self, member: &T) -> bool {
        self.members.contains(member)
    }

    pub(crate) fn insert(&mut self, member: T) {
        if !self.members.insert(member) {
            return;
        }
        self.order.push_back(member);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.members.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut recent = Recent::new(2);
        for member in [1, 2, 1, 3] {
            recent.insert(member);
        }
        assert!(!recent.contains(&1) && recent.contains(&2) && recent.contains(&3));
        assert_eq!(recent.order.len(), recent.members.len());
    }
}
