//! What a span holds in memory beside itself, with what the allocator adds: near enough for a budget, in one pass.
//!
//! Room that a list or text has and does not use counts. Whether a key is a constant cannot be seen: a short one counts as
//! half of what it takes where it is none.

use std::borrow::Cow;

use opentelemetry::trace::{Event, Link, Status, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::budget::{fit, fit_text, piece};

/// Keys up to so many bytes count the same.
const SHORT_KEY: usize = 40;

/// What is weighed: `COPY` is what a clone of it will hold, in which there is no room that is not used.
pub(crate) struct Memory<const COPY: bool>;

/// Of what is at hand.
pub(crate) type Own = Memory<false>;
/// Of its clone.
pub(crate) type Copied = Memory<true>;

impl<const COPY: bool> Memory<COPY> {
    /// All of a span.
    pub(crate) fn of_span(data: &SpanData) -> usize {
        Self::of_text(&data.name)
            + Self::of_status(&data.status)
            + of_state(data.span_context.trace_state())
            + Self::of_attributes(&data.attributes)
            + Self::of_events(&data.events)
            + Self::of_links(&data.links)
            + of_scope(&data.instrumentation_scope)
    }

    pub(crate) fn of_attributes(list: &Vec<KeyValue>) -> usize {
        let pair = |kv: &KeyValue| of_key(kv.key.as_str()) + Self::of_value(&kv.value);
        Self::of_list(list) + list.iter().map(pair).sum::<usize>()
    }

    pub(crate) fn of_events(events: &SpanEvents) -> usize {
        let event = |event: &Event| Self::of_text(&event.name) + Self::of_attributes(&event.attributes);
        Self::of_list(&events.events) + events.iter().map(event).sum::<usize>()
    }

    pub(crate) fn of_links(links: &SpanLinks) -> usize {
        let link = |link: &Link| of_state(link.span_context.trace_state()) + Self::of_attributes(&link.attributes);
        Self::of_list(&links.links) + links.iter().map(link).sum::<usize>()
    }

    pub(crate) fn of_status(status: &Status) -> usize {
        if let Status::Error { description } = status { Self::of_text(description) } else { 0 }
    }

    #[expect(clippy::ptr_arg, reason = "what is asked is whether it is owned")]
    pub(crate) fn of_text(text: &Cow<'static, str>) -> usize {
        match text {
            Cow::Borrowed(_) => 0,
            Cow::Owned(text) => piece(if COPY { text.len() } else { text.capacity() }),
        }
    }

    pub(crate) fn of_value(value: &Value) -> usize {
        match value {
            Value::String(text) => piece(text.as_str().len()),
            Value::Array(Array::String(items)) => {
                Self::of_list(items) + items.iter().map(|item| piece(item.as_str().len())).sum::<usize>()
            }
            Value::Array(Array::I64(items)) => Self::of_list(items),
            Value::Array(Array::F64(items)) => Self::of_list(items),
            Value::Array(Array::Bool(items)) => Self::of_list(items),
            _ => 0,
        }
    }

    #[inline]
    fn of_list<T>(list: &Vec<T>) -> usize {
        piece(size_of::<T>() * if COPY { list.len() } else { list.capacity() })
    }
}

/// What a caller in another process may have sent along.
pub(crate) fn of_state(state: &TraceState) -> usize {
    state.into_iter().map(|(key, value)| size_of::<(String, String)>() + piece(key.len()) + piece(value.len())).sum()
}

pub(crate) fn of_key(key: &str) -> usize {
    if key.len() > SHORT_KEY { key.len() } else { 16 }
}

pub(crate) fn of_scope(scope: &InstrumentationScope) -> usize {
    let texts = [Some(scope.name()), scope.version(), scope.schema_url()];
    let pair = |kv: &KeyValue| size_of::<KeyValue>() + of_key(kv.key.as_str()) + Copied::of_value(&kv.value);
    texts.into_iter().flatten().map(of_key).sum::<usize>() + scope.attributes().map(pair).sum::<usize>()
}

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
