//! With capture on: what is said stands where the mode has it, as messages that parse.

use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use serde_json::json;
use tracing::{Span, info_span, instrument};
use tracing_genai::{Builder, Content, ContentMode, GenAiSpanExt, Message};

use crate::support::{Memory, get, json, named, text, variables};

const CAPTURE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
const DETAILS: &str = "gen_ai.client.inference.operation.details";

#[instrument(fields(span_type = "llm", model = "m"), ret)]
fn plan(question: &str) -> String {
    format!("you asked {question}")
}

/// Whether messages stand on the span, and whether they stand in its event.
fn places(span: &SpanData) -> (bool, bool) {
    let key = "gen_ai.input.messages";
    let details = span.events.iter().find(|event| event.name == DETAILS);
    let in_event = details.is_some_and(|event| event.attributes.iter().any(|kv| kv.key.as_str() == key));
    (get(span, key).is_some(), in_event)
}

fn places_with(change: impl FnOnce(Builder) -> Builder) -> (bool, bool) {
    let memory = Memory::with(change);
    let spans = memory.run(|| drop(plan("why")));
    let span = named(&spans, "chat m");
    let everything = format!("{span:?}");
    let found = places(span);
    // Content that stands nowhere is nowhere.
    assert_eq!(everything.contains("why"), found != (false, false), "{everything}");
    found
}

#[test]
fn each_mode_puts_content_where_it_says_by_code_and_by_environment() {
    for (mode, expected) in [
        ("NO_CONTENT", (false, false)),
        ("SPAN_ONLY", (true, false)),
        ("EVENT_ONLY", (false, true)),
        ("SPAN_AND_EVENT", (true, true)),
        ("false", (false, false)),
        ("true", (true, false)),
        ("0", (false, false)),
        ("1", (true, false)),
    ] {
        assert_eq!(places_with(|builder| builder.with_env(variables([(CAPTURE, mode)]))), expected, "{mode}");
        let parsed: ContentMode = mode.parse().unwrap();
        assert_eq!(places_with(|builder| builder.with_content(Content::with_mode(parsed))), expected, "{mode}");
    }
}

#[test]
fn the_stricter_of_code_and_environment_holds() {
    for (code, environment, expected) in [
        (Content::none(), "SPAN_AND_EVENT", (false, false)),
        (Content::span_and_event(), "NO_CONTENT", (false, false)),
        (Content::span_and_event(), "SPAN_ONLY", (true, false)),
        (Content::event_only(), "SPAN_AND_EVENT", (false, true)),
        (Content::event_only(), "SPAN_ONLY", (false, false)),
        (Content::default(), "SPAN_ONLY", (true, false)),
    ] {
        let both = |builder: Builder| builder.with_env(variables([(CAPTURE, environment)])).with_content(code.clone());
        assert_eq!(places_with(both), expected, "{code:?} and {environment}");
    }
}

#[test]
fn a_models_arguments_and_its_returned_value_become_messages() {
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| drop(plan("why")));
    let chat = named(&spans, "chat m");
    let input = json!([{ "role": "user", "parts": [{ "type": "text", "content": "why" }] }]);
    assert_eq!(json(chat, "gen_ai.input.messages"), input);
    let output = json(chat, "gen_ai.output.messages");
    assert_eq!(output[0]["parts"][0]["content"], "you asked why");
    assert_eq!((&output[0]["role"], &output[0]["finish_reason"]), (&json!("assistant"), &json!("stop")));
}

#[test]
fn a_tools_arguments_and_its_returned_value_become_arguments_and_result() {
    #[instrument(fields(span_type = "tool"), ret)]
    fn order_lookup(order: &str, limit: u32, fresh: bool) -> u32 {
        let _ = (order, fresh);
        limit
    }
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| assert_eq!(order_lookup("4711", 3, true), 3));
    let tool = named(&spans, "execute_tool order_lookup");
    assert_eq!(json(tool, "gen_ai.tool.call.arguments"), json!({ "order": 4711, "limit": 3, "fresh": true }));
    assert_eq!(text(tool, "gen_ai.tool.call.result").as_deref(), Some("3"));
}

#[test]
fn what_was_recorded_goes_before_arguments_and_returned_value() {
    #[instrument(fields(span_type = "llm", model = "m"), ret)]
    fn recorded(question: &str) -> &str {
        Span::current()
            .record_input(&[Message::system("be brief"), Message::user("really?")])
            .record_output(Message::assistant("yes").with_finish_reason("length"));
        question
    }
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| assert_eq!(recorded("other"), "other"));
    let chat = named(&spans, "chat m");
    let input = json(chat, "gen_ai.input.messages");
    assert_eq!((&input[0]["role"], &input[1]["parts"][0]["content"]), (&json!("system"), &json!("really?")));
    let output = json(chat, "gen_ai.output.messages");
    assert_eq!((&output[0]["parts"][0]["content"], &output[0]["finish_reason"]), (&json!("yes"), &json!("length")));
}

#[test]
fn a_span_narrows_for_itself_and_never_widens() {
    let wish = |span: &Span, mode: &'static str| {
        span.record_attribute("tracing_genai.content", mode).record_input("why");
    };
    let memory = Memory::with(|builder| builder.with_content(Content::span_and_event()));
    let spans = memory.run(|| {
        wish(&info_span!("a", span_type = "llm", model = "quiet", argument = "why"), "NO_CONTENT");
        wish(&info_span!("a", span_type = "llm", model = "event"), "EVENT_ONLY");
        wish(&info_span!("a", span_type = "llm", model = "odd"), "everything, please");
        info_span!("a", span_type = "llm", model = "other").record_input("why");
    });
    for (name, expected) in [
        ("chat quiet", (false, false)),
        ("chat event", (false, true)),
        ("chat odd", (false, false)),
        ("chat other", (true, true)),
    ] {
        let span = named(&spans, name);
        assert_eq!(places(span), expected, "{name}");
        assert_eq!(format!("{span:?}").contains("why"), expected != (false, false), "{span:?}");
        assert_eq!(get(span, "tracing_genai.content"), None, "the wish itself does not leave");
    }

    let memory = Memory::new();
    let spans = memory.run(|| wish(&info_span!("a", span_type = "llm", model = "loud"), "SPAN_AND_EVENT"));
    assert_eq!(places(named(&spans, "chat loud")), (false, false));
    assert!(matches!(get(&spans[0], "tracing_genai.withheld"), Some(Value::I64(1))));
}
