//! What is known of a trace while its spans come in.

use opentelemetry::trace::SpanId;

use super::ids::ById;
use super::sum::Sum;

/// Spans for which room is made at once in a trace that has any. So many are looked through one by one; where there are
/// more, a map finds them.
const FEW: usize = 16;
/// No more room for sums is kept: some 3 KiB.
const MAX_SPARE: usize = 7;
/// Links that are followed upwards from a late child.
const MAX_STEPS: usize = 4_096;

/// One trace.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Trace {
    /// Sums for spans that have not come yet.
    expected: ById<SpanId, Sum>,
    left: Left,
    /// Its local root has left and nothing waits: it is kept to know late children by.
    pub(super) is_done: bool,
    /// It has a place among those that are over, or had one when it was.
    pub(super) has_place: bool,
    /// The number of the last arrival, and of the sweep before it.
    pub(super) touched: u64,
    pub(super) sweep: u64,
    /// Something of it was given up.
    pub(super) is_cut: bool,
    /// Which spans have left is not known of all.
    links_cut: bool,
}

/// Spans that have left, and what is above them. Few are ever looked for.
#[derive(Debug, Default)]
struct Left {
    /// In the order in which they left; where one has left twice, the later counts.
    recent: Vec<(SpanId, Above)>,
    /// Those before.
    known: ById<SpanId, Above>,
}

/// What is above a span that has left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Above {
    /// An invalid id for a local root.
    pub(super) parent: SpanId,
    /// What comes below the span when it has left is missing in a figure.
    pub(super) needs_all: bool,
}

/// Memory for sums that wait. Few wait at a time, but each takes much room.
#[derive(Debug, Default)]
pub(super) struct Spare(ById<SpanId, Sum>);

/// Where a sum that goes up has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    InTime,
    /// A span above that needed it had left.
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

    /// What everything below `span` adds up to so far, where there is anything.
    pub(super) fn take(&mut self, span: SpanId) -> Option<Sum> {
        if self.expected.is_empty() { None } else { self.expected.remove(&span) }
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
    pub(super) fn leave(&mut self, span: SpanId, above: Above, most: usize) {
        if self.len() >= most {
            self.cut_links();
        }
        if self.len() < most {
            self.left.add(span, above);
        }
    }

    /// Lets `add` add to what `parent` will be told, or the next ancestor that has not left.
    pub(super) fn hand(&mut self, parent: SpanId, most: usize, add: impl FnOnce(&mut Sum)) -> Handed {
        // What is waited for has not left.
        if let Some(sum) = self.expected.get_mut(&parent) {
            add(sum);
            return Handed::InTime;
        }
        let mut at = parent;
        let mut handed = Handed::InTime;
        for _ in 0..MAX_STEPS {
            if at == SpanId::INVALID {
                return Handed::Nowhere;
            }
            let Some(above) = self.left.above(at) else {
                let Some(sum) = self.expect(at, most) else { return Handed::Nowhere };
                add(sum);
                sum.incomplete |= handed == Handed::Late;
                return handed;
            };
            if above.needs_all {
                handed = Handed::Late;
            }
            at = above.parent;
        }
        Handed::Nowhere
    }

    /// What `span` will be told, where there is room for it.
    fn expect(&mut self, span: SpanId, most: usize) -> Option<&mut Sum> {
        if !self.expected.contains_key(&span) {
            if self.len() >= most {
                self.cut_links();
            }
            if self.len() >= most {
                self.is_cut = true;
                return None;
            }
        }
        Some(self.expected.entry(span).or_default())
    }

    fn cut_links(&mut self) {
        self.left = Left::default();
        self.links_cut = true;
    }
}

impl Above {
    pub(super) const ROOT: Self = Self { parent: SpanId::INVALID, needs_all: true };
}

impl Left {
    fn len(&self) -> usize {
        self.recent.len() + self.known.len()
    }

    fn add(&mut self, span: SpanId, above: Above) {
        if self.recent.capacity() == 0 {
            self.recent.reserve(FEW);
        }
        self.recent.push((span, above));
    }

    /// What is above a span that has left.
    fn above(&mut self, span: SpanId) -> Option<Above> {
        if self.recent.len() > FEW {
            self.known.extend(self.recent.drain(..));
        }
        let recent = self.recent.iter().rev().find(|(left, _)| *left == span);
        recent.map(|(_, above)| *above).or_else(|| self.known.get(&span).copied())
    }
}
