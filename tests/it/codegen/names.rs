//! The files of names: attributes, their values, events, metrics.

use std::fmt::Write;

use super::read::{Conventions, text};
use super::rust::{HEADER, constant, doc};

/// One public constant for each attribute.
pub(crate) fn attributes(conventions: &Conventions) -> String {
    let mut file = format!("{HEADER}\n");
    for attribute in &conventions.attributes {
        let key = text(attribute, "key");
        file.push_str(&doc("", text(attribute, "brief")));
        if let Some(renamed_to) = attribute["deprecated"]["renamed_to"].as_str() {
            writeln!(file, "///\n/// Older; [`{}`] is what leaves.", constant(renamed_to)).unwrap();
        } else if let Some(default) = attribute["annotations"]["newer_spelling_of"].as_str() {
            writeln!(file, "///\n/// [`{}`] is what leaves by default.", constant(default)).unwrap();
        } else if attribute["type"].as_str().is_some_and(|name| name.starts_with("template[")) {
            writeln!(file, "///\n/// A prefix: the key is `{key}.` and a name.").unwrap();
        }
        writeln!(file, "pub const {}: &str = \"{key}\";", constant(key)).unwrap();
    }
    file
}

/// One module for each attribute that has known values, one constant for each of them.
pub(crate) fn values(conventions: &Conventions) -> String {
    let mut file = HEADER.to_owned();
    for attribute in &conventions.attributes {
        let Some(members) = attribute["type"]["members"].as_array() else { continue };
        let key = text(attribute, "key");
        if !conventions.is_canonical(key) || key == "span_type" {
            continue;
        }
        writeln!(file, "\n/// Values of `{key}`.\npub(crate) mod {} {{", module(key)).unwrap();
        for member in members {
            file.push_str(&doc("    ", text(member, "brief")));
            let value = text(member, "value");
            writeln!(file, "    pub(crate) const {}: &str = \"{value}\";", constant(text(member, "id"))).unwrap();
        }
        file.push_str("}\n");
    }
    file
}

/// One constant for each event.
pub(crate) fn events(conventions: &Conventions) -> String {
    let mut file = HEADER.to_owned();
    for event in &conventions.events {
        let name = text(event, "name");
        file.push('\n');
        file.push_str(&doc("", text(event, "brief")));
        writeln!(file, "pub(crate) const {}: &str = \"{name}\";", constant(name)).unwrap();
    }
    file
}

/// One constant for each metric.
pub(crate) fn metrics(conventions: &Conventions) -> String {
    let mut file = format!("{HEADER}\nuse crate::conventions::metric::MetricDef;\n");
    for metric in &conventions.metrics {
        let (name, unit, brief) = (text(metric, "name"), text(metric, "unit"), text(metric, "brief"));
        file.push('\n');
        file.push_str(&doc("", brief));
        writeln!(file, "pub(crate) const {}: MetricDef = MetricDef {{", constant(name)).unwrap();
        writeln!(file, "    name: \"{name}\",\n    unit: \"{unit}\",\n    brief: \"{brief}\",").unwrap();
        let buckets: Vec<String> = metric["annotations"]["buckets"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(|bound| number(bound.as_f64().expect("a bucket's bound is a number")))
            .collect();
        if buckets.is_empty() {
            file.push_str("    buckets: &[],\n");
        } else {
            writeln!(file, "    buckets: &[{}],", wrapped(&buckets)).unwrap();
        }
        file.push_str("};\n");
    }
    file
}

/// `gen_ai.operation.name` → `operation`, `gen_ai.output.type` → `output_type`, `mcp.method.name` → `mcp_method`.
fn module(key: &str) -> String {
    let short = key.strip_prefix("gen_ai.").unwrap_or(key);
    short.strip_suffix(".name").unwrap_or(short).replace('.', "_")
}

/// A list of numbers on one line where it fits; else filled lines, or one number to a line where one of them is long, as
/// rustfmt breaks them.
fn wrapped(items: &[String]) -> String {
    let one_line = items.join(", ");
    if "    buckets: &[],".len() + one_line.len() <= 120 {
        return one_line;
    }
    let fill = items.iter().all(|item| item.len() <= 10);
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut().filter(|line| fill && line.len() + item.len() + 2 <= 120) {
            Some(line) => write!(line, " {item},").unwrap(),
            None => lines.push(format!("        {item},")),
        }
    }
    format!("\n{}\n    ", lines.join("\n"))
}

/// `1048576.0` → `1_048_576.0`.
fn number(number: f64) -> String {
    let written = format!("{number:?}");
    let (whole, fraction) = written.split_once('.').expect("a double is written with a point");
    if whole.len() < 6 {
        return written;
    }
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{fraction}")
}
