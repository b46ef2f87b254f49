//! Spans that are there at the same time, each after its children.

use std::collections::HashMap;

use opentelemetry::trace::SpanId;

use super::ids::ById;

/// Puts batches into order. A span is pushed when it has ended, and so after its children, unless they end on other
/// threads at the same moment, or outlive it. Ends in time would be a worse order: a parent's end is its last exit,
/// and a child that outlives it may still be pushed before it.
#[derive(Debug, Default)]
pub(crate) struct ChildrenFirst {
    /// Kept for its memory.
    places: ById<SpanId, usize>,
}

impl ChildrenFirst {
    /// Moves each parent behind all below it; spans that are in order stay where they are. One look-up and one insert
    /// for each span where all are in order. They come in several pieces, and stay in them or become one. `ids` gives a
    /// span's own, and that of its parent in this process.
    pub(crate) fn arrange<T>(&mut self, batch: &mut Vec<Vec<T>>, ids: impl Fn(&T) -> (SpanId, Option<SpanId>)) {
        self.places.clear();
        let mut in_order = true;
        for (at, span) in batch.iter().flatten().enumerate() {
            let (id, parent) = ids(span);
            in_order &= parent.is_none_or(|parent| !self.places.contains_key(&parent));
            self.places.insert(id, at);
        }
        if in_order {
            return;
        }
        let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, span) in batch.iter().flatten().enumerate() {
            if let Some(parent) = ids(span).1.and_then(|parent| self.places.get(&parent)) {
                children.entry(*parent).or_default().push(at);
            }
        }
        let mut spans: Vec<Option<T>> = batch.drain(..).flatten().map(Some).collect();
        let mut arranged = Vec::with_capacity(spans.len());
        for top in 0..spans.len() {
            // Nothing recurses: a chain may be as deep as it likes. A circle is entered once.
            let mut waiting = vec![top];
            while let Some(&at) = waiting.last() {
                if let Some(below) = children.remove(&at) {
                    waiting.extend(below.into_iter().rev());
                    continue;
                }
                waiting.pop();
                arranged.extend(spans.get_mut(at).and_then(Option::take));
            }
        }
        batch.push(arranged);
    }
}
