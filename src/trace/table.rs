//! The table of spans made by hand that are open.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanContext, SpanId, TraceId};

use super::work::{ClosedBy, Work};

/// Traces that have ended and whose root is remembered, so that spans added later stand below it.
const MAX_ENDED: usize = 4_096;
/// Entries of the order that may be of spans that have ended, beside as many as are open.
const SLACK: usize = 1_024;

/// What may be open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) spans: usize,
    pub(crate) age: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { spans: 1 << 16, age: Duration::from_secs(24 * 3_600) }
    }
}

/// Open spans by their ids, and the roots of traces.
#[derive(Debug)]
pub(super) struct Table {
    bounds: Bounds,
    open: HashMap<SpanId, Arc<Work>>,
    /// In the order in which they were opened.
    order: VecDeque<(Instant, SpanId)>,
    roots: HashMap<TraceId, SpanContext>,
    ended: VecDeque<TraceId>,
}

impl Table {
    pub(super) fn new(bounds: Bounds) -> Self {
        let bounds = Bounds { spans: bounds.spans.max(1), ..bounds };
        let (open, order) = (HashMap::new(), VecDeque::new());
        Self { bounds, open, order, roots: HashMap::new(), ended: VecDeque::new() }
    }

    pub(super) fn insert(&mut self, work: &Arc<Work>) {
        let context = work.context();
        if self.order.len() > 2 * self.open.len() + SLACK {
            let open = &self.open;
            self.order.retain(|(_, id)| open.contains_key(id));
        }
        self.order.push_back((work.opened, context.span_id()));
        self.open.insert(context.span_id(), Arc::clone(work));
        if work.is_root {
            self.roots.insert(context.trace_id(), context.clone());
        }
    }

    pub(super) fn remove(&mut self, work: &Work) {
        let context = work.context();
        self.open.remove(&context.span_id());
        if work.is_root {
            self.ended.push_back(context.trace_id());
            if self.ended.len() > MAX_ENDED
                && let Some(oldest) = self.ended.pop_front()
            {
                self.roots.remove(&oldest);
            }
        }
    }

    /// Takes out what has to be closed so that `more` spans have room.
    pub(super) fn overdue(&mut self, more: usize) -> Vec<(Arc<Work>, ClosedBy)> {
        let mut overdue = Vec::new();
        while let Some((opened, id)) = self.order.front().copied() {
            let reason = if opened.elapsed() >= self.bounds.age {
                ClosedBy::Age
            } else if self.open.len() + more > self.bounds.spans {
                ClosedBy::Room
            } else if !self.open.contains_key(&id) {
                self.order.pop_front();
                continue;
            } else {
                break;
            };
            self.order.pop_front();
            overdue.extend(self.open.remove(&id).map(|work| (work, reason)));
        }
        for (work, _) in &overdue {
            self.remove(work);
        }
        overdue
    }

    /// Takes all of them out, the latest first: children before parents.
    pub(super) fn drain(&mut self) -> Vec<Arc<Work>> {
        let order = std::mem::take(&mut self.order);
        order.into_iter().rev().filter_map(|(_, id)| self.open.remove(&id)).collect()
    }

    pub(super) fn get(&self, span: SpanId) -> Option<Arc<Work>> {
        self.open.get(&span).cloned()
    }

    /// The root of a trace that began here.
    pub(super) fn root(&self, trace: TraceId) -> Option<SpanContext> {
        self.roots.get(&trace).cloned()
    }
}
