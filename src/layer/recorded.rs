//! One value that was recorded on an open span.

use std::mem::{Discriminant, discriminant};

use opentelemetry::{Key, Value};

use crate::payload::Payload;

/// Bytes of a text up to which it is not large.
const SHORT: usize = 256;

/// One step of what happened to an open span's values.
#[derive(Debug)]
pub(crate) enum Recorded {
    /// Our trait recorded a value.
    Attribute(Key, Value),
    /// A field of this name was recorded by `tracing` after one of our values.
    Field(&'static str),
    /// An unsigned integer that `tracing` recorded under this name.
    Number(&'static str, i64),
    /// What went in.
    Input(Payload),
    /// What came out.
    Output(Payload),
    /// One more finish reason.
    FinishReason(String),
    /// An error's message with its sources.
    Error(String),
}

impl Recorded {
    /// A value under a name of the conventions.
    pub(crate) fn attribute(key: &'static str, value: impl Into<Value>) -> Self {
        Self::Attribute(Key::from_static_str(key), value.into())
    }

    /// Whether it shows a GenAI span; `proves` says it of a key.
    pub(crate) fn shows_gen_ai(&self, proves: impl FnOnce(&str) -> bool) -> bool {
        match self {
            Self::Attribute(key, _) => proves(key.as_str()),
            Self::Input(_) | Self::Output(_) | Self::FinishReason(_) => true,
            Self::Field(_) | Self::Number(..) | Self::Error(_) => false,
        }
    }

    /// Whether our trait recorded it, and not `tracing`.
    pub(super) fn is_ours(&self) -> bool {
        !matches!(self, Self::Field(_) | Self::Number(..))
    }

    pub(super) fn is_large(&self) -> bool {
        match self {
            Self::Input(_) | Self::Output(_) | Self::Error(_) | Self::Attribute(_, Value::Array(_)) => true,
            Self::Attribute(_, Value::String(text)) => text.as_str().len() > SHORT,
            _ => false,
        }
    }

    /// What it is a value of: an earlier one of the same says nothing any more.
    pub(super) fn slot(&self) -> Option<(Discriminant<Self>, &str)> {
        let name = match self {
            Self::Attribute(key, _) => key.as_str(),
            Self::Field(name) | Self::Number(name, _) => name,
            Self::Input(_) | Self::Output(_) | Self::Error(_) => "",
            Self::FinishReason(_) => return None,
        };
        Some((discriminant(self), name))
    }
}
