//! Spans that wait, in order, and how far those that came first were looked through for content to give up.

use std::collections::VecDeque;

use super::ended::{Ended, Shed};
use crate::span::SHED_ABOVE;

/// Spans that lie together, and leave together: none is moved when more come, or go.
const CHUNK: usize = 64;
/// Memory of chunks that is kept for the next ones: of as many spans as gather before the worker wakes, 320 KiB.
const MAX_SPARE: usize = 16;
/// Spans that one look sees at most, and those that give up content in it: whoever looks holds a lock.
const LOOK: usize = 64;
const SHED: usize = 8;

/// A line. Each span in it is looked at once.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// None is empty.
    chunks: VecDeque<Vec<Ended>>,
    spare: Vec<Vec<Ended>>,
    len: usize,
    remnants: usize,
    looked_at: usize,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many are remnants.
    pub(super) fn remnants(&self) -> usize {
        self.remnants
    }

    /// How many of the first `count` are.
    pub(super) fn remnants_in(&self, count: usize) -> usize {
        if self.remnants == 0 {
            return 0;
        }
        self.chunks.iter().flatten().take(count).filter(|ended| ended.lost).count()
    }

    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Ended> {
        self.chunks.iter_mut().flatten()
    }

    pub(super) fn push(&mut self, ended: Ended) {
        if let Some(room) = self.room(ended.lost) {
            room.push(ended);
        }
    }

    /// Where one more is to be put, at once: it is counted. There always is room.
    #[inline]
    pub(super) fn room(&mut self, lost: bool) -> Option<&mut Vec<Ended>> {
        self.remnants += usize::from(lost);
        self.len += 1;
        if self.chunks.back().is_none_or(|chunk| chunk.len() >= CHUNK) {
            self.chunks.push_back(self.spare.pop().unwrap_or_else(|| Vec::with_capacity(CHUNK)));
        }
        self.chunks.back_mut()
    }

    /// Takes memory for the next chunks out of `empty`, as far as there is not enough.
    pub(super) fn keep_memory_of(&mut self, empty: &mut Vec<Vec<Ended>>) {
        while self.spare.len() < MAX_SPARE
            && let Some(chunk) = empty.pop_if(|chunk| chunk.is_empty() && chunk.capacity() == CHUNK)
        {
            self.spare.push(chunk);
        }
    }

    #[cfg(test)]
    pub(super) fn spare(&self) -> usize {
        self.spare.len()
    }

    /// Each gets what stands in the other, and keeps its memory for chunks.
    pub(super) fn swap(&mut self, other: &mut Self) {
        std::mem::swap(self, other);
        std::mem::swap(&mut self.spare, &mut other.spare);
    }

    /// Moves the first `count` on, in the chunks in which they are.
    pub(super) fn take(&mut self, count: usize, into: &mut Vec<Vec<Ended>>) {
        self.remnants -= self.remnants_in(count);
        self.looked_at = self.looked_at.saturating_sub(count);
        let mut left = count.min(self.len);
        self.len -= left;
        while left > 0
            && let Some(mut chunk) = self.chunks.pop_front()
        {
            if chunk.len() > left {
                self.chunks.push_front(chunk.split_off(left));
            }
            left -= chunk.len();
            into.push(chunk);
        }
    }

    /// Takes content out of the next few; out of how many, or nothing when all were looked at.
    pub(super) fn shed(&mut self, shed: &mut Shed) -> Option<usize> {
        if self.looked_at >= self.len {
            return None;
        }
        let mut spans = 0;
        let mut skip = self.looked_at;
        let mut most = LOOK;
        for chunk in &mut self.chunks {
            let here = skip.min(chunk.len());
            skip -= here;
            for ended in chunk.iter_mut().skip(here) {
                if most == 0 || spans == SHED {
                    return Some(spans);
                }
                most -= 1;
                self.looked_at += 1;
                spans += usize::from(ended.holds_more_than(SHED_ABOVE) && ended.shed(shed));
            }
        }
        Some(spans)
    }
}

/// Looks on, with a lock of its own for each look, until spans have given up something or there are no more.
pub(super) fn until_some(mut look: impl FnMut() -> Option<usize>) -> Option<usize> {
    loop {
        match look()? {
            0 => {}
            spans => return Some(spans),
        }
    }
}
