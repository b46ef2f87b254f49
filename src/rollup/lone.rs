//! Local roots that left while nothing else was known of their trace.

use opentelemetry::trace::{SpanId, TraceId};

/// Most spans of a program may be such roots, so each is known only until another one takes its place: 24 KiB.
const PLACES: usize = 1_024;

/// The last ones, so that a child that comes too late is not waited with.
#[derive(Debug, Default)]
pub(super) struct LoneRoots {
    /// None before the first one.
    places: Vec<(TraceId, SpanId)>,
}

impl LoneRoots {
    pub(super) fn left(&mut self, trace: TraceId, root: SpanId) {
        if self.places.is_empty() {
            self.places.resize(PLACES, (TraceId::INVALID, SpanId::INVALID));
        }
        if let Some(place) = self.places.get_mut(place(trace)) {
            *place = (trace, root);
        }
    }

    /// The one of this trace that left last.
    pub(super) fn of(&self, trace: TraceId) -> Option<SpanId> {
        self.places.get(place(trace)).filter(|(of, _)| *of == trace).map(|(_, root)| *root)
    }
}

/// Ids are random.
fn place(trace: TraceId) -> usize {
    let [.., high, low] = trace.to_bytes();
    usize::from(u16::from_be_bytes([high, low])) % PLACES
}
