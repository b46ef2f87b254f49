//! How large requests to a peer may be: as large as it was said, or as its refusals show.

/// Never less: one span, or another reason, may have been to blame.
pub(crate) const SMALLEST: usize = 64 << 10;
/// So many refusals, with none of such a size taken in between, until a size is believed to be the reason.
const BELIEVED_AFTER: u32 = 3;
/// So many requests near the limit until a larger one is tried. Twice as many each time that this was in vain, at most:
const TRIED_AFTER: u32 = 8;
const TRIED_AFTER_AT_MOST: u32 = 1_024;

/// What is known of one peer. In bytes before compression.
#[derive(Debug)]
pub(super) struct RequestSize {
    limit: usize,
    /// As it was given: what a single span is held to.
    most: usize,
    /// Refused since one of their size was taken, which shows that it was for another reason, or by another peer behind
    /// the same address; and the smallest of them.
    doubts: u32,
    doubted: usize,
    /// The largest that was taken meanwhile.
    proven: usize,
    /// Near the limit, taken since it was changed.
    near: u32,
    tried_after: u32,
    /// And nothing has been taken since that was larger than before.
    is_raised: bool,
}

impl RequestSize {
    pub(super) fn new(most: usize) -> Self {
        Self {
            limit: most,
            most,
            doubts: 0,
            doubted: usize::MAX,
            proven: 0,
            near: 0,
            tried_after: TRIED_AFTER,
            is_raised: false,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// The peer has refused one of that size as too large. When it does so again and again, later ones stay below half
    /// of the smallest of them, or as large as the largest that it has taken meanwhile. Small ones say nothing.
    pub(super) fn refused(&mut self, bytes: usize) {
        if bytes < SMALLEST {
            return;
        }
        self.doubts += 1;
        self.doubted = self.doubted.min(bytes);
        if self.doubts < BELIEVED_AFTER {
            return;
        }
        if self.is_raised {
            self.tried_after = (self.tried_after * 2).min(TRIED_AFTER_AT_MOST);
        }
        self.limit = self.limit.min((self.doubted / 2).max(self.proven).max(SMALLEST));
        (self.near, self.is_raised) = (0, false);
        self.believe_nothing();
    }

    /// The peer has taken one of that size. Larger ones are tried again once it has taken a few that could not be larger.
    pub(super) fn taken(&mut self, bytes: usize) {
        if bytes >= self.doubted {
            self.believe_nothing();
        } else if self.doubts > 0 {
            self.proven = self.proven.max(bytes);
        }
        if bytes <= self.limit / 2 {
            return;
        }
        if std::mem::take(&mut self.is_raised) {
            self.tried_after = TRIED_AFTER;
        }
        self.near += 1;
        if self.near >= self.tried_after && self.limit < self.most {
            (self.limit, self.near, self.is_raised) = (self.limit.saturating_mul(2).min(self.most), 0, true);
        }
    }

    fn believe_nothing(&mut self) {
        (self.doubts, self.doubted, self.proven) = (0, usize::MAX, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 4 << 20;

    /// As a peer would answer that has this limit; how many requests of `all` bytes together it takes and refuses.
    fn send(size: &mut RequestSize, mut all: usize, peers: usize) -> (u32, u32) {
        let (mut taken, mut refused) = (0, 0);
        let mut parts = Vec::new();
        while all > 0 || !parts.is_empty() {
            let part = parts.pop().unwrap_or_else(|| {
                let next = all.min(size.limit());
                all -= next;
                next
            });
            if part > peers {
                refused += 1;
                size.refused(part);
                parts.extend([part / 2, part - part / 2]);
            } else {
                taken += 1;
                size.taken(part);
            }
        }
        (taken, refused)
    }

    #[test]
    fn a_limit_that_a_peer_has_is_found_and_seldom_tried_again() {
        let mut size = RequestSize::new(MOST);
        send(&mut size, 100 * MOST, MOST / 5);
        assert!((SMALLEST..=MOST / 5).contains(&size.limit()), "{}", size.limit());
        let (taken, refused) = send(&mut size, 1_000 * MOST, MOST / 5);
        assert!(refused * 50 < taken, "{refused} refused, {taken} taken");
    }

    #[test]
    fn a_limit_that_is_gone_is_found_out() {
        let mut size = RequestSize::new(MOST);
        send(&mut size, 100 * MOST, MOST / 5);
        send(&mut size, 1_000 * MOST, MOST);
        assert_eq!(size.limit(), MOST);
        assert_eq!(send(&mut size, 10 * MOST, MOST), (10, 0));
    }

    #[test]
    fn small_ones_that_are_taken_say_nothing() {
        let mut size = RequestSize::new(MOST);
        send(&mut size, 3 * MOST, MOST / 2);
        assert_eq!(size.limit(), MOST / 2);
        send(&mut size, 100_000, MOST / 2);
        for _ in 0..10_000 {
            size.taken(1_000);
        }
        assert_eq!(size.limit(), MOST / 2);
    }

    #[test]
    fn a_refusal_is_believed_only_when_it_comes_again_before_as_much_is_taken() {
        let mut size = RequestSize::new(MOST);
        for _ in 0..100 {
            size.refused(100_000);
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
    fn what_was_taken_between_refusals_is_never_too_large() {
        let mut size = RequestSize::new(MOST);
        size.refused(1_000_000);
        size.taken(999_000);
        size.refused(1_200_000);
        size.refused(1_100_000);
        assert_eq!(size.limit(), 999_000);
    }

    #[test]
    fn the_limit_never_falls_below_the_smallest_and_smaller_ones_say_nothing() {
        let mut size = RequestSize::new(MOST);
        for _ in 0..10 * BELIEVED_AFTER {
            size.refused(SMALLEST - 1);
        }
        assert_eq!(size.limit(), MOST);
        for _ in 0..BELIEVED_AFTER {
            size.refused(SMALLEST + 1);
        }
        assert_eq!(size.limit(), SMALLEST);
    }
}
