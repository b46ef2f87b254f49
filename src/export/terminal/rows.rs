//! The lines of a tree, in order: spans, and what stands for spans that are too many to show.

use super::entry::Entry;
use super::outline::{Outline, Place};
use super::piece::More;

/// Children of one span that are shown.
const MAX_SIBLINGS: usize = 100;

/// One line.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) item: Item<'a>,
    /// The row that it hangs on; nothing for the first.
    pub(crate) parent: Option<usize>,
    pub(crate) is_last: bool,
    pub(crate) has_children: bool,
}

/// What a line is about.
#[derive(Debug)]
pub(crate) enum Item<'a> {
    /// The first line of a piece that has no root.
    Heading,
    Span(&'a Entry),
    /// Spans that are not shown, how many of them failed, and how the first of these did.
    More {
        spans: usize,
        failed: usize,
        error: Option<&'a str>,
    },
}

/// The rows of `outline`, under a heading unless its first span is the root.
pub(crate) fn rows<'a>(outline: &Outline<'a>, has_root: bool, more: &More) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    if !has_root {
        rows.push(Row { item: Item::Heading, parent: None, is_last: true, has_children: true });
    }
    // The row of each place; those of hidden places are never asked for.
    let tops = outline.tops();
    let mut row_of = vec![0; outline.places.len()];
    let mut at = 0;
    while let Some(place) = outline.places.get(at) {
        let parent = match place.parent {
            Some(parent) => row_of.get(parent).copied(),
            None => (!rows.is_empty()).then_some(0),
        };
        let hangs_on_first = parent == Some(0);
        if place.rank >= MAX_SIBLINGS && parent.is_some() {
            let end = outline.end_of(place.parent);
            let hidden = hidden(outline.places.get(at..end).unwrap_or_default());
            rows.push(Row { item: hidden, parent, is_last: true, has_children: false });
            at = end;
            continue;
        }
        let siblings = match place.parent {
            Some(parent) => outline.places.get(parent).map_or(0, |parent| parent.children),
            None => tops,
        };
        let is_last = place.rank + 1 >= siblings && !(hangs_on_first && more.spans > 0);
        let has_children = place.children > 0 || (rows.is_empty() && more.spans > 0);
        if let Some(row) = row_of.get_mut(at) {
            *row = rows.len();
        }
        rows.push(Row { item: Item::Span(place.entry), parent, is_last, has_children });
        at += 1;
    }
    if more.spans > 0 {
        tell_more(&mut rows, more);
    }
    rows
}

fn hidden<'a>(places: &[Place<'a>]) -> Item<'a> {
    let mut errors = places.iter().filter_map(|place| place.entry.error.as_deref());
    let error = errors.next();
    Item::More { spans: places.len(), failed: usize::from(error.is_some()) + errors.count(), error }
}

/// Spans that were only counted join those that are hidden below the first row.
fn tell_more(rows: &mut Vec<Row<'_>>, more: &More) {
    if let Some(Row { item: Item::More { spans, failed, .. }, parent: Some(0), .. }) = rows.last_mut() {
        *spans += more.spans;
        *failed += more.failed;
    } else {
        let item = Item::More { spans: more.spans, failed: more.failed, error: None };
        rows.push(Row { item, parent: Some(0), is_last: true, has_children: false });
    }
}
