//! What is known of a trace while its spans come in.

use opentelemetry::trace::SpanId;

use super::ids::ById;
use super::sum::Sum;

/// Spans for which room is made at once in a trace that has any: the first few would each make the map grow.
const USUAL: usize = 14;
/// No more room for sums is kept: some 3 KiB.
const MAX_SPARE: usize = 7;
/// Links that are followed upwards from a late child.
const MAX_STEPS: usize = 4_096;

/// One trace.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// Sums for spans that have not come yet.
    expected: ById<SpanId, Sum>,
    /// Spans that have left, and their parents; an invalid id for a local root.
    left: ById<SpanId, SpanId>,
    /// Its local root has left and nothing waits: it is kept to know late children by.
    pub(super) is_done: bool,
    /// The number of the last arrival, and of the sweep before it.
    pub(super) touched: u64,
    pub(super) sweep: u64,
    /// Something of it was given up.
    pub(super) is_cut: bool,
    /// Which spans have left is not known of all.
    links_cut: bool,
}

/// Memory for sums that wait. Few wait at a time, but each takes much room.
#[derive(Debug, Default)]
pub(super) struct Spare(ById<SpanId, Sum>);

/// Where a sum that goes up has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    InTime,
    /// The parent had left.
    Late,
    /// So had all above it, or there was no room.
    Nowhere,
}

impl Trace {
    /// A trace of which nothing has come, in the memory of one that is over.
    pub(super) fn within(spare: Spare) -> Self {
        Self { expected: spare.0, ..Self::default() }
    }

    /// The memory for sums, where none waits any more: a trace that is over is kept, and needs it for late spans alone.
    pub(super) fn give_spare(&mut self) -> Option<Spare> {
        let is_of_use = self.is_settled() && (1..=MAX_SPARE).contains(&self.expected.capacity());
        is_of_use.then(|| Spare(std::mem::take(&mut self.expected)))
    }

    /// What everything below `span` adds up to so far.
    pub(super) fn take(&mut self, span: SpanId) -> Sum {
        self.expected.remove(&span).unwrap_or_default()
    }

    /// Spans that are remembered.
    pub(super) fn len(&self) -> usize {
        self.expected.len() + self.left.len()
    }

    /// Calls that have not been told to any span.
    pub(super) fn calls(&self) -> u64 {
        self.expected.values().fold(0, |calls, sum| calls.saturating_add(sum.calls))
    }

    /// Nothing waits for a span to come.
    pub(super) fn is_settled(&self) -> bool {
        self.expected.is_empty()
    }

    /// Whether the total of a local root may lack something that waits. A root whose parent is in another process may
    /// share its trace with other local roots: what waits may be theirs.
    pub(super) fn is_unsure(&self, has_remote_parent: bool) -> bool {
        self.is_cut || ((self.links_cut || !has_remote_parent) && self.calls() > 0)
    }

    /// A span has left. At most `most` are remembered; links are given up first, for only late children need them.
    pub(super) fn leave(&mut self, span: SpanId, parent: SpanId, most: usize) {
        if self.len() >= most {
            self.left = ById::default();
            self.links_cut = true;
        }
        if self.len() < most {
            if self.left.capacity() == 0 {
                self.left.reserve(USUAL);
            }
            self.left.insert(span, parent);
        }
    }

    /// Adds `sum` to what `parent` will be told, or the next ancestor that has not left.
    pub(super) fn hand(&mut self, mut sum: Sum, parent: SpanId, most: usize) -> Handed {
        let mut at = parent;
        let mut handed = Handed::InTime;
        for _ in 0..MAX_STEPS {
            if at == SpanId::INVALID {
                return Handed::Nowhere;
            }
            let Some(above) = self.left.get(&at) else {
                sum.incomplete |= handed == Handed::Late;
                return if self.expect(at, &sum, most) { handed } else { Handed::Nowhere };
            };
            handed = Handed::Late;
            at = *above;
        }
        Handed::Nowhere
    }

    fn expect(&mut self, span: SpanId, sum: &Sum, most: usize) -> bool {
        if let Some(expected) = self.expected.get_mut(&span) {
            expected.add(sum);
            return true;
        }
        if self.len() >= most {
            self.left = ById::default();
            self.links_cut = true;
        }
        let has_room = self.len() < most;
        if has_room {
            self.expected.insert(span, *sum);
        }
        self.is_cut |= !has_room;
        has_room
    }
}
