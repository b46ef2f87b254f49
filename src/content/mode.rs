//! Where prompts and answers may go: nowhere, onto the span, into an event of the span, or both.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// The environment variable that the GenAI instrumentations of all languages read.
pub(crate) const CAPTURE_VARIABLE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

pub(crate) const ALLOWED: &str = "NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT (or the older true, false, 1, 0)";

/// Where the content of a call (prompts, answers, arguments, results) is recorded.
///
/// Parses from and prints as the values of `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`; case does not
/// matter, and the older `true`, `false`, `1` and `0` are understood (`true` records on the span).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentMode {
    /// Content does not leave the process. The default.
    #[default]
    NoContent,
    /// Content is recorded in the span's attributes.
    SpanOnly,
    /// Content is recorded in one span event, `gen_ai.client.inference.operation.details`.
    EventOnly,
    /// Content is recorded in the span's attributes and in the event.
    SpanAndEvent,
}

impl ContentMode {
    /// Whether content may stand in the span's attributes.
    pub fn on_span(self) -> bool {
        matches!(self, Self::SpanOnly | Self::SpanAndEvent)
    }

    /// Whether content may stand in an event of the span.
    pub fn on_event(self) -> bool {
        matches!(self, Self::EventOnly | Self::SpanAndEvent)
    }

    /// What both allow. `SpanOnly` and `EventOnly` have nothing in common, so together they are `NoContent`.
    #[must_use]
    pub fn narrowest(self, other: Self) -> Self {
        match (self.on_span() && other.on_span(), self.on_event() && other.on_event()) {
            (false, false) => Self::NoContent,
            (true, false) => Self::SpanOnly,
            (false, true) => Self::EventOnly,
            (true, true) => Self::SpanAndEvent,
        }
    }

    /// The mode's name, as the environment variable spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoContent => "NO_CONTENT",
            Self::SpanOnly => "SPAN_ONLY",
            Self::EventOnly => "EVENT_ONLY",
            Self::SpanAndEvent => "SPAN_AND_EVENT",
        }
    }
}

impl fmt::Display for ContentMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContentMode {
    type Err = InvalidMode;

    fn from_str(text: &str) -> Result<Self, InvalidMode> {
        match text.trim().to_ascii_lowercase().as_str() {
            "no_content" | "false" | "0" => Ok(Self::NoContent),
            "span_only" | "true" | "1" => Ok(Self::SpanOnly),
            "event_only" => Ok(Self::EventOnly),
            "span_and_event" => Ok(Self::SpanAndEvent),
            _ => Err(InvalidMode { variable: None, value: text.to_owned() }),
        }
    }
}

/// A content mode that is none of the four.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidMode {
    variable: Option<&'static str>,
    value: String,
}

impl InvalidMode {
    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for InvalidMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value } = self;
        let name = variable.unwrap_or("content mode");
        write!(f, "{name} is {value:?}, which is no content mode; use {ALLOWED}")
    }
}

impl Error for InvalidMode {}

/// What the environment says about content, read through `var`. Empty counts as not set.
pub(crate) fn mode_from_env(var: &dyn Fn(&str) -> Option<String>) -> Result<Option<ContentMode>, InvalidMode> {
    match var(CAPTURE_VARIABLE) {
        Some(value) if !value.trim().is_empty() => match value.parse() {
            Ok(mode) => Ok(Some(mode)),
            Err(_) => Err(InvalidMode { variable: Some(CAPTURE_VARIABLE), value }),
        },
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ContentMode; 4] =
        [ContentMode::NoContent, ContentMode::SpanOnly, ContentMode::EventOnly, ContentMode::SpanAndEvent];

    fn env(value: &'static str) -> impl Fn(&str) -> Option<String> {
        move |name| (name == CAPTURE_VARIABLE).then(|| value.to_owned())
    }

    #[test]
    fn every_spelling_is_understood_in_any_case() {
        for mode in ALL {
            assert_eq!(mode_from_env(&env(mode.as_str())), Ok(Some(mode)));
            assert_eq!(mode.to_string().to_lowercase().parse(), Ok(mode));
        }
        for (older, mode) in [
            ("true", ContentMode::SpanOnly),
            ("True", ContentMode::SpanOnly),
            ("1", ContentMode::SpanOnly),
            ("false", ContentMode::NoContent),
            ("0", ContentMode::NoContent),
        ] {
            assert_eq!(mode_from_env(&env(older)), Ok(Some(mode)), "{older}");
        }
    }

    #[test]
    fn unset_and_empty_say_nothing() {
        assert_eq!(mode_from_env(&|_| None), Ok(None));
        assert_eq!(mode_from_env(&env(" ")), Ok(None));
    }

    #[test]
    fn a_bad_value_is_an_error_with_variable_value_and_remedy() {
        let message = mode_from_env(&env("yes")).unwrap_err().to_string();
        for part in [CAPTURE_VARIABLE, "\"yes\"", "SPAN_ONLY", "NO_CONTENT"] {
            assert!(message.contains(part), "{message} lacks {part}");
        }
    }

    #[test]
    fn the_narrowest_of_two_never_allows_what_one_forbids() {
        for a in ALL {
            for b in ALL {
                let both = a.narrowest(b);
                assert_eq!(both.on_span(), a.on_span() && b.on_span());
                assert_eq!(both.on_event(), a.on_event() && b.on_event());
            }
        }
    }
}
