//! How long to wait before a request is sent again: exponential, with full jitter, after what the peer asks for.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use ::http::HeaderMap;
use ::http::header::RETRY_AFTER;

const FIRST: Duration = Duration::from_millis(500);
/// As OpenTelemetry's own SDKs wait at most. A Collector waits longer, and has more room for what comes meanwhile.
const LONGEST: Duration = Duration::from_secs(5);
/// The same of a span that breaks its connection each time.
const LONGEST_ALONE: Duration = Duration::from_secs(300);
/// What a peer may ask for. More is taken for a mistake, since nothing else is sent meanwhile.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// The waits until the peer answers.
#[derive(Debug)]
pub(crate) struct Backoff {
    ceiling: Duration,
    longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { ceiling: FIRST, longest: LONGEST }
    }
}

impl Backoff {
    /// Waits that grow to some minutes, for what nothing else waits for.
    pub(crate) fn patient() -> Self {
        Self { longest: LONGEST_ALONE, ..Self::default() }
    }

    /// The next wait: anything up to a ceiling that doubles. It comes behind what the peer asks for, so that one which asks
    /// for no wait, again and again, is not sent more and more.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.ceiling.mul_f64(random());
        self.ceiling = (self.ceiling * 2).min(self.longest);
        wait
    }
}

/// The wait that a peer asked for, as long as it is kept.
pub(crate) fn kept(asked: Option<Duration>) -> Duration {
    asked.unwrap_or_default().min(LONGEST_ASKED)
}

/// What an answer asks for, of the peer or of what stands before it.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?.trim(), SystemTime::now())
}

/// Seconds, or a date; one that has passed is no wait.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// At least 0 and at most 1. Each `RandomState` hashes differently; that is as random as a wait needs to be.
fn random() -> f64 {
    f64::from((RandomState::new().hash_one(()) >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn waits_stay_below_a_ceiling_that_doubles_up_to_a_few_seconds() {
        let mut backoff = Backoff::default();
        for exponent in 0..20 {
            let ceiling = (FIRST * (1 << exponent.min(10))).min(LONGEST);
            assert!(backoff.next() <= ceiling);
        }
    }

    #[test]
    fn waits_differ() {
        let waits: Vec<_> = (0..16).map(|_| Backoff::default().next()).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }

    #[test]
    fn what_the_peer_asks_for_is_never_undercut() {
        assert_eq!(kept(None), Duration::ZERO);
        assert_eq!(kept(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(kept(Some(Duration::MAX)), LONGEST_ASKED);
    }

    #[test]
    fn a_wait_is_seconds_or_a_date_and_anything_else_is_no_word() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        for nonsense in ["soon", "-3", "99999999999999999999999"] {
            assert_eq!(retry_after(nonsense, now), None);
        }
    }
}
