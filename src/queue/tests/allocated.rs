//! What each place of a span is counted with, beside what the allocator says that it takes.

use std::thread;

use allocation_counter::measure;
use opentelemetry::Array;

use super::super::attributes::Attributes;
use super::*;
use crate::chunks::Chunks;
use crate::layer::{HandOver, Recorded, StreamEnd, open_by_hand};
use crate::message::Message;
use crate::payload::Payload;
use crate::span::size::{Copied, Said, Size};

/// Bytes that are put into one place.
const MUCH: usize = 20_000;

/// A span that is to wait, with all that comes along.
struct Waits {
    span: SpanData,
    hand_over: HandOver,
    scope: ScopeValues,
}

type Place = (&'static str, fn(&mut Waits));

/// Each place in which a span can hold much.
const PLACES: &[Place] = &[
    ("name", |waits| waits.span.name = text().into()),
    ("status", |waits| waits.span.status = Status::error(text())),
    ("state", |waits| waits.span.span_context = context()),
    ("attributes", |waits| waits.span.attributes.extend((0..400).map(|n| KeyValue::new("flag", n % 2 == 0)))),
    ("key", |waits| waits.span.attributes.push(KeyValue::new(text(), 1))),
    ("text", |waits| waits.span.attributes.push(KeyValue::new("a", text()))),
    ("short texts", |waits| waits.span.attributes.extend((0..200).map(|_| KeyValue::new("a", "x".repeat(100))))),
    ("texts", |waits| waits.span.attributes.push(list(texts()))),
    ("empty texts", |waits| waits.span.attributes.push(list(vec![StringValue::from(""); 800]))),
    ("whole numbers", |waits| waits.span.attributes.push(list(vec![1_i64; MUCH / 8]))),
    ("real numbers", |waits| waits.span.attributes.push(list(vec![0.5; MUCH / 8]))),
    ("truths", |waits| waits.span.attributes.push(list(vec![true; MUCH]))),
    ("events", |waits| waits.span.events.events = (0..300).map(|_| event("e", Vec::new())).collect()),
    ("name of an event", |waits| waits.span.events.events.push(event(&text(), Vec::new()))),
    ("attribute of an event", |waits| waits.span.events.events.push(event("e", vec![KeyValue::new("a", text())]))),
    ("links", |waits| waits.span.links.links = vec![Link::with_context(SpanContext::NONE); 250]),
    ("state of a link", |waits| waits.span.links.links.push(Link::with_context(context()))),
    ("attribute of a link", |waits| {
        waits.span.links.links.push(Link::new(SpanContext::NONE, vec![KeyValue::new("a", text())], 0));
    }),
    ("tracer", |waits| waits.span.instrumentation_scope = InstrumentationScope::builder(text()).build()),
    ("version of a tracer", |waits| {
        waits.span.instrumentation_scope = InstrumentationScope::builder("t").with_version(text()).build();
    }),
    ("schema of a tracer", |waits| {
        waits.span.instrumentation_scope = InstrumentationScope::builder("t").with_schema_url(text()).build();
    }),
    ("attribute of a tracer", |waits| {
        let attributes = [KeyValue::new("a", text())];
        waits.span.instrumentation_scope = InstrumentationScope::builder("t").with_attributes(attributes).build();
    }),
    ("scope", |waits| waits.scope.attributes.push(KeyValue::new("a", text()))),
    ("recorded", |waits| record(waits, Recorded::attribute("a", text()))),
    ("recorded list", |waits| record(waits, Recorded::attribute("a", Value::Array(texts().into())))),
    ("recorded key", |waits| record(waits, Recorded::Attribute(text().into(), 1.into()))),
    ("recorded many", |waits| (0..300).for_each(|n| record(waits, Recorded::attribute("a", n)))),
    ("input", |waits| record(waits, Recorded::Input(text().into()))),
    ("output in JSON", |waits| record(waits, Recorded::Output(Payload::json(text())))),
    ("messages", |waits| {
        let messages: Vec<_> = (0..100).map(|_| Message::user("why?").with_name("ada")).collect();
        record(waits, Recorded::Input(messages.into()));
    }),
    ("finish reason", |waits| record(waits, Recorded::FinishReason(text()))),
    ("error", |waits| record(waits, Recorded::Error(text()))),
    ("stream", |waits| {
        let end = StreamEnd {
            chunks: Chunks::default(),
            requested: None,
            ended: None,
            let_go: UNIX_EPOCH,
            cancelled: false,
            usage_not_asked: false,
        };
        waits.hand_over.open.stream = Some(Box::new(end));
    }),
];

fn text() -> String {
    "x".repeat(MUCH)
}

fn texts() -> Vec<StringValue> {
    (0..200).map(|_| "x".repeat(100).into()).collect()
}

fn list<T>(items: Vec<T>) -> KeyValue
where
    Array: From<Vec<T>>,
{
    KeyValue::new("a", Value::Array(items.into()))
}

fn context() -> SpanContext {
    let state = TraceState::from_key_value((0..80).map(|n| (format!("k{n}"), "v".repeat(250)))).unwrap();
    SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::SAMPLED, false, state)
}

fn event(name: &str, attributes: Vec<KeyValue>) -> Event {
    Event::new(name.to_owned(), UNIX_EPOCH, attributes, 0)
}

fn record(waits: &mut Waits, step: Recorded) {
    assert!(waits.hand_over.open.keep(step));
}

/// A span with something in these places.
fn with(places: &[Place]) -> Waits {
    let mut waits =
        Waits { span: plain(Vec::new()), hand_over: HandOver { open: open_by_hand() }, scope: ScopeValues::default() };
    for (_, fill) in places {
        fill(&mut waits);
    }
    waits
}

/// Bytes that the span takes while it waits, beside its place in the queue, and those that it is counted with. On a thread
/// of its own: which tracers are remembered there is part of it.
fn taken_and_counted(places: &'static [Place], closely: bool) -> (usize, usize) {
    let waits = move || {
        const LIMIT: usize = 64 << 20;
        // Where four are many, and much waits for a destination.
        let queue = Queue::new(Budget::new(LIMIT), closely.then_some(4));
        let _others = queue.budget.reserve(if closely { LIMIT / 8 } else { 0 });
        queue.push(&mut plain(Vec::new()), None, None);
        // The names of attributes are known.
        Attributes::List(with(places).span.attributes).pack();
        let before = queue.budget.used();
        let taken = measure(|| {
            let Waits { mut span, hand_over, scope } = with(places);
            queue.push(&mut span, Some(hand_over), Some(Arc::new(scope)));
        });
        let counted = queue.budget.used() - before - size_of::<Ended>();
        assert_eq!((queue.lost(), queue.shed()), (0, (0, 0)));
        (usize::try_from(taken.bytes_current).unwrap(), counted)
    };
    thread::spawn(waits).join().unwrap()
}

#[test]
fn every_place_of_a_span_that_waits_is_counted_with_what_it_takes() {
    let each = PLACES.chunks(1).chain([PLACES]);
    for (places, closely) in each.flat_map(|places| [(places, false), (places, true)]) {
        let (taken, counted) = taken_and_counted(places, closely);
        let names: Vec<_> = places.iter().map(|(name, _)| name).collect();
        assert!(taken <= counted && counted <= taken / 2 * 3 + 1_000, "{names:?}, {closely}: {counted} for {taken}");
    }
}

#[test]
fn every_place_of_a_span_counts_for_its_copy_and_for_limits() {
    let (bare, mut places) = (with(&[]).span, 0);
    for place in PLACES.chunks(1) {
        let span = with(place).span;
        if span == bare {
            continue;
        }
        let mut copy = None;
        let taken = measure(|| copy = Some(span.clone())).bytes_current;
        let (taken, counted) = (usize::try_from(taken).unwrap(), Copied::of_span(&span));
        let said = Said::of_span(&span) - Said::of_span(&bare);
        let (name, _) = place[0];
        assert!(taken <= counted && counted <= taken / 2 * 3 + 1_000, "{name}: {counted} for {taken}");
        assert!((MUCH / 3..2 * MUCH).contains(&said), "{name}: {said}");
        places += 1;
    }
    assert_eq!(places, 22);
}
