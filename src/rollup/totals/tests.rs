//! Traces in the order in which they come in, and what stays on their spans.

use super::*;
use crate::rollup::sample::{chat, counts, in_trace, plain, remote_parent, step, total_cost, used};
use opentelemetry::trace::Status;

fn totals() -> Totals {
    Totals::new(Arc::default())
}

fn small() -> Totals {
    let bounds = Bounds { traces: 4, done: 4, spans_of_trace: 6, spans: 16, given_up: 4, sweeps: 2 };
    Totals::within(bounds, Arc::default())
}

/// Sends the spans through in this order.
fn run(totals: &mut Totals, spans: Vec<Span>) -> Vec<Span> {
    spans
        .into_iter()
        .map(|mut span| {
            totals.apply(&mut span);
            span
        })
        .collect()
}

fn missed(totals: &Totals) -> u64 {
    totals.missed.load(Ordering::Relaxed)
}

#[test]
fn each_agent_and_the_root_tell_what_everything_below_used() {
    let spans = run(
        &mut totals(),
        vec![
            chat(5, 4, 100, 10, 0.1),
            plain(4, 3),
            step("agent", 3, 2),
            chat(6, 2, 200, 20, 0.2),
            step("agent", 2, 1),
            step("tool", 8, 7),
            step("agent", 7, 1),
            plain(1, 0),
        ],
    );
    assert_eq!(counts(&spans[2]), Some((1, 100, 10, 0, false)));
    assert_eq!(counts(&spans[4]), Some((2, 300, 30, 0, false)));
    assert_eq!(counts(&spans[6]), None, "an agent without calls has no total");
    assert_eq!(counts(&spans[7]), Some((2, 300, 30, 0, false)), "the root is no span of GenAI");
    assert_eq!(total_cost(&spans[7]).unwrap().to_bits(), 0.3_f64.to_bits());
    for at in [0, 1, 3, 5] {
        assert_eq!(counts(&spans[at]), None, "{at}");
    }
}

#[test]
fn a_local_root_is_a_span_whose_parent_is_elsewhere() {
    let spans = run(
        &mut totals(),
        vec![
            chat(3, 2, 1, 1, 0.5),
            remote_parent(plain(2, 1)),
            chat(5, 4, 2, 2, 0.5),
            remote_parent(step("tool", 4, 1)),
            chat(6, 0, 7, 7, 0.5),
        ],
    );
    assert_eq!(counts(&spans[1]), Some((1, 1, 1, 0, false)));
    assert_eq!(counts(&spans[3]), Some((1, 2, 2, 0, false)));
    assert_eq!(counts(&spans[4]), Some((1, 7, 7, 0, false)), "a call alone is its own tree");
}

#[test]
fn what_a_framework_adds_up_itself_is_not_counted_again() {
    let mut agent = chat(2, 1, 900, 90, 0.9);
    agent.set(attribute::SPAN_TYPE, "agent");
    let mut chain = chat(1, 0, 999, 99, 9.0);
    chain.set(attribute::SPAN_TYPE, "chain");
    let spans = run(&mut totals(), vec![chat(3, 2, 100, 10, 0.5), agent, chain]);
    assert_eq!(counts(&spans[2]), Some((1, 100, 10, 0, false)));
    assert_eq!(total_cost(&spans[2]), Some(0.5));
}

#[test]
fn embeddings_and_rerankings_count_and_fees_of_other_steps_are_added() {
    let mut embedding = step("embedding", 3, 2);
    embedding.set(attribute::GEN_AI_USAGE_INPUT_TOKENS, 7);
    embedding.set(attribute::GEN_AI_USAGE_COST, 0.25);
    let rerank = step("rerank", 4, 1);
    let mut search = step("tool", 5, 1);
    search.set(attribute::GEN_AI_USAGE_COST, 0.5);
    // Sums up the embedding below it.
    let mut retrieval = step("retrieval", 2, 1);
    retrieval.set(attribute::GEN_AI_USAGE_COST, 0.25);
    let spans = run(&mut totals(), vec![embedding, retrieval, rerank, search, step("agent", 1, 0)]);
    assert_eq!(counts(&spans[4]), Some((2, 7, -1, 1, false)));
    assert_eq!(total_cost(&spans[4]), Some(0.75));
}

#[test]
fn a_call_without_an_amount_is_told_apart_from_one_that_cost_nothing() {
    let mut failed = step("llm", 5, 1);
    failed.data.status = Status::error("429");
    let mut absurd = used(6, 1, -5, 1);
    absurd.set(attribute::GEN_AI_USAGE_COST, f64::NAN);
    let spans = run(&mut totals(), vec![used(2, 1, 1, 1), chat(3, 1, 1, 1, 0.0), failed, absurd, step("agent", 1, 0)]);
    assert_eq!(counts(&spans[4]), Some((4, 2, 3, 2, false)));
    assert_eq!(total_cost(&spans[4]), Some(0.0));
    let spans = run(&mut totals(), vec![used(2, 1, 1, 1), step("agent", 1, 0)]);
    assert_eq!((counts(&spans[1]), total_cost(&spans[1])), (Some((1, 1, 1, 1, false)), None));
}

#[test]
fn a_wrapper_around_a_call_is_not_a_second_call() {
    let mut own = chat(2, 1, 300, 30, 0.9);
    own.set(attribute::GEN_AI_OPERATION_NAME, "run_agent");
    for (name, wrapper) in [
        ("sums of an operation of its own", own),
        ("the same usage", chat(2, 1, 100, 10, 0.5)),
        ("the input without what was cached", chat(2, 1, 60, 10, 0.4)),
        ("the output without reasoning", chat(2, 1, 100, 4, 0.4)),
        ("no usage", step("llm", 2, 1)),
    ] {
        let mut totals = totals();
        let mut spans = run(&mut totals, vec![chat(3, 2, 100, 10, 0.5)]);
        let mut wrapper = wrapper;
        assert_eq!(totals.apply(&mut wrapper), Share::Nothing, "{name}");
        assert_eq!(wrapper.get(attribute::GEN_AI_USAGE_COST), None, "{name}");
        spans.extend(run(&mut totals, vec![plain(1, 0)]));
        assert_eq!(counts(&spans[1]), Some((1, 100, 10, 0, false)), "{name}");
        assert_eq!(total_cost(&spans[1]), Some(0.5), "{name}");
    }
}

#[test]
fn a_call_above_another_of_equal_output_is_a_call_of_its_own_when_its_input_is_larger() {
    let spans = run(&mut totals(), vec![chat(3, 2, 300, 1, 0.1), chat(2, 1, 5_000, 1, 0.5), plain(1, 0)]);
    assert_eq!(counts(&spans[2]), Some((2, 5_300, 2, 0, false)));
    assert_eq!(total_cost(&spans[2]), Some(0.6));
    assert_eq!(spans[1].get(attribute::GEN_AI_USAGE_COST), Some(&0.5.into()));
}

#[test]
fn a_wrapper_around_retries_counts_them_and_keeps_an_amount_that_the_provider_told() {
    let mut failed = step("llm", 3, 2);
    failed.data.status = Status::error("overloaded");
    let mut wrapper = chat(2, 1, 100, 10, 0.5);
    wrapper.set(attribute::TRACING_GENAI_COST_SOURCE, "provider");
    let spans = run(&mut totals(), vec![failed, chat(4, 2, 100, 10, 0.25), wrapper, plain(1, 0)]);
    assert_eq!(counts(&spans[3]), Some((2, 100, 10, 0, false)));
    assert_eq!(total_cost(&spans[3]), Some(0.25));
    assert_eq!(spans[2].get(attribute::GEN_AI_USAGE_COST), Some(&0.5.into()));
}

#[test]
fn a_wrapper_tells_what_the_call_below_could_not() {
    let blind = step("llm", 3, 2);
    let spans = run(&mut totals(), vec![blind, chat(2, 1, 100, 10, 0.5), plain(1, 0)]);
    assert_eq!(counts(&spans[2]), Some((1, 100, 10, 0, false)));
    assert_eq!(total_cost(&spans[2]), Some(0.5));
    let spans = run(&mut totals(), vec![used(3, 2, 100, 10), chat(2, 1, 100, 10, 0.5), plain(1, 0)]);
    assert_eq!(counts(&spans[2]), Some((1, 100, 10, 0, false)));
    assert_eq!(total_cost(&spans[2]), Some(0.5));
}

#[test]
fn a_call_that_calls_another_model_on_its_way_is_a_call_of_its_own() {
    let mut lookup = step("embedding", 4, 2);
    lookup.set(attribute::GEN_AI_USAGE_INPUT_TOKENS, 100);
    lookup.set(attribute::GEN_AI_USAGE_COST, 0.25);
    let spans = run(&mut totals(), vec![lookup, chat(3, 2, 30, 3, 1.0), chat(2, 1, 100, 10, 0.5), step("agent", 1, 0)]);
    assert_eq!(counts(&spans[3]), Some((3, 230, 13, 0, false)));
    assert_eq!(total_cost(&spans[3]), Some(1.75));
    assert_eq!(spans[2].get(attribute::GEN_AI_USAGE_COST), Some(&0.5.into()));
}

#[test]
fn a_late_child_goes_to_the_next_ancestor_to_come_which_is_marked() {
    let mut totals = totals();
    let spans = run(
        &mut totals,
        vec![
            chat(4, 3, 1, 1, 0.5),
            step("agent", 3, 2),
            plain(2, 1),
            chat(5, 3, 2, 2, 0.5),
            step("agent", 1, 0),
            chat(6, 3, 4, 4, 0.5),
        ],
    );
    assert_eq!(counts(&spans[1]), Some((1, 1, 1, 0, false)), "it had left");
    assert_eq!(counts(&spans[4]), Some((2, 3, 3, 0, true)));
    assert_eq!(missed(&totals), 2, "one in the first total, one in both");
}

#[test]
fn a_late_child_below_steps_without_a_total_is_missing_nowhere() {
    let mut totals = totals();
    let below = [step("chain", 3, 2), step("tool", 2, 1), chat(4, 3, 1, 1, 0.5)];
    let spans = run(&mut totals, below.into_iter().chain([step("agent", 1, 0)]).collect());
    assert_eq!((counts(&spans[3]), missed(&totals)), (Some((1, 1, 1, 0, false)), 0));
}

#[test]
fn a_call_that_ends_after_a_root_that_had_nothing_below_it_is_told_at_once() {
    let mut totals = totals();
    run(&mut totals, vec![step("agent", 1, 0), chat(2, 1, 1, 1, 0.5)]);
    assert_eq!(missed(&totals), 1);
    run(&mut totals, [plain(1, 0), step("agent", 3, 1)].map(|span| in_trace(span, 9)).into());
    let below = run(&mut totals, [chat(4, 3, 1, 1, 0.5), chat(2, 1, 1, 1, 0.5)].map(|span| in_trace(span, 9)).into());
    assert_eq!((missed(&totals), below.len()), (3, 2));
    assert_eq!(totals.spans, totals.traces.values().map(Trace::len).sum::<usize>());
    // Another root of the same trace gets what is its own.
    let spans = run(&mut totals, vec![remote_parent(plain(5, 7)), chat(6, 5, 1, 1, 0.5), chat(8, 9, 1, 1, 0.5)]);
    assert_eq!((missed(&totals), counts(&spans[0])), (4, None));
    let spans = run(&mut totals, vec![remote_parent(plain(9, 7))]);
    assert_eq!((missed(&totals), counts(&spans[0])), (4, Some((1, 1, 1, 0, false))));
}

#[test]
fn a_root_that_leaves_before_a_span_with_calls_is_marked() {
    let mut totals = totals();
    let spans = run(&mut totals, vec![chat(4, 3, 1, 1, 0.5), plain(1, 0), step("agent", 3, 1)]);
    assert_eq!(counts(&spans[1]), Some((0, -1, -1, 0, true)));
    assert_eq!(counts(&spans[2]), Some((1, 1, 1, 0, false)));
    assert_eq!(missed(&totals), 1);
    // The other one's calls are none of its own.
    let roots = [remote_parent(plain(1, 9)), remote_parent(plain(3, 9))];
    let spans = run(&mut self::totals(), [chat(4, 3, 1, 1, 0.5)].into_iter().chain(roots).collect());
    assert_eq!((counts(&spans[1]), counts(&spans[2])), (None, Some((1, 1, 1, 0, false))));
}

#[test]
fn spans_that_claim_to_be_each_others_parents_end() {
    let mut totals = totals();
    run(&mut totals, vec![chat(1, 1, 1, 1, 0.5), chat(2, 3, 1, 1, 0.5), chat(3, 2, 1, 1, 0.5), chat(2, 3, 1, 1, 0.5)]);
    assert!(missed(&totals) >= 2);
}

#[test]
fn beyond_the_bound_of_traces_the_oldest_are_given_up_and_marked() {
    let mut totals = small();
    for trace in 1..=20 {
        run(&mut totals, vec![in_trace(chat(2, 1, 1, 1, 0.5), trace)]);
        assert!(totals.traces.len() <= 4 && totals.spans <= 16 && totals.given_up.len() <= 4);
    }
    assert!(missed(&totals) >= 16);
    let spans = run(&mut totals, vec![in_trace(plain(1, 0), 20), in_trace(plain(1, 0), 16)]);
    assert_eq!(counts(&spans[0]), Some((1, 1, 1, 0, false)));
    assert_eq!(counts(&spans[1]), Some((0, -1, -1, 0, true)));
}

#[test]
fn traces_that_are_over_make_room_first() {
    let mut totals = small();
    run(&mut totals, vec![in_trace(chat(2, 1, 1, 1, 0.5), 99)]);
    for trace in 1..=20 {
        run(&mut totals, vec![in_trace(chat(2, 1, 1, 1, 0.5), trace), in_trace(plain(1, 0), trace)]);
    }
    assert_eq!(missed(&totals), 0);
    let spans = run(&mut totals, vec![in_trace(plain(1, 0), 99)]);
    assert_eq!(counts(&spans[0]), Some((1, 1, 1, 0, false)));
}

#[test]
fn others_give_way_to_the_trace_that_was_touched_longest_ago_when_it_grows() {
    let mut totals = small();
    for (trace, calls) in [(1, 10..11), (2, 10..13), (3, 10..13), (4, 10..15)] {
        run(&mut totals, calls.map(|id| in_trace(chat(id, 1, 1, 1, 0.5), trace)).collect());
    }
    run(&mut totals, vec![in_trace(chat(11, 1, 1, 1, 0.5), 1)]);
    assert!(totals.spans <= totals.bounds.spans, "{}", totals.spans);
}

#[test]
fn open_traces_with_many_spans_give_way_to_no_short_ones_while_there_is_room() {
    let mut totals = Totals::within(Bounds { traces: 32, done: 8, ..BOUNDS }, Arc::default());
    let open = 101..=129;
    for trace in open.clone() {
        run(&mut totals, (10..40).map(|id| in_trace(chat(id, 1, 1, 1, 0.5), trace)).collect());
    }
    for trace in 1..=50 {
        run(&mut totals, vec![in_trace(chat(2, 1, 1, 1, 0.5), trace), in_trace(plain(1, 0), trace)]);
    }
    assert_eq!(missed(&totals), 0);
    for root in run(&mut totals, open.map(|trace| in_trace(plain(1, 0), trace)).collect()) {
        assert_eq!(counts(&root), Some((30, 30, 30, 0, false)));
    }
}

#[test]
fn a_trace_that_is_over_is_known_until_so_many_others_are_over() {
    let mut totals = Totals::within(Bounds { done: 3, ..BOUNDS }, Arc::default());
    let over = |trace| vec![in_trace(chat(2, 1, 1, 1, 0.5), trace), in_trace(plain(1, 0), trace)];
    let late = |trace| vec![in_trace(chat(3, 1, 1, 1, 0.5), trace)];
    run(&mut totals, (1..=3).flat_map(over).collect());
    run(&mut totals, late(1));
    assert_eq!(missed(&totals), 1, "its parent is known to have left");
    // The one that was over longest goes, and so does the memory of its spans.
    run(&mut totals, (4..=20).flat_map(over).collect());
    assert_eq!(
        (totals.traces.len(), totals.spans, totals.done_in_order.len()),
        (4, 9, 3),
        "and the one with the late child"
    );
    run(&mut totals, late(17));
    assert_eq!(missed(&totals), 1, "it may be the first of its trace");
    totals.give_up(|_, _| true);
    assert_eq!(missed(&totals), 2, "and is told when nothing more comes");
    assert_eq!(totals.spans, 0);
}

#[test]
fn a_root_that_comes_again_and_again_takes_the_place_of_no_other_trace() {
    let mut totals = Totals::within(Bounds { done: 3, ..BOUNDS }, Arc::default());
    let over = |trace| vec![in_trace(chat(2, 1, 1, 1, 0.5), trace), in_trace(plain(1, 0), trace)];
    run(&mut totals, over(1));
    // As of a service that is called often in one trace.
    for id in 10..20 {
        run(&mut totals, vec![in_trace(chat(100 + id, id, 1, 1, 0.5), 2), in_trace(remote_parent(plain(id, 9)), 2)]);
    }
    assert_eq!((totals.traces.len(), totals.done_in_order.len()), (2, 2));
    // It was over after trace 3, and so stays longer.
    run(&mut totals, over(3));
    run(&mut totals, vec![in_trace(chat(100, 30, 1, 1, 0.5), 2), in_trace(remote_parent(plain(30, 9)), 2)]);
    run(&mut totals, (4..=5).flat_map(over).collect());
    let mut left: Vec<TraceId> = totals.traces.keys().copied().collect();
    left.sort_unstable_by_key(|id| id.to_bytes());
    assert_eq!(left, [2_u128, 4, 5].map(TraceId::from));
}

#[test]
fn a_trace_that_was_cut_stays_marked_when_it_gives_up_its_place() {
    let mut totals = Totals::within(Bounds { done: 2, spans_of_trace: 3, ..BOUNDS }, Arc::default());
    let over = |trace| vec![in_trace(chat(2, 1, 1, 1, 0.5), trace), in_trace(plain(1, 0), trace)];
    // Four sums wait at once, and there is room for three.
    run(&mut totals, (1..=4).map(|n| in_trace(chat(100 + n, n, 1, 1, 0.5), 50)).collect());
    run(&mut totals, (1..=3).map(|n| in_trace(remote_parent(plain(n, 9)), 50)).collect());
    run(&mut totals, (1..=3).flat_map(over).collect());
    let root = run(&mut totals, vec![in_trace(remote_parent(plain(4, 9)), 50)]);
    assert_eq!(counts(&root[0]), Some((0, -1, -1, 0, true)));
}

#[test]
fn a_trace_of_many_spans_stays_bounded_and_right() {
    let mut totals = small();
    for id in 10..200 {
        run(&mut totals, vec![chat(id, 2, 1, 1, 0.5)]);
        assert!(totals.spans <= 6, "{}", totals.spans);
    }
    let spans = run(&mut totals, vec![step("agent", 2, 1), plain(1, 0)]);
    assert_eq!(counts(&spans[1]), Some((190, 190, 190, 0, false)));
    assert_eq!(missed(&totals), 0);
}

#[test]
fn more_open_parents_than_are_kept_make_the_total_unsure() {
    let mut totals = small();
    for id in 10..20 {
        run(&mut totals, vec![chat(100 + id, id, 1, 1, 0.5)]);
    }
    assert_eq!(missed(&totals), 4);
    let spans = run(&mut totals, (10..20).map(|id| plain(id, 1)).chain([plain(1, 0)]).collect());
    assert_eq!(counts(&spans[10]), Some((6, 6, 6, 0, true)));
}

#[test]
fn a_trace_of_which_nothing_comes_any_more_is_given_up() {
    let mut totals = small();
    run(&mut totals, vec![chat(2, 1, 1, 1, 0.5)]);
    for _ in 0..3 {
        assert_eq!(missed(&totals), 0);
        totals.sweep();
    }
    assert_eq!((missed(&totals), totals.traces.len(), totals.spans), (1, 0, 0));
    let spans = run(&mut totals, vec![plain(1, 0)]);
    assert_eq!(counts(&spans[0]), Some((0, -1, -1, 0, true)));
}

#[test]
fn an_agent_that_waits_for_a_person_for_hours_has_its_whole_total() {
    let mut totals = totals();
    run(&mut totals, vec![chat(2, 1, 1, 1, 0.5)]);
    // Others come meanwhile, and time is looked at each minute.
    (0..23 * 60).for_each(|_| totals.sweep());
    let spans = run(&mut totals, vec![chat(3, 1, 1, 1, 0.5), step("agent", 1, 0)]);
    assert_eq!((counts(&spans[1]), missed(&totals)), (Some((2, 2, 2, 0, false)), 0));
}

#[test]
fn a_wrapper_or_a_call_that_knows_only_noughts_is_the_same_call() {
    for (call, wrapper) in [(chat(3, 2, 30, 4, 0.5), used(2, 1, 0, 0)), (used(3, 2, 0, 0), chat(2, 1, 30, 4, 0.5))] {
        let mut totals = Totals::new(Arc::default());
        let [mut call, mut wrapper, mut root] = [call, wrapper, plain(1, 0)];
        for span in [&mut call, &mut wrapper, &mut root] {
            totals.apply(span);
        }
        assert_eq!((counts(&root), total_cost(&root)), (Some((1, 30, 4, 0, false)), Some(0.5)));
    }
}
