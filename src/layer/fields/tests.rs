//! Values of fields, kept as bytes.

use opentelemetry::{KeyValue, Value};
use tracing::{Metadata, Subscriber, info_span, span};

use super::{F64, FALSE, Fields, I64, Large, SHORT, TRUE, U64, short};
use crate::conventions::facts;

/// Knows nothing but the call site of a span.
struct Nobody;

impl Subscriber for Nobody {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A call site with the fields `a` to `h`.
fn metadata() -> &'static Metadata<'static> {
    let _nobody = tracing::subscriber::set_default(Nobody);
    let span = info_span!("call", a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0);
    span.metadata().unwrap()
}

/// What comes out, beside an attribute that was set in another way.
fn attributes(fields: Fields, numbers: bool) -> Vec<(String, Value)> {
    let mut attributes = vec![KeyValue::new("other", true)];
    let names = metadata().fields().iter().map(|field| (field.name(), facts(field.name())));
    let (names, mut known): (Vec<_>, Vec<_>) = (names.collect(), Vec::new());
    fields.move_to(&names, &mut attributes, &mut known, numbers, Vec::new());
    assert_eq!(known.len(), attributes.len());
    attributes.into_iter().map(|kv| (kv.key.to_string(), kv.value)).collect()
}

fn push_text(fields: &mut Fields, field: usize, text: &str) {
    match short(text) {
        Some((what, bytes)) => fields.push(field, what, bytes, || 8),
        None => drop(fields.push_large(field, Large::Long(text.into()))),
    }
}

fn push_word(fields: &mut Fields, field: usize, what: u16, word: [u8; 8]) {
    fields.push(field, what, &word, || 8);
}

#[test]
fn values_come_out_as_they_went_in_and_in_their_order() {
    let (full, long) = ("x".repeat(SHORT), "ü".repeat(SHORT));
    let mut fields = Fields::default();
    push_text(&mut fields, 0, "grün");
    push_word(&mut fields, 1, I64, (-1_i64).to_le_bytes());
    push_text(&mut fields, 2, "");
    push_text(&mut fields, 3, &full);
    fields.are_initial();
    push_text(&mut fields, 4, &long);
    push_word(&mut fields, 5, F64, 0.5_f64.to_le_bytes());
    drop(fields.push_large(6, Large::Made(Box::new(KeyValue::new("made.chain", 1.5)))));
    fields.push(7, TRUE, &[], || 8);
    fields.push(0, FALSE, &[], || 8);
    let expected: [(&str, Value); 10] = [
        ("a", "grün".into()),
        ("b", Value::I64(-1)),
        ("c", "".into()),
        ("d", full.into()),
        ("other", true.into()),
        ("e", long.into()),
        ("f", 0.5.into()),
        ("made.chain", 1.5.into()),
        ("h", true.into()),
        ("a", false.into()),
    ];
    assert!(fields.any((0..8).map(|at| at == 7)));
    assert!(!fields.any([false; 8].into_iter()));
    assert_eq!(attributes(fields, true), expected.map(|(key, value)| (key.to_owned(), value)));
}

#[test]
fn unsigned_integers_are_numbers_where_they_may_be() {
    let counts = || {
        let mut fields = Fields::default();
        push_word(&mut fields, 0, U64, 7_u64.to_le_bytes());
        push_word(&mut fields, 1, U64, u64::MAX.to_le_bytes());
        fields
    };
    let huge = Value::from(u64::MAX.to_string());
    assert_eq!(attributes(counts(), true)[1..], [("a".to_owned(), 7.into()), ("b".to_owned(), huge.clone())]);
    assert_eq!(attributes(counts(), false)[1..], [("a".to_owned(), "7".into()), ("b".to_owned(), huge)]);
}

#[test]
fn a_long_text_that_is_recorded_over_and_over_is_held_once() {
    let mut fields = Fields::default();
    push_text(&mut fields, 0, &"a".repeat(1_000));
    push_word(&mut fields, 1, I64, 1_i64.to_le_bytes());
    fields.are_initial();
    for _ in 0..100 {
        push_text(&mut fields, 0, &"b".repeat(1_000));
    }
    assert!(fields.bytes() < 1_400, "{}", fields.bytes());
    let last = Value::from("b".repeat(1_000));
    let expected = [("b".to_owned(), 1.into()), ("other".to_owned(), true.into()), ("a".to_owned(), last)];
    assert_eq!(attributes(fields, true), expected);
}
