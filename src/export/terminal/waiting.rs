//! The spans of one trace that wait for their roots.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use opentelemetry::trace::{SpanId, TraceId};

use super::entry::Entry;
use super::piece::{Mark, More, Piece};

/// What is kept of a trace.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) kept: Vec<Kept>,
    pub(crate) more: More,
    pub(crate) touched: Instant,
    /// Not drawn yet.
    pub(crate) fresh: usize,
    pub(crate) has_late: bool,
}

/// One of its spans.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) entry: Entry,
    /// Was drawn in an unfinished piece; it is kept for the whole tree.
    pub(crate) is_shown: bool,
}

impl Waiting {
    pub(crate) fn new(now: Instant) -> Self {
        Self { kept: Vec::new(), more: More::default(), touched: now, fresh: 0, has_late: false }
    }

    /// Takes out the spans that `is_top` names and all below them.
    pub(crate) fn take_below(&mut self, is_top: impl Fn(&Entry) -> bool) -> Vec<Kept> {
        let mut children: HashMap<SpanId, Vec<usize>> = HashMap::new();
        let mut wanted = vec![false; self.kept.len()];
        let mut reached = Vec::new();
        for (at, kept) in self.kept.iter().enumerate() {
            if is_top(&kept.entry) {
                reached.push(at);
            } else {
                children.entry(kept.entry.parent_span_id).or_default().push(at);
            }
        }
        while let Some(at) = reached.pop() {
            if let Some(wanted) = wanted.get_mut(at) {
                *wanted = true;
            }
            let below = self.kept.get(at).and_then(|kept| children.remove(&kept.entry.span_id));
            reached.extend(below.unwrap_or_default());
        }
        let mut wanted = wanted.into_iter();
        let taken: Vec<_> = self.kept.extract_if(.., |_| wanted.next().unwrap_or_default()).collect();
        self.fresh = self.kept.iter().filter(|kept| !kept.is_shown).count();
        taken
    }

    /// Takes out all of them, for a `root`. Where spans were only counted, nobody knows what hung on those: it hangs on the
    /// root then.
    pub(crate) fn take_all(&mut self, root: SpanId) -> Vec<Kept> {
        let mut taken = std::mem::take(&mut self.kept);
        self.fresh = 0;
        let present: HashSet<SpanId> = taken.iter().map(|kept| kept.entry.span_id).collect();
        for kept in &mut taken {
            if !present.contains(&kept.entry.parent_span_id) {
                kept.entry.parent_span_id = root;
            }
        }
        taken
    }

    /// A piece of what was not drawn yet; the spans stay for the whole tree.
    pub(crate) fn show_unfinished(&mut self, trace_id: TraceId) -> Option<Piece> {
        if self.fresh == 0 {
            return None;
        }
        let unseen = self.kept.iter_mut().filter(|kept| !kept.is_shown);
        let entries = unseen.map(|kept| {
            kept.is_shown = true;
            kept.entry.clone()
        });
        let entries = entries.collect();
        let fresh = std::mem::take(&mut self.fresh);
        Some(Piece { mark: Mark::Unfinished, trace_id, entries, more: self.more, fresh })
    }
}
