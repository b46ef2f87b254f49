//! Spans of others in every dialect: all spellings at once, and whatever else a program may write.

use std::time::{Duration, Instant};

use opentelemetry::trace::{Span as _, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Wire;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanLimits};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use tracing_genai::{Content, Dialect, Limits, Telemetry};

use super::rules::DIALECTS;
use crate::codegen::read::{Conventions, texts};
use crate::support::peer::Peer;
use crate::support::{DEADLINE, builder};

/// One telemetry with a destination for each dialect.
struct Everywhere {
    telemetry: Telemetry,
    provider: SdkTracerProvider,
    peers: Vec<Peer>,
}

impl Everywhere {
    fn new(value_bytes: usize) -> Self {
        let peers: Vec<Peer> = DIALECTS.iter().map(|_| Peer::start()).collect();
        let mut given =
            builder().with_content(Content::span_and_event()).with_limits(Limits::default().with_attributes(600));
        for (peer, dialect) in peers.iter().zip(DIALECTS) {
            let destination = peer.destination().with_name(format!("{dialect:?}")).with_dialect(dialect);
            given = given.with_destination(destination.with_max_value_bytes(value_bytes).with_max_attributes(300));
        }
        let telemetry = given.build().unwrap();
        let limits = SpanLimits { max_attributes_per_span: 1_000, ..SpanLimits::default() };
        let processor = telemetry.processor();
        let provider = SdkTracerProvider::builder().with_span_limits(limits).with_span_processor(processor).build();
        Self { telemetry, provider, peers }
    }

    /// What leaves of one span, in each dialect.
    fn sent(&self, attributes: &[(String, Value)], event: &str) -> Vec<(Dialect, Span)> {
        let mut span = self.provider.tracer("foreign").start("step");
        for (key, value) in attributes {
            span.set_attribute(KeyValue::new(key.clone(), value.clone()));
        }
        span.add_event(event.to_owned(), vec![KeyValue::new("gen_ai.input.messages", event.to_owned())]);
        span.set_status(Status::error(event.to_owned()));
        span.end();
        let report = self.telemetry.flush(DEADLINE);
        assert!(report.is_complete(), "{report}");
        let all = self.peers.iter().zip(DIALECTS);
        all.map(|(peer, dialect)| {
            let mut spans = peer.take_spans();
            assert_eq!(spans.len(), 1, "{dialect:?}");
            (dialect, spans.remove(0))
        })
        .collect()
    }
}

/// Every spelling of every key, at once and with another value each: one wins, and no other leaves.
#[test]
fn of_all_spellings_at_once_one_leaves_in_each_dialect() {
    let groups = Conventions::read().aliases["groups"].as_array().unwrap();
    let mut spellings = Vec::new();
    for group in groups.iter().filter(|group| group["only"].is_null()) {
        for canonical in group["aliases"].as_object().unwrap().keys() {
            spellings
                .extend(texts(&group["aliases"], canonical).into_iter().map(|key| (canonical.clone(), key.to_owned())));
        }
    }
    assert!(spellings.len() > 250, "{}", spellings.len());
    let mut attributes: Vec<(String, Value)> = spellings
        .iter()
        .enumerate()
        .map(|(n, (canonical, key))| {
            let value = match canonical.as_str() {
                "span_type" => "llm".into(),
                "gen_ai.request.model" => format!("model-{n}").into(),
                key if key.contains("token") || key.contains("cost") => Value::I64(n.try_into().unwrap()),
                _ => format!("value-{n}").into(),
            };
            (key.clone(), value)
        })
        .collect();
    attributes.push(("gen_ai.request.model".into(), "the-model".into()));
    attributes.push(("gen_ai.usage.output_tokens".into(), Value::I64(140)));
    for (dialect, span) in Everywhere::new(4_096).sent(&attributes, "said") {
        let told = format!("{:?}", span.attributes);
        assert!(told.contains("the-model") && told.contains("140"), "{dialect:?}: {told}");
        assert!(!told.contains("\"model-"), "{dialect:?}: {told}");
        if dialect == Dialect::Otel {
            let left: Vec<_> =
                spellings.iter().filter(|(_, key)| span.attributes.iter().any(|kv| kv.key == *key)).collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
}

/// What steers: more often than the rest.
const STEERING: [&str; 8] = [
    "span_type",
    "gen_ai.operation.name",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.retrieval.documents",
    "gen_ai.tool.call.arguments",
];

fn keys() -> impl Strategy<Value = String> {
    let conventions = Conventions::read();
    let mut known: Vec<String> =
        conventions.attributes.iter().map(|attribute| attribute["key"].as_str().unwrap().to_owned()).collect();
    for group in conventions.aliases["groups"].as_array().unwrap() {
        for canonical in group["aliases"].as_object().unwrap().keys() {
            known.extend(texts(&group["aliases"], canonical).into_iter().map(str::to_owned));
        }
    }
    prop_oneof![
        3 => prop::sample::select(known),
        3 => prop::sample::select(&STEERING[..]).prop_map(str::to_owned),
        1 => "[a-zäß._\\PC]{0,40}",
        1 => "(gen_ai\\.usage|llm\\.input_messages|langfuse|langsmith\\.metadata)\\.[a-z0-9.]{0,20}",
    ]
}

fn texts_of_any_kind() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        ".{0,60}".prop_map(serde_json::Value::from),
        prop::sample::select(&["text", "tool_call", "tool_call_response", "uri", "user"][..]).prop_map(Into::into),
    ];
    let names = prop::sample::select(
        &[
            "role",
            "parts",
            "type",
            "content",
            "id",
            "name",
            "arguments",
            "response",
            "uri",
            "modality",
            "score",
            "metadata",
        ][..],
    );
    let json = leaf.prop_recursive(5, 120, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(serde_json::Value::from),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    });
    prop_oneof![
        2 => json.clone().prop_map(|json| json.to_string()),
        // Cut somewhere: JSON that is none.
        1 => (json, any::<prop::sample::Index>()).prop_map(|(json, at)| {
            let text = json.to_string();
            text.chars().take(at.index(text.len() + 1)).collect()
        }),
        1 => ".{0,80}",
        1 => ("[\\[{\"a\\\\ü]{1,9}", 1_usize..3_000).prop_map(|(text, times)| text.repeat(times)),
        1 => prop::sample::select(&["llm", "agent", "tool", "retrieval", "rerank", "chat", "embeddings", "12", "-1", "1e400", "NaN", ""][..])
            .prop_map(str::to_owned),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => texts_of_any_kind().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => prop::collection::vec(".{0,20}", 0..80)
            .prop_map(|items| Value::Array(Array::String(items.into_iter().map(Into::into).collect()))),
        1 => prop::collection::vec(any::<f64>(), 0..80).prop_map(|items| Value::Array(Array::F64(items))),
    ]
}

/// Normaliser, dialects and JSON shortener, on whatever may stand on a span. `FUZZ_SECONDS` says for how long; what once
/// failed is tried first.
#[test]
fn no_span_whatsoever_panics_or_loses_its_core() {
    let seconds =
        std::env::var("FUZZ_SECONDS").ok().map_or(3, |seconds| seconds.parse().expect("FUZZ_SECONDS is a number"));
    let until = Instant::now() + Duration::from_secs(seconds);
    let everywhere = Everywhere::new(512);
    let spans = (prop::collection::vec((keys(), values()), 0..24), texts_of_any_kind());
    let seeds = FileFailurePersistence::Direct("proptest-regressions/backends/foreign.txt");
    while Instant::now() < until {
        let config = Config { cases: 16, failure_persistence: Some(Box::new(seeds)), ..Config::default() };
        let result = TestRunner::new(config).run(&spans, |(mut attributes, event)| {
            attributes.retain(|(key, _)| !CORE.iter().any(|(core, _)| key == core));
            attributes.extend(CORE.map(|(key, value)| (key.to_owned(), value.into())));
            for (dialect, span) in everywhere.sent(&attributes, &event) {
                check(dialect, &span)?;
            }
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// What must be found again, written as its own key has it, so that it wins.
const CORE: [(&str, &str); 3] = [
    ("error.type", "kept_error"),
    ("gen_ai.conversation.id", "kept_conversation"),
    ("gen_ai.response.id", "kept_response"),
];

fn check(dialect: Dialect, span: &Span) -> Result<(), TestCaseError> {
    let told = format!("{:?}", span.attributes);
    for (_, value) in CORE {
        prop_assert!(told.contains(value), "{:?} has lost {}: {}", dialect, value, told);
    }
    prop_assert!(span.attributes.len() <= 300, "{:?}: {}", dialect, span.attributes.len());
    let mut keys: Vec<&str> = span.attributes.iter().map(|kv| kv.key.as_str()).collect();
    keys.sort_unstable();
    let count = keys.len();
    keys.dedup();
    prop_assert_eq!(keys.len(), count, "{:?}: a key stands twice", dialect);
    for kv in &span.attributes {
        match kv.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(Wire::StringValue(text)) => {
                prop_assert!(text.len() <= 1_024, "{:?}: {} has {} bytes", dialect, kv.key, text.len());
                // What a dialect writes as JSON is JSON, cut or not.
                if WRITTEN_AS_JSON.contains(&kv.key.as_str()) {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{}: {}", kv.key, text);
                }
            }
            Some(Wire::BytesValue(_)) | None => prop_assert!(false, "{:?}: {} is no value", dialect, kv.key),
            Some(_) => {}
        }
    }
    Ok(())
}

const WRITTEN_AS_JSON: [&str; 8] = [
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "langfuse.observation.model.parameters",
    "langsmith.usage_metadata",
    "mlflow.chat.tokenUsage",
    "mlflow.llm.cost",
    "llm.invocation_parameters",
    "_dd.ml_obs.metadata",
];
