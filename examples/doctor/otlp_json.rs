//! Jaeger and Tempo, which give a trace back as OTLP in JSON.

use std::collections::BTreeMap;

use serde_json::Value;

use super::http;
use super::seen::Seen;

/// Jaeger's v3 API.
pub(crate) fn jaeger(query: &str, trace_id: &str) -> Vec<Seen> {
    spans(&http::get(&format!("{query}/api/v3/traces/{trace_id}"))["result"]["resourceSpans"])
}

/// Tempo's API.
pub(crate) fn tempo(query: &str, trace_id: &str) -> Vec<Seen> {
    let answer = http::get(&format!("{query}/api/traces/{trace_id}"));
    let resources = if answer["batches"].is_null() { &answer["resourceSpans"] } else { &answer["batches"] };
    spans(resources)
}

fn spans(resources: &Value) -> Vec<Seen> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let scopes = list(resources).into_iter().flat_map(|resource| list(&resource["scopeSpans"]));
    scopes.flat_map(|scope| list(&scope["spans"])).map(|span| seen(&span)).collect()
}

fn seen(span: &Value) -> Seen {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attributes = span["attributes"].as_array().cloned().unwrap_or_default();
    let mut attributes: BTreeMap<String, Value> =
        attributes.iter().map(|attribute| (text(&attribute["key"]), plain(&attribute["value"]))).collect();
    let status = &span["status"];
    let failed = status["code"] == 2 || status["code"] == "STATUS_CODE_ERROR";
    attributes.insert("status".to_owned(), if failed { "ERROR".into() } else { Value::Null });
    attributes.insert("status_message".to_owned(), status["message"].clone());
    Seen {
        name: text(&span["name"]),
        id: text(&span["spanId"]),
        parent: span["parentSpanId"].as_str().filter(|id| !id.is_empty()).map(str::to_owned),
        attributes,
    }
}

/// A value with its type: a whole number comes as text in this form, a text as `stringValue`.
fn plain(value: &Value) -> Value {
    if let Some(whole) = value.get("intValue") {
        return whole.as_str().and_then(|text| text.parse::<i64>().ok()).map_or(whole.clone(), Value::from);
    }
    ["stringValue", "doubleValue", "boolValue"]
        .into_iter()
        .find_map(|kind| value.get(kind))
        .cloned()
        .unwrap_or_else(|| value.clone())
}
