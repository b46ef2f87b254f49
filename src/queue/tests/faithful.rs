//! Whatever a span holds comes out as it went in, however closely it was kept meanwhile.

use std::time::Duration;

use opentelemetry::{Array, Key};
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::LastScope;
use super::*;

/// Of any characters; most are short, some are on either side of what is long.
fn text() -> impl Strategy<Value = String> {
    let short = vec(any::<char>(), 0..12).prop_map(String::from_iter);
    let letters = |bytes: usize| "é".repeat(bytes / 2) + &"x".repeat(bytes % 2);
    prop_oneof![
        20 => short,
        2 => (100..140_usize).prop_map(letters),
        2 => (1_000..1_040_usize).prop_map(letters),
        1 => (65_500..65_600_usize).prop_map(letters),
    ]
}

/// As a program may have them: its own, shared, or of the program's text.
fn string() -> impl Strategy<Value = StringValue> {
    prop_oneof![
        text().prop_map(StringValue::from),
        text().prop_map(|text| StringValue::from(Arc::<str>::from(text))),
        prop_oneof![Just(""), Just("stop"), Just("größer")].prop_map(StringValue::from),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        4 => prop_oneof![Just("a"), Just(SPAN_TYPE), Just(GEN_AI_USAGE_INPUT_TOKENS)].prop_map(Key::from_static_str),
        2 => text().prop_map(Key::from),
        1 => text().prop_map(|text| Key::from(Arc::<str>::from(text))),
    ]
}

fn real() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        prop_oneof![Just(-0.0), Just(0.0), Just(f64::NAN), Just(-f64::NAN), Just(f64::INFINITY), Just(f64::MIN)],
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => any::<bool>().prop_map(Value::Bool),
        4 => any::<i64>().prop_map(Value::I64),
        4 => real().prop_map(Value::F64),
        8 => string().prop_map(Value::String),
        1 => vec(any::<bool>(), 0..4).prop_map(|list| Value::Array(list.into())),
        1 => vec(any::<i64>(), 0..4).prop_map(|list| Value::Array(list.into())),
        1 => vec(real(), 0..4).prop_map(|list| Value::Array(list.into())),
        1 => vec(string(), 0..4).prop_map(|list| Value::Array(list.into())),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec((key(), value()).prop_map(|(key, value)| KeyValue::new(key, value)), 0..8)
}

fn state() -> impl Strategy<Value = TraceState> {
    let entries = vec(0..1_000_u16, 0..3);
    let state = |entries: Vec<u16>| {
        TraceState::from_key_value(entries.into_iter().map(|n| (format!("k{n}"), n.to_string()))).unwrap()
    };
    prop_oneof![3 => Just(TraceState::NONE), 1 => entries.prop_map(state)]
}

fn context() -> impl Strategy<Value = SpanContext> {
    (any::<u128>(), any::<u64>(), any::<u8>(), any::<bool>(), state()).prop_map(
        |(trace, span, flags, remote, state)| {
            SpanContext::new(TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags), remote, state)
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    (text(), any::<u32>(), attributes(), any::<u32>()).prop_map(|(name, time, attributes, dropped)| {
        Event::new(name, UNIX_EPOCH + Duration::from_nanos(time.into()), attributes, dropped)
    })
}

fn link() -> impl Strategy<Value = Link> {
    (context(), attributes(), any::<u32>())
        .prop_map(|(context, attributes, dropped)| Link::new(context, attributes, dropped))
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error), Just(Status::error("no"))]
}

fn tracer() -> impl Strategy<Value = InstrumentationScope> {
    let few = prop_oneof![3 => Just(Vec::new()), 1 => attributes()];
    let url = prop_oneof![Just(None), Just(Some("https://example.com/1")), Just(Some("https://example.com/2"))];
    (0..3_u8, proptest::option::of(0..2_u8), url, few).prop_map(|(name, version, url, attributes)| {
        let mut scope = InstrumentationScope::builder(format!("library {name}")).with_attributes(attributes);
        if let Some(version) = version {
            scope = scope.with_version(version.to_string());
        }
        if let Some(url) = url {
            scope = scope.with_schema_url(url);
        }
        scope.build()
    })
}

fn span() -> impl Strategy<Value = SpanData> {
    let kinds = [SpanKind::Internal, SpanKind::Client, SpanKind::Server, SpanKind::Producer, SpanKind::Consumer];
    let events = prop_oneof![3 => Just(Vec::new()), 1 => vec(event(), 0..3)];
    let links = prop_oneof![3 => Just(Vec::new()), 1 => vec(link(), 0..3)];
    let dropped = || prop_oneof![3 => Just(0), 1 => any::<u32>()];
    let lists = (attributes(), events, links, dropped(), dropped(), dropped());
    let ids = (context(), any::<u64>(), any::<bool>(), prop::sample::select(kinds.to_vec()));
    let rest = (text(), any::<u32>(), any::<u32>(), status(), tracer());
    (lists, ids, rest).prop_map(|(lists, ids, rest)| {
        let (attributes, events, links, dropped_attributes_count, dropped_events, dropped_links) = lists;
        let (span_context, parent, parent_span_is_remote, span_kind) = ids;
        let (name, start, end, status, instrumentation_scope) = rest;
        let mut span = SpanData {
            span_context,
            parent_span_id: SpanId::from(parent),
            parent_span_is_remote,
            span_kind,
            name: name.into(),
            start_time: UNIX_EPOCH + Duration::from_nanos(start.into()),
            end_time: UNIX_EPOCH + Duration::from_micros(end.into()),
            dropped_attributes_count,
            status,
            instrumentation_scope,
            ..sample::data(attributes)
        };
        (span.events.events, span.events.dropped_count) = (events, dropped_events);
        (span.links.links, span.links.dropped_count) = (links, dropped_links);
        span
    })
}

/// All that a span holds, where no number equals another.
fn told(span: &SpanData) -> String {
    let SpanData {
        span_context,
        parent_span_id,
        parent_span_is_remote,
        span_kind,
        name,
        start_time,
        end_time,
        attributes,
        dropped_attributes_count,
        events,
        links,
        status,
        instrumentation_scope: scope,
    } = span;
    let list = |list: &[KeyValue]| {
        list.iter().map(|kv| format!("{:?} {}", kv.key.as_str(), value_told(&kv.value))).collect::<Vec<_>>().join("\n")
    };
    let event = |event: &Event| {
        format!("{} {:?} {} {}", event.name, event.timestamp, list(&event.attributes), event.dropped_attributes_count)
    };
    let link =
        |link: &Link| format!("{:?} {} {}", link.span_context, list(&link.attributes), link.dropped_attributes_count);
    let of_scope: Vec<_> = scope.attributes().cloned().collect();
    let events = (events.events.iter().map(event).collect::<Vec<_>>(), events.dropped_count);
    let links = (links.links.iter().map(link).collect::<Vec<_>>(), links.dropped_count);
    let tracer = (scope.name(), scope.version(), scope.schema_url(), list(&of_scope));
    let ids = (span_context, parent_span_id, parent_span_is_remote, span_kind, name, start_time, end_time);
    format!("{ids:?} {} {dropped_attributes_count} {events:?} {links:?} {status:?} {tracer:?}", list(attributes))
}

fn value_told(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.as_str()),
        Value::F64(real) => format!("real {:x}", real.to_bits()),
        Value::Array(Array::F64(reals)) => {
            format!("{:x?}", reals.iter().map(|real| real.to_bits()).collect::<Vec<_>>())
        }
        Value::Array(Array::String(texts)) => {
            format!("{:?}", texts.iter().map(StringValue::as_str).collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn a_span_comes_out_as_it_went_in_whatever_it_holds(spans in vec(span(), 1..6), closely: bool) {
        const LIMIT: usize = 64 << 20;
        // Where four are many, and much waits for a destination.
        let queue = Queue::new(Budget::new(LIMIT), closely.then_some(4));
        let others = queue.budget.reserve(if closely { LIMIT / 8 } else { 0 });
        let mut last = LastScope::default();
        for span in spans {
            queue.push(&mut plain(Vec::new()), None, None);
            queue.push(&mut span.clone(), None, None);
            for mut ended in taken(&queue).into_iter().skip(1) {
                prop_assert!(!ended.lost);
                // As the worker does.
                let data = ended.data.unpack(&mut last);
                prop_assert_eq!(told(&data), told(&span));
                last.give_back(data.instrumentation_scope);
            }
        }
        prop_assert_eq!((queue.lost(), queue.shed()), (0, (0, 0)));
        drop(others);
        prop_assert_eq!(queue.budget.used(), 0);
    }
}
