//! Rules that hold for every backend, or for one, each with its name.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use tracing::info_span;
use tracing_genai::{Content, CostKeys, Destination, Dialect, GenAiSpanExt, Message, Payload, Usage};

use super::sample::{attribute, sample, sent, sent_by, span_of, text};
use crate::support::peer::Peer;
use crate::support::{builder, deliver};

pub(super) const DIALECTS: [Dialect; 10] = [
    Dialect::Otel,
    Dialect::OpenInference,
    Dialect::Phoenix,
    Dialect::Langfuse,
    Dialect::Mlflow,
    Dialect::Langsmith,
    Dialect::Datadog,
    Dialect::Logfire,
    Dialect::Traceloop,
    Dialect::Signoz,
];

pub(super) fn in_dialect(dialect: Dialect, work: impl FnOnce()) -> Vec<Span> {
    sent(Destination::otlp("").with_dialect(dialect), work)
}

#[test]
fn no_dialect_sends_bytes_or_a_key_twice() {
    for dialect in DIALECTS {
        for span in in_dialect(dialect, sample) {
            for kv in &span.attributes {
                let value = attribute(&span, &kv.key);
                assert!(value.is_some(), "{dialect:?}: {} has no value", kv.key);
                assert!(!matches!(value, Some(Value::BytesValue(_))), "{dialect:?}: {}", kv.key);
            }
        }
    }
}

/// Langfuse takes every number under `gen_ai.usage.` for a kind of token, whoever wrote it.
#[test]
fn nothing_under_gen_ai_usage_reaches_langfuse() {
    let peer = Peer::start();
    let destination = Destination::langfuse().with_endpoint(peer.endpoint()).with_header("authorization", "x");
    let telemetry = builder()
        .with_cost_keys(CostKeys::Both)
        .with_newer_names()
        .with_destination(destination.with_compression(tracing_genai::Compression::None))
        .build()
        .unwrap();
    deliver(&telemetry, || {
        let chat = info_span!("a", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        chat.record_usage(Usage::new(812, 140).cache_read(12).cache_write_1h(300).audio_input(8).reasoning(40));
        chat.record_attribute("gen_ai.usage.saved_usd", 0.5);
        chat.record_cost(0.25);
    });
    let spans = peer.spans();
    let below = |key: &str| key.starts_with("gen_ai.usage.");
    assert!(!spans[0].attributes.iter().any(|kv| below(&kv.key)), "{:?}", spans[0].attributes);
    assert!(attribute(&spans[0], "langfuse.observation.metadata.gen_ai.usage.saved_usd").is_some());
    let usage: serde_json::Value = serde_json::from_str(text(&spans[0], "langfuse.observation.usage_details")).unwrap();
    let buckets = usage.as_object().unwrap();
    assert_eq!(buckets["input_cache_creation_1h"], 300);
    let parts: i64 = buckets.iter().filter(|(name, _)| *name != "total").map(|(_, n)| n.as_i64().unwrap()).sum();
    assert_eq!((parts, &buckets["total"]), (952, &serde_json::json!(952)));
}

/// Readers take the values in place of messages: one without the other would hide what the messages say.
#[test]
fn input_and_output_values_leave_together_or_not_at_all() {
    for dialect in [Dialect::OpenInference, Dialect::Phoenix, Dialect::Datadog, Dialect::Langfuse, Dialect::Mlflow] {
        let spans = in_dialect(dialect, || {
            info_span!("a", span_type = "llm", model = "m").record_input("why");
            info_span!("b", span_type = "llm", model = "m").record_output("so");
            info_span!("c", span_type = "guardrail", guardrail = "g").record_output("passed");
            info_span!("d", span_type = "retrieval").record_input("rules");
            info_span!("e", span_type = "tool", tool = "t").record_input("x").record_output("y");
            drop(info_span!("f", span_type = "chain"));
        });
        assert_eq!(spans.len(), 6);
        for span in &spans {
            let has = |key| span.attributes.iter().any(|kv| kv.key == key);
            assert_eq!(has("input.value"), has("output.value"), "{dialect:?}: {}", span.name);
        }
    }
    let spans = in_dialect(Dialect::Phoenix, || drop(info_span!("c", span_type = "guardrail", output = "passed")));
    assert_eq!((text(&spans[0], "input.value"), text(&spans[0], "output.value")), ("", "passed"));
}

/// On a model's call the values are complete: instructions, tool calls and all.
#[test]
fn the_input_of_a_model_call_is_complete() {
    let spans = in_dialect(Dialect::Phoenix, || {
        let chat = info_span!("a", span_type = "llm", model = "m");
        chat.record_attribute("gen_ai.system_instructions", r#"[{"type":"text","content":"Be brief."}]"#);
        chat.record_input(&[Message::user("why")]).record_output("so");
    });
    let input: serde_json::Value = serde_json::from_str(text(&spans[0], "input.value")).unwrap();
    assert_eq!(input[0]["role"], "system");
    assert_eq!(input[0]["parts"][0]["content"], "Be brief.");
    assert_eq!(input[1]["parts"][0]["content"], "why");
    assert_eq!(text(&spans[0], "input.mime_type"), "application/json");
}

#[test]
fn open_inference_has_one_attribute_for_each_field_of_a_message() {
    let spans = in_dialect(Dialect::OpenInference, || {
        let chat =
            info_span!("a", span_type = "llm", provider = "openai", model = "m", temperature = 0.2, max_tokens = 9);
        chat.record_input(&[
            Message::system("Be brief."),
            Message::user("Weather?"),
            Message::assistant("Let me look.").with_tool_call("call_1", "weather", r#"{"city":"Paris"}"#),
            Message::tool("call_1", r#"{"t":14}"#),
        ]);
        chat.record_output(&[Message::assistant("14 degrees.").with_finish_reason("stop")]);
        chat.record_attribute("gen_ai.tool.definitions", r#"[{"type":"function","name":"weather"}]"#);
        chat.record_usage(Usage::new(10, 5));
    });
    let chat = &spans[0];
    for (key, expected) in [
        ("openinference.span.kind", "LLM"),
        ("llm.model_name", "m"),
        ("llm.provider", "openai"),
        ("llm.input_messages.0.message.role", "system"),
        ("llm.input_messages.1.message.content", "Weather?"),
        ("llm.input_messages.2.message.content", "Let me look."),
        ("llm.input_messages.2.message.tool_calls.0.tool_call.id", "call_1"),
        ("llm.input_messages.2.message.tool_calls.0.tool_call.function.name", "weather"),
        ("llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments", r#"{"city":"Paris"}"#),
        ("llm.input_messages.3.message.role", "tool"),
        ("llm.input_messages.3.message.tool_call_id", "call_1"),
        ("llm.input_messages.3.message.content", r#"{"t":14}"#),
        ("llm.output_messages.0.message.role", "assistant"),
        ("llm.output_messages.0.message.content", "14 degrees."),
        ("llm.tools.0.tool.json_schema", r#"{"type":"function","function":{"name":"weather"}}"#),
        ("llm.invocation_parameters", r#"{"temperature":0.2,"max_tokens":9}"#),
    ] {
        assert_eq!(text(chat, key), expected, "{key}");
    }
    assert_eq!(attribute(chat, "llm.token_count.total"), Some(&Value::IntValue(15)));
    for gone in ["gen_ai.input.messages", "gen_ai.request.model", "gen_ai.usage.input_tokens"] {
        assert_eq!(attribute(chat, gone), None, "{gone}");
    }
}

#[test]
fn flattened_messages_are_bounded_and_the_whole_is_told_besides() {
    let many: Vec<Message> = (0..300).map(|n| Message::user(format!("message {n}"))).collect();
    let spans = in_dialect(Dialect::OpenInference, || {
        let chat = info_span!("a", span_type = "llm", provider = "openai", model = "gpt-4o-mini", app.note = "n");
        chat.record_input(&many[..]).record_output("so").record_usage(Usage::new(812, 140));
    });
    let chat = &spans[0];
    assert!(chat.attributes.len() <= 128, "{}", chat.attributes.len());
    assert_eq!(text(chat, "llm.input_messages.0.message.content"), "message 0");
    assert_eq!(text(chat, "llm.input_messages.2.message.content"), "…[+269 messages]");
    assert_eq!(text(chat, "llm.input_messages.31.message.content"), "message 299");
    assert_eq!(attribute(chat, "llm.input_messages.32.message.role"), None);
    assert!(text(chat, "input.value").contains("message 150"));
    assert_eq!(text(chat, "llm.model_name"), "gpt-4o-mini");
    assert_eq!(text(chat, "app.note"), "n");
}

/// A span of yours around a client's own span of the same call has its usage, too.
#[test]
fn a_span_around_a_call_tells_of_no_usage_of_its_own() {
    for (dialect, kind) in [
        (Dialect::Langfuse, Some(("langfuse.observation.type", "chain"))),
        (Dialect::Phoenix, Some(("openinference.span.kind", "LLM"))),
        (Dialect::Signoz, None),
    ] {
        let spans = in_dialect(dialect, || {
            let call = || info_span!("a", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
            let outer = call();
            outer.record_usage(Usage::new(812, 140));
            outer.in_scope(|| {
                call().record_usage(Usage::new(812, 140));
            });
        });
        let outer = spans.iter().find(|span| span.parent_span_id.is_empty()).unwrap();
        let usage = ["usage", "token_count", "cost_details", "gen_ai.usage"];
        let counted: Vec<_> = outer
            .attributes
            .iter()
            .filter(|kv| !kv.key.starts_with("tracing_genai.") && usage.iter().any(|word| kv.key.contains(word)))
            .collect();
        assert!(counted.is_empty(), "{dialect:?}: {counted:?}");
        if let Some((key, word)) = kind {
            assert_eq!(text(outer, key), word);
        }
    }
}

/// Langfuse reads bare words before the conventions' names; LangSmith drops keys without its prefixes.
#[test]
fn keys_that_a_backend_would_misread_or_drop_stand_aside_on_spans_of_every_kind() {
    let work = || drop(info_span!("load", model = "of a car", prompt = "a shell's", app.line = 7));
    let spans = in_dialect(Dialect::Langfuse, work);
    assert_eq!(text(&spans[0], "langfuse.observation.metadata.model"), "of a car");
    assert_eq!(text(&spans[0], "langfuse.observation.metadata.prompt"), "a shell's");
    assert_eq!(attribute(&spans[0], "model"), None);
    assert_eq!(attribute(&spans[0], "app.line"), Some(&Value::IntValue(7)));
    let spans = in_dialect(Dialect::Langsmith, work);
    assert!(spans[0].attributes.iter().all(|kv| kv.key.starts_with("langsmith.")), "{:?}", spans[0].attributes);
    // The others leave such spans as they came.
    for dialect in [Dialect::Otel, Dialect::Phoenix, Dialect::Mlflow, Dialect::Datadog, Dialect::Signoz] {
        let spans = in_dialect(dialect, work);
        assert_eq!(text(&spans[0], "model"), "of a car", "{dialect:?}");
    }
}

#[test]
fn no_dialect_brings_back_what_was_withheld() {
    for content in [Content::none(), Content::event_only()] {
        let peers: Vec<Peer> = DIALECTS.iter().map(|_| Peer::start()).collect();
        let mut given = builder().with_content(Content::span_and_event());
        for (peer, dialect) in peers.iter().zip(DIALECTS) {
            let destination = peer.destination().with_name(format!("{dialect:?}"));
            given = given.with_destination(destination.with_dialect(dialect).with_content(content.clone()));
        }
        let telemetry = given.build().unwrap();
        deliver(&telemetry, sample);
        for (peer, dialect) in peers.iter().zip(DIALECTS) {
            for span in peer.spans() {
                let attributes = format!("{:?}", span.attributes);
                for word in ["Where is my order", "It arrives", "4711", "shipped", "refund rules", "30 days", "brief"] {
                    assert!(!attributes.contains(word), "{dialect:?}: {word} in {attributes}");
                }
            }
        }
    }
}

#[test]
fn langfuse_is_told_when_the_first_token_came() {
    let spans = in_dialect(Dialect::Langfuse, || {
        drop(info_span!("a", span_type = "llm", model = "m", time_to_first_chunk = 0.25));
    });
    let told = text(&spans[0], "langfuse.observation.completion_start_time");
    assert!(told.starts_with("20") && told.ends_with('Z') && told.len() == "2026-11-25T10:00:00.000Z".len(), "{told}");
}

#[test]
fn traceloop_has_entities_and_arguments() {
    let spans = in_dialect(Dialect::Traceloop, sample);
    let tool = span_of(&spans, "tool");
    assert_eq!(text(tool, "traceloop.span.kind"), "tool");
    assert_eq!(text(tool, "traceloop.entity.name"), "order_lookup");
    assert_eq!(text(tool, "traceloop.entity.input"), r#"{"args":[],"kwargs":{"order":4711}}"#);
    let chat = span_of(&spans, "chat");
    assert_eq!(text(chat, "llm.request.type"), "chat");
    assert_eq!(attribute(chat, "gen_ai.usage.total_tokens"), Some(&Value::IntValue(952)));
    assert_eq!(text(chat, "traceloop.association.properties.user_id"), "u-18");
}

#[test]
fn a_tool_keeps_the_cost_of_its_own() {
    let spans = in_dialect(Dialect::Signoz, || {
        let tool = info_span!("a", span_type = "tool", tool = "paid_search", input_tokens = 7);
        tool.record_cost(0.01);
    });
    assert_eq!(attribute(&spans[0], "gen_ai.usage.cost"), Some(&Value::DoubleValue(0.01)));
    assert_eq!(attribute(&spans[0], "gen_ai.usage.input_tokens"), None);
}

#[test]
fn each_span_type_has_a_kind_wherever_a_backend_has_a_word_for_it() {
    let types = [
        "agent",
        "chain",
        "embedding",
        "evaluator",
        "guardrail",
        "llm",
        "memory",
        "plan",
        "rerank",
        "retrieval",
        "tool",
    ];
    for (dialect, key) in [
        (Dialect::OpenInference, "openinference.span.kind"),
        (Dialect::Phoenix, "openinference.span.kind"),
        (Dialect::Langfuse, "langfuse.observation.type"),
        (Dialect::Mlflow, "mlflow.spanType"),
        (Dialect::Langsmith, "langsmith.span.kind"),
    ] {
        let spans = in_dialect(dialect, || {
            for span_type in types {
                drop(info_span!("a", span_type = span_type, model = "m"));
            }
        });
        assert_eq!(spans.len(), types.len());
        for span in spans {
            assert!(attribute(&span, key).is_some(), "{dialect:?}: {}", span.name);
        }
    }
}

/// One emission, each backend in its own words.
#[test]
fn one_span_reaches_langfuse_and_jaeger_each_in_its_own_words() {
    let (langfuse, jaeger) = (Peer::start(), Peer::start());
    let telemetry = builder()
        .with_content(Content::span_only())
        .with_destination(
            Destination::langfuse()
                .with_endpoint(format!("{}/api/public/otel", langfuse.endpoint()))
                .with_header("authorization", "Basic x")
                .with_compression(tracing_genai::Compression::None),
        )
        .with_destination(
            Destination::jaeger()
                .with_endpoint(jaeger.endpoint())
                .with_protocol(tracing_genai::Protocol::HttpProtobuf)
                .with_content(Content::none()),
        )
        .build()
        .unwrap();
    deliver(&telemetry, sample);
    assert_eq!(langfuse.seen()[0].path, "/api/public/otel/v1/traces");
    assert_eq!(jaeger.seen()[0].path, "/v1/traces");
    let (langfuse, jaeger) = (langfuse.spans(), jaeger.spans());
    let (here, there) = (span_of(&langfuse, "chat"), span_of(&jaeger, "chat"));
    assert_eq!((&here.span_id, here.start_time_unix_nano), (&there.span_id, there.start_time_unix_nano));
    assert_eq!(text(here, "langfuse.observation.type"), "generation");
    assert!(text(here, "langfuse.observation.input").contains("Where is my order"));
    assert_eq!(attribute(there, "gen_ai.usage.input_tokens"), Some(&Value::IntValue(812)));
    assert!(!there.attributes.iter().any(|kv| kv.key.starts_with("langfuse.")));
    assert!(!format!("{there:?}").contains("Where is my order"));
}

/// Lists where text is due, numbers in text, JSON that is none: what can be said is said, nothing is lost or panics.
#[test]
fn values_of_the_wrong_shape_do_not_hurt() {
    for dialect in DIALECTS {
        let spans = in_dialect(dialect, || {
            let chat =
                info_span!("a", span_type = "llm", provider = "no-such-provider", model = "m", input_tokens = "12");
            for (key, value) in [
                ("gen_ai.input.messages", r#"[{"role":"user","parts":"#),
                ("gen_ai.output.messages", r#"{"role":5}"#),
                ("gen_ai.system_instructions", "[[["),
                ("gen_ai.tool.definitions", "7"),
                ("gen_ai.usage.output_tokens", "lots"),
            ] {
                chat.record_attribute(key, value);
            }
            let search = info_span!("b", span_type = "retrieval");
            search.record_output(Payload::json(r#"[1,"two",{"score":"high"},{"id":[1],"score":"0.5"},null]"#));
        });
        assert_eq!(spans.len(), 2, "{dialect:?}");
        let chat = spans.iter().find(|span| span.name == "chat m").unwrap();
        let told = format!("{:?}", chat.attributes);
        assert!(told.contains("no-such-provider") && told.contains("\"m\"") && told.contains("12"), "{told}");
        assert!(!chat.attributes.iter().any(|kv| kv.value.is_none()));
    }
}

#[test]
fn the_default_dialect_is_what_every_other_exporter_gets() {
    let memory = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let peer = Peer::start();
    let telemetry = builder()
        .with_content(Content::span_only())
        .with_span_exporter(memory.clone())
        .with_destination(peer.destination())
        .build()
        .unwrap();
    deliver(&telemetry, sample);
    let (sent, kept) = (peer.spans(), memory.get_finished_spans().unwrap());
    assert_eq!(sent.len(), kept.len());
    for span in kept {
        let id = span.span_context.span_id().to_bytes();
        let same = sent.iter().find(|sent| sent.span_id == id).unwrap();
        let keys: Vec<_> = span.attributes.iter().map(|kv| kv.key.as_str()).collect();
        assert_eq!(same.attributes.iter().map(|kv| kv.key.as_str()).collect::<Vec<_>>(), keys);
    }
    assert_eq!(sent_by(Destination::jaeger()).len(), sent.len());
}
