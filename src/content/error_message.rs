//! Error messages: the one free text that leaves with capture off, and then not whole.

use opentelemetry::KeyValue;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;

use super::cut::{shorten_slot_plainly, slot_bytes};
use super::keys::is_error_message;
use super::surface::{Path, each_slot};
use crate::conventions::attribute::TRACING_GENAI_INVALID;
use crate::span::value_bytes;

/// An error's message with capture off.
const ERROR_BYTES: usize = 256;

/// Cuts error messages as they leave with capture off. Gives the bytes that are missing then.
pub(super) fn cut_error_messages(data: &mut SpanData) -> usize {
    let mut missing = 0;
    each_slot(data, &mut |path, slot| {
        if slot_bytes(&slot) > ERROR_BYTES && is_error(path) {
            missing += shorten_slot_plainly(slot, ERROR_BYTES);
        }
    });
    missing
}

/// Whether [`cut_error_messages`] may find anything to cut.
pub(super) fn has_long_error(data: &SpanData) -> bool {
    let long = |kv: &KeyValue| value_bytes(&kv.value) > ERROR_BYTES && is_error(&Path::Attribute(kv.key.as_str()));
    matches!(&data.status, Status::Error { description } if description.len() > ERROR_BYTES)
        || data.attributes.iter().any(long)
        || data.events.iter().any(|event| event.attributes.iter().any(long))
}

/// What could not be read as its attribute's type is text of any kind too.
fn is_error(path: &Path<'_>) -> bool {
    let of_error = |key: &str| is_error_message(key) || key.starts_with(TRACING_GENAI_INVALID);
    *path == Path::StatusMessage || path.key().is_some_and(of_error)
}
