//! Times that a span was given, and those that can be told.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970 are told in 63 bits: until April 2262.
const LAST: Duration = Duration::from_nanos(i64::MAX as u64);

/// Beginning and end, in that order, within what can be told; and why they are not those that were given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Times {
    pub(super) started: SystemTime,
    pub(super) ended: SystemTime,
    pub(super) flaw: Option<&'static str>,
}

impl Times {
    pub(super) fn between(started: SystemTime, ended: SystemTime) -> Self {
        if started < UNIX_EPOCH {
            return Self {
                started: UNIX_EPOCH,
                flaw: Some("it started before 1970"),
                ..Self::between(UNIX_EPOCH, ended)
            };
        }
        if ended < started {
            return Self { started, ended: started, flaw: Some("it ended before it started") };
        }
        let last = last();
        let flaw = (ended > last).then_some("it ended later than can be told");
        Self { started: started.min(last), ended: ended.min(last), flaw }
    }

    pub(super) fn lasting(started: SystemTime, duration: Duration) -> Self {
        // What is beyond every clock is beyond what can be told.
        let beyond = last().checked_add(Duration::from_secs(1)).unwrap_or_else(last);
        Self::between(started, started.checked_add(duration).unwrap_or(beyond))
    }
}

fn last() -> SystemTime {
    UNIX_EPOCH.checked_add(LAST).unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn what_cannot_be_told_is_cut_and_said() {
        let now = UNIX_EPOCH + 20_000 * DAY;
        assert_eq!(Times::lasting(now, DAY), Times { started: now, ended: now + DAY, flaw: None });
        let years = Times::lasting(now, 3_650 * DAY);
        assert_eq!((years.ended, years.flaw), (now + 3_650 * DAY, None), "a duration of years is one");
        assert_eq!(
            Times::between(now, now - DAY),
            Times { started: now, ended: now, flaw: Some("it ended before it started") }
        );
        for endless in [Times::lasting(now, Duration::MAX), Times::lasting(last() + DAY, DAY)] {
            assert_eq!((endless.ended, endless.flaw), (last(), Some("it ended later than can be told")));
        }
        let early = Times::lasting(UNIX_EPOCH - DAY, DAY * 2);
        assert_eq!((early.started, early.ended), (UNIX_EPOCH, UNIX_EPOCH + DAY));
        assert_eq!(early.flaw, Some("it started before 1970"));
        assert_eq!(Times::lasting(UNIX_EPOCH - 3 * DAY, DAY).ended, UNIX_EPOCH);
    }
}
