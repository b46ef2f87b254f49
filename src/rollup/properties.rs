//! What holds of every tree, in whatever order its spans arrive.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::trace::SpanId;
use proptest::prelude::*;

use super::sample::{chat, counts, plain, step, total_cost, used};
use super::{ChildrenFirst, Totals};
use crate::span::Span;

/// A span's own, and that of its parent.
fn own_and_parent(span: &Span) -> (SpanId, Option<SpanId>) {
    let data = &span.data;
    let has_parent = data.parent_span_id != SpanId::INVALID && !data.parent_span_is_remote;
    (data.span_context.span_id(), has_parent.then_some(data.parent_span_id))
}

/// A tree: for each span after the first, which of those before it is its parent, what it is, and its tokens.
fn trees() -> impl Strategy<Value = Vec<(usize, u8, u16)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..5_u8, 1..10_000_u16), 0..40).prop_map(|spans| {
        let parent = |(at, (parent, what, tokens)): (usize, (prop::sample::Index, u8, u16))| {
            (parent.index(at + 1), what, tokens)
        };
        spans.into_iter().enumerate().map(parent).collect()
    })
}

/// The spans, parents first. Calls are leaves: a wrapper is another matter.
fn spans(tree: &[(usize, u8, u16)]) -> Vec<Span> {
    let mut spans = vec![plain(1, 0)];
    for (at, (parent, what, size)) in tree.iter().enumerate() {
        let (id, parent, tokens) = (at as u64 + 2, *parent as u64 + 1, i64::from(*size));
        let is_leaf = tree.iter().all(|(other, ..)| *other != at + 1);
        spans.push(match what {
            0 => step("agent", id, parent),
            1 => plain(id, parent),
            _ if !is_leaf => step("chain", id, parent),
            2 => used(id, parent, tokens, 1),
            _ => chat(id, parent, tokens, tokens / 2, f64::from(*what) * f64::from(*size) / 1e7),
        });
    }
    spans
}

/// Calls, tokens, and money to the bit, by span.
type Told = HashMap<SpanId, (Option<(i64, i64, i64, i64, bool)>, Option<u64>)>;

fn told(spans: Vec<Span>) -> Told {
    let mut totals = Totals::new(Arc::default());
    spans
        .into_iter()
        .map(|mut span| {
            totals.apply(&mut span);
            (span.data.span_context.span_id(), (counts(&span), total_cost(&span).map(f64::to_bits)))
        })
        .collect()
}

proptest! {
    #[test]
    fn every_order_in_which_children_come_before_their_parents_gives_the_same_totals(
        tree in trees(),
        seeds in prop::collection::vec(any::<u64>(), 50),
    ) {
        let mut in_order = spans(&tree);
        in_order.reverse();
        let expected = told(in_order);

        // One that has no children left is next, whichever.
        let mut waiting = spans(&tree);
        let mut shuffled = Vec::new();
        for seed in seeds {
            let has_child = |span: &Span| {
                waiting.iter().any(|other| other.data.parent_span_id == span.data.span_context.span_id())
            };
            let ready: Vec<usize> = (0..waiting.len()).filter(|at| !has_child(&waiting[*at])).collect();
            if let Some(next) = ready.get(usize::try_from(seed % 1_000).unwrap() % ready.len().max(1)) {
                shuffled.push(waiting.remove(*next));
            }
        }
        prop_assert!(waiting.is_empty());
        prop_assert_eq!(told(shuffled), expected);
    }

    #[test]
    fn spans_that_arrive_together_in_any_order_give_the_same_totals(
        (tree, shuffled) in trees().prop_flat_map(|tree| {
            let places: Vec<usize> = (0..=tree.len()).collect();
            (Just(tree), Just(places).prop_shuffle())
        }),
    ) {
        let mut in_order = spans(&tree);
        in_order.reverse();
        let mut made: Vec<Option<Span>> = spans(&tree).into_iter().map(Some).collect();
        let mut shuffled = shuffled.into_iter().filter_map(|at| made[at].take());
        let mut batch: Vec<Vec<Span>> = vec![shuffled.by_ref().take(3).collect(), shuffled.collect()];
        ChildrenFirst::default().arrange(&mut batch, own_and_parent);
        let arranged: Vec<Span> = batch.into_iter().flatten().collect();
        prop_assert_eq!(arranged.len(), in_order.len());
        prop_assert_eq!(told(arranged), told(in_order));
    }

    #[test]
    fn the_sum_of_the_parts_is_the_total(tree in trees()) {
        let mut all = spans(&tree);
        let (mut calls, mut units) = (0, 0);
        for span in &all {
            if span.text("span_type") == Some("llm") {
                calls += 1;
                if let Some(opentelemetry::Value::F64(usd)) = span.get(crate::conventions::attribute::GEN_AI_USAGE_COST) {
                    units += format!("{usd:.12}").replace('.', "").parse::<i128>().unwrap();
                }
            }
        }
        all.reverse();
        let root = told(all)[&SpanId::from(1)];
        prop_assert_eq!(root.0.map_or(0, |counts| counts.0), calls);
        let cost = root.1.map_or(0.0, f64::from_bits);
        prop_assert_eq!(format!("{cost:.12}").replace('.', "").parse::<i128>().unwrap(), units);
    }
}

#[test]
fn spans_in_order_stay_where_they_are_and_a_circle_is_kept_whole() {
    let ids = |spans: &[Span]| -> Vec<u64> {
        spans.iter().map(|span| u64::from_be_bytes(span.data.span_context.span_id().to_bytes())).collect()
    };
    let arranged = |batch: Vec<Span>| {
        let mut batch = vec![batch];
        ChildrenFirst::default().arrange(&mut batch, own_and_parent);
        batch.iter().flat_map(|spans| ids(spans)).collect::<Vec<_>>()
    };
    assert_eq!(arranged(vec![plain(3, 2), plain(9, 8), plain(2, 1), plain(1, 0)]), [3, 9, 2, 1]);
    assert_eq!(arranged(vec![plain(1, 0), plain(9, 8), plain(2, 1), plain(3, 2), plain(4, 1)]), [3, 2, 4, 1, 9]);
    let mut circle = arranged(vec![plain(1, 2), plain(2, 1), plain(3, 3), plain(3, 3)]);
    circle.sort_unstable();
    assert_eq!(circle, [1, 2, 3, 3]);
    let chain: Vec<Span> = (1..100_000).map(|id| plain(id, id - 1)).collect();
    assert_eq!(arranged(chain).first(), Some(&99_999));
}
