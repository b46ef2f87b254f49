//! What a backend would cut or drop in silence is cut and dropped here, with marks, and the core stays.

use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanBuilder, Tracer as _, TracerProvider as _};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::info_span;
use tracing_genai::{Compression, Destination, Dialect, GenAiSpanExt, Limits, LossReason, Message, Usage};

use super::sample::{attribute, sent, text};
use crate::support::peer::Peer;
use crate::support::{DEADLINE, builder};

/// Long text in an alphabet of three bytes a letter, attributes by the hundred, and events.
fn large() {
    let chat = info_span!(
        "a",
        span_type = "llm",
        provider = "openai",
        model = "gpt-4o-mini",
        user.id = "u-1",
        conversation_id = "c-17"
    );
    let long = "質問 \"引用\"\n".repeat(2_000);
    chat.record_input(&[Message::system("Be brief."), Message::user(long.clone()), Message::user("thanks")]);
    chat.record_output(&[Message::assistant(long.clone()).with_finish_reason("stop")]);
    chat.record_usage(Usage::new(812, 140).cache_read(512));
    chat.record_response_model("gpt-4o-mini-2024-07-18").record_cost(0.0125);
    chat.record_error(&std::io::Error::other("too many requests")).record_error_type("rate_limit");
    for n in 0..90 {
        chat.record_attribute(format!("app.n{n}"), n);
    }
    chat.record_attribute("app.plain", long);
    chat.in_scope(|| (0..20).for_each(|n| tracing::info!(n, "step")));
}

fn core_is_there(chat: &Span) {
    assert_eq!(text(chat, "span_type"), "llm");
    assert_eq!(text(chat, "gen_ai.operation.name"), "chat");
    assert_eq!(text(chat, "gen_ai.provider.name"), "openai");
    assert_eq!(text(chat, "gen_ai.request.model"), "gpt-4o-mini");
    assert_eq!(text(chat, "gen_ai.response.model"), "gpt-4o-mini-2024-07-18");
    assert_eq!(text(chat, "error.type"), "rate_limit");
    assert_eq!(text(chat, "gen_ai.conversation.id"), "c-17");
    assert_eq!(attribute(chat, "gen_ai.usage.input_tokens"), Some(&Value::IntValue(812)));
    assert_eq!(attribute(chat, "gen_ai.usage.cache_read.input_tokens"), Some(&Value::IntValue(512)));
    assert_eq!(attribute(chat, "gen_ai.usage.cost"), Some(&Value::DoubleValue(0.0125)));
    assert_eq!(chat.status.as_ref().unwrap().code, 2);
}

/// Every text of the span's attributes and those of its events.
fn texts(span: &Span) -> impl Iterator<Item = (&str, &str)> {
    let lists = std::iter::once(&span.attributes).chain(span.events.iter().map(|event| &event.attributes));
    lists.flatten().filter_map(|kv| match kv.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some((kv.key.as_str(), text.as_str())),
        _ => None,
    })
}

/// Tempo cuts at 2,048 bytes, in the middle of a letter and of JSON, and answers 200.
#[test]
fn tempo_gets_texts_of_at_most_2048_bytes_and_json_that_parses() {
    for destination in [Destination::tempo(), Destination::grafana_cloud()] {
        let spans = sent(destination, large);
        for (key, text) in texts(&spans[0]) {
            assert!(text.len() <= 2_048, "{key}: {}", text.len());
        }
        for key in ["gen_ai.input.messages", "gen_ai.output.messages"] {
            let messages: serde_json::Value = serde_json::from_str(text(&spans[0], key)).unwrap();
            assert!(messages[0]["parts"][0]["content"].is_string(), "{messages}");
        }
        assert_eq!(attribute(&spans[0], "app.n89"), Some(&Value::IntValue(89)));
        assert!(text(&spans[0], "app.plain").len() > 1_900, "no more is cut than must be");
        assert!(matches!(attribute(&spans[0], "tracing_genai.truncated"), Some(Value::IntValue(n)) if *n > 80_000));
        core_is_there(&spans[0]);
    }
}

#[test]
fn dash0_gets_32_attributes_of_2048_characters_and_8_events_and_is_told_what_is_missing() {
    let spans = sent(Destination::dash0(), large);
    let chat = &spans[0];
    assert!(chat.attributes.len() <= 32, "{}", chat.attributes.len());
    assert_eq!(chat.events.len(), 8);
    assert!(chat.events.iter().any(|event| event.name == "exception"));
    for (key, text) in texts(chat) {
        assert!(text.chars().count() <= 2_048, "{key}");
    }
    assert!(chat.dropped_attributes_count >= 70, "{}", chat.dropped_attributes_count);
    assert!(chat.dropped_events_count >= 13, "{}", chat.dropped_events_count);
    // What was said tells more than what we noted.
    assert!(attribute(chat, "gen_ai.input.messages").is_some());
    assert!(attribute(chat, "tracing_genai.truncated").is_some());
    assert_eq!(attribute(chat, "tracing_genai.price.catalogue"), None);
    core_is_there(chat);
}

#[test]
fn new_relic_gets_texts_of_at_most_4095_characters_and_uses_them() {
    let spans = sent(Destination::new_relic(), || {
        large();
        let list = info_span!("b", span_type = "llm", model = "m");
        list.record_attribute("k".repeat(300), "long key");
        list.record_attribute("app.list", opentelemetry::Value::Array(opentelemetry::Array::I64((0..200).collect())));
    });
    let (chat, list) = (&spans[0], &spans[1]);
    for (key, text) in texts(chat) {
        assert!(text.chars().count() <= 4_095, "{key}: {}", text.chars().count());
    }
    assert!(text(chat, "app.plain").chars().count() > 3_500, "characters are counted, not bytes");
    serde_json::from_str::<serde_json::Value>(text(chat, "gen_ai.input.messages")).unwrap();
    core_is_there(chat);
    let Some(Value::ArrayValue(items)) = attribute(list, "app.list") else { panic!("no list") };
    assert_eq!(items.values.len(), 64);
    assert!(list.attributes.iter().all(|kv| kv.key.len() <= 255));
    assert_eq!(list.dropped_attributes_count, 1);
}

#[test]
fn code_sets_limits_of_its_own_and_none_is_so_small_that_the_core_goes() {
    let destination = Destination::tempo().with_max_value_bytes(0).with_max_attributes(0).with_max_events(0);
    let spans = sent(destination, large);
    assert!(spans[0].events.is_empty());
    core_is_there(&spans[0]);
    for dialect in super::rules::DIALECTS {
        let destination = Destination::otlp("").with_dialect(dialect).with_max_attributes(0).with_max_value_chars(0);
        let spans = sent(destination, large);
        let told = format!("{:?}", spans[0].attributes);
        for part in ["gpt-4o-mini-2024-07-18", "512", "0.0125", "rate_limit", "c-17", "u-1"] {
            assert!(told.contains(part), "{dialect:?}: {part} in {told}");
        }
    }
}

#[test]
fn a_dialect_that_makes_many_attributes_of_one_stays_below_128_of_them() {
    let spans = sent(Destination::otlp("").with_dialect(Dialect::OpenInference), large);
    assert!(spans[0].attributes.len() <= 128, "{}", spans[0].attributes.len());
    let spans = sent(Destination::otlp("").with_dialect(Dialect::OpenInference).with_max_attributes(40), large);
    assert!(spans[0].attributes.len() <= 40, "{}", spans[0].attributes.len());
    assert_eq!(text(&spans[0], "llm.model_name"), "gpt-4o-mini-2024-07-18");
}

/// Datadog takes no span that ended more than 24 hours ago.
#[test]
fn a_span_that_is_too_old_is_counted_and_not_sent() {
    let (datadog, other) = (Peer::start(), Peer::start());
    let telemetry = builder()
        .with_destination(
            Destination::datadog()
                .with_endpoint(datadog.endpoint())
                .with_header("dd-api-key", "x")
                .with_compression(Compression::None),
        )
        .with_destination(other.destination())
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder().with_span_processor(telemetry.processor()).build();
    let tracer = provider.tracer("test");
    let hours = |hours: u64| SystemTime::now() - Duration::from_secs(hours * 3_600);
    for ago in [25, 23] {
        let builder = SpanBuilder::from_name("chat")
            .with_start_time(hours(ago + 1))
            .with_attributes([KeyValue::new("gen_ai.operation.name", "chat")]);
        tracer.build(builder).end_with_timestamp(hours(ago));
    }
    let report = telemetry.flush(DEADLINE);
    assert_eq!(report.lost_by(LossReason::TooOld), 1, "{report}");
    assert_eq!((datadog.spans().len(), other.spans().len()), (1, 2));
}

/// A foreign span of 500 attributes, with an event whose name is a whole request.
#[test]
fn a_foreign_span_of_any_size_keeps_its_core_in_every_dialect() {
    let peers: Vec<Peer> = super::rules::DIALECTS.iter().map(|_| Peer::start()).collect();
    let mut given = builder().with_limits(Limits::default().with_attributes(1_000));
    for (peer, dialect) in peers.iter().zip(super::rules::DIALECTS) {
        given = given.with_destination(peer.destination().with_name(format!("{dialect:?}")).with_dialect(dialect));
    }
    let telemetry = given.build().unwrap();
    let limits = opentelemetry_sdk::trace::SpanLimits { max_attributes_per_span: 1_000, ..Default::default() };
    let provider =
        SdkTracerProvider::builder().with_span_limits(limits).with_span_processor(telemetry.processor()).build();
    let mut span = provider.tracer("foreign").start("chat");
    {
        for n in 0..500 {
            span.set_attribute(KeyValue::new(format!("app.attribute.{n}"), n));
        }
        span.set_attribute(KeyValue::new("gen_ai.request.model", "gpt-4o-mini"));
        span.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", "812"));
        span.set_attribute(KeyValue::new("gen_ai.usage.output_tokens", 140.0));
        span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
        span.add_event("q".repeat(11 << 20), vec![]);
        span.end();
    }
    let report = telemetry.flush(DEADLINE);
    assert!(report.is_complete(), "{report}");
    for (peer, dialect) in peers.iter().zip(super::rules::DIALECTS) {
        let told = format!("{:?}", peer.spans()[0].attributes);
        for part in ["gpt-4o-mini", "812", "140"] {
            assert!(told.contains(part), "{dialect:?}: {part}");
        }
        assert!(peer.seen()[0].body.len() < 1 << 20, "{dialect:?}: {}", peer.seen()[0].body.len());
    }
}
