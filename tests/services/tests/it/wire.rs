//! What the wire really carries, from the file that a Collector writes.

use std::time::{Duration, Instant};

use serde_json::Value;
use tracing::info_span;
use tracing_genai::{Compression, Destination, GenAiSpanExt, Protocol, Usage};
use tracing_subscriber::layer::SubscriberExt;

use crate::jaeger::variable;

/// All spans of a service that the Collector has written, once there are `count`.
pub(crate) fn written(service: &str, count: usize) -> Vec<Value> {
    let path = variable("TEST_COLLECTOR_FILE");
    let started = Instant::now();
    loop {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let spans: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .flat_map(|line| line["resourceSpans"].as_array().cloned().unwrap_or_default())
            .filter(|resource| resource["resource"].to_string().contains(&format!("\"{service}\"")))
            .flat_map(|resource| resource["scopeSpans"].as_array().cloned().unwrap_or_default())
            .flat_map(|scope| scope["spans"].as_array().cloned().unwrap_or_default())
            .collect();
        if spans.len() >= count {
            return spans;
        }
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{} of {count} spans of {service} were written",
            spans.len()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn value<'a>(span: &'a Value, key: &str) -> &'a Value {
    let attributes = span["attributes"].as_array().unwrap();
    let mut found = attributes.iter().filter(|attribute| attribute["key"] == key);
    let value = found.next().unwrap_or_else(|| panic!("{key} in {attributes:?}"));
    assert!(found.next().is_none(), "{key} stands twice");
    &value["value"]
}

#[test]
fn every_transport_and_compression_carries_the_same_typed_span() {
    let (grpc, http) = (variable("TEST_COLLECTOR_GRPC"), variable("TEST_COLLECTOR_HTTP"));
    let ways = [(Protocol::Grpc, &grpc), (Protocol::HttpProtobuf, &http)];
    for (protocol, endpoint) in ways {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let service = format!("wire-{protocol:?}-{compression:?}");
            let destination = Destination::otlp(endpoint.clone()).with_protocol(protocol).with_compression(compression);
            let telemetry =
                tracing_genai::builder(&service).without_env().with_destination(destination).build().unwrap();
            tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
                let span = info_span!(
                    "call",
                    span_type = "llm",
                    provider = "openai",
                    model = "gpt-4o-mini",
                    input_tokens = 1_u64
                );
                span.record_usage(Usage::new(812, 140)).record_finish_reason("stop");
            });
            let report = telemetry.shutdown(Duration::from_secs(20));
            assert!(report.is_complete(), "{service}: {report}");

            let spans = written(&service, 1);
            assert_eq!(spans.len(), 1);
            let span = &spans[0];
            assert_eq!(span["name"], "chat gpt-4o-mini");
            assert_eq!(span["kind"], 3, "client");
            // OTLP's JSON writes an int64 as text under `intValue`.
            assert_eq!(value(span, "gen_ai.usage.input_tokens")["intValue"], "812");
            assert!(value(span, "gen_ai.usage.cost")["doubleValue"].as_f64().unwrap() > 0.0);
            assert_eq!(value(span, "gen_ai.response.finish_reasons")["arrayValue"]["values"][0]["stringValue"], "stop");
        }
    }
}
