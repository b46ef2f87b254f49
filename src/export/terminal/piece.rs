//! What is drawn at once: a tree, or what there is of one.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use super::entry::Entry;
use super::totals::Totals;

/// Spans of one trace that are written together.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) mark: Mark,
    pub(crate) trace_id: TraceId,
    /// In the order in which they ended.
    pub(crate) entries: Vec<Entry>,
    pub(crate) more: More,
    /// Entries that no piece before had.
    pub(crate) fresh: usize,
}

/// How much of its tree a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Whole,
    /// The root and what came after spans of its trace had been given up.
    Rest,
    /// The root has not ended.
    Unfinished,
    /// Spans that ended after their tree was drawn.
    Late,
}

/// Spans of which only the sums were kept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct More {
    pub(crate) spans: usize,
    pub(crate) failed: usize,
    pub(crate) totals: Totals,
}

impl Piece {
    pub(crate) fn start(&self) -> SystemTime {
        self.entries.iter().map(|entry| entry.start).min().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// From the first start to the last end.
    pub(crate) fn duration(&self) -> Duration {
        let end = self.entries.iter().map(|entry| entry.end).max();
        end.and_then(|end| end.duration_since(self.start()).ok()).unwrap_or_default()
    }

    /// Whether its first line is a span, and not a heading over several.
    pub(crate) fn has_root(&self) -> bool {
        matches!(self.mark, Mark::Whole | Mark::Rest)
    }
}

impl More {
    pub(crate) fn add(&mut self, entry: &Entry) {
        self.spans = self.spans.saturating_add(1);
        self.failed += usize::from(entry.error.is_some());
        self.totals.add(entry);
    }
}
