//! Messages with one attribute for each field, of other clients.

use opentelemetry::{StringValue, Value};
use tracing::info_span;
use tracing_genai::{Dialect, GenAiSpanExt};

use super::rules::in_dialect;
use super::sample::text;

#[test]
fn plain_instructions_and_what_stands_beside_a_result_are_messages() {
    let messages = r#"[{"role":"user","parts":[
        {"type":"tool_call_response","id":"call_1","response":"14"},{"type":"text","content":"And tomorrow?"}]}]"#;
    let spans = in_dialect(Dialect::OpenInference, || {
        let chat = info_span!("a", span_type = "llm", model = "gpt-4o-mini");
        chat.record_attribute("gen_ai.system_instructions", "Be brief.");
        chat.record_attribute("gen_ai.input.messages", messages);
    });
    for (key, value) in [
        ("0.message.role", "system"),
        ("0.message.content", "Be brief."),
        ("1.message.role", "tool"),
        ("1.message.tool_call_id", "call_1"),
        ("1.message.content", "14"),
        ("2.message.role", "user"),
        ("2.message.content", "And tomorrow?"),
    ] {
        assert_eq!(text(&spans[0], &format!("llm.input_messages.{key}")), value, "{key}");
    }
}

#[test]
fn datadog_is_told_to_leave_a_span_out() {
    let spans = in_dialect(Dialect::Datadog, || {
        info_span!("a", span_type = "llm", model = "gpt-4o-mini", dd_llmobs_enabled = false);
    });
    assert!(spans[0].attributes.iter().any(|kv| kv.key == "dd_llmobs_enabled"));
}

#[test]
fn instructions_that_are_a_list_of_texts_are_shown_before_the_messages() {
    for dialect in [Dialect::OpenInference, Dialect::Langfuse, Dialect::Langsmith, Dialect::Mlflow] {
        let spans = in_dialect(dialect, || {
            let chat = info_span!("a", span_type = "llm", model = "gpt-4o-mini");
            let texts: Vec<StringValue> = vec!["Be brief.".into(), "Be kind.".into()];
            chat.record_attribute("gen_ai.system_instructions", Value::Array(texts.into()));
            chat.record_attribute("gen_ai.input.messages", r#"[{"role":"user","content":"Weather?"}]"#);
        });
        for text in ["Be brief.", "Be kind.", "Weather?"] {
            let is_there = spans[0].attributes.iter().any(|kv| format!("{:?}", kv.value).contains(text));
            assert!(is_there, "{dialect:?}: {text}: {:?}", spans[0].attributes);
        }
    }
}

#[test]
fn instructions_that_stand_among_the_messages_too_are_shown_once() {
    let messages = r#"[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},
        {"role":"user","parts":[{"type":"text","content":"Weather?"}]}]"#;
    for dialect in [Dialect::OpenInference, Dialect::Phoenix, Dialect::Langfuse, Dialect::Langsmith, Dialect::Mlflow] {
        let spans = in_dialect(dialect, || {
            let chat = info_span!("a", span_type = "llm", model = "gpt-4o-mini");
            chat.record_attribute(
                "gen_ai.system_instructions",
                r#"[{"type":"text","content":"Be brief."},{"type":"text","content":"Be kind."}]"#,
            );
            chat.record_attribute("gen_ai.input.messages", messages);
        });
        let values: Vec<String> = spans[0].attributes.iter().map(|kv| format!("{} = {:?}", kv.key, kv.value)).collect();
        // The messages as one value, and as one attribute for each field.
        let (fields, whole): (Vec<_>, Vec<_>) =
            values.iter().filter(|value| value.contains("Be brief.")).partition(|value| value.contains("_messages."));
        assert!(fields.len() <= 1 && fields.len() + whole.len() > 0, "{dialect:?}: {values:?}");
        assert!(whole.iter().all(|value| value.matches("Be brief.").count() == 1), "{dialect:?}: {values:?}");
        assert!(
            values.iter().any(|value| value.contains("Be kind.")),
            "{dialect:?}: what stands in one place alone is shown"
        );
    }
}
