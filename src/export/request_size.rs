//! How large requests to a peer may be: as large as it was said, or as its refusals show.

/// Never less: one span, or another reason, may have been to blame.
pub(crate) const SMALLEST: usize = 64 << 10;
/// So many requests near the limit until a larger one is tried.
const TRIED_AFTER: u32 = 8;
/// So many refusals of what was taken before until they are believed.
const BELIEVED_AFTER: u32 = 3;

/// What is known of one peer. In bytes before compression.
#[derive(Debug)]
pub(super) struct RequestSize {
    limit: usize,
    /// As it was given: what a single span is held to.
    most: usize,
    /// The largest that the peer has taken.
    largest: usize,
    /// Near the limit, taken since it was changed.
    near: u32,
    /// Refused, though they were no larger than what was taken before, and the smallest of them. One of its size that is
    /// taken shows that they were refused for another reason.
    doubts: u32,
    doubted: usize,
}

impl RequestSize {
    pub(super) fn new(most: usize) -> Self {
        Self { limit: most, most, largest: 0, near: 0, doubts: 0, doubted: usize::MAX }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// The peer has refused one of that size as too large: later ones stay below half of it. Not where it has taken
    /// larger ones, until it does so again and again: then it was for another reason, or by another peer.
    pub(super) fn refused(&mut self, bytes: usize) {
        self.near = 0;
        if bytes <= self.largest {
            self.doubts += 1;
            self.doubted = self.doubted.min(bytes);
            if self.doubts < BELIEVED_AFTER {
                return;
            }
            self.largest = 0;
        }
        (self.doubts, self.doubted) = (0, usize::MAX);
        self.limit = self.limit.min((bytes / 2).max(SMALLEST));
    }

    /// The peer has taken one of that size. Larger ones are tried again once it has taken a few that could not be larger.
    pub(super) fn taken(&mut self, bytes: usize) {
        self.largest = self.largest.max(bytes);
        if bytes >= self.doubted {
            (self.doubts, self.doubted) = (0, usize::MAX);
        }
        self.near += u32::from(bytes > self.limit / 2);
        if self.near >= TRIED_AFTER {
            (self.limit, self.near) = (self.limit.saturating_mul(2).min(self.most), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 4 << 20;

    #[test]
    fn larger_ones_are_tried_again_once_some_were_taken_that_could_not_be_larger() {
        let mut size = RequestSize::new(MOST);
        size.refused(MOST);
        assert_eq!(size.limit(), MOST / 2);
        for _ in 0..100 {
            // Small ones say nothing.
            size.taken(1_000);
        }
        assert_eq!(size.limit(), MOST / 2);
        for _ in 0..TRIED_AFTER {
            size.taken(MOST / 2);
        }
        assert_eq!(size.limit(), MOST);
    }

    #[test]
    fn a_refusal_of_what_was_taken_before_is_believed_when_it_comes_again_and_again() {
        let mut size = RequestSize::new(MOST);
        size.taken(1 << 20);
        for _ in 0..100 {
            size.refused(100_000);
            size.taken(110_000);
        }
        assert_eq!(size.limit(), MOST);
        for _ in 0..BELIEVED_AFTER {
            size.refused(1 << 20);
        }
        assert_eq!(size.limit(), 1 << 19);
    }

    #[test]
    fn the_limit_never_falls_below_the_smallest() {
        let mut size = RequestSize::new(MOST);
        size.refused(10);
        assert_eq!(size.limit(), SMALLEST);
    }
}
