//! With capture on: a function's arguments become its input and what it returned its output, where none was recorded.

use opentelemetry::trace::Event;
use opentelemetry::{Array, KeyValue, Value};
use serde_json::{Map, Value as Json};

use super::conversation::{messages_of, reason_by_default, with_finish_reasons};
use super::json::json_of;
use super::keys::{DETAILS_EVENT, is_content};
use crate::conventions::attribute::{
    GEN_AI_INPUT_MESSAGES, GEN_AI_MEMORY_QUERY_TEXT, GEN_AI_MEMORY_RECORDS, GEN_AI_OPERATION_NAME,
    GEN_AI_OUTPUT_MESSAGES, GEN_AI_PROVIDER_NAME, GEN_AI_REQUEST_MODEL, GEN_AI_RESPONSE_FINISH_REASONS,
    GEN_AI_RETRIEVAL_DOCUMENTS, GEN_AI_RETRIEVAL_QUERY_TEXT, GEN_AI_TOOL_CALL_ARGUMENTS, GEN_AI_TOOL_CALL_RESULT,
    INPUT_MIME_TYPE, INPUT_VALUE, OUTPUT_MIME_TYPE, OUTPUT_VALUE, SPAN_TYPE,
};
use crate::conventions::facts;
use crate::message::{Message, Messages};
use crate::span::Span;

/// Any of these is an input, or an output, that was recorded.
const INPUTS: [&str; 5] = [
    GEN_AI_INPUT_MESSAGES,
    INPUT_VALUE,
    GEN_AI_TOOL_CALL_ARGUMENTS,
    GEN_AI_RETRIEVAL_QUERY_TEXT,
    GEN_AI_MEMORY_QUERY_TEXT,
];
const OUTPUTS: [&str; 5] =
    [GEN_AI_OUTPUT_MESSAGES, OUTPUT_VALUE, GEN_AI_TOOL_CALL_RESULT, GEN_AI_RETRIEVAL_DOCUMENTS, GEN_AI_MEMORY_RECORDS];

/// The field of the event that `#[instrument(ret)]` makes.
const RETURN: &str = "return";
/// The field that tells an event of `tracing` from one of the OpenTelemetry API.
const LEVEL: &str = "level";
/// Fields without a dot that the OpenTelemetry layer adds itself.
const LAYER_FIELDS: [&str; 4] = ["busy_ns", "idle_ns", LEVEL, "target"];

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";

/// Which keys carry what a span took and gave.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// A conversation with a model: messages.
    Messages,
    /// A tool call: arguments and result.
    Tool,
    /// Any other step: `input.value` and `output.value`.
    Value,
}

/// Fills in what the user did not record, and puts input and output into the one form that backends read together.
pub(super) fn complete(span: &mut Span) {
    let shape = shape(span);
    if !has_any(span, INPUTS)
        && let Some(input) = arguments(span, shape)
    {
        set_input(span, shape, input);
    }
    if !has_any(span, OUTPUTS)
        && let Some(output) = take_return(span)
    {
        set_output(span, shape, output);
    }
    match shape {
        Shape::Messages if has_value(span) => values_to_messages(span),
        Shape::Tool => values_to_tool_call(span),
        Shape::Messages | Shape::Value => {}
    }
    complete_output(span);
    complete_pair(span);
}

/// Adds the event that carries the content, unless the span has one.
pub(super) fn add_event(span: &mut Span) {
    if span.data.events.iter().any(|event| event.name == DETAILS_EVENT) {
        return;
    }
    let content = |kv: &&KeyValue| is_content(kv.key.as_str());
    if !span.data.attributes.iter().any(|kv| content(&kv)) {
        return;
    }
    let owner = [GEN_AI_OPERATION_NAME, GEN_AI_PROVIDER_NAME, GEN_AI_REQUEST_MODEL];
    let belongs = |kv: &&KeyValue| owner.contains(&kv.key.as_str()) || content(kv);
    let attributes = span.data.attributes.iter().filter(belongs).cloned().collect();
    span.data.events.events.push(Event::new(DETAILS_EVENT, span.data.end_time, attributes, 0));
}

/// One by one: where a constant stands on a span is found sooner than where a variable does.
#[expect(clippy::inline_always, reason = "of a constant key, its number is a constant")]
#[inline(always)]
fn has_any(span: &Span, [first, second, third, fourth, fifth]: [&str; 5]) -> bool {
    let has = |key| span.get(key).is_some();
    has(first) || has(second) || has(third) || has(fourth) || has(fifth)
}

fn has_value(span: &Span) -> bool {
    span.get(INPUT_VALUE).is_some() || span.get(OUTPUT_VALUE).is_some()
}

fn shape(span: &Span) -> Shape {
    match span.text(SPAN_TYPE).or_else(|| span.text(GEN_AI_OPERATION_NAME)) {
        Some("llm" | "chat" | "generate_content" | "text_completion") => Shape::Messages,
        Some("tool" | "execute_tool") => Shape::Tool,
        _ => Shape::Value,
    }
}

/// The arguments in one JSON object. Numbers belong to a tool's arguments; elsewhere they are more often measurements.
fn arguments(span: &Span, shape: Shape) -> Option<Map<String, Json>> {
    if !span.has_argument() {
        return None;
    }
    let mut object = Map::new();
    for kv in &span.data.attributes {
        let is_number = matches!(kv.value, Value::Bool(_) | Value::I64(_) | Value::F64(_));
        let key = kv.key.as_str();
        if (is_number && shape != Shape::Tool) || !facts(key).argument || LAYER_FIELDS.contains(&key) {
            continue;
        }
        let value = match &kv.value {
            Value::String(text) => json_of(text.as_str()),
            Value::Array(_) => json_of(&kv.value.as_str()),
            Value::Bool(yes) => Json::from(*yes),
            Value::I64(number) => Json::from(*number),
            Value::F64(number) => Json::from(*number),
            _ => continue,
        };
        object.insert(kv.key.as_str().to_owned(), value);
    }
    (!object.is_empty()).then_some(object)
}

/// Takes the value out of the event that `#[instrument(ret)]` made; the event stays.
fn take_return(span: &mut Span) -> Option<String> {
    let from_macro = |event: &&mut Event| event.attributes.iter().any(|kv| kv.key.as_str() == LEVEL);
    for event in span.data.events.events.iter_mut().rev().filter(from_macro) {
        if let Some(at) = event.attributes.iter().position(|kv| kv.key.as_str() == RETURN) {
            let text = event.attributes.remove(at).value.as_str().into_owned();
            // `Debug` puts text into quotes.
            return Some(match json_of(&text) {
                Json::String(inner) => inner,
                _ => text,
            });
        }
    }
    None
}

fn set_input(span: &mut Span, shape: Shape, mut arguments: Map<String, Json>) {
    match shape {
        Shape::Tool => span.set(GEN_AI_TOOL_CALL_ARGUMENTS, Json::Object(arguments).to_string()),
        Shape::Value => set_value(span, INPUT_VALUE, INPUT_MIME_TYPE, Json::Object(arguments).to_string()),
        Shape::Messages => {
            // One argument is the question; of several none is more so than the others.
            let only = if arguments.len() == 1 { arguments.values_mut().next().map(Json::take) } else { None };
            let text = match only {
                Some(Json::String(text)) => text,
                Some(other) => other.to_string(),
                None => Json::Object(arguments).to_string(),
            };
            span.set(GEN_AI_INPUT_MESSAGES, Messages::from(Message::user(text)).to_string());
        }
    }
}

fn set_output(span: &mut Span, shape: Shape, output: String) {
    match shape {
        Shape::Tool => span.set(GEN_AI_TOOL_CALL_RESULT, output),
        Shape::Value => set_value(span, OUTPUT_VALUE, OUTPUT_MIME_TYPE, output),
        Shape::Messages => set_answer(span, output),
    }
}

fn set_value(span: &mut Span, value: &'static str, mime_type: &'static str, text: String) {
    span.set(mime_type, if is_json(&text) { JSON } else { TEXT });
    span.set(value, text);
}

fn set_answer(span: &mut Span, text: String) {
    span.set(GEN_AI_OUTPUT_MESSAGES, Messages::from(Message::assistant(text)).to_string());
}

/// What was recorded as a model's input or output in other shapes becomes messages where it can: plain text is one.
fn values_to_messages(span: &mut Span) {
    let halves = [
        (INPUT_VALUE, INPUT_MIME_TYPE, GEN_AI_INPUT_MESSAGES, "user"),
        (OUTPUT_VALUE, OUTPUT_MIME_TYPE, GEN_AI_OUTPUT_MESSAGES, "assistant"),
    ];
    for (value, mime_type, messages, role) in halves {
        let text = span.text(value).filter(|text| !text.is_empty() && span.get(messages).is_none());
        let said = text.and_then(|text| {
            if is_json(text) {
                messages_of(text)
            } else {
                Some(Messages::from(Message::new(role).with_text(text)).to_string())
            }
        });
        if let Some(said) = said {
            span.set(messages, said);
            span.remove(value);
            span.remove(mime_type);
        }
    }
}

/// A tool's input and output stand where views of tools look for them, too.
fn values_to_tool_call(span: &mut Span) {
    for (value, key) in [(INPUT_VALUE, GEN_AI_TOOL_CALL_ARGUMENTS), (OUTPUT_VALUE, GEN_AI_TOOL_CALL_RESULT)] {
        if let (Some(recorded), None) = (span.get(value), span.get(key)) {
            let recorded = recorded.clone();
            span.set(key, recorded);
        }
    }
}

fn complete_output(span: &mut Span) {
    let Some(output) = span.text(GEN_AI_OUTPUT_MESSAGES) else { return };
    let default = reason_by_default(span);
    let reason = |at: usize| match span.get(GEN_AI_RESPONSE_FINISH_REASONS) {
        Some(Value::Array(Array::String(reasons))) => reasons.get(at).map_or(default.to_owned(), ToString::to_string),
        _ => default.to_owned(),
    };
    if let Some(complete) = with_finish_reasons(output, reason) {
        span.set(GEN_AI_OUTPUT_MESSAGES, complete);
    }
}

/// Backends that see `input.value` or `output.value` look at nothing else, so one of them alone hides what the other
/// half says elsewhere: then that stands in both places.
fn complete_pair(span: &mut Span) {
    let (elsewhere, value, mime_type) = match (span.get(INPUT_VALUE).is_some(), span.get(OUTPUT_VALUE).is_some()) {
        (true, false) => (OUTPUTS, OUTPUT_VALUE, OUTPUT_MIME_TYPE),
        (false, true) => (INPUTS, INPUT_VALUE, INPUT_MIME_TYPE),
        _ => return,
    };
    if let Some(text) = elsewhere.iter().find_map(|key| span.text(key)).map(ToOwned::to_owned) {
        set_value(span, value, mime_type, text);
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<Json>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{event_text, gen_ai, log};
    use super::*;

    fn json(span: &Span, key: &str) -> Json {
        serde_json::from_str(span.text(key).unwrap()).unwrap()
    }

    fn returning(text: &'static str) -> Event {
        log("event src/plan.rs:7", vec![KeyValue::new(RETURN, text)])
    }

    #[test]
    fn arguments_and_return_of_a_chain_become_its_input_and_output() {
        let mut span = gen_ai(
            "chain",
            vec![
                KeyValue::new("question", "why"),
                KeyValue::new("filter", r#"{"year": 2024}"#),
                KeyValue::new("version", "1.10"),
                KeyValue::new("user_id", "u-1"),
                KeyValue::new("app.customer", "acme"),
                KeyValue::new("attempt", 2),
            ],
        );
        span.data.events.events = vec![returning("\"because\\nso\"")];
        complete(&mut span);
        assert_eq!(
            json(&span, INPUT_VALUE),
            serde_json::json!({ "question": "why", "filter": { "year": 2024 }, "version": "1.10" })
        );
        assert_eq!(span.text(INPUT_MIME_TYPE), Some("application/json"));
        assert_eq!(span.text(OUTPUT_VALUE), Some("because\nso"));
        assert_eq!(span.text(OUTPUT_MIME_TYPE), Some("text/plain"));
        assert_eq!(span.text("question"), Some("why"), "the field itself stays");
        assert_eq!(event_text(&span.data.events[0], RETURN), None, "the value stands once");
    }

    #[test]
    fn a_tool_gets_arguments_and_result() {
        let mut span = gen_ai("tool", vec![KeyValue::new("order", "A-7"), KeyValue::new("limit", 3)]);
        span.data.events.events = vec![returning(r#"{"state": "sent"}"#)];
        complete(&mut span);
        assert_eq!(json(&span, GEN_AI_TOOL_CALL_ARGUMENTS), serde_json::json!({ "order": "A-7", "limit": 3 }));
        assert_eq!(json(&span, GEN_AI_TOOL_CALL_RESULT)["state"], "sent");
        assert_eq!((span.get(INPUT_VALUE), span.get(OUTPUT_VALUE)), (None, None));
    }

    #[test]
    fn a_model_call_gets_messages() {
        let mut span = gen_ai("llm", vec![KeyValue::new("question", "why")]);
        span.data.events.events = vec![returning("because")];
        complete(&mut span);
        let input = serde_json::json!([{ "role": "user", "parts": [{ "type": "text", "content": "why" }] }]);
        assert_eq!(json(&span, GEN_AI_INPUT_MESSAGES), input);
        let answer = json(&span, GEN_AI_OUTPUT_MESSAGES);
        assert_eq!(answer[0]["parts"][0]["content"], "because");
        assert_eq!(answer[0]["finish_reason"], "stop");
        assert_eq!((span.get(INPUT_VALUE), span.get(OUTPUT_VALUE)), (None, None));
    }

    #[test]
    fn several_arguments_of_a_model_call_are_one_message() {
        let mut span = gen_ai("llm", vec![KeyValue::new("question", "why"), KeyValue::new("context", "sky")]);
        complete(&mut span);
        let input = json(&span, GEN_AI_INPUT_MESSAGES);
        let text = input[0]["parts"][0]["content"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Json>(text).unwrap()["context"], "sky");
    }

    #[test]
    fn what_was_recorded_is_not_replaced() {
        let mut span = gen_ai(
            "agent",
            vec![
                KeyValue::new("question", "why"),
                KeyValue::new(INPUT_VALUE, "recorded"),
                KeyValue::new(OUTPUT_VALUE, "answer"),
            ],
        );
        span.data.events.events = vec![returning("other")];
        complete(&mut span);
        assert_eq!(span.text(INPUT_VALUE), Some("recorded"));
        assert_eq!(span.text(OUTPUT_VALUE), Some("answer"));
        assert_eq!(event_text(&span.data.events[0], RETURN).unwrap(), "other");
    }

    #[test]
    fn plain_text_recorded_on_a_model_call_becomes_messages() {
        let mut span = gen_ai("llm", vec![KeyValue::new(INPUT_VALUE, "why"), KeyValue::new(OUTPUT_VALUE, "because")]);
        complete(&mut span);
        assert_eq!(json(&span, GEN_AI_INPUT_MESSAGES)[0]["parts"][0]["content"], "why");
        assert_eq!(json(&span, GEN_AI_OUTPUT_MESSAGES)[0]["parts"][0]["content"], "because");
        assert_eq!((span.get(INPUT_VALUE), span.get(OUTPUT_VALUE)), (None, None));
    }

    #[test]
    fn messages_recorded_as_json_become_messages() {
        let messages = r#"[{"role":"user","content":"why"}]"#;
        let mut span = gen_ai("llm", vec![KeyValue::new(INPUT_VALUE, messages), KeyValue::new(INPUT_MIME_TYPE, JSON)]);
        complete(&mut span);
        assert_eq!(json(&span, GEN_AI_INPUT_MESSAGES)[0]["parts"][0]["content"], "why");
        assert_eq!((span.get(INPUT_VALUE), span.get(INPUT_MIME_TYPE)), (None, None));
    }

    #[test]
    fn a_tools_recorded_input_stands_also_where_tool_views_look() {
        let mut span = gen_ai("tool", vec![KeyValue::new(INPUT_VALUE, "A-7"), KeyValue::new(OUTPUT_VALUE, "sent")]);
        complete(&mut span);
        assert_eq!(span.text(GEN_AI_TOOL_CALL_ARGUMENTS), Some("A-7"));
        assert_eq!(span.text(GEN_AI_TOOL_CALL_RESULT), Some("sent"));
        assert_eq!(span.text(INPUT_VALUE), Some("A-7"));
    }

    #[test]
    fn an_answer_without_a_finish_reason_gets_the_responses() {
        let reasons = Value::Array(Array::String(vec!["length".into()]));
        let answer = r#"[{"role":"assistant","parts":[]}]"#;
        let fields =
            vec![KeyValue::new(GEN_AI_OUTPUT_MESSAGES, answer), KeyValue::new(GEN_AI_RESPONSE_FINISH_REASONS, reasons)];
        let mut span = gen_ai("llm", fields);
        complete(&mut span);
        assert_eq!(json(&span, GEN_AI_OUTPUT_MESSAGES)[0]["finish_reason"], "length");
    }

    #[test]
    fn one_value_never_hides_the_other_halfs_messages() {
        let mut span =
            gen_ai("llm", vec![KeyValue::new(OUTPUT_VALUE, "{\"a\":1}"), KeyValue::new(GEN_AI_INPUT_MESSAGES, "[]")]);
        complete(&mut span);
        assert_eq!(span.text(INPUT_VALUE), Some("[]"));
        assert_eq!(span.text(INPUT_MIME_TYPE), Some(JSON));
    }

    #[test]
    fn the_event_carries_the_content_and_what_it_belongs_to() {
        let mut span = gen_ai("llm", vec![KeyValue::new(GEN_AI_REQUEST_MODEL, "m"), KeyValue::new("question", "why")]);
        complete(&mut span);
        add_event(&mut span);
        add_event(&mut span);
        assert_eq!(span.data.events.len(), 1);
        let event = &span.data.events[0];
        assert_eq!(event.name, DETAILS_EVENT);
        assert!(event_text(event, GEN_AI_INPUT_MESSAGES).unwrap().contains("why"));
        assert_eq!(event_text(event, GEN_AI_REQUEST_MODEL).unwrap(), "m");
        assert_eq!(event_text(event, "question"), None);
    }
}
