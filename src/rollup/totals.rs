//! The step: sums go up from span to span, and stay on agents and local roots.

use std::collections::hash_map::Entry;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;

use super::ids::ById;
use super::lone::LoneRoots;
use super::part::Part;
use super::sum::{Sum, Told};
use super::trace::{Above, Handed, Spare, Trace};
use crate::conventions::attribute;
use crate::span::{Share, Span};

/// What is kept at most.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    traces: usize,
    /// Traces that are over, of these: known for as long as so many others have not followed.
    done: usize,
    /// Of one trace: those that left, and those that something waits for.
    spans_of_trace: usize,
    spans: usize,
    /// Traces that were given up are known for as long as so many others have not followed.
    given_up: usize,
    /// A trace of which nothing has come for so many sweeps is given up: a day's, since an agent may wait for a person. What
    /// is kept is bounded without that; it tells in the end of calls whose root never came.
    sweeps: u64,
}

/// Some 24 bytes for a span that has left, and 400 for one that something waits for: with few of those 1 MiB, at most 26.
const BOUNDS: Bounds =
    Bounds { traces: 4_096, done: 1_024, spans_of_trace: 16_384, spans: 65_536, given_up: 4_096, sweeps: 24 * 60 };
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Room is made for so much of what is kept at once, and for no more: what gives way may be in use.
const ROOM: usize = 16;
/// Arrivals between two looks at the clock.
const LOOK_EVERY: u64 = 1_024;

/// The traces whose spans come in. Spans must come after their children; [`ChildrenFirst`](super::ChildrenFirst) sees
/// to that as far as they are there at the same time.
#[derive(Debug)]
pub(crate) struct Totals {
    bounds: Bounds,
    traces: ById<TraceId, Trace>,
    /// Roots that have no trace here.
    lone: LoneRoots,
    /// Traces that were over with that arrival, each once.
    done_in_order: VecDeque<(TraceId, u64)>,
    /// Of the trace that was over last.
    spare: Spare,
    /// Spans remembered in all traces.
    spans: usize,
    given_up: HashSet<TraceId>,
    given_up_in_order: VecDeque<TraceId>,
    arrivals: u64,
    sweeps: u64,
    swept: Instant,
    /// Calls that are missing in a total that has left.
    missed: Arc<AtomicU64>,
}

impl Totals {
    /// `missed` counts the calls that are missing in a total.
    pub(crate) fn new(missed: Arc<AtomicU64>) -> Self {
        Self::within(BOUNDS, missed)
    }

    fn within(bounds: Bounds, missed: Arc<AtomicU64>) -> Self {
        Self {
            bounds,
            traces: ById::default(),
            lone: LoneRoots::default(),
            done_in_order: VecDeque::new(),
            spare: Spare::default(),
            spans: 0,
            given_up: HashSet::new(),
            given_up_in_order: VecDeque::new(),
            arrivals: 0,
            sweeps: 0,
            swept: Instant::now(),
            missed,
        }
    }

    /// Adds the span to what is above it, and puts the total on it where it gets one. Says what of it no span below has
    /// told.
    pub(crate) fn apply(&mut self, span: &mut Span) -> Share {
        self.look_at_clock();
        let part = Part::of(span);
        let id = span.data.span_context.span_id();
        let trace_id = span.data.span_context.trace_id();
        if is_local_root(&span.data) && !self.traces.contains_key(&trace_id) {
            let mut sum = Sum::incomplete(self.was_given_up(trace_id));
            let told = sum.take(&part);
            sum.write(span);
            self.lone.left(trace_id, id);
            return settle(span, &part, told);
        }

        let most = self.bounds.spans_of_trace;
        let trace = self.trace(trace_id);
        let before = trace.len();
        let below = trace.take(id);
        let (mut missed, mut spare, mut done) = (0, None, None);
        let told = match (below, &part) {
            (below, part) if is_local_root(&span.data) => {
                let mut sum = below.unwrap_or_default();
                let told = sum.take(part);
                sum.incomplete |= trace.is_unsure(span.data.parent_span_is_remote);
                sum.write(span);
                trace.is_done = trace.is_settled();
                done = (trace.is_done && !trace.has_place).then_some(trace.touched);
                trace.has_place |= trace.is_done;
                trace.leave(id, Above::ROOT, most);
                spare = trace.give_spare();
                told
            }
            // Most calls have nothing below them, and nothing has to be summed up first.
            (None, Part::Call(call)) => {
                let parent = span.data.parent_span_id;
                trace.leave(id, Above { parent, needs_all: true }, most);
                if trace.hand(parent, most, |above| above.add_call(call)) != Handed::InTime {
                    missed = 1;
                }
                Told::Anew
            }
            (below, part) => {
                let mut sum = below.unwrap_or_default();
                let told = sum.take(part);
                let parent = span.data.parent_span_id;
                if matches!(part, Part::Agent) {
                    sum.incomplete |= trace.is_cut;
                    sum.write(span);
                }
                trace.leave(id, Above { parent, needs_all: part.needs_all() }, most);
                if !sum.is_empty() && trace.hand(parent, most, |above| above.add(&sum)) != Handed::InTime {
                    missed = sum.calls;
                }
                told
            }
        };
        let after = trace.len();
        if let Some(spare) = spare {
            self.spare = spare;
        }
        self.spans = (self.spans + after).saturating_sub(before);
        if let Some(arrival) = done {
            self.keep_done(trace_id, arrival);
        }
        if missed > 0 {
            self.missed.fetch_add(missed, Ordering::Relaxed);
        }
        settle(span, &part, told)
    }

    /// The trace, marked as the one that was touched last.
    fn trace(&mut self, id: TraceId) -> &mut Trace {
        if self.spans >= self.bounds.spans
            || (self.traces.len() >= self.bounds.traces && !self.traces.contains_key(&id))
        {
            self.make_room(id);
        }
        self.arrivals += 1;
        let trace = match self.traces.entry(id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let trace = entry.insert(Trace::within(std::mem::take(&mut self.spare)));
                trace.is_cut = !self.given_up.is_empty() && self.given_up.contains(&id);
                if let Some(root) = self.lone.of(id) {
                    trace.leave(root, Above::ROOT, self.bounds.spans_of_trace);
                    self.spans += trace.len();
                }
                trace
            }
        };
        (trace.touched, trace.sweep, trace.is_done) = (self.arrivals, self.sweeps, false);
        trace
    }

    /// Keeps a trace that is over to know late children by, in the place of the one that has been over longest.
    fn keep_done(&mut self, id: TraceId, arrival: u64) {
        self.done_in_order.push_back((id, arrival));
        while self.done_in_order.len() > self.bounds.done
            && let Some((id, arrival)) = self.done_in_order.pop_front()
        {
            let Entry::Occupied(mut entry) = self.traces.entry(id) else { continue };
            let trace = entry.get_mut();
            if !trace.is_done {
                trace.has_place = false;
            } else if trace.touched == arrival {
                let trace = entry.remove();
                self.remember(id, &trace);
            } else {
                // It was over once more since.
                self.done_in_order.push_back((id, trace.touched));
            }
        }
    }

    /// Forgets what is over. Where that makes too little room, gives up what was touched longest ago.
    fn make_room(&mut self, kept: TraceId) {
        self.give_up(|id, trace| id != kept && trace.is_done);
        let has_room = |len: usize, most: usize| len < most - most / ROOM;
        if has_room(self.traces.len(), self.bounds.traces) && has_room(self.spans, self.bounds.spans) {
            return;
        }
        let others = self.traces.iter().filter(|(id, _)| **id != kept);
        let mut touched: Vec<u64> = others.map(|(_, trace)| trace.touched).collect();
        if let Some(last) = touched.len().checked_sub(1).map(|last| last / ROOM) {
            let (_, last, _) = touched.select_nth_unstable(last);
            let last = *last;
            self.give_up(|id, trace| id != kept && trace.touched <= last);
        }
    }

    fn look_at_clock(&mut self) {
        if self.arrivals.is_multiple_of(LOOK_EVERY) && !self.traces.is_empty() && self.swept.elapsed() >= SWEEP_EVERY {
            self.swept = Instant::now();
            self.sweep();
        }
    }

    fn sweep(&mut self) {
        self.sweeps += 1;
        let oldest = self.sweeps.saturating_sub(self.bounds.sweeps);
        self.give_up(|_, trace| trace.sweep < oldest);
    }

    fn give_up(&mut self, is_old: impl Fn(TraceId, &Trace) -> bool) {
        let old: Vec<(TraceId, Trace)> = self.traces.extract_if(|id, trace| is_old(*id, trace)).collect();
        for (id, trace) in old {
            self.remember(id, &trace);
        }
    }

    /// What of a trace that was given up has to be known.
    fn remember(&mut self, id: TraceId, trace: &Trace) {
        self.spans = self.spans.saturating_sub(trace.len());
        let calls = trace.calls();
        if calls == 0 && !trace.is_cut {
            return;
        }
        self.missed.fetch_add(calls, Ordering::Relaxed);
        if self.given_up.insert(id) {
            self.given_up_in_order.push_back(id);
        }
        if self.given_up_in_order.len() > self.bounds.given_up
            && let Some(oldest) = self.given_up_in_order.pop_front()
        {
            self.given_up.remove(&oldest);
        }
    }

    fn was_given_up(&self, id: TraceId) -> bool {
        !self.given_up.is_empty() && self.given_up.contains(&id)
    }
}

/// Has no parent in this process.
fn is_local_root(span: &SpanData) -> bool {
    span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote
}

/// A wrapper's amount that was computed here is taken off again: the call's own span has it.
fn settle(span: &mut Span, part: &Part, told: Told) -> Share {
    let Part::Call(call) = part else { return Share::Nothing };
    let (share, is_priced_below) = match told {
        Told::Anew => return Share::Call,
        Told::Tokens { is_priced_below: true } => (Share::Tokens, true),
        Told::Tokens { is_priced_below: false } => (Share::Figures, false),
        Told::Again { is_priced_below: false } if call.cost.is_some() => (Share::Amount, false),
        Told::Again { is_priced_below } => (Share::Nothing, is_priced_below),
    };
    if !is_priced_below {
        return share;
    }
    let is_computed = span.text(attribute::TRACING_GENAI_COST_SOURCE).is_some_and(|source| source != "provider");
    if is_computed {
        let of_amount = [
            attribute::GEN_AI_USAGE_COST,
            attribute::TRACING_GENAI_COST_SOURCE,
            attribute::TRACING_GENAI_COST_LINES,
            attribute::TRACING_GENAI_COST_TOOLS,
            attribute::TRACING_GENAI_PRICE_MODEL,
            attribute::TRACING_GENAI_PRICE_MATCH,
            attribute::TRACING_GENAI_PRICE_TIER,
            attribute::TRACING_GENAI_PRICE_CATALOGUE,
        ];
        for key in of_amount {
            span.remove(key);
        }
        span.sides = None;
        span.set(attribute::TRACING_GENAI_COST_STATUS, "counted_below");
    }
    share
}

#[cfg(test)]
mod tests;
