//! What a backend is told of an amount.

use tracing::info_span;
use tracing_genai::{Dialect, GenAiSpanExt, Usage};

use super::sample::text;
use crate::support::peer::Peer;
use crate::support::{builder, deliver};

#[test]
fn where_lines_of_an_amount_are_asked_for_backends_see_its_sides() {
    let call = || {
        let span = info_span!("ask", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        span.record_usage(Usage::new(812, 140).cache_read(512));
    };
    // 300 tokens in, 512 from the cache and 140 out, in USD for a million.
    let (input, output) = ((300.0 * 0.15 + 512.0 * 0.075) / 1e6, 140.0 * 0.60 / 1e6);
    for (dialect, key, names) in [
        (Dialect::Langfuse, "langfuse.observation.cost_details", ["input", "output", "total"]),
        (Dialect::Mlflow, "mlflow.llm.cost", ["input_cost", "output_cost", "total_cost"]),
    ] {
        for lines in [true, false] {
            let peer = Peer::start();
            let destination = peer.destination().with_dialect(dialect);
            let telemetry = builder().with_cost_lines(lines).with_destination(destination).build().unwrap();
            deliver(&telemetry, call);
            let spans = peer.spans();
            let cost: serde_json::Value = serde_json::from_str(text(&spans[0], key)).unwrap();
            for (name, amount) in
                names.into_iter().zip([lines.then_some(input), lines.then_some(output), Some(input + output)])
            {
                let shown = cost[name].as_f64();
                assert_eq!(shown.is_some(), amount.is_some(), "{dialect:?}: {name} in {cost}");
                assert!(
                    (shown.unwrap_or_default() - amount.unwrap_or_default()).abs() < 1e-12,
                    "{dialect:?}: {name} in {cost}"
                );
            }
        }
    }
}

#[test]
fn what_another_tool_worked_out_is_shown_where_no_price_is_known() {
    for (model, priced) in [("acme-3", false), ("gpt-4o-mini", true)] {
        let peer = Peer::start();
        let destination = peer.destination().with_dialect(Dialect::Langfuse);
        let telemetry = builder().with_destination(destination).build().unwrap();
        deliver(&telemetry, || {
            let span = info_span!(
                "ask",
                span_type = "llm",
                provider = "openai",
                model,
                langfuse.observation.cost_details = r#"{"input": 0.25, "output": 0.5}"#,
            );
            span.record_usage(Usage::new(812, 140));
        });
        let spans = peer.spans();
        let cost: serde_json::Value =
            serde_json::from_str(text(&spans[0], "langfuse.observation.cost_details")).unwrap();
        assert_eq!(cost["total"].as_f64() == Some(0.75), !priced, "{cost}");
    }
}
