//! Which texts of a span may leave.

use opentelemetry::trace::Event;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::keys::{DETAILS_EVENT, is_content, is_content_of, is_error_message_of, is_known_event};
use super::mode::ContentMode;
use super::policy::Content;
use crate::conventions::attribute::{
    CODE_FILE_PATH, CODE_MODULE_NAME, ERROR_STACK, EXCEPTION_STACKTRACE, TRACING_GENAI_INVALID,
};
use crate::conventions::{KeyFacts, facts};

/// What stands in place of a log line's text.
pub(super) const LOG: &str = "log";
/// The fields that the OpenTelemetry layer puts before those of a log line.
const LEVEL: &str = "level";
const TARGET: &str = "target";
const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
/// The field by which an error is logged.
const ERROR: &str = "error";
/// What the OpenTelemetry layer adds to an error field's name, for the messages of its sources.
const CHAIN: &str = ".chain";
/// Longer event names are sentences.
const EVENT_NAME_BYTES: usize = 64;

/// The policy as it applies to one span.
pub(super) struct Rule<'a> {
    content: &'a Content,
    mode: ContentMode,
    /// The span is GenAI, or the policy is strict.
    covered: bool,
    /// The span's `target` is the one that the OpenTelemetry layer adds, and no field of the program's.
    knows_target: bool,
}

impl<'a> Rule<'a> {
    pub(super) fn new(content: &'a Content, gen_ai: bool, data: &SpanData) -> Self {
        let (mode, covered) = (content.mode(), content.covers(gen_ai));
        let knows_target = covered && !mode.on_span() && has_target_of_layer(data);
        Self { content, mode, covered, knows_target }
    }

    /// Whether every attribute of the span and of its links leaves.
    pub(super) fn every_attribute(&self) -> bool {
        self.all_leaves(self.mode.on_span())
    }

    /// Whether an attribute of the span or of a link leaves.
    pub(super) fn attribute(&self, kv: &KeyValue) -> bool {
        if self.every_attribute() {
            return true;
        }
        let key = kv.key.as_str();
        let facts = facts(key);
        if let Some(leaves) = self.known(kv, &facts, self.mode.on_span()) {
            return leaves;
        }
        if !self.covered || self.mode.on_span() || !is_text(&kv.value) {
            return true;
        }
        if let Some(meant_for) = key.strip_prefix(TRACING_GENAI_INVALID) {
            return !is_content(meant_for.trim_start_matches('.'));
        }
        let is_of_layer = || match key {
            TARGET => self.knows_target,
            LEVEL => matches!(&kv.value, Value::String(level) if LEVELS.contains(&level.as_str())),
            _ => false,
        };
        let is_on_purpose = key.contains('.') && !facts.made_up_content;
        is_on_purpose || facts.identity() || facts.identifier || is_of_layer()
    }

    /// Whether an event leaves at all: the one that carries messages does where they may stand in an event.
    pub(super) fn event(&self, event: &Event) -> bool {
        self.mode.on_event() || event.name != DETAILS_EVENT
    }

    /// Whether an event's name leaves. A log line's text is its event's name, and is content.
    pub(super) fn event_name(&self, event: &Event) -> bool {
        if !self.is_off() || is_known_event(&event.name) || event.name == LOG {
            return true;
        }
        let from_log = event.attributes.iter().any(|kv| kv.key.as_str() == LEVEL);
        // Sentences of some scripts have no blanks.
        !from_log && event.name.len() <= EVENT_NAME_BYTES && event.name.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// Whether the attribute at position `at` of an event leaves.
    pub(super) fn event_attribute(&self, at: usize, kv: &KeyValue, first: &FirstOf) -> bool {
        if self.all_leaves(self.mode.on_event()) {
            return true;
        }
        let key = kv.key.as_str();
        let facts = facts(key);
        if let Some(leaves) = self.known(kv, &facts, self.mode.on_event()) {
            return leaves;
        }
        if !self.is_off() || !is_text(&kv.value) {
            return true;
        }
        match key {
            LEVEL => first.level == Some(at) && is_word(&kv.value),
            TARGET => first.target == Some(at) && is_word(&kv.value),
            // Where the line stands in the source, as the OpenTelemetry layer adds it.
            CODE_FILE_PATH | CODE_MODULE_NAME => true,
            _ => facts.identity() || facts.identifier,
        }
    }

    /// Whether an attribute leaves of which the answer is known; `content` leaves with the mode.
    fn known(&self, kv: &KeyValue, facts: &KeyFacts, content: bool) -> Option<bool> {
        let key = kv.key.as_str();
        if self.content.allows(key) {
            Some(true)
        } else if key == EXCEPTION_STACKTRACE || key == ERROR_STACK || is_chain(kv) {
            // Known to be content, but an error's and not a call's: it follows the error's span.
            Some(!self.is_off() && !self.hides_errors())
        } else if is_content_of(key, facts) && (facts.def.is_some() || !is_number(&kv.value)) {
            Some(content)
        } else if is_error_message_of(key, facts) {
            Some(!self.hides_errors())
        } else if key == ERROR && is_text(&kv.value) && self.hides_errors() {
            Some(false)
        } else {
            None
        }
    }

    /// Whether every attribute leaves, whatever it is called, where `content` does: no key need be looked up.
    fn all_leaves(&self, content: bool) -> bool {
        content && !self.hides_errors()
    }

    /// Whether error messages stay behind.
    pub(super) fn hides_errors(&self) -> bool {
        self.covered && !self.content.keeps_error_messages()
    }

    /// Whether capture is off for the span. Then log lines lose their text, and an error's message is cut.
    pub(super) fn is_off(&self) -> bool {
        self.covered && self.mode == ContentMode::NoContent
    }
}

/// The layer says the module as well, which is the target where the program names none.
fn has_target_of_layer(data: &SpanData) -> bool {
    let mut targets = data.attributes.iter().filter(|kv| kv.key.as_str() == TARGET);
    let is_module = |target: &KeyValue| {
        data.attributes.iter().any(|kv| kv.key.as_str() == CODE_MODULE_NAME && kv.value == target.value)
    };
    targets.next().is_some_and(is_module) && targets.next().is_none()
}

/// The messages of an error's sources; those of provider clients hold whole bodies.
fn is_chain(kv: &KeyValue) -> bool {
    kv.key.as_str().ends_with(CHAIN) && matches!(kv.value, Value::Array(Array::String(_)))
}

/// Where the level and the target of a log line stand. A field of the same name that the line has itself comes later.
pub(super) struct FirstOf {
    level: Option<usize>,
    target: Option<usize>,
}

impl FirstOf {
    pub(super) fn of(event: &Event) -> Self {
        let position = |key: &str| event.attributes.iter().position(|kv| kv.key.as_str() == key);
        Self { level: position(LEVEL), target: position(TARGET) }
    }
}

/// Whatever is neither a number nor a boolean can hold text.
fn is_text(value: &Value) -> bool {
    !is_number(value) && !matches!(value, Value::Array(Array::Bool(_) | Array::I64(_) | Array::F64(_)))
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::I64(_) | Value::F64(_))
}

fn is_word(value: &Value) -> bool {
    matches!(value, Value::String(text) if !text.as_str().contains(char::is_whitespace))
}
