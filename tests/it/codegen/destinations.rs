//! The presets of destinations: `conventions/destinations.yaml` in, `src/export/generated/preset.rs` out.

use std::fmt::Write;

use serde_json::Value;

use super::read::{Conventions, text, texts};
use super::rust::HEADER;

/// One table for each destination with a name.
pub(crate) fn presets(conventions: &Conventions) -> String {
    let mut out = format!(
        "{HEADER}\nuse crate::dialect::Dialect;\nuse crate::export::destination::Protocol;\n\
         use crate::export::limits::Length;\nuse crate::export::preset::{{Filling, Header, Preset, Variable, limits}};\n"
    );
    let mut all = String::new();
    for destination in list(&conventions.destinations) {
        let name = text(destination, "name");
        let constant = name.to_ascii_uppercase();
        writeln!(all, "    &{constant},").unwrap();
        let protocol = match text(destination, "protocol") {
            "grpc" => "Grpc",
            "http/protobuf" => "HttpProtobuf",
            other => panic!("`{other}` is no protocol"),
        };
        writeln!(
            out,
            "\n// {}.\npub(in crate::export) static {constant}: Preset = Preset {{\n    name: {name:?},\n    endpoint: {:?},\n    \
             protocol: Protocol::{protocol},\n    gzip: {},\n    dialect: Dialect::{},\n    headers: &[{}],\n    variables: &[{}],\n    \
             limits: {},\n}};",
            text(destination, "title"),
            text(destination, "endpoint"),
            destination["gzip"].as_bool().unwrap_or(false),
            dialect(text(destination, "dialect")),
            lines(list(&destination["headers"]).iter().map(header)),
            lines(destination["variables"].as_object().into_iter().flatten().map(variable)),
            limits(&destination["limits"]),
        )
        .unwrap();
    }
    let count = list(&conventions.destinations).len();
    write!(out, "\n/// Every one.\n#[cfg(test)]\npub(in crate::export) static ALL: [&Preset; {count}] = [\n{all}];\n")
        .unwrap();
    out
}

fn header(header: &Value) -> String {
    let value = match texts(header, "basic")[..] {
        [user, password] => format!("Filling::Basic({user:?}, {password:?})"),
        _ => format!("Filling::Text({:?})", text(header, "value")),
    };
    let optional = header["optional"].as_bool().unwrap_or(false);
    format!("Header {{ name: {:?}, value: {value}, optional: {optional} }}", text(header, "name"))
}

fn variable((name, variable): (&String, &Value)) -> String {
    format!(
        "Variable {{ name: {name:?}, brief: {:?}, default: {:?}, older: {:?} }}",
        text(variable, "brief"),
        variable["default"].as_str(),
        variable["older"].as_str(),
    )
}

fn limits(limits: &Value) -> String {
    let number = |field: &str| limits[field].as_u64();
    let value = match (number("value_bytes"), number("value_chars")) {
        (Some(bytes), None) => format!("Some(Length::Bytes({bytes}))"),
        (None, Some(chars)) => format!("Some(Length::Chars({chars}))"),
        (None, None) => "None".to_owned(),
        _ => panic!("a value has one length: {limits}"),
    };
    format!(
        "limits({value}, {:?}, {:?}, {:?}, {:?}, {:?})",
        number("key_chars"),
        number("items"),
        number("attributes"),
        number("events"),
        number("age_hours"),
    )
}

fn dialect(name: &str) -> &'static str {
    match name {
        "otel" => "Otel",
        "phoenix" => "Phoenix",
        "langfuse" => "Langfuse",
        "mlflow" => "Mlflow",
        "langsmith" => "Langsmith",
        "datadog" => "Datadog",
        "logfire" => "Logfire",
        "signoz" => "Signoz",
        other => panic!("`{other}` is no dialect"),
    }
}

fn lines(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { String::new() } else { format!("\n        {},\n    ", items.join(",\n        ")) }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
