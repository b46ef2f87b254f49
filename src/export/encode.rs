//! OTLP messages straight from the SDK's types: no message structs in between, no allocation for each attribute.
//!
//! Field numbers are those of `opentelemetry/proto/{trace,resource,common}/v1`.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, InstrumentationScope, Key, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::wire::{Writer, field_len, varint_len};

/// The flags say whether the parent was in another process.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// A key and a text of fewer bytes together, with three heads of two bytes around them, have lengths of one byte.
const SHORT_TEXTS: usize = 0x80 - 6;

/// Puts the content of one `Span` message at the end of `out`.
pub(crate) fn span(span: &SpanData, out: &mut Vec<u8>) {
    let context = &span.span_context;
    let w = &mut Writer::new(out);
    w.bytes(1, &context.trace_id().to_bytes());
    w.bytes(2, &context.span_id().to_bytes());
    w.string(3, &context.trace_state().header());
    if span.parent_span_id != SpanId::INVALID {
        w.bytes(4, &span.parent_span_id.to_bytes());
    }
    w.string(5, &span.name);
    w.uint(6, kind(&span.span_kind));
    w.fixed64(7, nanos(span.start_time));
    w.fixed64(8, nanos(span.end_time));
    for kv in &span.attributes {
        key_value(w, 9, &kv.key, &kv.value);
    }
    w.uint(10, span.dropped_attributes_count.into());
    for event in &span.events.events {
        w.message(11, |w| self::event(w, event));
    }
    w.uint(12, span.events.dropped_count.into());
    for link in &span.links.links {
        w.message(13, |w| self::link(w, link));
    }
    w.uint(14, span.links.dropped_count.into());
    w.message(15, |w| status(w, &span.status));
    w.fixed32(16, flags(context, span.parent_span_is_remote));
}

/// The fields of `ResourceSpans` beside its spans: `resource` and `schema_url`.
pub(crate) fn resource(resource: &Resource) -> Vec<u8> {
    let mut out = Vec::new();
    let w = &mut Writer::new(&mut out);
    w.message(1, |w| {
        for (key, value) in resource {
            key_value(w, 1, key, value);
        }
    });
    w.string(3, resource.schema_url().unwrap_or_default());
    out
}

/// The fields of `ScopeSpans` beside its spans: `scope` and `schema_url`.
pub(crate) fn scope(scope: &InstrumentationScope) -> Vec<u8> {
    let mut out = Vec::new();
    let w = &mut Writer::new(&mut out);
    w.message(1, |w| {
        w.string(1, scope.name());
        w.string(2, scope.version().unwrap_or_default());
        for kv in scope.attributes() {
            key_value(w, 3, &kv.key, &kv.value);
        }
    });
    w.string(3, scope.schema_url().unwrap_or_default());
    out
}

fn event(w: &mut Writer<'_>, event: &Event) {
    w.fixed64(1, nanos(event.timestamp));
    w.string(2, &event.name);
    attributes(w, 3, &event.attributes);
    w.uint(4, event.dropped_attributes_count.into());
}

fn link(w: &mut Writer<'_>, link: &Link) {
    let context = &link.span_context;
    w.bytes(1, &context.trace_id().to_bytes());
    w.bytes(2, &context.span_id().to_bytes());
    w.string(3, &context.trace_state().header());
    attributes(w, 4, &link.attributes);
    w.uint(5, link.dropped_attributes_count.into());
    w.fixed32(6, flags(context, context.is_remote()));
}

fn status(w: &mut Writer<'_>, status: &Status) {
    match status {
        Status::Unset => {}
        Status::Ok => w.uint(3, 1),
        Status::Error { description } => {
            w.string(2, description);
            w.uint(3, 2);
        }
    }
}

fn attributes(w: &mut Writer<'_>, field: u32, attributes: &[KeyValue]) {
    for kv in attributes {
        key_value(w, field, &kv.key, &kv.value);
    }
}

/// A `KeyValue`. Lengths are computed ahead, so that long texts are written once and never moved.
fn key_value(w: &mut Writer<'_>, field: u32, key: &Key, value: &Value) {
    let key = key.as_str();
    if let Value::String(text) = value
        && key.len() + text.as_str().len() < SHORT_TEXTS
        && !key.is_empty()
    {
        // Every length is one byte, as most are: what stands between the texts is written at once.
        let text = text.as_str().as_bytes();
        w.short_heads(field, key.len() + text.len() + 6, 1, key.len());
        w.raw(key.as_bytes());
        w.short_heads(2, text.len() + 2, 1, text.len());
        w.raw(text);
        return;
    }
    let value_len = value_len(value);
    let key_len = if key.is_empty() { 0 } else { field_len(key.len()) };
    w.length_delimited(field, key_len + field_len(value_len));
    w.string(1, key);
    w.length_delimited(2, value_len);
    any_value(w, value);
}

/// The content of an `AnyValue`.
fn any_value(w: &mut Writer<'_>, value: &Value) {
    match value {
        Value::String(text) => w.bytes(1, text.as_str().as_bytes()),
        Value::Bool(yes) => w.uint_always(2, (*yes).into()),
        Value::I64(number) => w.uint_always(3, number.cast_unsigned()),
        Value::F64(number) => w.fixed64_always(4, number.to_bits()),
        Value::Array(array) => {
            w.length_delimited(5, array_len(array));
            match array {
                Array::String(items) => {
                    for item in items {
                        let text = item.as_str().as_bytes();
                        w.length_delimited(1, field_len(text.len()));
                        w.bytes(1, text);
                    }
                }
                Array::Bool(items) => elements(w, items),
                Array::I64(items) => elements(w, items),
                Array::F64(items) => elements(w, items),
                _ => {}
            }
        }
        // A type that a later release of the API may add.
        other => w.bytes(1, other.as_str().as_bytes()),
    }
}

fn value_len(value: &Value) -> usize {
    match value {
        Value::String(text) => field_len(text.as_str().len()),
        Value::Bool(_) => 2,
        Value::I64(number) => 1 + varint_len(number.cast_unsigned()),
        Value::F64(_) => 9,
        Value::Array(array) => field_len(array_len(array)),
        other => field_len(other.as_str().len()),
    }
}

/// The length of an `ArrayValue`.
fn array_len(array: &Array) -> usize {
    match array {
        Array::String(items) => items.iter().map(|item| field_len(field_len(item.as_str().len()))).sum(),
        Array::Bool(items) => items.len() * field_len(2),
        Array::I64(items) => items.iter().map(|item| field_len(1 + varint_len(item.cast_unsigned()))).sum(),
        Array::F64(items) => items.len() * field_len(9),
        _ => 0,
    }
}

fn elements<T: Copy + Into<Value>>(w: &mut Writer<'_>, items: &[T]) {
    for item in items {
        let value = (*item).into();
        w.length_delimited(1, value_len(&value));
        any_value(w, &value);
    }
}

fn kind(kind: &SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn flags(context: &SpanContext, remote: bool) -> u32 {
    let remote = if remote { IS_REMOTE } else { 0 };
    u32::from(context.trace_flags().to_u8()) | HAS_IS_REMOTE | remote
}

/// Nanoseconds since 1970; earlier times are 0, times after 2554 the largest number.
fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opentelemetry::trace::{TraceFlags, TraceId, TraceState};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
    use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<String>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            vec(any::<String>(), 0..4)
                .prop_map(|items| { Value::Array(Array::String(items.into_iter().map(Into::into).collect())) }),
            vec(any::<bool>(), 0..4).prop_map(|items| Value::Array(Array::Bool(items))),
            vec(any::<i64>(), 0..4).prop_map(|items| Value::Array(Array::I64(items))),
            vec(any::<f64>(), 0..4).prop_map(|items| Value::Array(Array::F64(items))),
        ]
    }

    fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
        vec((any::<String>(), value()).prop_map(|(key, value)| KeyValue::new(key, value)), 0..6)
    }

    fn context() -> impl Strategy<Value = SpanContext> {
        let state = prop_oneof![Just(vec![]), Just(vec![("vendor", "a"), ("other", "b")])];
        (any::<u128>(), any::<u64>(), any::<u8>(), any::<bool>(), state).prop_map(
            |(trace, span, flags, remote, state)| {
                let state = TraceState::from_key_value(state).unwrap();
                SpanContext::new(TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags), remote, state)
            },
        )
    }

    fn time() -> impl Strategy<Value = SystemTime> {
        prop_oneof![
            (0_u64..1 << 62).prop_map(|nanos| UNIX_EPOCH + Duration::from_nanos(nanos)),
            (1_u64..1 << 40).prop_map(|nanos| UNIX_EPOCH - Duration::from_nanos(nanos)),
        ]
    }

    fn status_strategy() -> impl Strategy<Value = Status> {
        prop_oneof![Just(Status::Unset), Just(Status::Ok), any::<String>().prop_map(Status::error)]
    }

    fn kind_strategy() -> impl Strategy<Value = SpanKind> {
        prop_oneof![
            Just(SpanKind::Client),
            Just(SpanKind::Server),
            Just(SpanKind::Producer),
            Just(SpanKind::Consumer),
            Just(SpanKind::Internal),
        ]
    }

    fn instrumentation_scope() -> impl Strategy<Value = InstrumentationScope> {
        (any::<String>(), any::<Option<String>>(), any::<Option<String>>(), attributes()).prop_map(
            |(name, version, schema_url, attributes)| {
                let mut scope = InstrumentationScope::builder(name).with_attributes(attributes);
                if let Some(version) = version {
                    scope = scope.with_version(version);
                }
                if let Some(schema_url) = schema_url {
                    scope = scope.with_schema_url(schema_url);
                }
                scope.build()
            },
        )
    }

    fn any_span() -> impl Strategy<Value = SpanData> {
        let event = (any::<String>(), time(), attributes(), any::<u32>())
            .prop_map(|(name, time, attributes, dropped)| Event::new(name, time, attributes, dropped));
        let link = (context(), attributes(), any::<u32>())
            .prop_map(|(context, attributes, dropped)| Link::new(context, attributes, dropped));
        let identity = (context(), any::<u64>(), any::<bool>(), kind_strategy(), any::<String>());
        let lists = (attributes(), vec(event, 0..3), vec(link, 0..3), any::<[u32; 3]>());
        (identity, lists, time(), time(), status_strategy(), instrumentation_scope()).prop_map(
            |(
                (context, parent, remote, kind, name),
                (attributes, events, links, dropped),
                start,
                end,
                status,
                scope,
            )| {
                let mut span_events = SpanEvents::default();
                span_events.events = events;
                span_events.dropped_count = dropped[0];
                let mut span_links = SpanLinks::default();
                span_links.links = links;
                span_links.dropped_count = dropped[1];
                SpanData {
                    span_context: context,
                    parent_span_id: SpanId::from(parent),
                    parent_span_is_remote: remote,
                    span_kind: kind,
                    name: name.into(),
                    start_time: start,
                    end_time: end,
                    attributes,
                    dropped_attributes_count: dropped[2],
                    events: span_events,
                    links: span_links,
                    status,
                    instrumentation_scope: scope,
                }
            },
        )
    }

    /// Not-a-number is not equal to itself: bytes of the same message are compared where it may occur.
    fn same<M: Message + Default>(ours: &[u8], theirs: &M) -> Result<(), TestCaseError> {
        let decoded = M::decode(ours).expect("a message that protobuf understands");
        prop_assert_eq!(decoded.encode_to_vec(), theirs.encode_to_vec());
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_span_is_the_message_that_the_reference_conversion_gives(data in any_span()) {
            let mut ours = Vec::new();
            span(&data, &mut ours);
            same(&ours, &Span::from(data))?;
        }

        #[test]
        fn resource_and_scope_are_the_messages_that_the_reference_conversion_gives(
            data in any_span(), attributes in attributes(), schema_url: Option<String>,
        ) {
            let builder = Resource::builder_empty();
            let given = match schema_url {
                Some(url) => builder.with_schema_url(attributes, url).build(),
                None => builder.with_attributes(attributes).build(),
            };
            let scope_bytes = scope(&data.instrumentation_scope);
            let mut theirs = group_spans_by_resource_and_scope(vec![data], &ResourceAttributesWithSchema::from(&given));
            let mut theirs = theirs.remove(0);
            let scope_spans = theirs.scope_spans.remove(0);
            same(&resource(&given), &theirs)?;
            same(&scope_bytes, &ScopeSpans { spans: vec![], ..scope_spans })?;
            let _: ResourceSpans = theirs;
        }
    }
}
