//! Phoenix, asked through its API.

use serde_json::Value;

use super::http;
use super::seen::Seen;

/// The spans of one trace of a project.
pub(crate) fn spans(url: &str, project: &str, trace_id: &str) -> Vec<Seen> {
    let answer = http::get(&format!("{url}/v1/projects/{project}/spans?limit=1000&trace_id={trace_id}"));
    let spans = answer["data"].as_array().cloned().unwrap_or_default();
    spans.iter().filter(|span| span["context"]["trace_id"] == trace_id).map(seen).collect()
}

fn seen(span: &Value) -> Seen {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut attributes: std::collections::BTreeMap<String, Value> =
        span["attributes"].as_object().cloned().unwrap_or_default().into_iter().collect();
    // What the columns of its list are filled from.
    for (key, place) in [("kind", "span_kind"), ("status", "status_code"), ("status_message", "status_message")] {
        attributes.insert(key.to_owned(), span[place].clone());
    }
    Seen {
        name: text(&span["name"]),
        id: text(&span["context"]["span_id"]),
        parent: span["parent_id"].as_str().map(str::to_owned),
        attributes,
    }
}
