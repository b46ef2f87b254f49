//! The rule of what stays behind: content where it may not stand, and text that may be an argument.

use std::borrow::Cow;

use opentelemetry::trace::{Event, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::generated::key::DETAILS_EVENT;
use super::keys::{is_content, is_error_message, is_identity, is_known_event, is_known_identifier};
use super::mode::ContentMode;
use super::policy::Content;
use crate::conventions::attribute::{EXCEPTION_STACKTRACE, INPUT_MIME_TYPE, OUTPUT_MIME_TYPE, TRACING_GENAI_INVALID};

/// What stands in place of a log line's text.
const LOG: &str = "log";
/// The fields that the OpenTelemetry layer puts before those of a log line.
const LEVEL: &str = "level";
const TARGET: &str = "target";
/// Longer event names are sentences.
const EVENT_NAME_BYTES: usize = 64;
/// Names of withheld fields that are kept for the report.
const NAMES: usize = 8;

/// The policy as it applies to one span.
pub(super) struct Rule<'a> {
    content: &'a Content,
    mode: ContentMode,
    /// The span is GenAI, or the policy is strict.
    covered: bool,
}

/// What was withheld from one span.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Withheld {
    pub(super) count: i64,
    /// A few of the fields' names, each once.
    pub(super) fields: Vec<String>,
}

impl Withheld {
    fn add(&mut self, field: &str) {
        // The media type goes with its value and is none of its own.
        if field == INPUT_MIME_TYPE || field == OUTPUT_MIME_TYPE {
            return;
        }
        self.count += 1;
        if self.fields.len() < NAMES && !self.fields.iter().any(|known| known == field) {
            self.fields.push(field.to_owned());
        }
    }
}

impl<'a> Rule<'a> {
    pub(super) fn new(content: &'a Content, gen_ai: bool) -> Self {
        Self { content, mode: content.mode(), covered: content.covers(gen_ai) }
    }

    /// Takes what may not leave out of the span.
    pub(super) fn apply(&self, data: &mut SpanData) -> Withheld {
        let mut withheld = Withheld::default();
        data.attributes.retain(|kv| keep(self.attribute(kv), kv, &mut withheld));
        data.events.events.retain_mut(|event| self.apply_to_event(event, &mut withheld));
        for link in &mut data.links.links {
            link.attributes.retain(|kv| keep(self.attribute(kv), kv, &mut withheld));
        }
        if self.hides_errors() {
            if let Status::Error { description } = &mut data.status {
                if !description.is_empty() {
                    *description = Cow::Borrowed("");
                    withheld.add("status message");
                }
            }
        }
        withheld
    }

    /// The same for a span that others still need whole: a copy without what may not leave, or nothing when it may
    /// leave as it is. What is withheld is not cloned first.
    pub(super) fn narrowed(&self, data: &SpanData) -> Option<(SpanData, Withheld)> {
        if !self.changes(data) {
            return None;
        }
        let mut withheld = Withheld::default();
        let mut kept = |keeps: bool, kv: &KeyValue| keep(keeps, kv, &mut withheld).then(|| kv.clone());
        let attributes = data.attributes.iter().filter_map(|kv| kept(self.attribute(kv), kv)).collect();
        let mut events = opentelemetry_sdk::trace::SpanEvents::default();
        events.dropped_count = data.events.dropped_count;
        for event in &data.events.events {
            let first = FirstOf::of(event);
            let attributes = event.attributes.iter().enumerate();
            let attributes = attributes.filter_map(|(at, kv)| kept(self.event_attribute(at, kv, &first), kv)).collect();
            let dropped = event.dropped_attributes_count;
            events.events.push(Event::new(event.name.clone(), event.timestamp, attributes, dropped));
        }
        let mut copy = SpanData {
            span_context: data.span_context.clone(),
            parent_span_id: data.parent_span_id,
            parent_span_is_remote: data.parent_span_is_remote,
            span_kind: data.span_kind.clone(),
            name: data.name.clone(),
            start_time: data.start_time,
            end_time: data.end_time,
            attributes,
            dropped_attributes_count: data.dropped_attributes_count,
            events,
            links: data.links.clone(),
            status: data.status.clone(),
            instrumentation_scope: data.instrumentation_scope.clone(),
        };
        let rest = self.apply(&mut copy);
        withheld.count += rest.count;
        Some((copy, withheld))
    }

    /// Whether an error's message is cut: with capture off it is the one free text that leaves.
    pub(super) fn cuts_errors(&self) -> bool {
        self.covered && self.mode == ContentMode::NoContent
    }

    fn changes(&self, data: &SpanData) -> bool {
        let attributes = |list: &[KeyValue]| list.iter().all(|kv| self.attribute(kv));
        let event = |event: &Event| {
            let first = FirstOf::of(event);
            self.event(event)
                && self.event_name(event)
                && event.attributes.iter().enumerate().all(|(at, kv)| self.event_attribute(at, kv, &first))
        };
        let described = matches!(&data.status, Status::Error { description } if !description.is_empty());
        !(attributes(&data.attributes)
            && data.events.iter().all(event)
            && data.links.iter().all(|link| attributes(&link.attributes))
            && !(self.hides_errors() && described))
    }

    fn apply_to_event(&self, event: &mut Event, withheld: &mut Withheld) -> bool {
        let name_stays = self.event_name(event);
        let first = FirstOf::of(event);
        let mut at = 0;
        event.attributes.retain(|kv| {
            at += 1;
            keep(self.event_attribute(at - 1, kv, &first), kv, withheld)
        });
        if !name_stays {
            event.name = Cow::Borrowed(LOG);
            withheld.add("event text");
        }
        self.event(event)
    }

    /// Whether an attribute of the span or of a link leaves.
    fn attribute(&self, kv: &KeyValue) -> bool {
        let key = kv.key.as_str();
        if self.content.allows(key) {
            return true;
        }
        if is_content(key) {
            return self.mode.on_span();
        }
        if is_error_message(key) {
            return !self.hides_errors();
        }
        if !self.covered || self.mode.on_span() || !is_text(&kv.value) {
            return true;
        }
        if let Some(meant_for) = key.strip_prefix(TRACING_GENAI_INVALID) {
            return !is_content(meant_for.trim_start_matches('.'));
        }
        key != EXCEPTION_STACKTRACE && (key.contains('.') || is_identity(key) || is_known_identifier(key))
    }

    /// Whether an event leaves at all: the one that carries messages does where they may stand in an event.
    fn event(&self, event: &Event) -> bool {
        self.mode.on_event() || event.name != DETAILS_EVENT
    }

    /// Whether an event's name leaves. A log line's text is its event's name, and is content.
    fn event_name(&self, event: &Event) -> bool {
        if !self.hides_logs() || is_known_event(&event.name) || event.name == LOG {
            return true;
        }
        let from_log = event.attributes.iter().any(|kv| kv.key.as_str() == LEVEL);
        !from_log && event.name.len() <= EVENT_NAME_BYTES && !event.name.contains(char::is_whitespace)
    }

    /// Whether the attribute at position `at` of an event leaves.
    fn event_attribute(&self, at: usize, kv: &KeyValue, first: &FirstOf) -> bool {
        let key = kv.key.as_str();
        if self.content.allows(key) {
            return true;
        }
        if is_content(key) {
            return self.mode.on_event();
        }
        if is_error_message(key) {
            return !self.hides_errors();
        }
        if !self.hides_logs() || !is_text(&kv.value) {
            return true;
        }
        match key {
            EXCEPTION_STACKTRACE => false,
            LEVEL => first.level == Some(at) && is_word(&kv.value),
            TARGET => first.target == Some(at) && is_word(&kv.value),
            _ => is_identity(key) || is_known_identifier(key),
        }
    }

    fn hides_logs(&self) -> bool {
        self.covered && self.mode == ContentMode::NoContent
    }

    fn hides_errors(&self) -> bool {
        self.covered && !self.content.keeps_error_messages()
    }
}

/// Where the level and the target of a log line stand. A field of the same name that the line has itself comes later.
struct FirstOf {
    level: Option<usize>,
    target: Option<usize>,
}

impl FirstOf {
    fn of(event: &Event) -> Self {
        let position = |key: &str| event.attributes.iter().position(|kv| kv.key.as_str() == key);
        Self { level: position(LEVEL), target: position(TARGET) }
    }
}

fn keep(keeps: bool, kv: &KeyValue, withheld: &mut Withheld) -> bool {
    if !keeps {
        withheld.add(kv.key.as_str());
    }
    keeps
}

/// Whatever is neither a number nor a boolean can hold text.
fn is_text(value: &Value) -> bool {
    let number = matches!(value, Value::Bool(_) | Value::I64(_) | Value::F64(_));
    !number && !matches!(value, Value::Array(Array::Bool(_) | Array::I64(_) | Array::F64(_)))
}

fn is_word(value: &Value) -> bool {
    matches!(value, Value::String(text) if !text.as_str().contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Link, SpanContext};

    use super::super::fixture::{event_text, gen_ai, log, plain};
    use super::*;
    use crate::conventions::attribute::*;

    fn withhold(content: &Content, span: &mut crate::span::Span) -> Withheld {
        Rule::new(content, span.gen_ai).apply(&mut span.data)
    }

    fn keys(data: &SpanData) -> Vec<&str> {
        data.attributes.iter().map(|kv| kv.key.as_str()).collect()
    }

    #[test]
    fn with_capture_off_prompts_and_arguments_stay_and_names_numbers_and_ids_leave() {
        let mut span = gen_ai(
            "llm",
            vec![
                KeyValue::new(GEN_AI_REQUEST_MODEL, "gpt-4o-mini"),
                KeyValue::new(GEN_AI_USAGE_INPUT_TOKENS, 12),
                KeyValue::new(GEN_AI_INPUT_MESSAGES, "[]"),
                KeyValue::new("llm.input_messages.0.message.content", "secret"),
                KeyValue::new("question", "secret"),
                KeyValue::new("chunks", Value::Array(Array::String(vec!["secret".into()]))),
                KeyValue::new("top", 5),
                KeyValue::new("ratio", 0.5),
                KeyValue::new("fast", true),
                KeyValue::new("user_id", "u-1"),
                KeyValue::new("app.customer", "acme"),
                KeyValue::new("tier", "gold"),
                KeyValue::new("tracing_genai.invalid.gen_ai.usage.output_tokens", "many"),
                KeyValue::new("tracing_genai.invalid.gen_ai.input.messages", "secret"),
            ],
        );
        let withheld = withhold(&Content::none().allow_fields(["tier"]), &mut span);
        assert_eq!(
            keys(&span.data),
            [
                GEN_AI_REQUEST_MODEL,
                GEN_AI_USAGE_INPUT_TOKENS,
                "top",
                "ratio",
                "fast",
                "user_id",
                "app.customer",
                "tier",
                "tracing_genai.invalid.gen_ai.usage.output_tokens",
                SPAN_TYPE
            ]
        );
        assert_eq!(withheld.count, 5);
        assert!(withheld.fields.contains(&"question".to_owned()));
    }

    #[test]
    fn log_lines_lose_their_text_and_keep_level_target_and_numbers() {
        let fields = vec![
            KeyValue::new("answer", "secret"),
            KeyValue::new("app.note", "secret"),
            KeyValue::new("count", 3),
            KeyValue::new("level", "secret"),
            KeyValue::new("request_id", "r-1"),
        ];
        let mut span = gen_ai("agent", Vec::new());
        span.data.events.events =
            vec![log("the secret is out", fields), log("event src/x.rs:1", vec![KeyValue::new("return", "secret")])];
        let withheld = withhold(&Content::none(), &mut span);
        let events = &span.data.events.events;
        assert_eq!(events[0].name, "log");
        let left: Vec<&str> = events[0].attributes.iter().map(|kv| kv.key.as_str()).collect();
        assert_eq!(left, ["level", "target", "count", "request_id"]);
        assert_eq!(events[1].attributes.len(), 2);
        assert_eq!(withheld.count, 6);
        assert!(!format!("{:?}", span.data).contains("secret"));
    }

    #[test]
    fn an_exception_keeps_type_and_message_and_loses_its_stacktrace() {
        let fields = vec![
            KeyValue::new(EXCEPTION_TYPE, "TimeoutError"),
            KeyValue::new(EXCEPTION_MESSAGE, "no answer"),
            KeyValue::new(EXCEPTION_STACKTRACE, "at secret"),
        ];
        let mut span = gen_ai("tool", Vec::new());
        span.data.status = Status::error("no answer");
        span.data.events.events = vec![log("exception", fields)];
        let mut silent = gen_ai("tool", Vec::new());
        silent.data.status = span.data.status.clone();
        silent.data.events.events = span.data.events.events.clone();

        withhold(&Content::none(), &mut span);
        let event = &span.data.events.events[0];
        assert_eq!(event.name, "exception");
        assert_eq!(event_text(event, EXCEPTION_MESSAGE).unwrap(), "no answer");
        assert_eq!(event_text(event, EXCEPTION_TYPE).unwrap(), "TimeoutError");
        assert_eq!(event_text(event, EXCEPTION_STACKTRACE), None);
        assert_eq!(span.data.status, Status::error("no answer"));

        withhold(&Content::none().with_error_messages(false), &mut silent);
        assert_eq!(silent.data.status, Status::error(""));
        assert!(!format!("{:?}", silent.data).contains("no answer"));
    }

    #[test]
    fn events_of_the_api_keep_names_and_lose_sentences() {
        let event = |name: &'static str| Event::new(name, std::time::SystemTime::UNIX_EPOCH, Vec::new(), 0);
        let mut span = gen_ai("agent", Vec::new());
        span.data.events.events = vec![event("cache.miss"), event("the user said secret")];
        withhold(&Content::none(), &mut span);
        let names: Vec<&str> = span.data.events.iter().map(|event| event.name.as_ref()).collect();
        assert_eq!(names, ["cache.miss", "log"]);
    }

    #[test]
    fn links_follow_the_rule_of_attributes() {
        let mut span = gen_ai("agent", Vec::new());
        let attributes = vec![KeyValue::new("note", "secret"), KeyValue::new("app.link", "x")];
        span.data.links.links = vec![Link::new(SpanContext::empty_context(), attributes, 0)];
        assert_eq!(withhold(&Content::none(), &mut span).count, 1);
        assert_eq!(span.data.links.links[0].attributes, [KeyValue::new("app.link", "x")]);
    }

    #[test]
    fn other_spans_leave_as_they_came_unless_strict() {
        let fields = || vec![KeyValue::new("question", "how"), KeyValue::new("n", 1)];
        let mut span = plain(fields());
        span.data.events.events = vec![log("text", Vec::new())];
        assert_eq!(withhold(&Content::none(), &mut span), Withheld::default());
        assert_eq!(keys(&span.data), ["question", "n"]);
        assert_eq!(withhold(&Content::none().strict(), &mut span).count, 2);
        assert_eq!(keys(&span.data), ["n"]);
    }

    #[test]
    fn prompts_stay_also_on_spans_of_no_type() {
        let mut span = plain(vec![KeyValue::new(INPUT_VALUE, "secret"), KeyValue::new(INPUT_MIME_TYPE, "text/plain")]);
        assert_eq!(withhold(&Content::none(), &mut span).count, 1);
        assert!(span.data.attributes.is_empty());
    }

    #[test]
    fn each_mode_lets_content_stand_only_where_it_says() {
        for content in [Content::none(), Content::span_only(), Content::event_only(), Content::span_and_event()] {
            let mut span =
                gen_ai("llm", vec![KeyValue::new(GEN_AI_INPUT_MESSAGES, "[]"), KeyValue::new("question", "q")]);
            let messages = vec![KeyValue::new(GEN_AI_INPUT_MESSAGES, "[]")];
            span.data.events.events = vec![Event::new(DETAILS_EVENT, span.data.end_time, messages, 0)];
            let narrowed = Rule::new(&content, true).narrowed(&span.data);
            withhold(&content, &mut span);
            assert_eq!(span.get(GEN_AI_INPUT_MESSAGES).is_some(), content.mode().on_span());
            assert_eq!(span.get("question").is_some(), content.mode().on_span());
            assert_eq!(!span.data.events.is_empty(), content.mode().on_event());
            match narrowed {
                Some((copy, _)) => assert_eq!(copy, span.data, "a copy for one destination is the same"),
                None => assert_eq!(content.mode(), ContentMode::SpanAndEvent),
            }
        }
    }
}
