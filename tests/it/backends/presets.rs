//! Destinations with a name: where they send, what requests carry, and what is said when something is missing or wrong.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tracing::info_span;
use tracing_genai::{BuildError, Destination, Telemetry};

use super::sample::variable;
use crate::codegen::read::{Conventions, text, texts};
use crate::support::peer::Peer;
use crate::support::{builder, deliver};

/// Every destination with a name.
fn presets() -> Vec<(&'static str, Destination)> {
    vec![
        ("jaeger", Destination::jaeger()),
        ("tempo", Destination::tempo()),
        ("collector", Destination::collector()),
        ("phoenix", Destination::phoenix()),
        ("mlflow", Destination::mlflow()),
        ("langfuse", Destination::langfuse()),
        ("langsmith", Destination::langsmith()),
        ("datadog", Destination::datadog()),
        ("honeycomb", Destination::honeycomb()),
        ("grafana_cloud", Destination::grafana_cloud()),
        ("signoz", Destination::signoz()),
        ("new_relic", Destination::new_relic()),
        ("dash0", Destination::dash0()),
        ("logfire", Destination::logfire()),
    ]
}

fn table(name: &str) -> &'static Value {
    let all = Conventions::read().destinations.as_array().unwrap();
    all.iter().find(|destination| destination["name"] == name).unwrap_or_else(|| panic!("{name} is in no table"))
}

/// Variables without which it cannot be used.
fn needed(name: &str) -> Vec<&'static str> {
    let table = table(name);
    let mut found = Vec::new();
    for (variable, known) in table["variables"].as_object().into_iter().flatten() {
        let in_endpoint = text(table, "endpoint").contains(variable.as_str()) && known["default"].is_null();
        let headers = table["headers"].as_array().unwrap();
        let in_header = headers.iter().filter(|header| header["optional"] != true).any(|header| {
            texts(header, "basic").contains(&variable.as_str())
                || header["value"].as_str().is_some_and(|value| value.contains(variable.as_str()))
        });
        if in_endpoint || in_header {
            found.push(variable.as_str());
        }
    }
    found
}

fn build(
    destination: Destination,
    lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> Result<Telemetry, BuildError> {
    builder().with_env(lookup).with_destination(destination).build()
}

#[test]
fn a_missing_secret_is_an_error_that_names_its_variable_and_the_remedy() {
    let mut seen = 0;
    for (name, destination) in presets() {
        for missing in needed(name) {
            let error =
                build(destination.clone(), move |asked| variable(asked).filter(|_| asked != missing)).unwrap_err();
            let shown = error.to_string();
            assert!(error.is_destination(), "{shown}");
            for part in [&format!("Destination::{name}"), missing, "not set", "Destination::with_"] {
                assert!(shown.contains(part), "{name}: {shown}");
            }
            // A blank one is none.
            let blank = move |asked: &str| if asked == missing { Some("  ".to_owned()) } else { variable(asked) };
            assert!(build(destination.clone(), blank).unwrap_err().to_string().contains(missing));
            seen += 1;
        }
        if needed(name).is_empty() {
            build(destination, |_| None).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
    assert!(seen >= 11, "{seen}");
}

#[test]
fn no_secret_is_ever_printed() {
    for (name, destination) in presets() {
        let destination = destination.with_endpoint("https://host.invalid/hunter-path");
        let telemetry = build(destination.clone().with_header("x-own", "hunter2"), variable);
        let telemetry = telemetry.unwrap_or_else(|error| panic!("{name}: {error}"));
        let shown = format!("{telemetry:?} {destination:?} {}", telemetry.report());
        assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVy"), "{shown}");
    }
}

#[test]
fn a_secret_with_a_line_break_is_named_and_not_shown() {
    for (name, destination) in presets() {
        let table = table(name);
        for header in table["headers"].as_array().into_iter().flatten() {
            let Some(value) = header["value"].as_str().filter(|value| value.contains('{')) else { continue };
            let bad = value.split(['{', '}']).nth(1).unwrap().to_owned();
            let asked = bad.clone();
            let pointed = destination.clone().with_endpoint("http://localhost:1");
            let error = build(pointed.clone(), move |name| {
                if name == asked { Some("hunter2\r\nx-evil: 1".to_owned()) } else { variable(name) }
            });
            let shown = error.err().unwrap_or_else(|| panic!("{name} takes {bad} with a line break")).to_string();
            assert!(shown.contains(&bad) && shown.contains("line break"), "{name}: {shown}");
            assert!(!shown.contains("hunter2"), "{name}: {shown}");
            // One at its end comes with files, and means nothing.
            let asked = bad.clone();
            let lookup = move |name: &str| if name == asked { Some("x\n".to_owned()) } else { variable(name) };
            build(pointed, lookup).unwrap();
        }
    }
}

#[test]
fn requests_carry_what_the_backend_wants_and_go_where_it_listens() {
    for (name, destination, path, headers) in [
        ("phoenix", Destination::phoenix(), "/v1/traces", vec![("authorization", "Bearer hunter2")]),
        ("mlflow", Destination::mlflow(), "/v1/traces", vec![("x-mlflow-experiment-id", "hunter2")]),
        (
            "langfuse",
            Destination::langfuse(),
            "/v1/traces",
            vec![("authorization", "Basic aHVudGVyMjpodW50ZXIy"), ("x-langfuse-ingestion-version", "4")],
        ),
        ("langsmith", Destination::langsmith(), "/v1/traces", vec![("x-api-key", "hunter2")]),
        (
            "datadog",
            Destination::datadog(),
            "/v1/traces",
            vec![("dd-api-key", "hunter2"), ("dd-otlp-source", "llmobs")],
        ),
        ("honeycomb", Destination::honeycomb(), "/v1/traces", vec![("x-honeycomb-team", "hunter2")]),
        (
            "grafana_cloud",
            Destination::grafana_cloud(),
            "/v1/traces",
            vec![("authorization", "Basic aHVudGVyMjpodW50ZXIy")],
        ),
        ("signoz", Destination::signoz(), "/v1/traces", vec![("signoz-ingestion-key", "hunter2")]),
        ("new_relic", Destination::new_relic(), "/v1/traces", vec![("api-key", "hunter2")]),
        ("dash0", Destination::dash0(), "/v1/traces", vec![("authorization", "Bearer hunter2")]),
        ("logfire", Destination::logfire(), "/v1/traces", vec![("authorization", "hunter2")]),
    ] {
        let peer = Peer::start();
        let telemetry = build(destination.with_endpoint(peer.endpoint()), variable).unwrap();
        deliver(&telemetry, || drop(info_span!("a", span_type = "llm", model = "m")));
        let seen = &peer.seen()[0];
        assert_eq!(seen.path, path, "{name}");
        for (header, value) in headers {
            assert_eq!(seen.headers.get(header).map(|value| value.to_str().unwrap()), Some(value), "{name}: {header}");
        }
        assert_eq!(seen.headers["content-type"], "application/x-protobuf");
    }
}

/// The URL as people write it: with and without path, slash, scheme and port.
#[test]
fn an_endpoint_in_any_form_is_the_right_url_or_an_error_that_says_what_would_be_right() {
    let peer = Peer::start();
    let base = peer.endpoint();
    for (given, path) in [
        (base.clone(), "/api/public/otel/v1/traces"),
        (format!("{base}/"), "/api/public/otel/v1/traces"),
        (format!("{base}/proxy"), "/proxy/api/public/otel/v1/traces"),
        (format!(" {base}// "), "/api/public/otel/v1/traces"),
    ] {
        let before = peer.seen().len();
        let lookup = move |name: &str| match name {
            "LANGFUSE_BASE_URL" => Some(given.clone()),
            _ => variable(name),
        };
        let telemetry = build(Destination::langfuse(), lookup).unwrap();
        deliver(&telemetry, || drop(info_span!("a", span_type = "llm", model = "m")));
        assert_eq!(peer.seen()[before].path, path);
    }
    for (destination, variable_name, given, remedy) in [
        (Destination::langfuse(), "LANGFUSE_BASE_URL", "cloud.langfuse.com", "http://"),
        (Destination::mlflow(), "MLFLOW_TRACKING_URI", "databricks", "http://"),
        (Destination::mlflow(), "MLFLOW_TRACKING_URI", "sqlite:///mlflow.db", "http://"),
        (Destination::phoenix(), "PHOENIX_COLLECTOR_ENDPOINT", "http://", "host"),
        (Destination::phoenix(), "PHOENIX_COLLECTOR_ENDPOINT", "https://me:hunter2@host", "header"),
        (Destination::datadog(), "DD_SITE", "https://app.datadoghq.com/", "datadoghq.com"),
        (Destination::logfire(), "LOGFIRE_BASE_URL", "http://local host", "http://"),
    ] {
        let error =
            build(destination, move |name| if name == variable_name { Some(given.to_owned()) } else { variable(name) });
        let shown = error.err().unwrap_or_else(|| panic!("{variable_name}={given} is taken")).to_string();
        assert!(shown.contains(variable_name) && shown.contains(remedy), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let error = build(Destination::jaeger().with_endpoint("http://localhost:4317/jaeger"), |_| None).unwrap_err();
    assert!(error.to_string().contains("no path in a gRPC endpoint"), "{error}");
    build(Destination::jaeger().with_endpoint("http://localhost:4318/jaeger/"), |_| None).unwrap();
}

/// What the rustdoc of each says is what its table says.
#[test]
fn the_docs_of_each_preset_name_its_variables_and_how_it_was_checked() {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/export/named.rs")).unwrap();
    let mut rest = source.split("impl Destination {").nth(1).unwrap();
    for (name, _) in presets() {
        let (docs, after) = rest.split_once(&format!("    pub fn {name}()")).unwrap_or_else(|| panic!("{name}"));
        rest = after;
        let table = table(name);
        for (variable, known) in table["variables"].as_object().into_iter().flatten() {
            assert!(docs.contains(&format!("`{variable}`")), "{name} does not tell of {variable}");
            if let Some(default) = known["default"].as_str() {
                assert!(docs.contains(default), "{name} does not tell of {default}");
            }
        }
        assert!(docs.contains("Checked") || docs.contains("checked"), "{name} does not say how it was checked");
        assert_eq!(docs.contains("not confirmed"), text(table, "checked").contains("not confirmed"), "{name}");
    }
    assert_eq!(Conventions::read().destinations.as_array().unwrap().len(), presets().len());
}
