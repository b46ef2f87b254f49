//! MLflow, asked through its API.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::http;
use super::seen::Seen;

/// The spans of a trace; what MLflow keeps of the whole trace stands on each.
pub(crate) fn spans(url: &str, experiment: &str, trace_id: &str) -> Vec<Seen> {
    let id = format!("tr-{trace_id}");
    let trace = info(url, experiment, &id);
    let answer = http::get(&format!("{url}/ajax-api/3.0/mlflow/get-trace-artifact?request_id={id}"));
    let spans = answer["spans"].as_array().cloned().unwrap_or_default();
    spans.iter().map(|span| seen(span, &trace)).collect()
}

/// The id of an experiment by its name, made if there is none.
pub(crate) fn experiment(url: &str, name: &str) -> Option<String> {
    let known = http::get(&format!("{url}/api/2.0/mlflow/experiments/get-by-name?experiment_name={name}"));
    let id = |answer: &Value| answer.as_str().map(str::to_owned);
    id(&known["experiment"]["experiment_id"]).or_else(|| {
        let made = http::post(&format!("{url}/api/2.0/mlflow/experiments/create"), &json!({ "name": name }));
        id(&made["experiment_id"])
    })
}

fn info(url: &str, experiment: &str, id: &str) -> Value {
    let location = json!({ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment } });
    let question = json!({ "locations": [location], "max_results": 100 });
    let answer = http::post(&format!("{url}/api/3.0/mlflow/traces/search"), &question);
    let traces = answer["traces"].as_array().cloned().unwrap_or_default();
    traces.into_iter().find(|trace| trace["trace_id"] == id).unwrap_or_default()
}

fn seen(span: &Value, trace: &Value) -> Seen {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let own = span["attributes"].as_object().cloned().unwrap_or_default();
    let of_trace = |what: &str| trace[what].as_object().cloned().unwrap_or_default();
    // Each value of a span is JSON in a text.
    let mut attributes: BTreeMap<String, Value> = own
        .into_iter()
        .map(|(key, value)| {
            let inner = value.as_str().and_then(|text| serde_json::from_str(text).ok());
            (key, inner.unwrap_or(value))
        })
        .chain(of_trace("trace_metadata"))
        .chain(of_trace("tags"))
        .collect();
    let failed = span["status"]["code"] == "STATUS_CODE_ERROR";
    attributes.insert("status".to_owned(), if failed { "ERROR".into() } else { Value::Null });
    attributes.insert("status_message".to_owned(), span["status"]["message"].clone());
    Seen {
        name: text(&span["name"]),
        id: text(&span["span_id"]),
        parent: span["parent_span_id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned),
        attributes,
    }
}
