//! swiftide, which tells the usage of a call in an event inside the span.

use opentelemetry::Value;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use tracing::{debug, info, info_span};

use super::{CALL, Is, SECRET, V, nothing_leaks};
use crate::support::{Memory, get, named};

const USAGE: &str = r#"{
  "prompt_tokens": 1200,
  "completion_tokens": 80,
  "total_tokens": 1280,
  "details": {
    "prompt_tokens_details": { "cached_tokens": 1024 },
    "completion_tokens_details": { "reasoning_tokens": 16 }
  }
}"#;

fn complete() {
    info_span!("complete", langfuse.r#type = "GENERATION").in_scope(|| {
        debug!(langfuse.model = "gpt-4o", langfuse.input = SECRET, langfuse.output = SECRET, langfuse.usage = USAGE,);
    });
}

#[test]
fn usage_of_a_debug_event_stands_on_its_span() {
    let spans = Memory::new().run(complete);
    Is {
        name: "chat gpt-4o",
        has: &[
            ("span_type", V::Text("llm")),
            ("gen_ai.usage.input_tokens", V::Int(1_200)),
            ("gen_ai.usage.output_tokens", V::Int(80)),
            ("gen_ai.usage.cache_read.input_tokens", V::Int(1_024)),
            ("gen_ai.usage.reasoning.output_tokens", V::Int(16)),
            ("gen_ai.usage.cost", V::Some),
        ],
        lacks: &["langfuse.usage", "langfuse.model", "gen_ai.input.messages"],
        ..CALL
    }
    .check(&spans);
    assert_eq!(named(&spans, "chat gpt-4o").events.len(), 0, "the event told nothing else");
    nothing_leaks(&spans);
}

#[test]
fn its_input_and_output_are_messages_when_content_is_captured() {
    let spans = Memory::with(|builder| builder.with_content(tracing_genai::Content::span_only())).run(complete);
    let messages = get(named(&spans, "chat gpt-4o"), "gen_ai.input.messages").map(ToString::to_string);
    assert!(messages.is_some_and(|messages| messages.contains(SECRET)));
}

#[test]
fn a_failure_of_an_event_is_the_status() {
    let spans = Memory::new().run(|| {
        info_span!("prompt", langfuse.r#type = "GENERATION").in_scope(|| {
            debug!(langfuse.model = "gpt-4o", langfuse.status_message = "the stream broke");
        });
    });
    Is {
        name: "chat gpt-4o",
        status: Status::error("the stream broke"),
        has: &[("error.type", V::Text("_OTHER"))],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn events_of_others_stay_events() {
    let spans = Memory::new().run(|| {
        info_span!("complete", langfuse.r#type = "GENERATION").in_scope(|| {
            info!(langfuse.model = "gpt-4o", attempt = 2, "answered");
            info!(usage = USAGE, "not theirs");
        });
    });
    let call = named(&spans, "chat gpt-4o");
    assert_eq!(call.events.len(), 2, "{:?}", call.events);
    assert!(call.events.iter().any(|event| event.attributes.iter().any(|kv| kv.key.as_str() == "attempt")));
    assert_eq!(get(call, "gen_ai.usage.input_tokens"), None);
}

#[test]
fn a_thousand_events_are_bounded_and_the_last_of_those_read_wins() {
    let spans: Vec<SpanData> = Memory::new().run(|| {
        info_span!("complete", langfuse.r#type = "GENERATION").in_scope(|| {
            for count in 1..=1_000 {
                debug!(langfuse.model = "gpt-4o", langfuse.usage = format!(r#"{{"prompt_tokens":{count}}}"#));
            }
        });
    });
    let call = named(&spans, "chat gpt-4o");
    assert_eq!(get(call, "gen_ai.usage.input_tokens"), Some(&Value::I64(64)));
}

#[test]
fn what_is_no_json_object_stays_what_it_is() {
    for usage in ["", "{", "[1]", "null", "\"text\"", &"x".repeat(64 * 1_024)] {
        let spans = Memory::new().run(|| {
            info_span!("complete", langfuse.r#type = "GENERATION", langfuse.usage = usage, langfuse.model = "m");
        });
        Is { name: "chat m", lacks: &["gen_ai.usage.input_tokens"], ..CALL }.check(&spans);
    }
}
