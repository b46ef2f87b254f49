//! How much memory spans that wait are counted with.

use super::super::attributes::Attributes;
use super::*;

#[test]
fn the_values_of_a_scope_are_counted_about_once_for_all_of_its_spans() {
    let queue = Queue::new(Budget::new(64 << 20), None);
    let push = |scope: &Arc<ScopeValues>| _ = queue.push(&mut plain(Vec::new()), None, Some(Arc::clone(scope)));
    // Whoever is in the scope holds it too, and lets go of it later.
    let own: Vec<_> = (0..10).map(|_| scope()).collect();
    let threads = own.clone();
    own.iter().for_each(push);
    let used = queue.budget.used();
    assert!((100_000..120_000).contains(&used), "each has its own: {used}");
    let shared = scope();
    (0..10).for_each(|_| push(&shared));
    let more = queue.budget.used() - used;
    assert!((10_000..20_000).contains(&more), "they share it: {more}");
    taken(&queue).iter_mut().for_each(Ended::give_back);
    assert_eq!(queue.budget.used(), 0);
    push(&shared);
    assert!(queue.budget.used() > 10_000, "who paid has left");
    // As the worker does, which lets go of the scope first.
    for ended in &mut taken(&queue) {
        ended.settle();
        drop(ended.scope.take());
        ended.give_back();
    }
    push(&shared);
    assert!(queue.budget.used() > 10_000, "and so has that one");
    drop((taken(&queue), threads));
    assert_eq!(queue.budget.used(), 0);
}

/// Of ten values of a thousand bytes.
fn scope() -> Arc<ScopeValues> {
    let mut scope = ScopeValues::default();
    scope.attributes = (0..10).map(|n| KeyValue::new(format!("metadata.{n}"), "x".repeat(1_000))).collect();
    Arc::new(scope)
}

#[test]
fn who_pays_for_a_tracer_alone_does_not_have_the_values_of_a_scope_paid_twice() {
    let queue = Queue::new(Budget::new(64 << 20), None);
    let shared = scope();
    let mut batch = Vec::new();
    let mut most = 0;
    for n in 0..100 {
        let tracer = InstrumentationScope::builder(format!("library {n}")).build();
        let mut span = SpanData { instrumentation_scope: tracer, ..plain(Vec::new()) };
        queue.push(&mut span, None, Some(Arc::clone(&shared)));
        if n >= 10 {
            queue.take(1, &mut batch);
            batch.drain(..).flatten().for_each(|mut ended| ended.give_back());
        }
        most = most.max(queue.budget.used());
    }
    assert!((10_000..30_000).contains(&most), "{most}");
}

#[test]
fn the_values_of_a_scope_are_counted_by_the_next_telemetry_too() {
    let shared = scope();
    for late in [false, true] {
        let queue = Queue::new(Budget::new(64 << 20), None);
        if late {
            queue.close();
        }
        queue.push(&mut plain(Vec::new()), None, Some(Arc::clone(&shared)));
        queue.close();
        queue.give_up();
        let next = Queue::new(Budget::new(64 << 20), None);
        next.push(&mut plain(Vec::new()), None, Some(Arc::clone(&shared)));
        assert!(next.budget.used() > 10_000, "{late}: {}", next.budget.used());
        next.give_up();
    }
}

#[test]
fn a_burst_that_comes_by_the_sdk_finds_room_as_it_was() {
    let call = |n: i64| {
        let mut attributes = Vec::with_capacity(16);
        attributes.extend([
            KeyValue::new(SPAN_TYPE, "llm"),
            KeyValue::new("provider", "openai"),
            KeyValue::new("model", "gpt-4o-mini"),
            KeyValue::new("response_model", "gpt-4o-mini-2024-07-18".to_owned()),
            KeyValue::new("input_tokens", n),
            KeyValue::new("output_tokens", -140),
            KeyValue::new("stream", n % 2 == 0),
            KeyValue::new("response_id", format!("chatcmpl-9f8e7d6c5b4a39281706f5e4d3{n:06}")),
            KeyValue::new("temperature", 0.7),
            KeyValue::new("finish_reason", "stop"),
        ]);
        plain(attributes)
    };
    // A hundredth of 100,000 in a hundredth of 64 MiB.
    let queue = Queue::new(Budget::new((64 << 20) / 100), None);
    for n in 0..1_000 {
        queue.push(&mut call(n), None, None);
    }
    assert_eq!((queue.lost(), queue.shed()), (0, (0, 0)));
    let all = taken(&queue);
    assert_eq!(all.len(), 1_000);
    for (ended, n) in all.into_iter().zip(0..) {
        assert!(ended.shows_gen_ai());
        assert_eq!(SpanData::from(ended.data).attributes, call(n).attributes);
    }
    assert_eq!(queue.budget.used(), 0);
}

#[test]
fn while_the_worker_keeps_up_attributes_wait_as_they_are() {
    let queue = queue();
    let of_a_destination = queue.budget.reserve(LIMIT / 2).unwrap();
    queue.push(&mut call(100), None, None);
    assert!(matches!(taken(&queue).remove(0).data.attributes, Attributes::List(_)));
    drop(of_a_destination);
}

#[test]
fn what_cannot_be_kept_closer_together_comes_out_as_it_was() {
    let texts: Vec<StringValue> = vec!["stop".into(), "length".into()];
    let all = [
        vec![KeyValue::new("a", Value::Array(texts.into())), KeyValue::new("b", true)],
        vec![KeyValue::new("n".repeat(200), 1), KeyValue::new("a", "x".repeat(500))],
        vec![KeyValue::new("a", "x".repeat(20_000)), KeyValue::new("a", f64::NAN)],
        Vec::new(),
    ];
    // The first fills the room in which spans wait as they are.
    let queue = Queue::new(Budget::new(LIMIT), None);
    queue.push(&mut call(LIMIT / 8), None, None);
    for attributes in &all {
        queue.push(&mut plain(attributes.clone()), None, None);
    }
    let came: Vec<_> = taken(&queue).into_iter().map(|ended| SpanData::from(ended.data).attributes).skip(1).collect();
    assert_eq!(format!("{came:?}"), format!("{all:?}"));
}

#[test]
fn the_scopes_of_many_tracers_are_counted() {
    let queue = Queue::new(Budget::new(64 << 20), None);
    let of = |n: usize| {
        let attributes = (0..10).map(|k| KeyValue::new(format!("k{k}"), "x".repeat(1_000)));
        InstrumentationScope::builder(format!("library {n}")).with_attributes(attributes).build()
    };
    let used = |tracers: usize| {
        for n in 0..100 {
            let mut span = SpanData { instrumentation_scope: of(n % tracers), ..plain(Vec::new()) };
            queue.push(&mut span, None, None);
        }
        let used = queue.budget.used();
        drop(taken(&queue));
        used
    };
    let (many, few) = (used(50), used(2));
    assert!(many > 1_000_000 && few < 100_000, "{many}, {few}");
}

#[test]
fn room_that_is_not_used_is_counted_and_goes_before_content() {
    let roomy = || {
        let mut text = String::with_capacity(1_000_000);
        text.push_str(&"x".repeat(2_000));
        text
    };
    let list = || {
        let mut list = Vec::with_capacity(10_000);
        list.push(1_i64);
        KeyValue::new("a", Value::Array(list.into()))
    };
    let mut with_event = plain(Vec::new());
    with_event.events.events = vec![Event::new("e", UNIX_EPOCH, vec![list()], 0)];
    let all = [
        SpanData { name: roomy().into(), ..plain(Vec::new()) },
        SpanData { status: Status::error(roomy()), ..plain(Vec::new()) },
        plain(vec![list()]),
        with_event,
    ];
    // A clone has no room to spare.
    for mut span in all {
        let queue = Queue::new(Budget::new(64 << 20), None);
        queue.push(&mut span, None, None);
        assert!(queue.budget.used() >= 80_000, "{}", queue.budget.used());
    }
    let queue = queue();
    for _ in 0..20 {
        queue.push(&mut SpanData { status: Status::error(roomy()), ..plain(vec![list()]) }, None, None);
    }
    assert_eq!((queue.waiting(), queue.lost(), queue.shed()), (20, 0, (0, 0)));
    assert!(queue.budget.used() <= LIMIT);
}
