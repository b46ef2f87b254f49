//! Values of fields, kept as bytes.

use opentelemetry::{KeyValue, StringValue, Value};

use super::{Fields, Large, SHORT, TakeValues, short};
use crate::packed::{F64, FALSE, I64, TRUE, U64};

/// Takes values as they come.
#[derive(Default)]
struct Taken(Vec<(usize, Value)>);

impl TakeValues for Taken {
    fn take_plain(&mut self, field: usize, value: Value) {
        self.0.push((field, value));
    }
    fn take_unsigned(&mut self, field: usize, number: u64) {
        self.0.push((field, format!("unsigned {number}").into()));
    }
    fn take_text(&mut self, field: usize, bytes: &[u8]) {
        self.0.push((field, str::from_utf8(bytes).unwrap().to_owned().into()));
    }
    fn take_long(&mut self, field: usize, text: Box<str>) {
        self.0.push((field, String::from(text).into()));
    }
    fn take_made(&mut self, made: KeyValue) {
        self.0.push((usize::MAX, format!("{} {}", made.key, made.value).into()));
    }
}

/// What comes out of those given at first, and of the later ones.
fn values(mut fields: Fields) -> [Vec<(usize, Value)>; 2] {
    [true, false].map(|initial| {
        let mut taken = Taken::default();
        fields.give(initial, &mut taken);
        taken.0
    })
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

fn push_made(fields: &mut Fields, field: usize, value: impl Into<Value>) {
    drop(fields.push_large(field, Large::Made(Box::new(KeyValue::new("failure.chain", value)))));
}

fn texts(count: usize) -> Value {
    Value::Array(vec![StringValue::from("x".repeat(50)); count].into())
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
    let first: [(usize, Value); 4] = [(0, "grün".into()), (1, Value::I64(-1)), (2, "".into()), (3, full.into())];
    let later: [(usize, Value); 5] =
        [(4, long.into()), (5, 0.5.into()), (usize::MAX, "made.chain 1.5".into()), (7, true.into()), (0, false.into())];
    assert!(fields.any((0..8).map(|at| at == 7)));
    assert!(!fields.any([false; 8].into_iter()));
    assert_eq!(values(fields), [first.to_vec(), later.to_vec()]);
}

#[test]
fn unsigned_integers_stay_what_they_are() {
    let mut fields = Fields::default();
    push_word(&mut fields, 0, U64, 7_u64.to_le_bytes());
    push_word(&mut fields, 1, U64, u64::MAX.to_le_bytes());
    let huge = format!("unsigned {}", u64::MAX);
    assert_eq!(values(fields), [vec![], vec![(0, "unsigned 7".into()), (1, huge.into())]]);
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
    assert_eq!(values(fields), [vec![(1, 1.into())], vec![(0, last)]]);
}

#[test]
fn of_long_and_short_texts_in_turn_the_last_one_comes_last_and_each_long_one_is_held_once() {
    let (first, last) = ("a".repeat(1_000), "b".repeat(1_000));
    let mut fields = Fields::default();
    push_text(&mut fields, 1, "given");
    fields.are_initial();
    for _ in 0..50 {
        push_text(&mut fields, 0, &first);
        push_word(&mut fields, 1, I64, 1_i64.to_le_bytes());
        push_text(&mut fields, 0, "short");
        push_text(&mut fields, 0, &last);
    }
    assert!(fields.bytes() < 3_000, "{}", fields.bytes());
    let [given, later] = values(fields);
    assert_eq!(given, [(1, "given".into())]);
    assert_eq!(later.iter().rfind(|(field, _)| *field == 0), Some(&(0, last.into())));
}

#[test]
fn what_is_made_of_an_error_that_is_recorded_over_and_over_is_held_once() {
    let mut fields = Fields::default();
    for n in 0..1_000 {
        for key in ["failure", "failure.chain"] {
            drop(fields.push_large(0, Large::Made(Box::new(KeyValue::new(key, n)))));
        }
    }
    assert!(fields.bytes() < 1_000 && fields.len() == 2, "{}", fields.bytes());
    assert_eq!(values(fields)[1], [(usize::MAX, "failure 999".into()), (usize::MAX, "failure.chain 999".into())]);
}

#[test]
fn values_are_counted_with_the_memory_that_they_take() {
    let cases: [fn(&mut Fields, usize); 6] = [
        |fields, n| push_word(fields, n, I64, 1_i64.to_le_bytes()),
        |fields, n| push_text(fields, n, "gpt-4o-mini"),
        |fields, n| push_text(fields, n, &"x".repeat(1_000)),
        |fields, n| push_made(fields, n, "refused".to_owned()),
        // An error has none to tell of, or has some.
        |fields, n| push_made(fields, n, texts(0)),
        |fields, n| push_made(fields, n, texts(3)),
    ];
    for (case, push) in cases.into_iter().enumerate() {
        let mut fields = Fields::default();
        let taken = allocation_counter::measure(|| (0..300).for_each(|n| push(&mut fields, n))).bytes_current;
        let (taken, counted) = (usize::try_from(taken).unwrap(), fields.bytes());
        assert!(taken <= counted && counted <= taken / 2 * 3 + 100, "case {case}: {counted} for {taken}");
    }
}
