//! Takes out of a span what may not leave.

use std::borrow::Cow;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Status};
use opentelemetry_sdk::trace::{SpanData, SpanEvents};

use super::keys::DETAILS_EVENT;
use super::rule::{FirstOf, LOG, Rule};
use crate::conventions::attribute::{INPUT_MIME_TYPE, OUTPUT_MIME_TYPE};
use crate::span::copied_with;

/// Names of withheld fields that are kept for the report.
const NAMES: usize = 8;

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

/// Takes what may not leave out of the span.
pub(super) fn withhold(rule: &Rule<'_>, data: &mut SpanData) -> Withheld {
    let mut withheld = Withheld::default();
    let among = |list: &mut Vec<KeyValue>, told: Option<&Event>, withheld: &mut Withheld| {
        if !rule.every_attribute() {
            let is_told = |kv: &KeyValue| told.is_some_and(|event| event.attributes.iter().any(|of| of.key == kv.key));
            list.retain(|kv| rule.attribute(kv) || (!is_told(kv) && keep(false, kv, withheld)));
        }
    };
    // What it has instead is not withheld.
    let details = data.events.iter().find(|event| event.name == DETAILS_EVENT && rule.event(event));
    among(&mut data.attributes, details, &mut withheld);
    data.events.events.retain_mut(|event| withhold_from_event(rule, event, &mut withheld));
    data.links.links.iter_mut().for_each(|link| among(&mut link.attributes, None, &mut withheld));
    if let Status::Error { description } = &mut data.status
        && rule.hides_errors()
        && !description.is_empty()
    {
        *description = Cow::Borrowed("");
        withheld.add("status message");
    }
    withheld
}

/// The same for a span that others still need whole: a copy without what may not leave, or nothing when it may
/// leave as it is. What is withheld is not cloned first.
pub(super) fn narrowed(rule: &Rule<'_>, data: &SpanData) -> Option<(SpanData, Withheld)> {
    if !changes(rule, data) {
        return None;
    }
    let mut withheld = Withheld::default();
    let mut kept = |keeps: bool, kv: &KeyValue| keep(keeps, kv, &mut withheld).then(|| kv.clone());
    let attributes = data.attributes.iter().filter_map(|kv| kept(rule.attribute(kv), kv)).collect();
    let mut events = SpanEvents::default();
    events.dropped_count = data.events.dropped_count;
    for event in &data.events.events {
        let first = FirstOf::of(event);
        let attributes = event.attributes.iter().enumerate();
        let attributes = attributes.filter_map(|(at, kv)| kept(rule.event_attribute(at, kv, &first), kv)).collect();
        let dropped = event.dropped_attributes_count;
        events.events.push(Event::new(event.name.clone(), event.timestamp, attributes, dropped));
    }
    let mut copy = copied_with(data, attributes, events);
    let rest = withhold(rule, &mut copy);
    withheld.count += rest.count;
    Some((copy, withheld))
}

fn changes(rule: &Rule<'_>, data: &SpanData) -> bool {
    let attributes = |list: &[KeyValue]| list.iter().all(|kv| rule.attribute(kv));
    let event = |event: &Event| {
        let first = FirstOf::of(event);
        rule.event(event)
            && rule.event_name(event)
            && event.attributes.iter().enumerate().all(|(at, kv)| rule.event_attribute(at, kv, &first))
    };
    let described = matches!(&data.status, Status::Error { description } if !description.is_empty());
    !(attributes(&data.attributes)
        && data.events.iter().all(event)
        && data.links.iter().all(|link| attributes(&link.attributes))
        && !(rule.hides_errors() && described))
}

fn withhold_from_event(rule: &Rule<'_>, event: &mut Event, withheld: &mut Withheld) -> bool {
    let name_stays = rule.event_name(event);
    let first = FirstOf::of(event);
    let mut at = 0;
    event.attributes.retain(|kv| {
        at += 1;
        keep(rule.event_attribute(at - 1, kv, &first), kv, withheld)
    });
    if !name_stays {
        event.name = Cow::Borrowed(LOG);
        withheld.add("event text");
    }
    rule.event(event)
}

fn keep(keeps: bool, kv: &KeyValue, withheld: &mut Withheld) -> bool {
    if !keeps {
        withheld.add(kv.key.as_str());
    }
    keeps
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Link, SpanContext};
    use opentelemetry::{Array, Value};

    use super::super::fixture::{event_text, gen_ai, log, plain};
    use super::super::mode::ContentMode;
    use super::super::policy::Content;
    use super::*;
    use crate::conventions::attribute::*;

    fn withhold(content: &Content, span: &mut crate::span::Span) -> Withheld {
        super::withhold(&Rule::new(content, span.gen_ai, &span.data), &mut span.data)
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
                KeyValue::new("gen_ai.response.content", "secret"),
                KeyValue::new("llm.input_messages", "secret"),
                KeyValue::new("retrieval.documents", 5),
                KeyValue::new("llm.prompt.tokens", 12),
                KeyValue::new("gen_ai.request.content", 7),
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
                "retrieval.documents",
                "llm.prompt.tokens",
                "gen_ai.request.content",
                "tier",
                "tracing_genai.invalid.gen_ai.usage.output_tokens",
                SPAN_TYPE
            ]
        );
        assert_eq!(withheld.count, 7);
        assert!(withheld.fields.contains(&"question".to_owned()));
    }

    #[test]
    fn log_lines_lose_their_text_and_keep_level_target_numbers_and_where_they_stand() {
        let fields = vec![
            KeyValue::new("answer", "secret"),
            KeyValue::new("app.note", "secret"),
            KeyValue::new("count", 3),
            KeyValue::new("level", "secret"),
            KeyValue::new("request_id", "r-1"),
            KeyValue::new(CODE_FILE_PATH, "src/main.rs"),
            KeyValue::new(CODE_MODULE_NAME, "shop::agent"),
        ];
        let mut span = gen_ai("agent", Vec::new());
        span.data.events.events =
            vec![log("the secret is out", fields), log("event src/x.rs:1", vec![KeyValue::new("return", "secret")])];
        let withheld = withhold(&Content::none(), &mut span);
        let events = &span.data.events.events;
        assert_eq!(events[0].name, "log");
        let left: Vec<&str> = events[0].attributes.iter().map(|kv| kv.key.as_str()).collect();
        assert_eq!(left, ["level", "target", "count", "request_id", CODE_FILE_PATH, CODE_MODULE_NAME]);
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
    fn a_failures_message_in_words_of_other_tools_goes_with_the_others() {
        for key in ["langfuse.observation.status_message", "langfuse.status_message", EXCEPTION_MESSAGE] {
            let mut span = gen_ai("llm", vec![KeyValue::new(key, "secret of the body")]);
            span.data.status = Status::error("secret of the body");
            withhold(&Content::none().with_error_messages(false), &mut span);
            assert!(!format!("{:?}", span.data).contains("secret"), "{key}");
        }
    }

    #[test]
    fn events_of_the_api_keep_names_and_lose_sentences() {
        let event = |name: &'static str| Event::new(name, std::time::SystemTime::UNIX_EPOCH, Vec::new(), 0);
        let mut span = gen_ai("agent", Vec::new());
        span.data.events.events = vec![event("cache.miss"), event("the user said secret"), event("用户说了一个秘密")];
        withhold(&Content::none(), &mut span);
        let names: Vec<&str> = span.data.events.iter().map(|event| event.name.as_ref()).collect();
        assert_eq!(names, ["cache.miss", "log", "log"]);
    }

    #[test]
    fn the_level_and_the_target_that_the_layer_adds_leave_and_an_argument_of_that_name_does_not() {
        for (target, count) in [("shop::agent", 0), ("secret", 1)] {
            let module = KeyValue::new(CODE_MODULE_NAME, "shop::agent");
            let fields = vec![module, KeyValue::new("level", "INFO"), KeyValue::new("target", target)];
            let mut span = gen_ai("agent", fields);
            assert_eq!(withhold(&Content::none(), &mut span).count, count, "{target}");
        }
    }

    #[test]
    fn a_stack_trace_stays_whatever_it_is_called() {
        for key in [EXCEPTION_STACKTRACE, ERROR_STACK] {
            let mut span = gen_ai("agent", vec![KeyValue::new(key, "at secret")]);
            assert_eq!(withhold(&Content::none(), &mut span).count, 1, "{key}");
        }
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
            let copy = narrowed(&Rule::new(&content, true, &span.data), &span.data);
            withhold(&content, &mut span);
            assert_eq!(span.get(GEN_AI_INPUT_MESSAGES).is_some(), content.mode().on_span());
            assert_eq!(span.get("question").is_some(), content.mode().on_span());
            assert_eq!(!span.data.events.is_empty(), content.mode().on_event());
            match copy {
                Some((copy, _)) => assert_eq!(copy, span.data, "a copy for one destination is the same"),
                None => assert_eq!(content.mode(), ContentMode::SpanAndEvent),
            }
        }
    }
}
