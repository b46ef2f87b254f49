//! What goes first while there is no room, and what is counted.

mod allocated;
mod balance;
mod faithful;
mod memory;

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::{Ended, Queue, ScopeValues};
use crate::budget::Budget;
use crate::conventions::attribute::{GEN_AI_INPUT_MESSAGES, GEN_AI_USAGE_INPUT_TOKENS, SPAN_TYPE, TRACING_GENAI_SHED};
use crate::span::sample;
use crate::span::size::{Copied, Size};

const LIMIT: usize = 256 << 10;

fn queue() -> Queue {
    Queue::new(Budget::new(LIMIT), None)
}

fn plain(attributes: Vec<KeyValue>) -> SpanData {
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(7),
            SpanId::from(9),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        name: "work".into(),
        instrumentation_scope: InstrumentationScope::builder("scope").build(),
        ..sample::data(attributes)
    }
}

fn call(bytes: usize) -> SpanData {
    plain(vec![
        KeyValue::new(SPAN_TYPE, "llm"),
        KeyValue::new(GEN_AI_USAGE_INPUT_TOKENS, 12),
        KeyValue::new(GEN_AI_INPUT_MESSAGES, "x".repeat(bytes)),
    ])
}

fn taken(queue: &Queue) -> Vec<Ended> {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    queue.take(usize::MAX, &mut first);
    queue.take(usize::MAX, &mut rest);
    first.into_iter().chain(rest).flatten().collect()
}

fn holds(ended: &Ended, key: &str) -> bool {
    ended.data.attributes.to_list().iter().any(|kv| kv.key.as_str() == key)
}

#[test]
fn content_goes_first_and_all_spans_come_in() {
    let queue = queue();
    // Three times what there is room for.
    for _ in 0..90 {
        queue.push(&mut call(8_000), None, None);
    }
    assert_eq!((queue.lost(), queue.waiting()), (0, 90));
    assert!(queue.budget.used() <= LIMIT);
    let all = taken(&queue);
    let whole = all.iter().filter(|ended| holds(ended, GEN_AI_INPUT_MESSAGES)).count();
    let marked = all.iter().filter(|ended| holds(ended, TRACING_GENAI_SHED)).count();
    assert_eq!((whole + marked, queue.shed().0), (90, marked as u64));
    assert_eq!(queue.shed().1, marked as u64 * (8_000 + GEN_AI_INPUT_MESSAGES.len() as u64));
    assert!(whole > 0 && all.iter().all(|ended| holds(ended, GEN_AI_USAGE_INPUT_TOKENS)));
}

#[test]
fn those_that_wait_give_up_their_content_before_a_span_is_lost() {
    let queue = queue();
    while queue.budget.used() < queue.whole_below - 9_000 {
        queue.push(&mut call(8_000), None, None);
    }
    let before = queue.len();
    assert_eq!(queue.shed(), (0, 0));
    // Without what those give up, there would be room for a hundred and twenty of them.
    for _ in 0..200 {
        queue.push(&mut call(10), None, None);
    }
    assert_eq!((queue.lost(), queue.len()), (0, before + 200));
    assert!((1..=before as u64).contains(&queue.shed().0), "{:?}", queue.shed());
}

#[test]
fn what_the_worker_has_taken_over_gives_up_content_too() {
    let queue = queue();
    while queue.budget.used() < queue.whole_below - 9_000 {
        queue.push(&mut call(8_000), None, None);
    }
    let mut first = Vec::new();
    queue.take(1, &mut first);
    for _ in 0..200 {
        queue.push(&mut call(10), None, None);
    }
    assert_eq!(queue.lost(), 0);
    assert!(queue.shed().0 > 0);
}

#[test]
fn the_last_room_is_for_gen_ai_spans() {
    let queue = queue();
    while queue.lost() == 0 {
        queue.push(&mut plain(vec![KeyValue::new("a", 1)]), None, None);
    }
    let used = queue.budget.used();
    assert!((LIMIT * 3 / 4..=LIMIT * 7 / 8).contains(&used), "{used}");
    let (plain, lost) = (queue.waiting(), queue.lost());
    for _ in 0..10 {
        queue.push(&mut call(10), None, None);
    }
    assert_eq!((queue.waiting(), queue.lost()), (plain + 10, lost));
}

#[test]
fn of_a_lost_gen_ai_span_what_it_used_goes_on_within_a_bound() {
    let queue = queue();
    for _ in 0..5_000 {
        queue.push(&mut call(10), None, None);
        queue.push(&mut plain(Vec::new()), None, None);
    }
    let all = taken(&queue);
    let remnants: Vec<&Ended> = all.iter().filter(|ended| ended.lost).collect();
    let whole = all.len() - remnants.len();
    assert_eq!((whole as u64, queue.waiting()), (10_000 - queue.lost(), 10_000 - queue.lost()));
    assert!(!remnants.is_empty() && remnants.iter().all(|remnant| holds(remnant, GEN_AI_USAGE_INPUT_TOKENS)));
    assert!(queue.reserve.used() <= LIMIT / super::REMNANTS);
    let calls = all.iter().filter(|ended| !ended.lost && holds(ended, SPAN_TYPE)).count();
    assert_eq!(queue.unmeasured(), (5_000 - calls - remnants.len()) as u64);
    drop(all);
    assert_eq!((queue.reserve.used(), queue.budget.used()), (0, 0));
}

#[test]
fn a_span_whose_proof_was_given_up_is_still_a_gen_ai_span() {
    let queue = queue();
    // Larger than all there is.
    queue.push(&mut plain(vec![KeyValue::new(GEN_AI_INPUT_MESSAGES, "x".repeat(LIMIT))]), None, None);
    let all = taken(&queue);
    assert!(all[0].gen_ai && !holds(&all[0], GEN_AI_INPUT_MESSAGES));
}

#[test]
fn a_lost_span_whose_proof_is_long_is_still_a_gen_ai_span() {
    let queue = Queue::new(Budget::new(LIMIT), Some(1));
    queue.push(&mut plain(Vec::new()), None, None);
    let proof = KeyValue::new(GEN_AI_INPUT_MESSAGES, "x".repeat(1_000));
    queue.push(&mut plain(vec![proof, KeyValue::new("input_tokens", 12)]), None, None);
    let remnant = taken(&queue).remove(1);
    assert!(remnant.lost && remnant.gen_ai && holds(&remnant, "input_tokens"));
}

#[test]
fn long_events_links_and_messages_go_and_short_ones_stay() {
    let queue = queue();
    let mut data = call(10);
    let event = |name: &str, attributes| Event::new(name.to_owned(), UNIX_EPOCH, attributes, 0);
    data.events.events = vec![
        event("short", vec![KeyValue::new("a", 1)]),
        event("exception", vec![KeyValue::new("type", "io"), KeyValue::new("stack", "x".repeat(LIMIT))]),
        event(&"x".repeat(2_000), Vec::new()),
    ];
    data.status = Status::error("x".repeat(5_000));
    queue.push(&mut data, None, None);
    let data = SpanData::from(taken(&queue).remove(0).data);
    let names: Vec<_> = data.events.iter().map(|event| &*event.name).collect();
    assert_eq!((names, data.events.dropped_count), (vec!["short", "exception"], 1));
    assert_eq!(data.events[1].attributes, [KeyValue::new("type", "io")]);
    assert_eq!(data.status, Status::error("…[+5000 bytes]"));
}

#[test]
fn a_bound_in_spans_keeps_remnants_too_and_does_not_count_them() {
    let queue = Queue::new(Budget::new(LIMIT), Some(2));
    for _ in 0..5 {
        queue.push(&mut call(10), None, None);
    }
    assert_eq!((queue.waiting(), queue.lost(), queue.len()), (2, 3, 5));
    queue.close();
    queue.push(&mut call(10), None, None);
    queue.give_up();
    assert_eq!((queue.waiting(), queue.lost(), queue.lost_at_shutdown(), queue.len()), (0, 3, 3, 0));
}

#[test]
fn spans_leave_in_the_order_in_which_they_came_however_they_are_taken() {
    let queue = Queue::new(Budget::new(64 << 20), None);
    let (mut pushed, mut seen, mut batch) = (0_i64, Vec::new(), Vec::new());
    for (push, take) in [(1, 1), (200, 70), (0, 64), (30, 3), (500, 200), (1, 1_000), (0, 1_000), (64, 64), (2, 2)] {
        for _ in 0..push {
            queue.push(&mut plain(vec![KeyValue::new("n", pushed)]), None, None);
            pushed += 1;
        }
        let (before, taken) = (queue.len(), queue.take(take, &mut batch));
        seen.extend(batch.iter_mut().flat_map(|chunk| chunk.drain(..)));
        queue.take_back(&mut batch);
        assert_eq!((queue.len(), seen.len()), (before - taken, usize::try_from(pushed).unwrap() - queue.len()));
    }
    let numbers: Vec<_> = seen.iter().map(|ended| ended.data.attributes.to_list()[0].value.clone()).collect();
    assert_eq!(numbers, (0..pushed).map(opentelemetry::Value::I64).collect::<Vec<_>>());
    drop(seen);
    assert_eq!(queue.budget.used(), 0);
}

#[test]
fn the_memory_of_what_was_taken_serves_what_comes_next_within_a_bound() {
    let queue = Queue::new(Budget::new(64 << 20), None);
    let push = |spans: usize| (0..spans).for_each(|_| _ = queue.push(&mut plain(Vec::new()), None, None));
    let mut batch = Vec::new();
    push(64);
    queue.take(64, &mut batch);
    let place = batch[0].as_ptr();
    queue.take_back(&mut batch);
    push(64);
    queue.take(64, &mut batch);
    assert_eq!((batch[0].as_ptr(), batch[0].len()), (place, 64));

    push(10_000);
    queue.take(10_000, &mut batch);
    queue.take_back(&mut batch);
    assert_eq!((queue.state().ended.spare(), batch.capacity() > 0, batch.len()), (16, true, 0));
}

#[test]
fn a_span_comes_out_as_it_went_in() {
    let state = TraceState::from_key_value([("vendor", "1")]).unwrap();
    let context = |state| SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::SAMPLED, true, state);
    let mut whole = plain(vec![KeyValue::new("a", 1)]);
    whole.span_context = context(state);
    whole.parent_span_id = SpanId::from(3);
    whole.parent_span_is_remote = true;
    whole.span_kind = SpanKind::Client;
    whole.end_time = UNIX_EPOCH + std::time::Duration::from_secs(7);
    whole.dropped_attributes_count = 4;
    whole.events.events = vec![Event::new("e", UNIX_EPOCH, vec![KeyValue::new("b", 2)], 5)];
    whole.events.dropped_count = 6;
    whole.links.links = vec![Link::new(context(TraceState::NONE), vec![KeyValue::new("c", 3)], 7)];
    whole.links.dropped_count = 8;
    whole.status = Status::error("no");
    whole.instrumentation_scope =
        InstrumentationScope::builder("other").with_version("1").with_attributes([KeyValue::new("d", 4)]).build();
    let mut lost_events = plain(Vec::new());
    lost_events.events.dropped_count = 1;
    let spans = [plain(Vec::new()), whole.clone(), lost_events, plain(vec![KeyValue::new("a", 1)]), whole];
    let queue = Queue::new(Budget::new(LIMIT), None);
    for span in &spans {
        queue.push(&mut span.clone(), None, None);
    }
    let out: Vec<SpanData> = taken(&queue).into_iter().map(|ended| ended.data.into()).collect();
    assert_eq!(out, spans);
}

#[test]
fn room_for_attributes_that_came_another_way_is_given_back() {
    let held = |attributes| {
        let queue = queue();
        queue.push(&mut plain(attributes), None, None);
        queue.budget.used()
    };
    assert_eq!(held(Vec::with_capacity(10)), held(Vec::new()));
}

#[test]
fn what_is_long_beside_attributes_is_counted_too() {
    let held = |span: &SpanData| {
        let queue = queue();
        queue.push(&mut span.clone(), None, None);
        queue.budget.used()
    };
    let bare = held(&plain(Vec::new()));
    let states = (0..32).map(|n| (format!("k{n}"), "v".repeat(250)));
    let context = SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        false,
        TraceState::from_key_value(states).unwrap(),
    );
    let mut linked = plain(Vec::new());
    linked.links.links = vec![Link::with_context(context.clone())];
    let texts: Vec<StringValue> = vec!["".into(); 700];
    let all = [
        SpanData { status: Status::error("x".repeat(8_000)), ..plain(Vec::new()) },
        SpanData { span_context: context, ..plain(Vec::new()) },
        linked,
        plain(vec![KeyValue::new("a", Value::Array(texts.into()))]),
    ];
    for span in all {
        assert!(held(&span) - bare >= 8_000, "{span:?}: {} beside {bare}", held(&span));
        assert!(Copied::of_span(&span) >= 8_000, "for exporters of other crates: {span:?}");
    }
}

#[test]
fn the_long_text_of_a_failure_does_not_take_along_what_was_used() {
    let queue = Queue::new(Budget::new(LIMIT), Some(1));
    queue.push(&mut plain(Vec::new()), None, None);
    let mut failed = SpanData { status: Status::error("x".repeat(10_000)), ..call(10) };
    queue.push(&mut failed, None, None);
    assert_eq!((queue.lost(), queue.unmeasured()), (1, 0));
    assert!(queue.reserve.used() < 1_500, "{}", queue.reserve.used());
    let Status::Error { description } = &taken(&queue)[1].data.status else { panic!("it failed") };
    assert!(description.len() < 100, "{description}");
}
