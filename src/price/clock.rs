//! When a call was completed, as prices ask: UTC, days and minutes.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400;

/// A moment in whole seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) i64);

impl Moment {
    pub(super) fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// Minutes since midnight.
    pub(super) fn minute(self) -> i64 {
        self.0.rem_euclid(DAY) / 60
    }

    /// Neither Saturday nor Sunday, and none of `days_off` (first and last days).
    pub(super) fn is_working_day(self, days_off: &[(i64, i64)]) -> bool {
        let day = self.day();
        // 1970-01-01 was a Thursday.
        let weekend = matches!((day + 3).rem_euclid(7), 5 | 6);
        !weekend && !days_off.iter().any(|(first, last)| (*first..=*last).contains(&day))
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(seconds(after.as_secs())),
            Err(before) => Self(-seconds(before.duration().as_secs()) - 1),
        }
    }
}

/// The time around a moment in which the same prices hold: it shrinks with each limit that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validity(Range<i64>);

/// A [`Validity`] to hold times against, with no limit where no time is so early or late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    start: Option<SystemTime>,
    end: Option<SystemTime>,
}

impl Times {
    pub(super) fn hold(&self, at: SystemTime) -> bool {
        self.start.is_none_or(|start| at >= start) && self.end.is_none_or(|end| at < end)
    }
}

impl Validity {
    pub(super) fn always() -> Self {
        Self(i64::MIN..i64::MAX)
    }

    /// The same as the clock tells it.
    pub(super) fn times(&self) -> Times {
        let time = |seconds: i64| {
            let since = Duration::from_secs(seconds.unsigned_abs());
            if seconds < 0 { UNIX_EPOCH.checked_sub(since) } else { UNIX_EPOCH.checked_add(since) }
        };
        Times { start: time(self.0.start), end: time(self.0.end) }
    }

    /// Whether the first second of `day` has come.
    pub(super) fn since_day(&mut self, at: Moment, day: i64) -> bool {
        self.limit(at, day.saturating_mul(DAY))
    }

    /// Whether it is between two minutes of the day; past midnight where the end is before the start.
    pub(super) fn between_minutes(&mut self, at: Moment, start: i64, end: i64) -> bool {
        let midnight = at.day().saturating_mul(DAY);
        for limit in [0, start * 60, end * 60, DAY] {
            self.limit(at, midnight.saturating_add(limit));
        }
        let minute = at.minute();
        if end < start { minute >= start || minute < end } else { (start..end).contains(&minute) }
    }

    fn limit(&mut self, at: Moment, limit: i64) -> bool {
        let passed = at.0 >= limit;
        if passed {
            self.0.start = self.0.start.max(limit);
        } else {
            self.0.end = self.0.end.min(limit);
        }
        passed
    }
}

/// Days since 1970 of a date as `YYYY-MM-DD`.
pub(super) fn day_of(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1..=9_999).contains(&year) {
        return None;
    }
    // Years begin in March, so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

/// Minutes since midnight of a time as `HH:MM`.
pub(super) fn minute_of(time: &str) -> Option<i64> {
    let (hours, minutes) = time.split_once(':')?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (date, day) in [("1970-01-01", 0), ("2000-03-01", 11_017), ("2024-02-29", 19_782), ("2026-11-20", 20_777)] {
            assert_eq!(day_of(date), Some(day), "{date}");
        }
        assert_eq!(day_of("2026-13-01").or(day_of("soon")).or(day_of("2026-1")), None);
    }

    #[test]
    fn prices_hold_until_the_next_limit_that_was_looked_at() {
        let at = Moment(20_777 * DAY + 2 * 3_600);
        let mut validity = Validity::always();
        assert!(validity.since_day(at, 20_000) && !validity.since_day(at, 20_800));
        assert!(validity.between_minutes(at, 60, 240));
        let midnight = UNIX_EPOCH + Duration::from_secs(20_777 * 86_400);
        for (millis, holds) in [(7_200_000, true), (3_600_000, true), (3_599_999, false), (14_400_000, false)] {
            assert_eq!(validity.times().hold(midnight + Duration::from_millis(millis)), holds, "{millis}");
        }
        assert!(Validity::always().times().hold(UNIX_EPOCH) && Validity::always().times().hold(midnight));
        assert!(!validity.between_minutes(at, 1_380, 60) && validity.between_minutes(Moment(30), 1_380, 60));
    }

    #[test]
    fn weekends_and_days_off_are_no_working_days() {
        let noon = |date: &str| Moment(day_of(date).unwrap() * DAY + DAY / 2);
        let off = [(day_of("2026-10-01").unwrap(), day_of("2026-10-07").unwrap())];
        for (date, works) in [("2026-11-20", true), ("2026-11-21", false), ("2026-11-22", false), ("2026-10-07", false)]
        {
            assert_eq!(noon(date).is_working_day(&off), works, "{date}");
        }
    }
}
