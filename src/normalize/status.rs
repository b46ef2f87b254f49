//! Status, `error.type` and one `exception` event: for a returned `Err`, a recorded error and a panic.

use std::borrow::Cow;

use opentelemetry::trace::{Event, Status};
use opentelemetry::{KeyValue, Value};

use super::Repair;
use crate::conventions::attribute;
use crate::conventions::event::EXCEPTION;
use crate::conventions::value::error_type::OTHER;
use crate::layer::Open;
use crate::span::Span;

const ERROR_FIELD: &str = "error";
const LEVEL_FIELD: &str = "level";
const PANIC: &str = "panic";

/// Settles how the span ended. A call site that `sets_status` does so on purpose.
pub(super) fn settle(
    span: &mut Span,
    open: Option<&Open>,
    sets_status: bool,
    recorded: Option<String>,
    repair: Repair,
) {
    if let Some(open) = open {
        if open.cancelled && !open.panicked {
            span.set(attribute::TRACING_GENAI_CANCELLED, true);
        }
        if panicked(span, open) {
            fail(span, Cow::Borrowed("panicked"), Some(PANIC));
            return;
        }
    }
    if let Some(message) = recorded {
        fail(span, Cow::Owned(message), None);
        return;
    }
    if !span.gen_ai || !repair.status {
        return;
    }
    if !sets_status && open.is_some_and(|open| !open.returned_err) && is_of_a_log_line(span) {
        span.data.status = Status::Unset;
    }
    let told = |span: &Span| span.text(attribute::ERROR_TYPE).is_some_and(|kind| !kind.is_empty());
    if span.data.status == Status::Unset && told(span) {
        // The conventions know an `error.type` on spans that failed only.
        span.data.status = Status::error("");
    }
    if let Status::Error { description } = &span.data.status {
        let message = description.clone();
        if span.get(attribute::ERROR_TYPE).is_none() {
            span.set(attribute::ERROR_TYPE, OTHER);
        }
        exception(span, &message, None);
    }
}

/// The OpenTelemetry layer fails a span for any log line of level error, though its function returned `Ok`.
fn is_of_a_log_line(span: &Span) -> bool {
    let Status::Error { description } = &span.data.status else { return false };
    span.data.events.events.iter().any(|event| {
        let is = |key: &str, text: &str| {
            event.attributes.iter().any(|kv| kv.key.as_str() == key && kv.value.as_str() == text)
        };
        is(LEVEL_FIELD, "ERROR")
            && (description.is_empty() || is(ERROR_FIELD, description) || is(attribute::EXCEPTION_MESSAGE, description))
    })
}

/// Its own code panicked; or it was never entered (then it ends when it closes) and was dropped by a panic.
fn panicked(span: &Span, open: &Open) -> bool {
    open.panicked || open.closed_in_panic().is_some_and(|closed| !open.cancelled && span.data.end_time >= closed)
}

fn fail(span: &mut Span, message: Cow<'static, str>, error_type: Option<&'static str>) {
    match error_type {
        Some(error_type) => span.set(attribute::ERROR_TYPE, error_type),
        None if span.get(attribute::ERROR_TYPE).is_none() => span.set(attribute::ERROR_TYPE, OTHER),
        None => {}
    }
    exception(span, &message, error_type);
    span.data.status = Status::Error { description: message };
}

/// One exception event for one failure: the last of those that tell of it is kept, with the fullest message.
fn exception(span: &mut Span, message: &str, exception_type: Option<&'static str>) {
    let events = &mut span.data.events.events;
    let last = events.iter().rposition(|event| tells(event, message));
    let mut kept = last.filter(|_| exception_type.is_none()).and_then(|at| events.get(at)).cloned();
    if kept.is_none() && message.is_empty() && exception_type.is_none() {
        // Nothing is known but that it failed.
        return;
    }
    if let Some(told) = kept.as_mut().and_then(message_of) {
        *told = Value::from(message.to_owned());
    }
    let kept = kept.unwrap_or_else(|| {
        let mut attributes = vec![KeyValue::new(attribute::EXCEPTION_MESSAGE, Value::from(message.to_owned()))];
        attributes.extend(exception_type.map(|name| KeyValue::new(attribute::EXCEPTION_TYPE, name)));
        Event::new(EXCEPTION, span.data.end_time, attributes, 0)
    });
    events.retain(|event| !tells(event, message));
    events.push(kept);
    tidy(events);
}

/// Whether an exception event tells of the failure: by its message, or by the message without its sources.
fn tells(event: &Event, message: &str) -> bool {
    let is_of = |told: &str| {
        let rest = message.strip_prefix(told);
        rest.is_some_and(|rest| rest.is_empty() || (!told.is_empty() && rest.starts_with(": ")))
    };
    event.name == EXCEPTION
        && event
            .attributes
            .iter()
            .any(|kv| kv.key.as_str() == attribute::EXCEPTION_MESSAGE && is_of(&kv.value.as_str()))
}

fn message_of(event: &mut Event) -> Option<&mut Value> {
    event.attributes.iter_mut().find(|kv| kv.key.as_str() == attribute::EXCEPTION_MESSAGE).map(|kv| &mut kv.value)
}

/// The OpenTelemetry layer repeats the message under the field's own name.
fn tidy(events: &mut [Event]) {
    for event in events.iter_mut().filter(|event| event.name == EXCEPTION) {
        event.attributes.retain(|kv| kv.key.as_str() != ERROR_FIELD);
    }
}
