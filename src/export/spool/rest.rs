//! How long a disk that failed is left in peace.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// The pause after a failure, twice as long each time until something was written.
#[derive(Debug, Default)]
pub(super) struct Rest {
    until: Option<Instant>,
    last: Duration,
    is_over: bool,
}

impl Rest {
    /// The disk has failed.
    pub(super) fn begin(&mut self) {
        // One attempt may fail in several files.
        if !self.lasts() && !self.is_over {
            self.last = (self.last * 2).clamp(FIRST, LONGEST);
            self.until = Some(Instant::now() + self.last);
        }
    }

    pub(super) fn lasts(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() < until)
    }

    /// The disk may be tried again at once.
    pub(super) fn end(&mut self) {
        self.until = None;
    }

    /// The disk may be tried again at once, from now on after each failure: there is no later.
    pub(super) fn end_for_good(&mut self) {
        (self.until, self.is_over) = (None, true);
    }

    /// The disk has taken something.
    pub(super) fn forget(&mut self) {
        (self.until, self.last) = (None, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_from_failure_to_failure_until_something_was_written() {
        let mut rest = Rest::default();
        let mut pause = || {
            rest.begin();
            // The same attempt, in another file.
            rest.begin();
            assert!(rest.lasts());
            rest.end();
            assert!(!rest.lasts());
            rest.last.as_secs()
        };
        assert_eq!([(); 7].map(|()| pause()), [1, 2, 4, 8, 16, 30, 30]);
        rest.forget();
        rest.begin();
        assert_eq!(rest.last, FIRST);
        rest.end_for_good();
        rest.begin();
        assert!(!rest.lasts());
    }
}
