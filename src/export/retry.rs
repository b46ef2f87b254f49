//! How long to wait before a request is sent again: exponential, with full jitter.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
/// As OpenTelemetry's own SDKs wait at most. A Collector waits longer, and has more room for what comes meanwhile.
const LONGEST: Duration = Duration::from_secs(5);
/// What a peer may ask for. More is taken for a mistake, since nothing else is sent meanwhile.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// The waits of one request.
#[derive(Debug)]
pub(crate) struct Backoff {
    ceiling: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { ceiling: FIRST }
    }
}

impl Backoff {
    /// The next wait: what the peer `asked` for and a little more, otherwise anything up to a ceiling that doubles.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let wait = match asked {
            Some(asked) => asked.min(LONGEST_ASKED) + FIRST.mul_f64(random()),
            None => self.ceiling.mul_f64(random()),
        };
        self.ceiling = (self.ceiling * 2).min(LONGEST);
        wait
    }
}

/// At least 0 and at most 1. Each `RandomState` hashes differently; that is as random as a wait needs to be.
fn random() -> f64 {
    f64::from((RandomState::new().hash_one(()) >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_below_a_ceiling_that_doubles_up_to_a_few_seconds() {
        let mut backoff = Backoff::default();
        for exponent in 0..20 {
            let ceiling = (FIRST * (1 << exponent.min(10))).min(LONGEST);
            assert!(backoff.next(None) <= ceiling);
        }
    }

    #[test]
    fn waits_differ() {
        let waits: Vec<_> = (0..16).map(|_| Backoff::default().next(None)).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }

    #[test]
    fn what_the_peer_asks_for_is_never_undercut() {
        let asked = Duration::from_secs(7);
        assert!((asked..=asked + FIRST).contains(&Backoff::default().next(Some(asked))));
        assert!(Backoff::default().next(Some(Duration::MAX)) <= LONGEST_ASKED + FIRST);
    }
}
