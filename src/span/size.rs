//! How large a span is: what it says, what it holds in memory beside itself, and what a copy of it will. One walk, in one
//! pass: what one measure knows of, all do.
//!
//! Memory is counted with what the allocator adds, near enough for a budget, and so is room that a list or text has and does
//! not use. Whether a key is a constant cannot be seen: a short one counts as half of what it takes where it is none.

use std::borrow::Cow;

use opentelemetry::trace::{Event, Link, Status, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::budget::{fit, fit_text, piece};

/// Keys up to so many bytes count the same.
const SHORT_KEY: usize = 40;

/// What is asked of each piece.
#[expect(clippy::ptr_arg, reason = "what is asked is how much room it has, and whether it is owned")]
pub(crate) trait Measure {
    /// Of what stands in it, without what that holds.
    fn list<T>(list: &Vec<T>) -> usize;
    fn text(text: &Cow<'static, str>) -> usize;
    /// Of a text that has no room to spare.
    fn string(text: &str) -> usize;
    fn key(key: &str) -> usize;
}

/// Bytes of what it says at most, each number and entry with what it takes in memory.
pub(crate) enum Said {}

/// What it holds.
pub(crate) enum Own {}

/// What a clone of it will hold, in which there is no room that is not used.
pub(crate) enum Copied {}

impl Measure for Said {
    fn list<T>(list: &Vec<T>) -> usize {
        size_of::<T>() * list.len()
    }

    fn text(text: &Cow<'static, str>) -> usize {
        text.len()
    }

    fn string(text: &str) -> usize {
        text.len()
    }

    fn key(key: &str) -> usize {
        key.len()
    }
}

impl Measure for Own {
    #[inline]
    fn list<T>(list: &Vec<T>) -> usize {
        piece(size_of::<T>() * list.capacity())
    }

    fn text(text: &Cow<'static, str>) -> usize {
        if let Cow::Owned(text) = text { piece(text.capacity()) } else { 0 }
    }

    fn string(text: &str) -> usize {
        piece(text.len())
    }

    fn key(key: &str) -> usize {
        if key.len() > SHORT_KEY { key.len() } else { 16 }
    }
}

impl Measure for Copied {
    fn list<T>(list: &Vec<T>) -> usize {
        piece(size_of::<T>() * list.len())
    }

    fn text(text: &Cow<'static, str>) -> usize {
        if let Cow::Owned(text) = text { piece(text.len()) } else { 0 }
    }

    fn string(text: &str) -> usize {
        Own::string(text)
    }

    fn key(key: &str) -> usize {
        Own::key(key)
    }
}

/// The walk over all that a span holds.
pub(crate) trait Size: Measure {
    /// All of a span.
    fn of_span(data: &SpanData) -> usize {
        Self::text(&data.name)
            + Self::of_status(&data.status)
            + Self::of_state(data.span_context.trace_state())
            + Self::of_attributes(&data.attributes)
            + Self::of_events(&data.events)
            + Self::of_links(&data.links)
            + Self::of_tracer(&data.instrumentation_scope)
    }

    fn of_attributes(list: &Vec<KeyValue>) -> usize {
        let pair = |kv: &KeyValue| Self::key(kv.key.as_str()) + Self::of_value(&kv.value);
        Self::list(list) + list.iter().map(pair).sum::<usize>()
    }

    fn of_events(events: &SpanEvents) -> usize {
        Self::list(&events.events) + events.iter().map(Self::of_event).sum::<usize>()
    }

    /// Of what an event holds.
    fn of_event(event: &Event) -> usize {
        Self::text(&event.name) + Self::of_attributes(&event.attributes)
    }

    fn of_links(links: &SpanLinks) -> usize {
        let link =
            |link: &Link| Self::of_state(link.span_context.trace_state()) + Self::of_attributes(&link.attributes);
        Self::list(&links.links) + links.iter().map(link).sum::<usize>()
    }

    fn of_status(status: &Status) -> usize {
        if let Status::Error { description } = status { Self::text(description) } else { 0 }
    }

    /// What a caller in another process may have sent along.
    fn of_state(state: &TraceState) -> usize {
        let entry = |(key, value)| size_of::<(String, String)>() + Self::string(key) + Self::string(value);
        state.into_iter().map(entry).sum()
    }

    fn of_tracer(scope: &InstrumentationScope) -> usize {
        let texts = [Some(scope.name()), scope.version(), scope.schema_url()];
        let pair = |kv: &KeyValue| size_of::<KeyValue>() + Self::key(kv.key.as_str()) + Self::of_value(&kv.value);
        texts.into_iter().flatten().map(Self::key).sum::<usize>() + scope.attributes().map(pair).sum::<usize>()
    }

    fn of_value(value: &Value) -> usize {
        match value {
            Value::String(text) => Self::string(text.as_str()),
            Value::Array(Array::String(items)) => {
                Self::list(items) + items.iter().map(|item| Self::string(item.as_str())).sum::<usize>()
            }
            Value::Array(Array::I64(items)) => Self::list(items),
            Value::Array(Array::F64(items)) => Self::list(items),
            Value::Array(Array::Bool(items)) => Self::list(items),
            _ => 0,
        }
    }
}

impl<M: Measure> Size for M {}

/// Gives back room that is not used.
pub(crate) fn shrink(list: &mut Vec<KeyValue>) {
    fit(list);
    for kv in list {
        match &mut kv.value {
            Value::Array(Array::String(items)) => fit(items),
            Value::Array(Array::I64(items)) => fit(items),
            Value::Array(Array::F64(items)) => fit(items),
            Value::Array(Array::Bool(items)) => fit(items),
            _ => {}
        }
    }
}

/// The same of events.
pub(crate) fn shrink_events(events: &mut SpanEvents) {
    fit(&mut events.events);
    for event in &mut events.events {
        shrink_text(&mut event.name);
        shrink(&mut event.attributes);
    }
}

/// The same of links.
pub(crate) fn shrink_links(links: &mut SpanLinks) {
    fit(&mut links.links);
    for link in &mut links.links {
        shrink(&mut link.attributes);
    }
}

/// The same of a text.
pub(crate) fn shrink_text(text: &mut Cow<'static, str>) {
    if let Cow::Owned(text) = text {
        fit_text(text);
    }
}
