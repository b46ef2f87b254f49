//! The table of spans made by hand that are open.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId};

use super::work::{ClosedBy, Work};

/// Spans that have ended and are remembered, so that what is added below one is known to have its parent here, and what is
/// added to its trace stands below it where it is the root: some 2 MiB.
const MAX_ENDED: usize = 32_768;
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
    /// The first span of each trace that is open here, or was and is remembered.
    roots: HashMap<TraceId, SpanContext>,
    /// Their traces, and whether they were sampled.
    ended: HashMap<SpanId, (TraceId, TraceFlags)>,
    ended_in_order: VecDeque<SpanId>,
}

impl Table {
    pub(super) fn new(bounds: Bounds) -> Self {
        let bounds = Bounds { spans: bounds.spans.max(1), ..bounds };
        Self {
            bounds,
            open: HashMap::new(),
            order: VecDeque::new(),
            roots: HashMap::new(),
            ended: HashMap::new(),
            ended_in_order: VecDeque::new(),
        }
    }

    pub(super) fn insert(&mut self, work: &Arc<Work>) {
        let context = work.context();
        if self.order.len() > 2 * self.open.len() + SLACK {
            let open = &self.open;
            self.order.retain(|(_, id)| open.contains_key(id));
        }
        self.order.push_back((work.opened, context.span_id()));
        self.open.insert(context.span_id(), Arc::clone(work));
        if work.is_root && !self.has_open_root(context.trace_id()) {
            self.roots.insert(context.trace_id(), context.clone());
        }
    }

    /// What begins inside of a trace does not take the place of its first span.
    fn has_open_root(&self, trace: TraceId) -> bool {
        self.root(trace).is_some_and(|root| self.open.contains_key(&root.span_id()))
    }

    pub(super) fn remove(&mut self, work: &Work) {
        self.open.remove(&work.context().span_id());
        self.remember(work.context());
    }

    /// Remembers a span that has ended, in the place of the one that has ended longest ago.
    pub(super) fn remember(&mut self, ended: &SpanContext) {
        if self.ended.len() >= MAX_ENDED
            && let Some(span) = self.ended_in_order.pop_front()
            && let Some((trace, _)) = self.ended.remove(&span)
            && self.root(trace).is_some_and(|root| root.span_id() == span)
        {
            self.roots.remove(&trace);
        }
        if self.ended.insert(ended.span_id(), (ended.trace_id(), ended.trace_flags())).is_none() {
            self.ended_in_order.push_back(ended.span_id());
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

    /// The trace and the flags of a span of this process that has ended, so far as it is remembered.
    pub(super) fn ended(&self, span: SpanId) -> Option<(TraceId, TraceFlags)> {
        self.ended.get(&span).copied()
    }

    /// The root of a trace that began here.
    pub(super) fn root(&self, trace: TraceId) -> Option<&SpanContext> {
        self.roots.get(&trace)
    }
}
