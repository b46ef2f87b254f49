//! Spans as the tests of this folder need them.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::Event;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::SpanData;

use super::surface::Sizes;
use crate::conventions::attribute::SPAN_TYPE;
use crate::span::{Span, pair_bytes, sample};

/// A span with these attributes and nothing else.
pub(super) fn plain(attributes: Vec<KeyValue>) -> Span {
    let data = SpanData {
        end_time: SystemTime::UNIX_EPOCH + Duration::from_secs(1),
        instrumentation_scope: InstrumentationScope::builder("test").build(),
        ..sample::data(attributes)
    };
    Span::new(data, false)
}

/// A GenAI span of this type with these attributes.
pub(super) fn gen_ai(span_type: &'static str, attributes: Vec<KeyValue>) -> Span {
    let mut span = plain(attributes);
    span.set(SPAN_TYPE, span_type);
    span.gen_ai = true;
    span
}

/// An event as the OpenTelemetry layer makes it of a log line.
pub(super) fn log(text: &'static str, fields: Vec<KeyValue>) -> Event {
    let mut attributes = vec![KeyValue::new("level", "INFO"), KeyValue::new("target", "app::plan")];
    attributes.extend(fields);
    Event::new(text, SystemTime::UNIX_EPOCH, attributes, 0)
}

/// The value of an event's attribute as text.
pub(super) fn event_text<'a>(event: &'a Event, key: &str) -> Option<std::borrow::Cow<'a, str>> {
    event.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| kv.value.as_str())
}

/// How large the span's attributes are.
pub(super) fn sizes(data: &SpanData) -> Sizes {
    let keys = data.attributes.iter().map(|kv| kv.key.as_str().len());
    Sizes { longest_key: keys.max().unwrap_or_default(), bytes: data.attributes.iter().map(pair_bytes).sum() }
}
