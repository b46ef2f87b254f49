//! Which span stands under which, in the order of their starts.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::SpanId;

use super::entry::Entry;

/// The spans of one tree, each before its children. Nothing recurses: a chain may be as deep as it likes.
#[derive(Debug)]
pub(crate) struct Outline<'a> {
    pub(crate) places: Vec<Place<'a>>,
}

/// Where a span stands.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) entry: &'a Entry,
    /// The parent's place in the outline; nothing for a span at the top.
    pub(crate) parent: Option<usize>,
    pub(crate) depth: usize,
    /// How many siblings stand before it.
    pub(crate) rank: usize,
    pub(crate) children: usize,
    /// The span and all below it.
    pub(crate) size: usize,
}

impl<'a> Outline<'a> {
    /// Takes every entry exactly once, also where spans claim to be each other's parents.
    pub(crate) fn of(entries: &'a [Entry]) -> Self {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.sort_by_key(|entry| entry.start);
        let present: HashSet<SpanId> = entries.iter().map(|entry| entry.span_id).collect();
        let mut tops = Vec::new();
        let mut children: HashMap<SpanId, Vec<&Entry>> = HashMap::new();
        for entry in &sorted {
            if entry.is_local_root || !present.contains(&entry.parent_span_id) {
                tops.push(*entry);
            } else {
                children.entry(entry.parent_span_id).or_default().push(entry);
            }
        }
        let mut outline = Self { places: Vec::with_capacity(entries.len()) };
        let mut rank = 0;
        outline.add(tops, &mut rank, &mut children);
        // What is left hangs on itself: such circles are cut at their earliest span.
        for entry in sorted {
            if let Some(circle) = children.remove(&entry.parent_span_id) {
                outline.add(circle, &mut rank, &mut children);
            }
        }
        outline.measure();
        outline
    }

    fn add(&mut self, tops: Vec<&'a Entry>, rank: &mut usize, children: &mut HashMap<SpanId, Vec<&'a Entry>>) {
        let mut waiting: Vec<(&Entry, Option<usize>)> = tops.into_iter().rev().map(|entry| (entry, None)).collect();
        while let Some((entry, parent)) = waiting.pop() {
            let at = self.places.len();
            let (depth, rank) = if let Some(parent) = parent.and_then(|parent| self.places.get_mut(parent)) {
                parent.children += 1;
                (parent.depth + 1, parent.children - 1)
            } else {
                *rank += 1;
                (0, *rank - 1)
            };
            self.places.push(Place { entry, parent, depth, rank, children: 0, size: 1 });
            let below = children.remove(&entry.span_id).unwrap_or_default();
            waiting.extend(below.into_iter().rev().map(|child| (child, Some(at))));
        }
    }

    fn measure(&mut self) {
        for at in (0..self.places.len()).rev() {
            let Some(place) = self.places.get(at) else { continue };
            let (parent, size) = (place.parent, place.size);
            if let Some(parent) = parent.and_then(|parent| self.places.get_mut(parent)) {
                parent.size += size;
            }
        }
    }

    /// How many spans stand at the top.
    pub(crate) fn tops(&self) -> usize {
        self.places.iter().filter(|place| place.parent.is_none()).count()
    }

    /// The place behind the last one below `parent`.
    pub(crate) fn end_of(&self, parent: Option<usize>) -> usize {
        let whole = self.places.len();
        parent.and_then(|at| self.places.get(at).map(|place| at + place.size)).unwrap_or(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::terminal::sample::Sample;

    fn told(entries: &[Entry]) -> String {
        let outline = Outline::of(entries);
        let told = outline.places.iter().map(|place| format!("{}{}", "-".repeat(place.depth), place.entry.name));
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn children_follow_their_parent_in_the_order_of_their_starts() {
        let entries = [
            Sample::new(4, 2).named("c").at(30, 40).entry(),
            Sample::new(3, 1).named("d").at(50, 60).entry(),
            Sample::new(2, 1).named("b").at(10, 45).entry(),
            Sample::root(1).named("a").at(0, 100).entry(),
        ];
        assert_eq!(told(&entries), "a -b --c -d");
        let sizes: Vec<_> = Outline::of(&entries).places.iter().map(|place| place.size).collect();
        assert_eq!(sizes, [4, 2, 1, 1]);
    }

    #[test]
    fn spans_in_a_circle_are_told_once_each() {
        let entries = [
            Sample::new(1, 2).named("a").at(0, 9).entry(),
            Sample::new(2, 1).named("b").at(1, 8).entry(),
            Sample::new(3, 3).named("self").at(2, 8).entry(),
            Sample::new(3, 3).named("twin").at(3, 8).entry(),
        ];
        assert_eq!(told(&entries), "a -b self twin");
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_needs_no_stack() {
        let chain: Vec<_> = (1..=100_000).map(|id| Sample::new(id, id - 1).entry()).collect();
        let outline = Outline::of(&chain);
        assert_eq!(outline.places.last().unwrap().depth, 99_999);
        assert_eq!(outline.places.first().unwrap().size, 100_000);
    }
}
