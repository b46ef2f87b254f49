//! What is too large is shortened so that it still parses; what says what a call was is never cut.

use opentelemetry::Value;
use tracing::info_span;
use tracing_genai::{Content, GenAiSpanExt, Limits, Message, Payload, Usage};

use crate::support::{Memory, get, json, named, text};

/// Text in which no run looks like base64.
fn prose(bytes: usize) -> String {
    "Where is my order, please? ".repeat(bytes / 27 + 1)
}

#[test]
fn a_prompt_of_five_megabytes_is_shortened_inside_its_json() {
    let memory = Memory::with(|builder| builder.with_content(Content::span_and_event()));
    let spans = memory.run(|| {
        info_span!("a", span_type = "llm", provider = "openai", model = "gpt-4o-mini")
            .record_input(&[Message::system("be brief"), Message::user(prose(5_000_000)), Message::user("thanks")])
            .record_output("here")
            .record_usage(Usage::new(812, 140));
    });
    let chat = named(&spans, "chat gpt-4o-mini");
    let messages = json(chat, "gen_ai.input.messages");
    assert_eq!(messages[0]["parts"][0]["content"], "be brief");
    assert_eq!(messages[2]["parts"][0]["content"], "thanks");
    let long = messages[1]["parts"][0]["content"].as_str().unwrap();
    assert!(long.starts_with("Where is my order") && long.contains("…[+49"), "{} bytes", long.len());
    assert!(text(chat, "gen_ai.input.messages").unwrap().len() <= 65 * 1024);
    // The copy in the event, too.
    let copy = chat.events[0].attributes.iter().find(|kv| kv.key.as_str() == "gen_ai.input.messages").unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&copy.value.as_str()).is_ok());
    assert!(matches!(get(chat, "tracing_genai.truncated"), Some(Value::I64(cut)) if *cut > 9_000_000));
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), Some(&Value::I64(812)));
    assert!(matches!(get(chat, "gen_ai.usage.cost"), Some(Value::F64(usd)) if *usd > 0.0));
}

#[test]
fn an_image_in_a_message_becomes_a_reference_with_type_and_size() {
    let image: String = (0..60_000_u32)
        .map(|n| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(n * n % 64) as usize]))
        .collect();
    // Every letter of the alphabet is there, as in real data.
    let image = format!("{}{image}", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".repeat(2));
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| {
        let request = serde_json::json!([{ "role": "user", "parts": [
            { "type": "text", "content": "What is this?" },
            { "type": "blob", "modality": "image", "mime_type": "image/png", "content": image },
        ] }]);
        info_span!("a", span_type = "llm", model = "m").record_input(Payload::json(request.to_string()));
        let url = format!("data:image/jpeg;base64,{image}");
        info_span!("b", span_type = "tool", tool = "t")
            .record_input(Payload::json(format!(r#"{{"picture":"{url}"}}"#)));
    });
    for span in &spans {
        assert!(!format!("{span:?}").contains(&image[100..200]), "{}", span.name);
    }
    let messages = json(named(&spans, "chat m"), "gen_ai.input.messages");
    assert_eq!(messages[0]["parts"][0]["content"], "What is this?");
    let reference = messages[0]["parts"][1].to_string();
    assert!(reference.contains("image/png") && reference.contains("45096"), "{reference}");
    let arguments = json(named(&spans, "execute_tool t"), "gen_ai.tool.call.arguments").to_string();
    assert!(arguments.contains("image/jpeg") && arguments.contains("45096"), "{arguments}");
}

#[test]
fn a_span_of_many_large_values_is_brought_within_its_budget_and_keeps_what_it_was() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "llm", provider = "openai", model = "gpt-4o-mini", user_id = "u-1");
        for n in 0..20 {
            span.record_attribute(format!("app.large{n}"), prose(60_000));
        }
        span.record_attribute("app.small", "whole").record_usage(Usage::new(812, 140));
        span.in_scope(|| (0..20).for_each(|n| tracing::info!(n, "{}", "x ".repeat(30_000))));
    });
    let chat = named(&spans, "chat gpt-4o-mini");
    let bytes: usize = chat.attributes.iter().map(|kv| kv.key.as_str().len() + kv.value.as_str().len()).sum();
    assert!((200_000..270_000).contains(&bytes), "{bytes}");
    assert_eq!(text(chat, "app.small").as_deref(), Some("whole"));
    assert_eq!(text(chat, "user_id").as_deref(), Some("u-1"));
    assert_eq!(get(chat, "gen_ai.usage.output_tokens"), Some(&Value::I64(140)));
    assert!(matches!(get(chat, "gen_ai.usage.cost"), Some(Value::F64(usd)) if *usd > 0.0));
}

#[test]
fn no_limit_is_so_small_that_identity_tokens_and_cost_go() {
    let nothing =
        Limits::default().with_value_bytes(0).with_span_bytes(0).with_attributes(0).with_events(0).with_links(0);
    let memory = Memory::with(|builder| builder.with_limits(nothing).with_content(Content::span_and_event()));
    let spans = memory.run(|| {
        info_span!("a", span_type = "llm", provider = "openai", model = "gpt-4o-mini", app.note = "a note")
            .record_input("why")
            .record_usage(Usage::new(812, 140).cache_read(512))
            .record_error(&std::io::Error::other("refused"))
            .record_error_type("rate_limit");
    });
    let chat = named(&spans, "chat gpt-4o-mini");
    for (key, value) in [
        ("span_type", "llm"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-4o-mini"),
        ("gen_ai.usage.input_tokens", "812"),
        ("gen_ai.usage.cache_read.input_tokens", "512"),
        ("error.type", "rate_limit"),
    ] {
        assert_eq!(text(chat, key).as_deref(), Some(value), "{key}");
    }
    assert!(get(chat, "gen_ai.usage.cost").is_some());
    assert_eq!((get(chat, "app.note"), get(chat, "gen_ai.input.messages")), (None, None));
    assert!(matches!(chat.status, opentelemetry::trace::Status::Error { .. }));
}
