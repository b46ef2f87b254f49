//! A span brought into the form that one destination reads: its dialect, then its limits.

use std::ops::Deref;
use std::panic::AssertUnwindSafe;

use opentelemetry_sdk::trace::SpanData;

use super::counts::DestinationCounts;
use super::limits::SpanLimits;
use super::loss::LossReason;
use crate::dialect::Dialect;
use crate::span::Sides;

/// What one destination reads, and takes.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) dialect: Dialect,
    pub(crate) limits: SpanLimits,
    pub(crate) counts: DestinationCounts,
}

/// A `Cow` would be as large as the copy where there is none.
pub(crate) enum Shaped<'s> {
    Same(&'s SpanData),
    Copy(Box<SpanData>),
}

impl Deref for Shaped<'_> {
    type Target = SpanData;

    fn deref(&self) -> &SpanData {
        match self {
            Self::Same(data) => data,
            Self::Copy(copy) => copy,
        }
    }
}

impl Shape {
    /// Whether the span goes there; counts it otherwise.
    pub(crate) fn takes(&self, data: &SpanData) -> bool {
        let is_too_old = self.limits.is_too_old(data);
        if is_too_old {
            self.counts.turn_away(LossReason::TooOld, 1);
        }
        !is_too_old
    }

    /// Whether both make the same of a span that goes there.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let ageless = |limits: SpanLimits| SpanLimits { age: None, ..limits };
        self.dialect == other.dialect && ageless(self.limits) == ageless(other.limits)
    }

    /// The span as it goes there: itself where nothing has to change, otherwise a copy. Nothing when that panics, which is
    /// counted.
    pub(crate) fn of<'s>(&self, data: &'s SpanData, gen_ai: bool, sides: Option<Sides>) -> Option<Shaped<'s>> {
        let shaped = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut copy = self.dialect.convert(data, gen_ai, sides).map(Box::new);
            if self.limits.touch(copy.as_deref().unwrap_or(data)) {
                let copy = copy.get_or_insert_with(|| Box::new(data.clone()));
                self.limits.apply(copy, self.dialect);
            }
            copy.map_or(Shaped::Same(data), Shaped::Copy)
        }));
        if shaped.is_err() {
            self.counts.turn_away(LossReason::DestinationPanicked, 1);
        }
        shaped.ok()
    }
}
