//! Canonical spans for unit tests.

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;

use crate::conventions::attribute::SPAN_TYPE;
use crate::span::sample;

/// A span of a type, with these attributes.
pub(super) fn span(span_type: &'static str, attributes: Vec<KeyValue>) -> SpanData {
    let declared = KeyValue::new(SPAN_TYPE, span_type);
    SpanData { name: "test".into(), ..sample::data(std::iter::once(declared).chain(attributes).collect()) }
}
