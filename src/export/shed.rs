//! A span, encoded, without its content: while a destination has no room, long values go before spans do.

use super::wire::{Field, Reader, Writer};
use crate::conventions::attribute::TRACING_GENAI_SHED;
use crate::span::SHED_ABOVE;

/// Fields of `Span`.
const ATTRIBUTES: u64 = 9;
const EVENTS: u64 = 11;
const DROPPED_EVENTS: u64 = 12;

/// The encoded `Span` without what is long, with a note of how many bytes are missing, and that number. Nothing when
/// nothing is long. One pass, nothing is parsed.
pub(crate) fn shed_span(span: &[u8]) -> Option<(Vec<u8>, usize)> {
    let is_long = |number, raw: &[u8]| matches!(number, ATTRIBUTES | EVENTS) && raw.len() > SHED_ABOVE;
    if span.len() <= SHED_ABOVE || !Reader::new(span).raw().any(|(number, _, raw)| is_long(number, raw)) {
        return None;
    }
    let mut out = Vec::new();
    let (mut missing, mut before, mut events) = (0, 0, 0);
    for (number, value, raw) in Reader::new(span).raw() {
        match value {
            _ if is_long(number, raw) => {
                missing += raw.len();
                events += u64::from(number == EVENTS);
            }
            Field::Varint(count) if number == DROPPED_EVENTS => events += count,
            Field::Bytes(attribute) if number == ATTRIBUTES => match noted(attribute) {
                Some(noted) => before = noted,
                None => out.extend_from_slice(raw),
            },
            _ => out.extend_from_slice(raw),
        }
    }
    let w = &mut Writer::new(&mut out);
    w.uint(12, events);
    w.message(9, |w| {
        w.string(1, TRACING_GENAI_SHED);
        w.message(2, |w| w.uint_always(3, before + missing as u64));
    });
    out.shrink_to_fit();
    Some((out, missing))
}

/// The same for each span of an encoded request: what is left of it, how many spans gave something up, and how much.
pub(crate) fn shed_request(request: &[u8]) -> Option<(Vec<u8>, u64, usize)> {
    let mut shed = (0, 0);
    let mut out = Vec::new();
    each(request, 1, &mut Writer::new(&mut out), &mut |resource_spans, w| {
        each(resource_spans, 2, w, &mut |scope_spans, w| {
            each(scope_spans, 2, w, &mut |span, w| match shed_span(span) {
                Some((short, missing)) => {
                    w.raw(&short);
                    shed = (shed.0 + 1, shed.1 + missing);
                }
                None => w.raw(span),
            });
        });
    });
    let (spans, missing) = shed;
    (spans > 0).then_some((out, spans, missing))
}

/// Copies a message, but for the messages in the field `number`, which `copy` does.
fn each(message: &[u8], number: u32, w: &mut Writer<'_>, copy: &mut dyn FnMut(&[u8], &mut Writer<'_>)) {
    for (field, value, raw) in Reader::new(message).raw() {
        match value {
            Field::Bytes(inner) if field == u64::from(number) => w.message(number, |w| copy(inner, w)),
            _ => w.raw(raw),
        }
    }
}

/// What the queue has noted on it already.
fn noted(attribute: &[u8]) -> Option<u64> {
    let mut fields = Reader::new(attribute);
    let (Some((1, Field::Bytes(key))), Some((2, Field::Bytes(any)))) = (fields.next(), fields.next()) else {
        return None;
    };
    if key != TRACING_GENAI_SHED.as_bytes() {
        return None;
    }
    Reader::new(any).find_map(|(number, value)| match value {
        Field::Varint(count) if number == 3 => Some(count),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
    use opentelemetry_proto::tonic::trace::v1::Span;
    use opentelemetry_proto::tonic::trace::v1::span::Event;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    fn attribute(key: &str, value: Value) -> KeyValue {
        KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
    }

    fn text(key: &str, bytes: usize) -> KeyValue {
        attribute(key, Value::StringValue("x".repeat(bytes)))
    }

    #[test]
    fn what_is_long_goes_and_the_rest_stays_with_a_note() {
        let event = |bytes| Event { name: "said".into(), attributes: vec![text("a", bytes)], ..Event::default() };
        let span = Span {
            trace_id: vec![7; 16],
            name: "chat".into(),
            attributes: vec![
                text("model", 20),
                attribute(TRACING_GENAI_SHED, Value::IntValue(5)),
                text("prompt", 8_000),
            ],
            events: vec![event(10), event(2_000)],
            dropped_events_count: 3,
            ..Span::default()
        };
        let (short, missing) = shed_span(&span.encode_to_vec()).unwrap();
        assert!((10_000..10_100).contains(&missing), "{missing}");
        let noted = Value::IntValue(5 + i64::try_from(missing).unwrap());
        let expected = Span {
            attributes: vec![text("model", 20), attribute(TRACING_GENAI_SHED, noted)],
            events: vec![event(10)],
            dropped_events_count: 4,
            ..span
        };
        assert_eq!(Span::decode(&short[..]).unwrap(), expected);
        assert_eq!(shed_span(&short), None, "nothing is left to give up");
    }

    proptest! {
        #[test]
        fn any_bytes_are_met_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
            let _ = shed_span(&bytes);
        }
    }
}
