//! The metrics of `support_agent`, read back from the file of a real Collector.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::jaeger::variable;

/// Runs the example as a user does, with metrics switched on by the environment.
fn support_agent(service: &str, variables: &[(&str, &str)]) {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--features", "metrics", "--example", "support_agent"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .env("OTEL_SERVICE_NAME", service)
        .envs(variables.iter().copied())
        .env("OTEL_METRICS_EXPORTER", "otlp")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !told.contains("metrics were not taken"), "{told}");
}

/// The metrics of a service, as the Collector wrote them last.
fn metrics(service: &str) -> Vec<Value> {
    let file = fs::read_to_string(variable("TEST_COLLECTOR_METRICS_FILE")).unwrap();
    let lines = file.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let resources = lines.flat_map(|line| line["resourceMetrics"].as_array().cloned().unwrap_or_default());
    let mut of_service = resources.filter(|resource| label(&resource["resource"], "service.name") == service);
    let last = of_service.next_back().unwrap_or_else(|| panic!("no metrics of {service} in {file}"));
    assert_eq!(last["scopeMetrics"][0]["scope"]["name"], "tracing-genai");
    last["scopeMetrics"][0]["metrics"].as_array().unwrap().clone()
}

fn metric<'a>(metrics: &'a [Value], name: &str) -> &'a Value {
    metrics.iter().find(|metric| metric["name"] == name).unwrap_or_else(|| panic!("no {name} in {metrics:?}"))
}

fn label(of: &Value, key: &str) -> String {
    let labels = of["attributes"].as_array().unwrap();
    let found = labels.iter().find(|label| label["key"] == key);
    found.map(|label| label["value"]["stringValue"].as_str().unwrap().to_owned()).unwrap_or_default()
}

fn arrives(service: &str, variables: &[(&str, &str)]) {
    support_agent(service, variables);
    let metrics = metrics(service);

    let tokens = metric(&metrics, "gen_ai.client.token.usage");
    assert_eq!(tokens["unit"], "{token}");
    let points = tokens["histogram"]["dataPoints"].as_array().unwrap();
    assert_eq!(points.len(), 2);
    for point in points {
        assert_eq!(label(point, "gen_ai.operation.name"), "chat");
        assert_eq!(label(point, "gen_ai.provider.name"), "openai");
        assert_eq!(label(point, "gen_ai.request.model"), "gpt-4o-mini");
        // Two requests of two calls each.
        assert_eq!(point["count"], "4");
        let expected = if label(point, "gen_ai.token.type") == "input" { 3_810.0 } else { 804.0 };
        assert_eq!(point["sum"].as_f64(), Some(expected));
        assert_eq!(point["explicitBounds"][13].as_f64(), Some(67_108_864.0));
    }

    let durations = metric(&metrics, "gen_ai.client.operation.duration");
    assert_eq!(durations["unit"], "s");
    let points = durations["histogram"]["dataPoints"].as_array().unwrap();
    let chats: Vec<&Value> = points.iter().filter(|point| label(point, "gen_ai.operation.name") == "chat").collect();
    assert_eq!((chats.len(), chats[0]["count"].as_str()), (1, Some("4")));

    let cost = metric(&metrics, "tracing_genai.cost");
    assert_eq!((cost["unit"].as_str(), cost["sum"]["isMonotonic"].as_bool()), (Some("{USD}"), Some(true)));
    let point = &cost["sum"]["dataPoints"][0];
    assert_eq!(label(point, "tracing_genai.cost.source"), "catalogue");
    // 0.15 and 0.60 USD for a million tokens.
    let expected = (3_810.0 * 0.15 + 804.0 * 0.60) / 1e6;
    assert!((point["asDouble"].as_f64().unwrap() - expected).abs() < 1e-9, "{point}");
}

#[test]
fn metrics_arrive_in_a_collector_over_http() {
    arrives("agent-metrics-http", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &variable("TEST_COLLECTOR_HTTP"))]);
}

#[test]
fn metrics_arrive_in_a_collector_over_grpc() {
    let endpoint = variable("TEST_COLLECTOR_GRPC");
    arrives(
        "agent-metrics-grpc",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
    );
}
