//! Spans of crates that are known by their call sites, and failures that are told by an attribute.

use opentelemetry::trace::Status;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::Repair;
use crate::conventions::{self, Emitter, attribute, facts};
use crate::layer::Open;
use crate::span::Span;

/// What the OpenTelemetry layer keeps of a target.
const TARGET: &str = "target";

/// The target of a span's call site, where it is known.
fn target<'a>(data: &'a SpanData, open: Option<&'a Open>) -> &'a str {
    if let Some(open) = open {
        return open.metadata.target();
    }
    data.attributes
        .iter()
        .find_map(|kv| match &kv.value {
            Value::String(text) if kv.key.as_str() == TARGET => Some(text.as_str()),
            _ => None,
        })
        .unwrap_or_default()
}

/// The crate's way that the span follows.
pub(super) fn of(data: &SpanData, open: Option<&Open>) -> Option<&'static Emitter> {
    let has = |field: &str| {
        open.is_some_and(|open| open.declares(field)) || data.attributes.iter().any(|kv| kv.key.as_str() == field)
    };
    conventions::emitter(target(data, open), has)
}

/// Takes the message of a failure that only an attribute tells of, of which the span `may_tell`.
pub(super) fn failure(span: &mut Span, may_tell: bool, emitter: Option<&Emitter>, repair: Repair) -> Option<String> {
    if !repair.status {
        return None;
    }
    if let Some(description) = span.remove(attribute::OTEL_STATUS_DESCRIPTION)
        && let Status::Error { description: told } = &mut span.data.status
        && told.is_empty()
    {
        *told = description.to_string().into();
    }
    if span.data.status != Status::Unset {
        return None;
    }
    let own = emitter.and_then(|emitter| emitter.error);
    if own.is_none() && !may_tell {
        return None;
    }
    let tells = |kv: &KeyValue| {
        let key = kv.key.as_str();
        let is_text = matches!(&kv.value, Value::String(text) if !text.as_str().is_empty());
        is_text && (own == Some(key) || facts(key).failure)
    };
    let at = span.data.attributes.iter().position(tells)?;
    let message = span.data.attributes.remove(at).value.to_string();
    if let Some(kind) = span.remove(attribute::EXCEPTION_TYPE)
        && span.get(attribute::ERROR_TYPE).is_none()
    {
        span.set(attribute::ERROR_TYPE, kind);
    }
    Some(message)
}
