//! Why a trace or span could not be taken up.

use std::error::Error;
use std::fmt;

use opentelemetry::trace::{SpanId, TraceId};

/// Why a trace or a span could not be taken up by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError(Reason);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    /// What was given, and how many digits it must have.
    Id(&'static str, usize, String),
    NotOpen(TraceId, Option<SpanId>),
    OtherTrace(TraceId, SpanId, TraceId),
}

impl TraceError {
    pub(super) fn id(what: &'static str, digits: usize, given: &str) -> Self {
        // An id that is no id may be anything.
        Self(Reason::Id(what, digits, given.chars().take(64).collect()))
    }

    pub(super) fn not_open(trace: TraceId, span: Option<SpanId>) -> Self {
        Self(Reason::NotOpen(trace, span))
    }

    pub(super) fn other_trace(given: TraceId, span: SpanId, its_own: TraceId) -> Self {
        Self(Reason::OtherTrace(given, span, its_own))
    }

    /// Whether what was given is no W3C id.
    pub fn is_invalid_id(&self) -> bool {
        matches!(self.0, Reason::Id(..))
    }

    /// Whether the span is not open in this process: it has ended, or lives in another one.
    pub fn is_not_open(&self) -> bool {
        matches!(self.0, Reason::NotOpen(..))
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Id(what, digits, given) => {
                write!(f, "{what} id {given:?} is not valid; give {digits} hexadecimal digits, not all of them zero")
            }
            Reason::NotOpen(trace, span) => {
                match span {
                    Some(span) => write!(f, "span {span} of trace {trace}")?,
                    None => write!(f, "trace {trace}")?,
                }
                f.write_str(
                    " is not open in this process, so it cannot be changed: it has ended, or lives in another one; spans \
                     can be added below it",
                )
            }
            Reason::OtherTrace(given, span, its_own) => {
                write!(f, "span {span} is not of trace {given}; it is of trace {its_own}")
            }
        }
    }
}

impl Error for TraceError {}
