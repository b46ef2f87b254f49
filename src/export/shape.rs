//! A span brought into the form that one destination reads: its dialect, then its limits.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;

use opentelemetry_sdk::trace::SpanData;

use super::counts::DestinationCounts;
use super::limits::SpanLimits;
use super::loss::LossReason;
use crate::dialect::Dialect;

/// What one destination reads, and takes.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) dialect: Dialect,
    pub(crate) limits: SpanLimits,
    pub(crate) counts: DestinationCounts,
}

impl Shape {
    /// The span as it goes there: itself where nothing has to change, otherwise a copy. Nothing when it does not go
    /// there, which is counted.
    pub(crate) fn of<'s>(&self, data: &'s SpanData, gen_ai: bool) -> Option<Cow<'s, SpanData>> {
        if self.limits.is_too_old(data) {
            self.counts.turn_away(LossReason::TooOld, 1);
            return None;
        }
        let shaped = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut shaped = self.dialect.convert(data, gen_ai).map_or(Cow::Borrowed(data), Cow::Owned);
            if self.limits.touch(&shaped) {
                self.limits.apply(shaped.to_mut(), self.dialect);
            }
            shaped
        }));
        if shaped.is_err() {
            self.counts.turn_away(LossReason::DestinationPanicked, 1);
        }
        shaped.ok()
    }
}
