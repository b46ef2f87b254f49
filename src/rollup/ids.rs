//! Maps by the ids of spans and traces.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

/// A map by an id. Ids are random already; those of remote parents may be chosen by others, so a number that they do
/// not know takes part.
pub(super) type ById<K, V> = HashMap<K, V, Ids>;

/// Makes hashers of ids.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ids;

static SECRET: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u8));

impl BuildHasher for Ids {
    type Hasher = IdHasher;

    fn build_hasher(&self) -> IdHasher {
        IdHasher(*SECRET)
    }
}

/// Multiplies word by word, and folds the product.
#[derive(Debug)]
pub(super) struct IdHasher(u64);

impl IdHasher {
    fn mix(&mut self, word: u64) {
        const MIX: u128 = 0x9e37_79b9_7f4a_7c15;
        let product = u128::from(self.0 ^ word).wrapping_mul(MIX);
        #[expect(clippy::cast_possible_truncation, reason = "both halves take part")]
        let folded = product as u64 ^ (product >> 64) as u64;
        self.0 = folded;
    }
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.mix(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    /// Of ids all are of one length.
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use opentelemetry::trace::{SpanId, TraceId};

    use super::*;

    #[test]
    fn ids_that_resemble_each_other_are_spread() {
        let spans = (1..=4_096_u64).flat_map(|n| [n, n << 32, n << 52]).map(|n| Ids.hash_one(SpanId::from(n)));
        let traces = (1..=4_096_u128).map(|n| Ids.hash_one(TraceId::from(n << 64)));
        for hashes in [spans.collect::<Vec<u64>>(), traces.collect()] {
            let low: HashSet<u64> = hashes.iter().map(|hash| hash & 0xffff).collect();
            assert!(low.len() * 10 > hashes.len() * 8, "{} of {}", low.len(), hashes.len());
            let high: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
            assert_eq!(high.len(), 128);
        }
    }
}
