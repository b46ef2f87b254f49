//! How many series an instrument may have.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::{KeyValue, Value};

use crate::conventions::attribute;

/// Series of one instrument; the SDK's own bound is 2,000. Models and kinds of error are words of others.
const MOST: usize = 1_000;

/// The series of one instrument. What finds no room for one of its own goes to the series that the specification has
/// for that, so that sums stay right.
#[derive(Debug)]
pub(super) struct Series {
    /// By a hash of their labels.
    known: HashSet<u64>,
    hasher: RandomState,
    /// Measurements that lost their labels.
    unlabelled: Arc<AtomicU64>,
}

impl Series {
    pub(super) fn new(unlabelled: Arc<AtomicU64>) -> Self {
        Self { known: HashSet::new(), hasher: RandomState::new(), unlabelled }
    }

    /// The labels to measure under.
    pub(super) fn admit(&mut self, labels: Vec<KeyValue>) -> Vec<KeyValue> {
        let words: Vec<(&str, std::borrow::Cow<'_, str>)> =
            labels.iter().map(|label| (label.key.as_str(), label.value.as_str())).collect();
        let hash = self.hasher.hash_one(&words);
        if self.known.contains(&hash) {
            return labels;
        }
        if self.known.len() < MOST {
            self.known.insert(hash);
            return labels;
        }
        self.unlabelled.fetch_add(1, Ordering::Relaxed);
        vec![KeyValue::new(attribute::OTEL_METRIC_OVERFLOW, Value::Bool(true))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_loses_its_labels_and_is_counted() {
        let unlabelled = Arc::new(AtomicU64::new(0));
        let mut series = Series::new(Arc::clone(&unlabelled));
        let label = |number: usize| vec![KeyValue::new("model", number.to_string())];
        for number in 0..MOST {
            assert_eq!(series.admit(label(number)), label(number));
        }
        assert_eq!(series.admit(label(MOST)), [KeyValue::new("otel.metric.overflow", true)]);
        assert_eq!(series.admit(label(7)), label(7), "a known one keeps its labels");
        assert_eq!(unlabelled.load(Ordering::Relaxed), 1);
    }
}
