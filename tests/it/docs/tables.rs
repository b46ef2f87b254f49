//! The README's tables, as the data and the manifest have them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::codegen::read::{Conventions, text, texts};

/// Span types: what a user writes, and what leaves.
pub(super) fn span_types(conventions: &Conventions) -> String {
    let mut table = head(&["`span_type`", "`gen_ai.operation.name`", "kind", "span name", "also understood"]);
    for span_type in list(&conventions.span_types["span_types"]) {
        let name = text(span_type, "name");
        let others: Vec<&str> = list(&conventions.span_types["operations"])
            .iter()
            .filter(|operation| operation["span_type"] == name && operation["name"] != span_type["operation"])
            .map(|operation| text(operation, "name"))
            .collect();
        let operation = match (span_type["operation"].as_str(), &others[..]) {
            (None, _) => "none yet".to_owned(),
            (Some(operation), []) => code(operation),
            (Some(operation), others) => format!("{}; when given {}", code(operation), codes(others)),
        };
        let first =
            span_type["name_prefix"].as_str().or_else(|| span_type["operation"].as_str()).expect("a first word");
        let second = text(span_type, "name_key");
        row(
            &mut table,
            &[
                &code(name),
                &operation,
                &capitalized(text(span_type, "kind")),
                &code(&format!("{first} {{{}}}", spoken(second))),
                &codes(&texts(span_type, "synonyms")),
            ],
        );
    }
    table
}

/// Short field names, what they stand for, and the type that the value leaves with.
pub(super) fn fields(conventions: &Conventions) -> String {
    let mut table = head(&["short", "full", "leaves as"]);
    for group in list(&conventions.aliases["groups"]).iter().filter(|group| group["rank"] == 0) {
        let only = texts(group, "only");
        for full in group["aliases"].as_object().expect("aliases by key").keys() {
            let mut short = codes(&texts(&group["aliases"], full));
            if !only.is_empty() {
                let _ = write!(short, " on {}", codes(&only));
            }
            let attribute = conventions.attribute(full).unwrap_or_else(|| panic!("{full} is not registered"));
            row(&mut table, &[&short, &code(full), type_of(attribute)]);
        }
    }
    table
}

/// Destinations with a name.
pub(super) fn destinations(conventions: &Conventions) -> String {
    let mut table = head(&["`Destination::`", "variables", "dialect", "limits", "checked"]);
    for destination in list(&conventions.destinations) {
        let variables: Vec<String> = destination["variables"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, known)| match known["default"].as_str() {
                Some(default) => format!("{} ({})", code(name), default),
                None => code(name),
            })
            .collect();
        let limits: Vec<String> = destination["limits"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, most)| format!("{} {most}", name.replace('_', " ")))
            .collect();
        row(
            &mut table,
            &[
                &code(&format!("{}()", text(destination, "name"))),
                &variables.join(", "),
                &code(text(destination, "dialect")),
                &limits.join(", "),
                text(destination, "checked"),
            ],
        );
    }
    table
}

/// Cargo features, with the comments that stand above them.
pub(super) fn features(manifest: &str) -> String {
    let (_, section) = manifest.split_once("[features]\n").expect("the manifest has features");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let mut table = head(&["feature", "default", "what it adds"]);
    let mut default = "";
    let mut comment = String::new();
    for line in lines {
        if let Some(text) = line.strip_prefix('#') {
            comment += text;
            continue;
        }
        let said = std::mem::take(&mut comment);
        match line.split_once(" = ") {
            Some(("default", list)) => default = list,
            Some((name, _)) if !name.starts_with('_') => {
                let on = if default.contains(&format!("\"{name}\"")) { "yes" } else { "" };
                row(&mut table, &[&code(name), on, said.trim()]);
            }
            _ => {}
        }
    }
    table
}

/// Which versions of the crates underneath belong to ours.
pub(super) fn versions(package: &Value) -> String {
    let asked = |name: &str| {
        let dependency = list(&package["dependencies"]).iter().find(|dependency| dependency["name"] == name);
        text(dependency.expect("it is a dependency"), "req").trim_start_matches('^').to_owned()
    };
    let schema = tracing_genai::conventions::SCHEMA_URL.rsplit('/').next().expect("a version");
    let mut table =
        head(&["tracing-genai", "opentelemetry, opentelemetry_sdk", "tracing-opentelemetry", "GenAI conventions"]);
    row(
        &mut table,
        &[minor(text(package, "version")), &asked("opentelemetry"), &asked("tracing-opentelemetry"), minor(schema)],
    );
    assert_eq!(asked("opentelemetry"), asked("opentelemetry_sdk"));
    table
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn head(titles: &[&str]) -> String {
    let mut table = String::new();
    row(&mut table, titles);
    row(&mut table, &vec!["---"; titles.len()]);
    table
}

pub(super) fn row(table: &mut String, cells: &[&str]) {
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}

pub(super) fn code(text: &str) -> String {
    format!("`{text}`")
}

fn codes(texts: &[&str]) -> String {
    texts.iter().map(|text| code(text)).collect::<Vec<_>>().join(", ")
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// `gen_ai.data_source.id` is the data source, `gen_ai.request.model` the request model.
fn spoken(key: &str) -> String {
    let parts: Vec<&str> = key.split('.').collect();
    let spoken = match parts[..] {
        [.., thing, "id" | "name"] => thing.to_owned(),
        [.., of, thing] => format!("{of} {thing}"),
        _ => key.to_owned(),
    };
    spoken.replace('_', " ")
}

fn type_of(attribute: &Value) -> &'static str {
    match attribute["type"].as_str() {
        Some("int") => "integer",
        Some("double") => "double",
        Some("boolean") => "boolean",
        Some("string[]") => "list of strings",
        Some("any") => "JSON string",
        Some("string") | None => "string",
        Some(other) => panic!("a type that the table has no word for: {other}"),
    }
}

/// `1.41.1` is of the line `1.41`.
fn minor(version: &str) -> &str {
    version.rmatch_indices('.').next().map_or(version, |(at, _)| &version[..at])
}
