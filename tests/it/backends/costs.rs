//! What a backend is told of an amount.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tracing::info_span;
use tracing_genai::{Dialect, GenAiSpanExt, Usage};

use super::sample::{attribute, text};
use crate::support::peer::Peer;
use crate::support::{builder, deliver};

#[test]
fn backends_that_have_a_place_for_the_sides_of_an_amount_are_told_them() {
    let call = || {
        let span = info_span!("ask", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        span.record_usage(Usage::new(812, 140).cache_read(512).web_searches(1));
        drop(span);
        let span = info_span!("embed", span_type = "embedding", provider = "openai", model = "text-embedding-3-small");
        span.record_usage(Usage::new(1_000, 0));
    };
    // 300 tokens in, 512 from the cache and 140 out, in USD for a million; the search is of neither side.
    let (input, output) = ((300.0 * 0.15 + 512.0 * 0.075) / 1e6, 140.0 * 0.60 / 1e6);
    for (dialect, key, names) in [
        (Dialect::Langfuse, "langfuse.observation.cost_details", ["input", "output", "total"]),
        (Dialect::Mlflow, "mlflow.llm.cost", ["input_cost", "output_cost", "total_cost"]),
        (Dialect::Langsmith, "langsmith.usage_metadata", ["input_cost", "output_cost", "total_cost"]),
    ] {
        let (peer, other) = (Peer::start(), Peer::start());
        let destination = peer.destination().with_dialect(dialect);
        let telemetry = builder().with_destination(destination).with_destination(other.destination()).build().unwrap();
        deliver(&telemetry, call);
        let spans = peer.spans();
        for (at, amounts) in [[input, output, input + output + 0.01], [0.000_02, 0.0, 0.000_02]].iter().enumerate() {
            let cost: serde_json::Value = serde_json::from_str(text(&spans[at], key)).unwrap();
            for (name, amount) in names.into_iter().zip(amounts) {
                let shown = cost[name].as_f64().unwrap_or(f64::NAN);
                assert!((shown - amount).abs() < 1e-12, "{dialect:?}: {name} in {cost}");
            }
        }
        assert_eq!(attribute(&other.spans()[0], "tracing_genai.cost.lines"), None);
    }
}

#[test]
fn an_amount_of_the_provider_has_no_sides() {
    let peer = Peer::start();
    let telemetry = builder().with_destination(peer.destination().with_dialect(Dialect::Mlflow)).build().unwrap();
    deliver(&telemetry, || {
        let span = info_span!("ask", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        span.record_usage(Usage::new(812, 140));
        span.record_cost(0.25);
    });
    assert_eq!(text(&peer.spans()[0], "mlflow.llm.cost"), r#"{"total_cost":0.25}"#);
}

#[test]
fn open_inference_has_an_attribute_for_each_side() {
    let peer = Peer::start();
    let destination = peer.destination().with_dialect(Dialect::OpenInference);
    let telemetry = builder().with_destination(destination).build().unwrap();
    deliver(&telemetry, || {
        let span = info_span!("ask", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        span.record_usage(Usage::new(1_000_000, 1_000_000));
    });
    let spans = peer.spans();
    for (key, usd) in [("llm.cost.prompt", 0.15), ("llm.cost.completion", 0.60), ("llm.cost.total", 0.75)] {
        assert_eq!(attribute(&spans[0], key), Some(&Value::DoubleValue(usd)), "{key}");
    }
}

#[test]
fn what_another_tool_worked_out_is_shown_where_no_price_is_known() {
    let parts = r#"{"input": 0.25, "output": 0.5}"#;
    for (model, costs, shown) in
        [("acme-3", parts, Some(0.75)), ("acme-3", r#"{"total": 0}"#, None), ("gpt-4o-mini", parts, Some(0.000_205_8))]
    {
        let peer = Peer::start();
        let destination = peer.destination().with_dialect(Dialect::Langfuse);
        let telemetry = builder().with_destination(destination).build().unwrap();
        deliver(&telemetry, || {
            let span = info_span!(
                "ask",
                span_type = "llm",
                provider = "openai",
                model,
                langfuse.observation.cost_details = costs,
            );
            span.record_usage(Usage::new(812, 140));
        });
        let spans = peer.spans();
        let key = "langfuse.observation.cost_details";
        let told = attribute(&spans[0], key).map(|_| text(&spans[0], key));
        let told = told.map(|told| serde_json::from_str::<serde_json::Value>(told).unwrap());
        assert_eq!(told.and_then(|told| told["total"].as_f64()), shown, "{model} {costs}");
    }
}
