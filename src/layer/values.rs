//! What fields bring: values to keep, or what to remember of those that go to an OpenTelemetry layer.

use std::error::Error;
use std::fmt::{self, Write as _};

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};

use super::fields::{self, Fields, Large};
use super::filter::is_gen_ai;
use super::open_spans::OpenSpans;
use super::recorded::Recorded;
use crate::conventions::attribute;
use crate::packed;

/// Fields of these names are not attributes: the OpenTelemetry layer makes name, kind and status of them.
const OTEL: &str = "otel.";
/// Of an error that is told with its sources.
const MAX_SOURCES: usize = 16;

/// The values that a new span has; nothing when one of them is to be understood by the OpenTelemetry layer.
pub(super) fn given(attrs: &Attributes<'_>) -> Option<Fields> {
    let mut reader = Reader::new(Given { fields: Fields::default(), expected: attrs.metadata().fields().len() });
    attrs.record(&mut reader);
    let Reader { keep: Given { mut fields, .. }, refused } = reader;
    fields.are_initial();
    (!refused).then_some(fields)
}

/// Keeps the values of `record`; false when the OpenTelemetry layer has to see them too. What it makes of those that
/// were kept does not count: they come behind.
pub(super) fn keep(open: &OpenSpans, id: &Id, record: &Record<'_>) -> bool {
    let mut reader = Reader::new(Later { open, id });
    record.record(&mut reader);
    !reader.refused
}

/// What the OpenTelemetry layer does not keep of the values that a new span has.
pub(super) fn beside_given(attrs: &Attributes<'_>) -> Vec<Recorded> {
    let mut seen = Seen::default();
    attrs.record(&mut seen);
    if is_gen_ai(attrs.metadata()) { seen.numbers } else { Vec::new() }
}

/// Remembers what the OpenTelemetry layer does not keep of the values of `record`, and which fields came after one of
/// our own values: they win over it.
pub(super) fn remember(open: &OpenSpans, id: &Id, record: &Record<'_>) {
    let keep_names = open.update(id, |open| open.holds_ours).unwrap_or(false);
    let mut seen = Seen { keep_names, ..Seen::default() };
    record.record(&mut seen);
    for name in seen.names {
        record_or_count(open, id, Recorded::Field(name));
    }
    for number in seen.numbers {
        record_or_count(open, id, number);
    }
}

fn record_or_count(open: &OpenSpans, id: &Id, step: Recorded) {
    if open.record(id, step).is_some() {
        open.counts().turn_away();
    }
}

/// Where values are kept; each says whether there was room. One function for each kind: this runs for each field.
trait Keep {
    /// Few bytes, and what they are.
    fn small(&mut self, field: &Field, what: u16, bytes: &[u8]) -> bool;
    /// The same of a fixed length, so that it is stored and not copied.
    fn word(&mut self, field: &Field, what: u16, word: [u8; 8]) -> bool;
    fn large(&mut self, field: &Field, value: Large) -> bool;
}

/// On a span that is being created.
struct Given {
    fields: Fields,
    expected: usize,
}

/// On one that is open.
struct Later<'a> {
    open: &'a OpenSpans,
    id: &'a Id,
}

impl Keep for Given {
    #[inline]
    fn small(&mut self, field: &Field, what: u16, bytes: &[u8]) -> bool {
        self.fields.push(field.index(), what, bytes, || self.expected);
        true
    }

    #[inline]
    fn word(&mut self, field: &Field, what: u16, word: [u8; 8]) -> bool {
        self.fields.push(field.index(), what, &word, || self.expected);
        true
    }

    fn large(&mut self, field: &Field, value: Large) -> bool {
        drop(self.fields.push_large(field.index(), value));
        true
    }
}

impl Keep for Later<'_> {
    #[inline]
    fn small(&mut self, field: &Field, what: u16, bytes: &[u8]) -> bool {
        self.open.keep_small(self.id, field, what, bytes)
    }

    #[inline]
    fn word(&mut self, field: &Field, what: u16, word: [u8; 8]) -> bool {
        self.open.keep_small(self.id, field, what, word)
    }

    fn large(&mut self, field: &Field, value: Large) -> bool {
        self.open.keep_large(self.id, field, value)
    }
}

/// Reads values as they are to be kept.
struct Reader<K> {
    keep: K,
    refused: bool,
}

impl<K: Keep> Reader<K> {
    fn new(keep: K) -> Self {
        Self { keep, refused: false }
    }

    #[inline]
    fn text(&mut self, field: &Field, text: &str) {
        if field.name().starts_with(OTEL) {
            self.refused = true;
            return;
        }
        self.refused |= match fields::short(text) {
            Some((what, bytes)) => !self.keep.small(field, what, bytes),
            None => self.refuses_long(field, text),
        };
    }

    #[cold]
    fn refuses_long(&mut self, field: &Field, text: &str) -> bool {
        !self.keep.large(field, Large::Long(text.into()))
    }

    #[inline]
    fn word(&mut self, field: &Field, what: u16, word: [u8; 8]) {
        self.refused |= !self.keep.word(field, what, word);
    }
}

impl<K: Keep> Visit for Reader<K> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &told(format_args!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.word(field, packed::I64, value.to_le_bytes());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.word(field, packed::U64, value.to_le_bytes());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.word(field, packed::F64, value.to_le_bytes());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.refused |= !self.keep.small(field, if value { packed::TRUE } else { packed::FALSE }, &[]);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let message = told(format_args!("{value}"));
        let mut sources: Vec<StringValue> = Vec::new();
        let mut next = value.source();
        while let Some(source) = next.filter(|_| sources.len() < MAX_SOURCES) {
            sources.push(told(format_args!("{source}")).into());
            next = source.source();
        }
        let sources = Value::Array(Array::String(sources));
        let made = [
            KeyValue::new(attribute::EXCEPTION_MESSAGE, message.clone()),
            KeyValue::new(attribute::EXCEPTION_STACKTRACE, sources.clone()),
            KeyValue::new(field.name(), message),
            KeyValue::new(Key::from(format!("{}.chain", field.name())), sources),
        ];
        for made in made {
            self.refused |= !self.keep.large(field, Large::Made(Box::new(made)));
        }
    }
}

/// What a value says, also where it gives up half way, on which `format!` and `to_string` panic.
fn told(value: fmt::Arguments<'_>) -> String {
    let mut told = String::new();
    let _ = told.write_fmt(value);
    told
}

/// Looks values through that go to an OpenTelemetry layer; they are never formatted.
#[derive(Default)]
struct Seen {
    keep_names: bool,
    names: Vec<&'static str>,
    /// Unsigned integers, of which the OpenTelemetry layer makes text.
    numbers: Vec<Recorded>,
}

impl Seen {
    fn name(&mut self, field: &Field) {
        if self.keep_names {
            self.names.push(field.name());
        }
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, _value: &dyn fmt::Debug) {
        self.name(field);
    }

    fn record_str(&mut self, field: &Field, _value: &str) {
        self.name(field);
    }

    fn record_i64(&mut self, field: &Field, _value: i64) {
        self.name(field);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.name(field);
        if let Ok(number) = i64::try_from(value) {
            self.numbers.push(Recorded::Number(field.name(), number));
        }
    }

    fn record_f64(&mut self, field: &Field, _value: f64) {
        self.name(field);
    }

    fn record_bool(&mut self, field: &Field, _value: bool) {
        self.name(field);
    }

    fn record_error(&mut self, field: &Field, _value: &(dyn Error + 'static)) {
        self.name(field);
    }
}
