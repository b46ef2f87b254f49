//! The table of concepts and backends: what leaves for each, and the README's table of what one sees where.

use std::fmt::Write as _;
use std::path::Path;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Wire;
use serde_json::Value;
use tracing_genai::Destination;

use super::sample::{attribute, sent_by, span_of};
use crate::codegen::read::{text, yaml};

fn table() -> Value {
    yaml(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/backends.yaml"))
}

fn preset(name: &str) -> Destination {
    match name {
        "jaeger" => Destination::jaeger(),
        "tempo" => Destination::tempo(),
        "phoenix" => Destination::phoenix(),
        "mlflow" => Destination::mlflow(),
        "langfuse" => Destination::langfuse(),
        "langsmith" => Destination::langsmith(),
        "datadog" => Destination::datadog(),
        "signoz" => Destination::signoz(),
        "logfire" => Destination::logfire(),
        other => panic!("`{other}` is no preset"),
    }
}

#[test]
fn what_leaves_for_each_backend_is_what_it_reads_of_each_concept() {
    let table = table();
    let mut broken = String::new();
    for backend in table["backends"].as_object().unwrap().keys() {
        let spans = sent_by(preset(backend));
        for concept in table["concepts"].as_array().unwrap() {
            let cell = concept[backend].as_object().unwrap_or_else(|| panic!("{concept} says nothing of {backend}"));
            for (span, expected) in cell.iter().filter(|(field, _)| *field != "seen") {
                for (key, expected) in expected.as_object().unwrap() {
                    let found = attribute(span_of(&spans, span), key);
                    if !is(found, expected) {
                        let (name, rule) = (text(concept, "concept"), text(concept, "rule"));
                        writeln!(broken, "{backend}, {name} ({rule}): {key} of {span} is {found:?}, not {expected}")
                            .unwrap();
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

/// Whether the value on the wire is what the table has, type and all.
fn is(found: Option<&Wire>, expected: &Value) -> bool {
    match (found, expected) {
        (None, Value::Null) => true,
        (Some(Wire::StringValue(found)), Value::String(expected)) => {
            // A text as a JSON document is the same text.
            found == expected || serde_json::from_str::<Value>(found).is_ok_and(|found| found == *expected)
        }
        (Some(Wire::IntValue(found)), Value::Number(expected)) => expected.as_i64() == Some(*found),
        (Some(Wire::DoubleValue(found)), Value::Number(expected)) => {
            expected.is_f64() && expected.as_f64() == Some(*found)
        }
        (Some(Wire::StringValue(found)), Value::Object(_) | Value::Array(_)) => {
            serde_json::from_str(found).is_ok_and(|found| contains(&found, expected))
        }
        _ => false,
    }
}

fn contains(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(key, expected)| found.get(key).is_some_and(|found| contains(found, expected)))
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() >= expected.len()
                && found.iter().zip(expected).all(|(found, expected)| contains(found, expected))
        }
        _ => found == expected,
    }
}

/// The README's table.
pub(crate) fn seen() -> String {
    let table = table();
    let backends = table["backends"].as_object().unwrap();
    let mut titles = vec![""];
    titles.extend(backends.values().map(|title| title.as_str().unwrap()));
    let mut out = format!("| {} |\n|{}\n", titles.join(" | "), " --- |".repeat(titles.len()));
    for concept in table["concepts"].as_array().unwrap() {
        let cells: Vec<&str> = backends.keys().map(|backend| text(&concept[backend], "seen")).collect();
        writeln!(out, "| {} | {} |", text(concept, "concept"), cells.join(" | ")).unwrap();
    }
    out
}
