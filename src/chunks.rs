//! When the chunks of a streamed answer came.

use std::time::{Duration, SystemTime};

use crate::conventions::metric::GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK;

/// The buckets of the histogram that gaps are measured with, and one for what is above them all.
const BUCKETS: usize = GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK.buckets.len() + 1;

/// Their bounds, in nanoseconds.
const BOUNDS: [u64; BUCKETS - 1] = bounds();

/// What is kept of a stream's chunks, however many come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunks {
    pub(crate) count: u64,
    pub(crate) first: Option<SystemTime>,
    pub(crate) last: Option<SystemTime>,
    gaps: [Gaps; BUCKETS],
}

/// Gaps between chunks that fall into one bucket of the histogram.
#[derive(Clone, Copy, Debug, Default)]
struct Gaps {
    count: u32,
    nanoseconds: u64,
}

impl Chunks {
    /// A chunk has come. Allocates nothing.
    pub(crate) fn came(&mut self, now: SystemTime) {
        self.count = self.count.saturating_add(1);
        if let Some(last) = self.last {
            // A clock that was set back has no gap to tell of.
            self.add(now.duration_since(last).unwrap_or_default());
        } else {
            self.first = Some(now);
        }
        self.last = Some(now);
    }

    /// The gaps as a histogram with the convention's bounds sees them: as many as there were in each of its buckets, and
    /// with their sum.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = (u32, f64)> {
        let met = self.gaps.iter().filter(|gaps| gaps.count > 0);
        met.map(|gaps| (gaps.count, Duration::from_nanos(gaps.nanoseconds / u64::from(gaps.count)).as_secs_f64()))
    }

    fn add(&mut self, gap: Duration) {
        let nanoseconds = u64::try_from(gap.as_nanos()).unwrap_or(u64::MAX);
        // Most gaps are of the first buckets.
        let at = BOUNDS.iter().position(|bound| nanoseconds <= *bound).unwrap_or(BUCKETS - 1);
        if let Some(gaps) = self.gaps.get_mut(at) {
            gaps.count = gaps.count.saturating_add(1);
            gaps.nanoseconds = gaps.nanoseconds.saturating_add(nanoseconds);
        }
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "worked out by the compiler, which would refuse what is out of bounds; seconds of a histogram's bounds"
)]
const fn bounds() -> [u64; BUCKETS - 1] {
    let seconds = GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK.buckets;
    let mut bounds = [0; BUCKETS - 1];
    let mut at = 0;
    while at < bounds.len() {
        bounds[at] = (seconds[at] * 1e9) as u64;
        at += 1;
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_kept_by_bucket_and_the_first_chunk_has_none() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let mut chunks = Chunks::default();
        for after in [0, 5, 8, 108, 100_108, 100_000] {
            chunks.came(start + Duration::from_millis(after));
        }
        assert_eq!((chunks.count, chunks.first), (6, Some(start)));
        let gaps: Vec<(u32, f64)> = chunks.gaps().collect();
        // 5 ms, 3 ms and the step back; 100 ms; 100 s.
        assert_eq!(gaps.iter().map(|(count, _)| *count).collect::<Vec<_>>(), [3, 1, 1]);
        assert!((gaps[0].1 - 0.008 / 3.0).abs() < 1e-6 && gaps[2].1 > 99.0, "{gaps:?}");
    }
}
