//! Collects spans until their tree is whole, or until waiting longer helps nobody.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};

use super::entry::Entry;
use super::piece::{Mark, More, Piece};
use super::recent::Recent;
use super::waiting::{Kept, Waiting};

/// How much is kept, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Traces that wait at the same time; the one that was quiet longest gives way and is drawn unfinished.
    pub(crate) traces: usize,
    /// Spans of one trace that are kept; of more only the sums.
    pub(crate) spans_per_trace: usize,
    /// Of all traces; the one that was quiet longest gives way.
    pub(crate) bytes: usize,
    /// Spans of which it is known what was drawn, to tell late children from early ones.
    pub(crate) remembered: usize,
    /// Quiet time after which spans that came after their tree are drawn.
    pub(crate) late_after: Duration,
    /// Quiet time after which spans are drawn though their root has not ended.
    pub(crate) unfinished_after: Duration,
    /// Quiet time after which a trace is given up.
    pub(crate) forget_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            traces: 1_024,
            spans_per_trace: 10_000,
            bytes: 64 * 1024 * 1024,
            remembered: 32_768,
            late_after: Duration::from_secs(1),
            unfinished_after: Duration::from_secs(5 * 60),
            forget_after: Duration::from_secs(60 * 60),
        }
    }
}

/// Spans whose root has not ended, by trace.
///
/// A trace may have several local roots, one for each request that came with its id; each takes what is below it.
#[derive(Debug)]
pub(crate) struct TraceTable {
    limits: Limits,
    traces: HashMap<TraceId, Waiting>,
    bytes: usize,
    drawn: Recent<SpanId>,
    /// Traces that were given up, so that what follows is not taken for the whole.
    given_up: Recent<TraceId>,
    /// Spans of which only the sums were kept.
    summed: u64,
}

impl TraceTable {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            traces: HashMap::new(),
            bytes: 0,
            drawn: Recent::new(limits.remembered),
            given_up: Recent::new(limits.traces),
            summed: 0,
            limits,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.traces.is_empty()
    }

    /// Spans of which only the sums were kept, since the start.
    pub(crate) fn summed(&self) -> u64 {
        self.summed
    }

    /// Takes a span in. What is now to be drawn: the tree that it ends, and the traces that gave way for it.
    pub(crate) fn insert(&mut self, entry: Entry, now: Instant) -> Vec<Piece> {
        if entry.is_local_root {
            return vec![self.close(entry)];
        }
        let is_late = self.drawn.contains(&entry.parent_span_id);
        let trace = self.traces.entry(entry.trace_id).or_insert_with(|| Waiting::new(now));
        trace.touched = now;
        if trace.kept.len() >= self.limits.spans_per_trace {
            trace.more.add(&entry);
            self.summed += 1;
            return Vec::new();
        }
        trace.has_late |= is_late;
        trace.fresh += 1;
        self.bytes += entry.bytes();
        trace.kept.push(Kept { entry, is_shown: false });
        self.make_room()
    }

    /// What has been quiet for too long.
    pub(crate) fn sweep(&mut self, now: Instant) -> Vec<Piece> {
        let limits = self.limits;
        self.draw_each(|trace| {
            let quiet = now.saturating_duration_since(trace.touched);
            Due {
                late: quiet >= limits.late_after,
                unfinished: quiet >= limits.unfinished_after,
                gone: quiet >= limits.forget_after,
            }
        })
    }

    /// All that has not been drawn. Spans that wait for their root stay, so that its tree will be whole.
    pub(crate) fn flush(&mut self) -> Vec<Piece> {
        self.draw_each(|_| Due { late: true, unfinished: true, gone: false })
    }

    /// The tree of a root that has ended.
    fn close(&mut self, root: Entry) -> Piece {
        let trace_id = root.trace_id;
        let (mut taken, mut more) = (Vec::new(), More::default());
        if let Slot::Occupied(mut slot) = self.traces.entry(trace_id) {
            let trace = slot.get_mut();
            more = std::mem::take(&mut trace.more);
            taken = if more.spans > 0 {
                trace.take_all(root.span_id)
            } else {
                trace.take_below(|entry| entry.parent_span_id == root.span_id)
            };
            if trace.kept.is_empty() {
                slot.remove();
            }
        }
        let mark = if self.given_up.contains(&trace_id) { Mark::Rest } else { Mark::Whole };
        self.bytes += root.bytes();
        taken.push(Kept { entry: root, is_shown: false });
        self.piece(mark, trace_id, taken, more)
    }

    /// A piece whose spans leave the table.
    fn piece(&mut self, mark: Mark, trace_id: TraceId, taken: Vec<Kept>, more: More) -> Piece {
        let fresh = taken.iter().filter(|kept| !kept.is_shown).count();
        self.release(&taken);
        for kept in &taken {
            self.drawn.insert(kept.entry.span_id);
        }
        let entries = taken.into_iter().map(|kept| kept.entry).collect();
        Piece { mark, trace_id, entries, more, fresh }
    }

    fn release(&mut self, leaving: &[Kept]) {
        let bytes = leaving.iter().map(|kept| kept.entry.bytes()).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn make_room(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while self.traces.len() > self.limits.traces || self.bytes > self.limits.bytes {
            let quietest = self.traces.iter().min_by_key(|(_, trace)| trace.touched).map(|(id, _)| *id);
            let Some(trace_id) = quietest else { break };
            pieces.extend(self.give_up(trace_id));
        }
        pieces
    }

    /// Gives up on a trace's root.
    fn give_up(&mut self, trace_id: TraceId) -> Option<Piece> {
        let mut trace = self.traces.remove(&trace_id)?;
        self.given_up.insert(trace_id);
        let shown: Vec<_> = trace.kept.extract_if(.., |kept| kept.is_shown).collect();
        self.release(&shown);
        let piece = self.piece(Mark::Unfinished, trace_id, trace.kept, trace.more);
        (!piece.entries.is_empty()).then_some(piece)
    }

    fn draw_each(&mut self, due: impl Fn(&Waiting) -> Due) -> Vec<Piece> {
        let due: Vec<_> = self.traces.iter().map(|(id, trace)| (*id, due(trace))).collect();
        let mut pieces = Vec::new();
        for (trace_id, due) in due {
            if due.late {
                pieces.extend(self.take_late(trace_id));
            }
            if due.gone {
                pieces.extend(self.give_up(trace_id));
            } else if due.unfinished {
                pieces.extend(self.traces.get_mut(&trace_id).and_then(|trace| trace.show_unfinished(trace_id)));
            }
        }
        pieces.sort_by_key(Piece::start);
        pieces
    }

    fn take_late(&mut self, trace_id: TraceId) -> Option<Piece> {
        let Slot::Occupied(mut slot) = self.traces.entry(trace_id) else { return None };
        let trace = slot.get_mut();
        if !std::mem::take(&mut trace.has_late) {
            return None;
        }
        let drawn = &self.drawn;
        let taken = trace.take_below(|entry| drawn.contains(&entry.parent_span_id));
        let mut more = More::default();
        if trace.kept.is_empty() {
            more = std::mem::take(&mut trace.more);
            slot.remove();
        }
        (!taken.is_empty()).then(|| self.piece(Mark::Late, trace_id, taken, more))
    }
}

/// What of a trace is to be drawn now.
struct Due {
    late: bool,
    unfinished: bool,
    gone: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::terminal::sample::Sample;

    const LIMITS: Limits = Limits {
        traces: 3,
        spans_per_trace: 4,
        bytes: 1 << 20,
        remembered: 100,
        late_after: Duration::from_secs(1),
        unfinished_after: Duration::from_secs(10),
        forget_after: Duration::from_secs(100),
    };

    /// A table, its clock, and the pieces told as `mark: name name`.
    struct Watched {
        table: TraceTable,
        now: Instant,
    }

    impl Watched {
        fn new(limits: Limits) -> Self {
            Self { table: TraceTable::new(limits), now: Instant::now() }
        }

        fn insert(&mut self, sample: &Sample) -> Vec<String> {
            told(&self.table.insert(sample.entry(), self.now))
        }

        fn after(&mut self, seconds: u64) -> Vec<String> {
            self.now += Duration::from_secs(seconds);
            told(&self.table.sweep(self.now))
        }

        fn flush(&mut self) -> Vec<String> {
            told(&self.table.flush())
        }
    }

    fn told(pieces: &[Piece]) -> Vec<String> {
        let piece = |piece: &Piece| {
            let mut names: Vec<_> = piece.entries.iter().map(|entry| entry.name.as_str()).collect();
            names.sort_unstable();
            format!("{:?}: {}", piece.mark, names.join(" "))
        };
        pieces.iter().map(piece).collect()
    }

    fn span(id: u64, parent: u64) -> Sample {
        Sample::new(id, parent).named(&id.to_string())
    }

    const NOTHING: Vec<String> = Vec::new();

    #[test]
    fn a_tree_is_drawn_when_its_root_ends_and_not_before() {
        let mut table = Watched::new(LIMITS);
        assert_eq!(table.insert(&span(3, 2)), NOTHING);
        assert_eq!(table.insert(&span(2, 1)), NOTHING);
        assert_eq!(table.insert(&span(1, 0)), ["Whole: 1 2 3"]);
        assert!(table.table.is_empty());
        assert_eq!(table.table.bytes, 0);
    }

    #[test]
    fn requests_that_share_a_trace_are_trees_of_their_own() {
        let mut table = Watched::new(LIMITS);
        table.insert(&span(11, 1));
        table.insert(&span(21, 2));
        assert_eq!(table.insert(&span(1, 99).remote_parent()), ["Whole: 1 11"]);
        assert_eq!(table.after(5), NOTHING, "the other request still runs");
        assert_eq!(table.insert(&span(2, 99).remote_parent()), ["Whole: 2 21"]);
        assert!(table.table.is_empty());
    }

    #[test]
    fn a_child_that_ends_after_its_tree_is_drawn_soon_and_marked_late() {
        let mut table = Watched::new(LIMITS);
        table.insert(&span(1, 0));
        assert_eq!(table.insert(&span(3, 2)), NOTHING);
        assert_eq!(table.insert(&span(2, 1)), NOTHING);
        assert_eq!(table.after(1), ["Late: 2 3"]);
        assert_eq!(table.insert(&span(4, 2)), NOTHING, "its parent was late itself");
        assert_eq!(table.flush(), ["Late: 4"]);
        assert!(table.table.is_empty());
        assert_eq!(table.table.bytes, 0);
    }

    #[test]
    fn a_flush_shows_what_waits_and_the_tree_is_whole_all_the_same() {
        let mut table = Watched::new(LIMITS);
        table.insert(&span(2, 1));
        assert_eq!(table.flush(), ["Unfinished: 2"]);
        assert_eq!(table.flush(), NOTHING, "nothing new");
        table.insert(&span(3, 1));
        assert_eq!(table.flush(), ["Unfinished: 3"]);
        table.insert(&span(4, 1));
        let pieces = table.table.insert(span(1, 0).entry(), table.now);
        assert_eq!(told(&pieces), ["Whole: 1 2 3 4"]);
        assert_eq!(pieces[0].fresh, 2, "the others were counted before");
        assert_eq!(table.table.bytes, 0);
    }

    #[test]
    fn a_root_that_never_ends_is_not_waited_for_forever() {
        let mut table = Watched::new(LIMITS);
        table.insert(&span(2, 1));
        assert_eq!(table.after(9), NOTHING);
        assert_eq!(table.after(1), ["Unfinished: 2"]);
        table.insert(&span(3, 1));
        assert_eq!(table.after(100), ["Unfinished: 3"]);
        assert!(table.table.is_empty());
        assert_eq!(table.table.bytes, 0);
        assert_eq!(table.insert(&span(1, 0)), ["Rest: 1"], "a tree without its first half says so");
    }

    #[test]
    fn the_quietest_trace_gives_way_and_is_drawn() {
        let mut table = Watched::new(LIMITS);
        for trace in [10, 20, 30] {
            table.insert(&span(2, 1).in_trace(trace));
            table.after(0);
            table.now += Duration::from_millis(1);
        }
        table.insert(&span(3, 1).in_trace(10));
        assert_eq!(table.insert(&span(4, 1).in_trace(40)), ["Unfinished: 2"]);
        assert!(!table.table.traces.contains_key(&TraceId::from(20)));
        assert_eq!(table.insert(&span(1, 0).in_trace(20)), ["Rest: 1"]);
        assert_eq!(table.insert(&span(1, 0).in_trace(10)), ["Whole: 1 2 3"]);
    }

    #[test]
    fn bytes_are_bounded_over_all_traces() {
        let mut table = Watched::new(Limits { bytes: 1_000, ..LIMITS });
        let long = |id: u64| span(id, 1).in_trace(id.into()).named(&"n".repeat(190));
        let drawn: usize = (1..=200).map(|id| table.insert(&long(id)).len()).sum();
        assert!(table.table.bytes <= 1_000);
        assert_eq!(drawn + table.table.traces.len(), 200, "what gave way was drawn");
    }

    #[test]
    fn spans_above_the_bound_are_summed_up_and_told() {
        let mut table = Watched::new(LIMITS);
        for id in 2..=11 {
            table.insert(&span(id, 1).usage(10, 1).cost(0.5));
        }
        let pieces = table.table.insert(span(1, 0).entry(), table.now);
        assert_eq!((pieces[0].entries.len(), pieces[0].more.spans), (5, 6));
        assert_eq!((pieces[0].more.totals.input_tokens, pieces[0].more.totals.cost), (Some(60), Some(3.0)));
        assert_eq!(table.table.summed(), 6);
    }

    #[test]
    fn what_hangs_on_a_span_that_was_only_summed_up_is_drawn_with_its_root() {
        let mut table = Watched::new(LIMITS);
        for id in 3..=8 {
            table.insert(&span(id, 2));
        }
        table.insert(&span(2, 1));
        assert_eq!(table.insert(&span(1, 0)), ["Whole: 1 3 4 5 6"]);
        assert!(table.table.is_empty());
        assert_eq!(table.table.bytes, 0);
    }

    #[test]
    fn spans_in_a_circle_are_drawn_in_the_end() {
        let mut table = Watched::new(LIMITS);
        table.insert(&span(2, 3));
        table.insert(&span(3, 2));
        table.insert(&span(4, 4));
        assert_eq!(table.flush(), ["Unfinished: 2 3 4"]);
    }
}
