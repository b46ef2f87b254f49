//! Spans as text that is the same in every run.

use std::fmt::Write as _;

use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// Where code stands and how long it took: different in every build and run, and of no interest here.
const LEFT_OUT: &[&str] = &[
    "busy_ns",
    "code.file.path",
    "code.filepath",
    "code.function.name",
    "code.line.number",
    "code.lineno",
    "code.module.name",
    "code.namespace",
    "idle_ns",
    "thread.id",
    "thread.name",
];
/// Different in every run, but there.
const VOLATILE: &[(&str, &str)] = &[
    ("gen_ai.response.id", "id"),
    ("gen_ai.response.time_to_first_chunk", "seconds"),
    ("gen_ai.tool.call.id", "id"),
    ("server.port", "port"),
    ("tracing_genai.price.catalogue", "version"),
];

/// The spans of one trace after another, children below their parents, in the order in which they began.
pub fn rendered(spans: &[SpanData]) -> String {
    let mut spans: Vec<&SpanData> = spans.iter().collect();
    spans.sort_by_key(|span| span.start_time);
    let is_root = |span: &&&SpanData| !spans.iter().any(|other| other.span_context.span_id() == span.parent_span_id);
    let mut text = String::new();
    for root in spans.iter().filter(is_root) {
        render(root, &spans, 0, &mut text);
    }
    text
}

fn render(span: &SpanData, spans: &[&SpanData], depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let kind = match span.span_kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    };
    let status = match &span.status {
        Status::Unset => "unset".to_owned(),
        Status::Ok => "ok".to_owned(),
        Status::Error { description } => format!("error {:?}", steady(description)),
    };
    let _ = writeln!(text, "{indent}{:?} {kind}, status {status}", span.name);
    attributes(&span.attributes, &format!("{indent}  "), text);
    for event in span.events.iter() {
        let _ = writeln!(text, "{indent}  event {:?}", steady(&event.name));
        attributes(&event.attributes, &format!("{indent}    "), text);
    }
    if !span.links.links.is_empty() {
        let _ = writeln!(text, "{indent}  links {}", span.links.links.len());
    }
    let id: SpanId = span.span_context.span_id();
    for child in spans.iter().filter(|child| child.parent_span_id == id) {
        render(child, spans, depth + 1, text);
    }
}

fn attributes(attributes: &[KeyValue], indent: &str, text: &mut String) {
    let mut lines: Vec<String> = attributes
        .iter()
        .filter(|kv| !LEFT_OUT.contains(&kv.key.as_str()))
        .map(|kv| format!("{indent}{} = {}", kv.key, value(kv.key.as_str(), &kv.value)))
        .collect();
    lines.sort();
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
}

fn value(key: &str, value: &Value) -> String {
    let of_type = match value {
        Value::Bool(_) => "bool",
        Value::I64(_) => "int",
        Value::F64(_) => "double",
        Value::String(_) => "text",
        Value::Array(_) => "array",
        _ => "?",
    };
    if let Some((_, what)) = VOLATILE.iter().find(|(volatile, _)| *volatile == key) {
        return format!("{of_type} <{what}>");
    }
    match value {
        Value::String(text) => format!("{of_type} {:?}", steady(text.as_str())),
        other => format!("{of_type} {other}"),
    }
}

/// Identifiers and ports out of a longer text.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['_', ':', '-']) {
        let (before, after) = rest.split_at(at + 1);
        steady.push_str(before);
        let hex = after.len() - after.trim_start_matches(|letter: char| letter.is_ascii_hexdigit()).len();
        let port = after.len() - after.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let (id, left) = match (before.ends_with(':'), port, hex) {
            (true, 4.., _) => ("<port>", after.split_at(port).1),
            (false, _, 8..) => ("<id>", after.split_at(hex).1),
            _ => ("", after),
        };
        steady.push_str(id);
        rest = left;
    }
    steady + rest
}
