//! Spans that wait, in order, and how far those that came first were looked through for content to give up.

use std::collections::VecDeque;

use super::ended::{Ended, SMALL, Shed};

/// Spans from which on an empty line gives its memory back.
const LARGE: usize = 4_096;
/// Spans that one look sees at most, and those that give up content in it: whoever looks holds a lock.
const LOOK: usize = 64;
const SHED: usize = 8;

/// A line. Each span in it is looked at once.
#[derive(Debug, Default)]
pub(super) struct Line {
    spans: VecDeque<Ended>,
    remnants: usize,
    looked_at: usize,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// How many are remnants.
    pub(super) fn remnants(&self) -> usize {
        self.remnants
    }

    /// How many of the first `count` are.
    pub(super) fn remnants_in(&self, count: usize) -> usize {
        if self.remnants == 0 { 0 } else { self.spans.iter().take(count).filter(|ended| ended.lost).count() }
    }

    pub(super) fn push(&mut self, ended: Ended) {
        self.remnants += usize::from(ended.lost);
        self.spans.push_back(ended);
    }

    /// Moves the first `count` on.
    pub(super) fn take(&mut self, count: usize, into: &mut Vec<Ended>) {
        self.remnants -= self.remnants_in(count);
        self.looked_at = self.looked_at.saturating_sub(count);
        into.extend(self.spans.drain(..count.min(self.spans.len())));
        if self.spans.is_empty() && self.spans.capacity() > LARGE {
            // A burst is over; its memory goes back.
            self.spans = VecDeque::new();
        }
    }

    /// Takes content out of the next few; out of how many.
    pub(super) fn shed(&mut self, shed: &mut Shed) -> usize {
        let mut spans = 0;
        for ended in self.spans.range_mut(self.looked_at.min(self.spans.len())..).take(LOOK) {
            self.looked_at += 1;
            if ended.holds_more_than(SMALL) && ended.shed(shed) {
                spans += 1;
                if spans >= SHED {
                    break;
                }
            }
        }
        spans
    }
}
