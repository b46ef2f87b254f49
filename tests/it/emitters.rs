//! Spans of other crates, with the fields that each of them declares, and what becomes of them. No call site changes.

mod by_api;
mod by_event;
mod by_field;
mod repairs;
mod undeclared;

use opentelemetry::Value;
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;

use crate::support::{get, named};

/// What a span is to be.
struct Is<'a> {
    name: &'a str,
    kind: SpanKind,
    status: Status,
    has: &'a [(&'a str, V<'a>)],
    /// Keys that must not leave.
    lacks: &'a [&'a str],
}

/// A value of an exact type.
#[derive(Debug)]
enum V<'a> {
    Text(&'a str),
    Int(i64),
    Double(f64),
    List(&'a [&'a str]),
    /// An amount that is more than nothing.
    Some,
}

/// A successful model call.
const CALL: Is<'static> = Is { name: "", kind: SpanKind::Client, status: Status::Unset, has: &[], lacks: &[] };

impl Is<'_> {
    #[track_caller]
    fn check(&self, spans: &[SpanData]) {
        let span = named(spans, self.name);
        assert_eq!(span.span_kind, self.kind, "{}", self.name);
        assert_eq!(span.status, self.status, "{}", self.name);
        for (key, expected) in self.has {
            let value = get(span, key);
            let is = match (expected, value) {
                (V::Text(text), Some(Value::String(value))) => value.as_str() == *text,
                (V::Int(number), Some(Value::I64(value))) => value == number,
                (V::Double(number), Some(Value::F64(value))) => (value - number).abs() < 1e-12,
                (V::List(items), Some(Value::Array(opentelemetry::Array::String(values)))) => {
                    values.iter().map(opentelemetry::StringValue::as_str).eq(items.iter().copied())
                }
                (V::Some, Some(Value::F64(value))) => *value > 0.0,
                _ => false,
            };
            assert!(is, "{key} of {} is {value:?}, not {expected:?}", self.name);
        }
        for key in self.lacks {
            assert_eq!(get(span, key), None, "{key} leaves on {}", self.name);
        }
    }
}

/// No text of a conversation may leave by default: each emitter here says this word in all of them.
const SECRET: &str = "tell-nobody";

#[track_caller]
fn nothing_leaks(spans: &[SpanData]) {
    let text = format!("{spans:?}");
    assert!(!text.contains(SECRET), "content left: {text}");
}
