//! The places of a span where text stands, and one walk over all of them.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::trace::Status;
use opentelemetry::{Array, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::span::value_bytes;

/// Where a text stands that is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Path<'a> {
    /// The value of the span's attribute with this key.
    Attribute(&'a str),
    /// The value of an attribute of an event.
    #[non_exhaustive]
    EventAttribute {
        /// The event's name.
        event: &'a str,
        /// The attribute's key.
        key: &'a str,
    },
    /// The name of an event, which is a log line's text.
    EventName,
    /// The value of a link's attribute with this key.
    LinkAttribute(&'a str),
    /// The span's name.
    SpanName,
    /// The description of the span's status, which is an error's message.
    StatusMessage,
}

impl Path<'_> {
    /// The key under which the text stands, where it has one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Attribute(key) | Self::EventAttribute { key, .. } | Self::LinkAttribute(key) => Some(key),
            Self::EventName | Self::SpanName | Self::StatusMessage => None,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(key) => write!(f, "attribute {key}"),
            Self::EventAttribute { event, key } => write!(f, "attribute {key} of event {event}"),
            Self::EventName => f.write_str("event name"),
            Self::LinkAttribute(key) => write!(f, "link attribute {key}"),
            Self::SpanName => f.write_str("span name"),
            Self::StatusMessage => f.write_str("status message"),
        }
    }
}

/// A place that holds text, to be read and replaced.
pub(super) enum Slot<'a> {
    /// A name or a description.
    Text(&'a mut Cow<'static, str>),
    /// An attribute's value of any type.
    Value(&'a mut Value),
}

/// Visits every name, description and value of the span, always in the same order.
pub(super) fn each_slot(data: &mut SpanData, visit: &mut dyn FnMut(&Path<'_>, Slot<'_>)) {
    visit(&Path::SpanName, Slot::Text(&mut data.name));
    if let Status::Error { description } = &mut data.status {
        visit(&Path::StatusMessage, Slot::Text(description));
    }
    for kv in &mut data.attributes {
        visit(&Path::Attribute(kv.key.as_str()), Slot::Value(&mut kv.value));
    }
    for event in &mut data.events.events {
        for kv in &mut event.attributes {
            let path = Path::EventAttribute { event: &event.name, key: kv.key.as_str() };
            visit(&path, Slot::Value(&mut kv.value));
        }
        visit(&Path::EventName, Slot::Text(&mut event.name));
    }
    for link in &mut data.links.links {
        for kv in &mut link.attributes {
            visit(&Path::LinkAttribute(kv.key.as_str()), Slot::Value(&mut kv.value));
        }
    }
}

/// What edits texts.
pub(super) trait Editor {
    /// Whether `text` stays, by its key and what it holds: asked before it is put together where it stands, for most do.
    fn passes(&self, key: Option<&str>, text: &str) -> bool;

    /// What is to stand in place of a number, or a list of them, under `key`, or nothing to leave it.
    fn number(&self, key: &str, number: &Value) -> Option<String>;

    /// What is to stand in place of `text`, or nothing to leave it.
    fn edit(&mut self, path: &Path<'_>, text: &str) -> Option<String>;
}

/// How large a span's attributes are.
#[derive(Default)]
pub(super) struct Sizes {
    pub(super) longest_key: usize,
    /// Of all keys and values.
    pub(super) bytes: usize,
}

/// Shows every text of the span to `editor`, in the order of [`each_slot`]. Gives how large the attributes are then:
/// each is at hand here.
pub(super) fn edit_texts(data: &mut SpanData, editor: &mut impl Editor) -> Sizes {
    let mut sizes = Sizes::default();
    edit_text(editor, &Path::SpanName, &mut data.name);
    if let Status::Error { description } = &mut data.status {
        edit_text(editor, &Path::StatusMessage, description);
    }
    for kv in &mut data.attributes {
        let key = kv.key.as_str();
        sizes.longest_key = sizes.longest_key.max(key.len());
        sizes.bytes += key.len() + edit_value(editor, key, &mut kv.value, Path::Attribute);
    }
    for event in &mut data.events.events {
        for kv in &mut event.attributes {
            let path = |key| Path::EventAttribute { event: &event.name, key };
            edit_value(editor, kv.key.as_str(), &mut kv.value, path);
        }
        edit_text(editor, &Path::EventName, &mut event.name);
    }
    for link in &mut data.links.links {
        for kv in &mut link.attributes {
            edit_value(editor, kv.key.as_str(), &mut kv.value, Path::LinkAttribute);
        }
    }
    sizes
}

fn edit_text(editor: &mut impl Editor, path: &Path<'_>, text: &mut Cow<'static, str>) {
    if !editor.passes(None, text)
        && let Some(new) = editor.edit(path, text)
    {
        *text = Cow::Owned(new);
    }
}

/// Gives how large the value is then.
#[inline]
fn edit_value<'a>(
    editor: &mut impl Editor,
    key: &'a str,
    value: &mut Value,
    path: impl Fn(&'a str) -> Path<'a>,
) -> usize {
    match value {
        Value::String(text) => {
            let passes = editor.passes(Some(key), text.as_str());
            if passes { text.as_str().len() } else { edit_string(editor, &path(key), text) }
        }
        Value::Array(Array::String(items)) => {
            for item in items {
                if !editor.passes(Some(key), item.as_str()) {
                    edit_string(editor, &path(key), item);
                }
            }
            value_bytes(value)
        }
        Value::Bool(_) => value_bytes(value),
        _ => {
            if let Some(new) = editor.number(key, value) {
                *value = new.into();
            }
            value_bytes(value)
        }
    }
}

#[inline(never)]
fn edit_string(editor: &mut impl Editor, path: &Path<'_>, text: &mut StringValue) -> usize {
    if let Some(new) = editor.edit(path, text.as_str()) {
        *text = new.into();
    }
    text.as_str().len()
}
