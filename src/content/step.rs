//! The step of the pipeline: what may leave, without secrets, within limits.

use std::collections::HashSet;

use opentelemetry_sdk::trace::SpanData;

use super::error_message::{cut_error_messages, has_long_error};
use super::limit::Limits;
use super::mode::{CAPTURE_VARIABLE, ContentMode};
use super::policy::Content;
use super::redact::Redaction;
use super::rule::Rule;
use super::withhold::{Withheld, narrowed, withhold};
use super::{capture, media};
use crate::conventions::attribute::{
    CODE_FUNCTION_NAME, TRACING_GENAI_CONTENT, TRACING_GENAI_TRUNCATED, TRACING_GENAI_WITHHELD,
};
use crate::self_report::SelfReport;
use crate::span::Span;

/// Call sites that are remembered; of more nothing is said.
const MAX_SITES: usize = 1024;

/// Applies content policy, redaction and limits to one span after another.
#[derive(Debug)]
pub(crate) struct ContentStep {
    content: Content,
    redaction: Redaction,
    limits: Limits,
    report: SelfReport,
    /// Call sites of which it was said that something was withheld.
    said: HashSet<(String, String)>,
}

impl ContentStep {
    pub(crate) fn new(content: Content, redaction: Redaction, limits: Limits, report: SelfReport) -> Self {
        Self { content, redaction, limits, report, said: HashSet::new() }
    }

    /// The steps in order. Whatever adds text to a span has run before.
    pub(crate) fn apply(&mut self, span: &mut Span) {
        let own = self.own_content(span);
        let content = own.as_ref().unwrap_or(&self.content);
        if span.gen_ai && content.mode() != ContentMode::NoContent {
            capture::complete(span);
            if content.mode().on_event() {
                capture::add_event(span);
            }
        }
        let rule = Rule::new(content, span.gen_ai, &span.data);
        let withheld = withhold(&rule, &mut span.data);
        media::apply_to_event_names(&mut span.data);
        let sizes = self.redaction.apply(&mut span.data, &self.report, media::replaced);
        let mut missing = if rule.is_off() { cut_error_messages(&mut span.data) } else { 0 };
        missing += self.limits.apply(&mut span.data, &sizes);
        add_to(span, TRACING_GENAI_WITHHELD, withheld.count);
        add_to(span, TRACING_GENAI_TRUNCATED, i64::try_from(missing).unwrap_or(i64::MAX));
        self.say(span, &withheld);
    }

    /// The policy for this span, where it has narrowed it for itself.
    fn own_content(&self, span: &mut Span) -> Option<Content> {
        let wish = span.remove(TRACING_GENAI_CONTENT)?;
        Some(match wish.as_str().parse() {
            Ok(mode) => self.content.narrowed_to(mode),
            Err(error) => {
                self.report.warn("content mode of a span", format_args!("{error}; its content was withheld"));
                self.content.narrowed_to(ContentMode::NoContent)
            }
        })
    }

    fn say(&mut self, span: &Span, withheld: &Withheld) {
        if withheld.count == 0 || self.said.len() >= MAX_SITES {
            return;
        }
        let scope = span.data.instrumentation_scope.name();
        let site = span.text(CODE_FUNCTION_NAME).unwrap_or(&span.data.name);
        let is_first = self.said.is_empty();
        if self.said.insert((scope.to_owned(), site.to_owned())) {
            let remedy = if is_first {
                &format!(
                    "; {CAPTURE_VARIABLE}=SPAN_ONLY captures it, Content::allow_fields lets fields leave that hold none"
                )
            } else {
                ""
            };
            self.report.inform(
                &format!("content withheld from {site}"),
                format_args!("{site}: content was withheld ({}){remedy}", withheld.fields.join(", ")),
            );
        }
    }
}

/// The span as it leaves for a destination whose policy is narrower, or nothing when it leaves as it is. `content` is
/// the destination's, narrowed from the whole's; `data` has passed the [`ContentStep`].
pub(crate) fn narrowed_for_destination(data: &SpanData, gen_ai: bool, content: &Content) -> Option<SpanData> {
    let rule = Rule::new(content, gen_ai, data);
    let copy = narrowed(&rule, data);
    let cut = rule.is_off() && has_long_error(data);
    let (data, withheld) = match copy {
        Some(copy) => copy,
        None if cut => (data.clone(), Withheld::default()),
        None => return None,
    };
    let mut span = Span::new(data, gen_ai);
    let missing = if cut { cut_error_messages(&mut span.data) } else { 0 };
    add_to(&mut span, TRACING_GENAI_WITHHELD, withheld.count);
    add_to(&mut span, TRACING_GENAI_TRUNCATED, i64::try_from(missing).unwrap_or(i64::MAX));
    Some(span.data)
}

fn add_to(span: &mut Span, key: &'static str, count: i64) {
    if count > 0 {
        let before = span.int(key).unwrap_or(0);
        span.set(key, before.saturating_add(count));
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;
    use opentelemetry::trace::{Link, SpanContext, Status};
    use proptest::prelude::*;

    use super::super::fixture::{event_text, gen_ai, log, plain};
    use super::*;
    use crate::conventions::attribute::*;

    fn step(content: Content) -> ContentStep {
        ContentStep::new(content, Redaction::default(), Limits::default(), SelfReport::default())
    }

    /// A span with a secret on each surface where text can stand.
    fn leaky(mut span: Span, secret: &str) -> Span {
        let field = |key: &'static str| KeyValue::new(key, format!("see {secret} there"));
        let list = opentelemetry::Array::String(vec![secret.to_owned().into()]);
        span.data.name = format!("chat {secret}").into();
        span.data.status = Status::error(format!("refused {secret}"));
        span.data.attributes.extend([
            field("question"),
            field("app.note"),
            field(GEN_AI_REQUEST_MODEL),
            field(USER_ID),
            KeyValue::new("app.list", opentelemetry::Value::Array(list)),
            KeyValue::new(GEN_AI_INPUT_MESSAGES, format!("[{{\"role\":\"user\",\"parts\":[\"\\n{secret}\\u000a\"]}}]")),
            KeyValue::new(
                GEN_AI_TOOL_CALL_ARGUMENTS,
                format!("{{\"inner\":\"{{\\\"deep\\\":\\\"\\\\n{secret}\\\"}}\"}}"),
            ),
        ]);
        span.data.events.events = vec![
            log(
                "text",
                vec![field("answer"), field(EXCEPTION_MESSAGE), field(EXCEPTION_STACKTRACE), field(EXCEPTION_TYPE)],
            ),
            log("exception", vec![field(EXCEPTION_MESSAGE)]),
        ];
        span.data.events.events[0].name = format!("log {secret}").into();
        span.data.links.links = vec![Link::new(SpanContext::empty_context(), vec![field("app.link")], 0)];
        span.changed();
        span
    }

    #[test]
    fn one_secret_on_every_surface_is_found_nowhere() {
        let secret = format!("sk-proj-{}", "a1B2c3D4e5F6g7H8i9J0");
        for content in [Content::none(), Content::span_only(), Content::event_only(), Content::span_and_event()] {
            for span in [gen_ai("llm", Vec::new()), gen_ai("tool", Vec::new()), plain(Vec::new())] {
                let mut span = leaky(span, &secret);
                step(content.clone()).apply(&mut span);
                let left = format!("{:?}", span.data);
                assert!(!left.contains(&secret[8..]), "{content:?}: {left}");
                assert!(left.contains("[redacted:openai-key]"));
            }
        }
    }

    #[test]
    fn an_error_message_leaves_redacted_and_cut_with_capture_off_and_whole_with_capture_on() {
        let secret = format!("sk-proj-{}", "a1B2c3D4e5F6g7H8i9J0");
        let message = format!("{} {secret} {}", "x".repeat(245), "é".repeat(2000));
        let failed = || {
            let mut span = gen_ai("llm", Vec::new());
            span.data.status = Status::error(message.clone());
            span.data.events.events = vec![log("exception", vec![KeyValue::new(EXCEPTION_MESSAGE, message.clone())])];
            span
        };
        let mut off = failed();
        step(Content::none()).apply(&mut off);
        let Status::Error { description } = &off.data.status else { panic!("no longer an error") };
        assert!(description.len() < 300 && description.contains("…[+"), "{description}");
        assert!(!description.contains("sk-proj"), "a cut never splits a secret: {description}");
        assert_eq!(event_text(&off.data.events[0], EXCEPTION_MESSAGE).unwrap(), description.as_ref());
        assert!(off.int(TRACING_GENAI_TRUNCATED).unwrap() > 7000);

        let mut on = failed();
        step(Content::span_only()).apply(&mut on);
        let Status::Error { description } = &on.data.status else { panic!("no longer an error") };
        assert!(description.len() > 4000);
    }

    #[test]
    fn what_is_withheld_is_counted_on_the_span() {
        let mut span = gen_ai("llm", vec![KeyValue::new("question", "why"), KeyValue::new(GEN_AI_PROMPT, "why")]);
        step(Content::none()).apply(&mut span);
        assert_eq!(span.int(TRACING_GENAI_WITHHELD), Some(2));
        let mut span = gen_ai("llm", vec![KeyValue::new("question", "why")]);
        step(Content::span_only()).apply(&mut span);
        assert_eq!(span.get(TRACING_GENAI_WITHHELD), None);
    }

    #[test]
    fn a_call_site_is_said_once_and_sites_are_bounded() {
        let mut step = step(Content::none());
        for n in 0..3 * MAX_SITES {
            let mut span = gen_ai("llm", vec![KeyValue::new("question", "why")]);
            span.data.name = format!("span {}", n % (2 * MAX_SITES)).into();
            step.apply(&mut span);
        }
        assert_eq!(step.said.len(), MAX_SITES);
    }

    #[test]
    fn a_span_narrows_its_own_content_and_never_widens_it() {
        let question = |mode: &'static str| {
            gen_ai("llm", vec![KeyValue::new("question", "why"), KeyValue::new(TRACING_GENAI_CONTENT, mode)])
        };
        for (content, mode, leaves) in [
            (Content::span_only(), "NO_CONTENT", false),
            (Content::span_only(), "span_and_event", true),
            (Content::span_only(), "nonsense", false),
            (Content::none(), "SPAN_ONLY", false),
        ] {
            let mut span = question(mode);
            step(content).apply(&mut span);
            assert_eq!(span.get("question").is_some(), leaves, "{mode}");
            assert_eq!(span.get(TRACING_GENAI_CONTENT), None);
        }
    }

    #[test]
    fn event_only_leaves_in_the_event_alone() {
        let mut span = gen_ai("llm", vec![KeyValue::new("question", "why")]);
        step(Content::event_only()).apply(&mut span);
        assert_eq!((span.get("question"), span.get(GEN_AI_INPUT_MESSAGES)), (None, None));
        assert!(event_text(&span.data.events[0], GEN_AI_INPUT_MESSAGES).unwrap().contains("why"));
    }

    #[test]
    fn what_the_event_has_instead_of_the_span_is_not_withheld() {
        let recorded = vec![KeyValue::new(GEN_AI_INPUT_MESSAGES, "[]"), KeyValue::new("llm.prompts", "why")];
        let mut span = gen_ai("llm", recorded.clone());
        step(Content::event_only()).apply(&mut span);
        assert_eq!((span.get(GEN_AI_INPUT_MESSAGES), span.int(TRACING_GENAI_WITHHELD)), (None, None));
        let mut span = gen_ai("llm", recorded);
        step(Content::none()).apply(&mut span);
        assert_eq!(span.int(TRACING_GENAI_WITHHELD), Some(2));
    }

    #[test]
    fn one_destination_gets_less_and_the_others_get_all() {
        let ours = Content::span_only();
        let mut span = gen_ai("llm", vec![KeyValue::new("question", "why"), KeyValue::new(GEN_AI_REQUEST_MODEL, "m")]);
        span.data.status = Status::error("long ".repeat(100));
        step(ours.clone()).apply(&mut span);
        assert_eq!(narrowed_for_destination(&span.data, true, &ours.narrowed_by(&Content::span_and_event())), None);
        let narrowed = narrowed_for_destination(&span.data, true, &ours.narrowed_by(&Content::none())).unwrap();
        assert!(!format!("{narrowed:?}").contains("why"));
        assert!(matches!(&narrowed.status, Status::Error { description } if description.len() < 300));
        let narrowed = Span::new(narrowed, true);
        assert_eq!(narrowed.int(TRACING_GENAI_WITHHELD), Some(2));
        assert_eq!(narrowed.text(GEN_AI_REQUEST_MODEL), Some("m"));
        assert!(span.text("question").is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn with_capture_off_no_text_of_a_call_is_found_in_what_leaves(
            words in "[a-z]{12}",
            field in "[a-z][a-z_]{0,10}",
            // Longer ones may be of a card.
            number in i64::MIN..100_000_000_000_000,
        ) {
            // No test field is named like what is said.
            let said = format!("zq{words}");
            let mut span = gen_ai("llm", vec![KeyValue::new(field.clone(), said.clone())]);
            span.data.attributes.extend([
                KeyValue::new(GEN_AI_SYSTEM_INSTRUCTIONS, said.clone()),
                KeyValue::new("app.number", number),
                KeyValue::new("app.written_on_purpose", "stays"),
            ]);
            span.changed();
            span.data.events.events = vec![log("text", vec![KeyValue::new(field.clone(), said.clone())])];
            span.data.events.events[0].name = format!("they said {said}").into();
            let known = crate::conventions::facts(&field).identifier;
            step(Content::none()).apply(&mut span);
            let left = format!("{:?}", span.data);
            prop_assert!(known || !left.contains(&said), "{}", left);
            prop_assert_eq!(span.int("app.number"), Some(number));
            prop_assert_eq!(span.text("app.written_on_purpose"), Some("stays"));
        }

        #[test]
        fn any_text_anywhere_passes_without_a_panic(
            text in prop_oneof![".*", r#"[\[{"\\,:a-z0-9@.\]}-]{0,300}"#],
            copies in 1usize..300,
        ) {
            let text = text.repeat(copies);
            for content in [Content::none(), Content::span_and_event()] {
                let limits = Limits::default().with_value_bytes(200).with_span_bytes(1000);
                let mut step = ContentStep::new(content, Redaction::default(), limits, SelfReport::default());
                step.apply(&mut leaky(gen_ai("llm", Vec::new()), &text));
                step.apply(&mut leaky(gen_ai("tool", Vec::new()), &text));
            }
        }
    }
}
