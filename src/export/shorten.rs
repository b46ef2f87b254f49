//! The last resort for a span that no request can hold: its long values are cut, in its encoded form.

use super::wire::{Field, Reader, Writer, field_len};
use crate::content::{fair_share, shorten_text};
use crate::conventions::attribute::TRACING_GENAI_TRUNCATED;

/// No value is cut below this: ids, models, tokens and cost are shorter.
const CORE: usize = 128;
/// A mark, and what the lengths around a value may grow by.
const MARGIN: usize = 64;
/// JSON above this size is not parsed to be cut inside: as values it would take many times its bytes.
const PARSED: usize = 4 << 20;

/// The fields of `Span` that hold texts.
mod field {
    pub(super) const ATTRIBUTES: u64 = 9;
    pub(super) const EVENTS: u64 = 11;
    pub(super) const DROPPED_EVENTS: u32 = 12;
    pub(super) const LINKS: u64 = 13;
    pub(super) const DROPPED_LINKS: u32 = 14;
    pub(super) const STATUS: u64 = 15;
}

/// The encoded `Span` in at most `limit` bytes, the longest values cut first and the bytes that are missing noted on it.
/// Where that is not enough, events and links go too. Nothing when even the core does not fit.
pub(crate) fn shorten_span(span: &[u8], limit: usize) -> Option<Vec<u8>> {
    [true, false].into_iter().find_map(|lists| {
        let mut sizes = Vec::new();
        let mut rest = 0;
        for (number, value, raw) in Reader::new(span).raw() {
            match kind(number, lists) {
                Kind::Dropped => {}
                Kind::Plain => rest += raw.len(),
                kind => {
                    let before = sizes.len();
                    measure(kind, value, &mut sizes);
                    rest += raw.len() - sizes.iter().skip(before).sum::<usize>();
                }
            }
        }
        // Room for the note, for the counts of what is dropped, and for a mark in each value that is long.
        let marks = sizes.iter().filter(|size| **size > CORE).count() + 2;
        let share = fair_share(sizes.into_iter(), limit.checked_sub(rest + marks * MARGIN)?);
        let short = (share >= CORE).then(|| rewrite(span, share, lists))?;
        (short.len() <= limit).then_some(short)
    })
}

/// What a field of `Span` is here.
#[derive(Clone, Copy)]
enum Kind {
    /// `KeyValue`.
    Attribute,
    /// A message that has `KeyValue`s as its field of this number, and in another a text.
    Holder {
        attributes: u64,
        text: u64,
    },
    Plain,
    Dropped,
}

fn kind(number: u64, lists: bool) -> Kind {
    match number {
        field::EVENTS | field::LINKS if !lists => Kind::Dropped,
        field::ATTRIBUTES => Kind::Attribute,
        field::EVENTS => Kind::Holder { attributes: 3, text: 2 },
        field::LINKS => Kind::Holder { attributes: 4, text: 0 },
        field::STATUS => Kind::Holder { attributes: 0, text: 2 },
        _ => Kind::Plain,
    }
}

fn measure(kind: Kind, value: Field<'_>, sizes: &mut Vec<usize>) {
    let Field::Bytes(message) = value else { return };
    match kind {
        Kind::Attribute => sizes.extend(Reader::new(message).filter_map(|(number, value)| match value {
            Field::Bytes(any) if number == 2 => Some(any.len()),
            _ => None,
        })),
        Kind::Holder { attributes, text } => {
            for (number, value) in Reader::new(message) {
                match value {
                    Field::Bytes(bytes) if number == text => sizes.push(bytes.len()),
                    _ if number == attributes => measure(Kind::Attribute, value, sizes),
                    _ => {}
                }
            }
        }
        Kind::Plain | Kind::Dropped => {}
    }
}

fn rewrite(span: &[u8], share: usize, lists: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut cut = Cut { share, missing: 0 };
    let (mut events, mut links) = (0, 0);
    for (number, value, raw) in Reader::new(span).raw() {
        let Field::Bytes(message) = value else {
            match number {
                n if n == u64::from(field::DROPPED_EVENTS) => events += varint(value),
                n if n == u64::from(field::DROPPED_LINKS) => links += varint(value),
                _ => out.extend_from_slice(raw),
            }
            continue;
        };
        match kind(number, lists) {
            Kind::Attribute => match noted(message) {
                Some(before) => cut.missing += before,
                None => cut.attribute(&mut Writer::new(&mut out), number, message),
            },
            Kind::Holder { attributes, text } => {
                Writer::new(&mut out).message(short_number(number), |w| cut.holder(w, attributes, text, message));
            }
            Kind::Plain => out.extend_from_slice(raw),
            Kind::Dropped => {
                cut.missing += message.len();
                let count = if number == field::EVENTS { &mut events } else { &mut links };
                *count += 1;
            }
        }
    }
    let w = &mut Writer::new(&mut out);
    w.uint(field::DROPPED_EVENTS, events);
    w.uint(field::DROPPED_LINKS, links);
    w.message(short_number(field::ATTRIBUTES), |w| {
        w.string(1, TRACING_GENAI_TRUNCATED);
        w.message(2, |w| w.uint_always(3, cut.missing as u64));
    });
    out
}

/// How long a value may be, and what is missing so far.
struct Cut {
    share: usize,
    missing: usize,
}

impl Cut {
    /// A `KeyValue`.
    fn attribute(&mut self, w: &mut Writer<'_>, number: u64, attribute: &[u8]) {
        w.message(short_number(number), |w| {
            for (number, value, raw) in Reader::new(attribute).raw() {
                match value {
                    Field::Bytes(any) if number == 2 && any.len() > self.share => {
                        let text = self.value(any);
                        w.length_delimited(2, field_len(text.len()));
                        w.bytes(1, text.as_bytes());
                    }
                    _ => w.raw(raw),
                }
            }
        });
    }

    fn holder(&mut self, w: &mut Writer<'_>, attributes: u64, text: u64, holder: &[u8]) {
        for (number, value, raw) in Reader::new(holder).raw() {
            match value {
                Field::Bytes(attribute) if number == attributes => self.attribute(w, number, attribute),
                Field::Bytes(bytes) if number == text && bytes.len() > self.share => {
                    let short = self.text(&String::from_utf8_lossy(bytes));
                    w.bytes(short_number(number), short.as_bytes());
                }
                _ => w.raw(raw),
            }
        }
    }

    /// The text in place of an `AnyValue` that is too long. A list, or whatever else is no text, goes as a whole.
    fn value(&mut self, any: &[u8]) -> String {
        match Reader::new(any).next() {
            Some((1, Field::Bytes(text))) => self.text(&String::from_utf8_lossy(text)),
            _ => self.gap(any.len()),
        }
    }

    fn text(&mut self, text: &str) -> String {
        if text.len() > PARSED && text.trim_start().starts_with(['[', '{']) {
            return format!("[{{\"truncated\":\"{}\"}}]", self.gap(text.len()));
        }
        // The room that a value has includes its key and length.
        match shorten_text(text, self.share.saturating_sub(MARGIN)) {
            Some((short, missing)) => {
                self.missing += missing;
                short
            }
            None => text.to_owned(),
        }
    }

    fn gap(&mut self, bytes: usize) -> String {
        self.missing += bytes;
        format!("…[+{bytes} bytes]")
    }
}

/// What an attribute says to be missing already, if that is what it says.
fn noted(attribute: &[u8]) -> Option<usize> {
    let mut fields = Reader::new(attribute);
    let (Some((1, Field::Bytes(key))), Some((2, Field::Bytes(any)))) = (fields.next(), fields.next()) else {
        return None;
    };
    if key != TRACING_GENAI_TRUNCATED.as_bytes() {
        return None;
    }
    let (_, count) = Reader::new(any).find(|(number, _)| *number == 3)?;
    usize::try_from(varint(count)).ok()
}

fn varint(value: Field<'_>) -> u64 {
    match value {
        Field::Varint(number) => number,
        _ => 0,
    }
}

/// Fields that are rewritten have small numbers.
fn short_number(number: u64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
    use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
    use opentelemetry_proto::tonic::trace::v1::{Span, Status};
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::conventions::attribute::{GEN_AI_INPUT_MESSAGES, GEN_AI_REQUEST_MODEL};

    fn text(key: &str, value: impl Into<String>) -> KeyValue {
        attribute(key, Value::StringValue(value.into()))
    }

    fn attribute(key: &str, value: Value) -> KeyValue {
        KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
    }

    fn short(span: &Span, limit: usize) -> Span {
        let bytes = shorten_span(&span.encode_to_vec(), limit).unwrap();
        assert!(bytes.len() <= limit, "{} bytes", bytes.len());
        Span::decode(&bytes[..]).unwrap()
    }

    fn find<'s>(span: &'s Span, key: &str) -> &'s Value {
        let found: Vec<_> = span.attributes.iter().filter(|attribute| attribute.key == key).collect();
        assert_eq!(found.len(), 1, "{key}");
        found[0].value.as_ref().unwrap().value.as_ref().unwrap()
    }

    fn string<'s>(span: &'s Span, key: &str) -> &'s str {
        let Value::StringValue(text) = find(span, key) else { panic!("{key} is text") };
        text
    }

    fn missing(span: &Span) -> i64 {
        let Value::IntValue(count) = find(span, TRACING_GENAI_TRUNCATED) else { panic!("a number") };
        *count
    }

    #[test]
    fn the_longest_values_are_cut_first_and_what_is_missing_is_noted() {
        let span = Span {
            trace_id: vec![7; 16],
            name: "chat".into(),
            attributes: vec![
                text(GEN_AI_REQUEST_MODEL, "m"),
                text("giant", "x".repeat(100_000)),
                text("long", "y".repeat(2_000)),
                attribute(TRACING_GENAI_TRUNCATED, Value::IntValue(5)),
            ],
            events: vec![Event { name: "z".repeat(50_000), time_unix_nano: 3, ..Event::default() }],
            status: Some(Status { message: "failed".into(), code: 2 }),
            flags: 0x101,
            ..Span::default()
        };
        let cut = short(&span, 20_000);
        assert_eq!(
            (&cut.name, &cut.trace_id, cut.flags, &cut.status),
            (&span.name, &span.trace_id, span.flags, &span.status)
        );
        assert_eq!(string(&cut, GEN_AI_REQUEST_MODEL), "m");
        assert_eq!(string(&cut, "long").len(), 2_000);
        assert!(string(&cut, "giant").ends_with(" bytes]"));
        assert_eq!((cut.events.len(), cut.events[0].time_unix_nano), (1, 3));
        let kept = string(&cut, "giant").matches('x').count() + cut.events[0].name.matches('z').count();
        assert_eq!(missing(&cut), i64::try_from(150_000 - kept).unwrap() + 5);
        assert!(kept > 10_000, "no more is cut than must be: {kept}");
    }

    #[test]
    fn json_stays_json_and_lists_go_as_a_whole() {
        let messages = serde_json::json!([{"role": "user", "parts": [{"type": "text", "content": "x".repeat(9_000)}]}]);
        let giant = format!("[\"{}\"]", "x".repeat(PARSED));
        let items = (0..5_000).map(|number| AnyValue { value: Some(Value::IntValue(number)) }).collect();
        let span = Span {
            attributes: vec![
                text(GEN_AI_INPUT_MESSAGES, messages.to_string()),
                text("giant", giant),
                attribute("list", Value::ArrayValue(ArrayValue { values: items })),
            ],
            ..Span::default()
        };
        let cut = short(&span, 8_000);
        for key in [GEN_AI_INPUT_MESSAGES, "giant"] {
            serde_json::from_str::<serde_json::Value>(string(&cut, key)).unwrap();
        }
        assert!(string(&cut, GEN_AI_INPUT_MESSAGES).contains("\"role\":\"user\""));
        assert!(string(&cut, "list").starts_with("…[+"));
    }

    #[test]
    fn when_all_values_are_short_events_and_links_go_and_are_counted() {
        let event = Event { name: "said".into(), attributes: vec![text("a", "b")], ..Event::default() };
        let span = Span {
            name: "chat".into(),
            attributes: vec![text(GEN_AI_REQUEST_MODEL, "m")],
            events: vec![event; 1_000],
            dropped_events_count: 2,
            links: vec![Link { trace_id: vec![1; 16], ..Link::default() }; 3],
            ..Span::default()
        };
        let cut = short(&span, 2_000);
        assert_eq!(string(&cut, GEN_AI_REQUEST_MODEL), "m");
        assert_eq!((cut.events.len(), cut.dropped_events_count, cut.dropped_links_count), (0, 1_002, 3));
        assert_eq!(shorten_span(&span.encode_to_vec(), 20), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_met_without_a_panic(bytes: Vec<u8>, limit in 0_usize..2_000) {
            if let Some(short) = shorten_span(&bytes, limit) {
                prop_assert!(short.len() <= limit);
            }
        }

        #[test]
        fn a_span_of_long_values_fits_any_limit_that_its_core_fits(
            sizes in proptest::collection::vec(0_usize..20_000, 0..12),
            limit in 4_000_usize..60_000,
        ) {
            let attributes = sizes.iter().enumerate().map(|(n, size)| text(&format!("k{n}"), "é".repeat(size / 2)));
            let span = Span { name: "chat".into(), attributes: attributes.collect(), ..Span::default() };
            let cut = short(&span, limit);
            prop_assert_eq!(cut.attributes.len(), sizes.len() + 1);
        }
    }
}
