//! The files of tables: what is looked up while spans are made canonical.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use super::read::{Conventions, text, texts};
use super::rust::{HEADER, array, chain, constant, literal, lookup};

/// Type, deprecation and privacy of each attribute.
pub(crate) fn registry(conventions: &Conventions) -> String {
    let content = keys(conventions, "content");
    let identity = keys(conventions, "identity");
    let mut rows = String::new();
    let mut templates = Vec::new();
    let mut entries = Vec::new();
    for (index, attribute) in conventions.attributes.iter().enumerate() {
        let key = text(attribute, "key");
        let type_name = attribute["type"].as_str().unwrap_or("string");
        let item = type_name.strip_prefix("template[").and_then(|inner| inner.strip_suffix(']'));
        let mut links =
            vec![format!("def(attribute::{}, ValueType::{})", constant(key), value_type(item.unwrap_or(type_name)))];
        if let Some(renamed_to) = attribute["deprecated"]["renamed_to"].as_str() {
            links.push(format!("renamed(attribute::{})", constant(renamed_to)));
        }
        if content.contains(key) {
            links.push("content()".to_owned());
        }
        if identity.contains(key) {
            links.push("identity()".to_owned());
        }
        rows.push_str(&chain(4, &links, ","));
        if item.is_some() {
            templates.push(format!("(\"{key}.\", {index})"));
        } else {
            entries.push((key.to_owned(), index.to_string()));
        }
    }
    let schema_url = text(&conventions.releases["releases"][text(&conventions.releases, "default")], "schema_url");
    let lookup = lookup("Where `key` stands in [`ATTRIBUTES`]", "index", "usize", &entries);
    format!(
        "{HEADER}
use crate::conventions::attribute;
use crate::conventions::registry::{{AttributeDef, ValueType, def}};

/// The schema of the names that leave by default: core 1.41, the last core release that defines GenAI.
pub const SCHEMA_URL: &str = \"{schema_url}\";

/// Every registered attribute, sorted by key.
pub(in crate::conventions) static ATTRIBUTES: [AttributeDef; {}] = [
{rows}];

/// Prefixes of attributes that carry a name of the user's, and where they stand in [`ATTRIBUTES`].
{}
{lookup}",
        conventions.attributes.len(),
        array("pub(in crate::conventions) const TEMPLATES: ", "(&str, usize)", &templates),
    )
}

/// Every accepted spelling.
pub(crate) fn aliases(conventions: &Conventions) -> String {
    let mut rows: Vec<String> = Vec::new();
    let mut entries = Vec::new();
    for group in conventions.aliases["groups"].as_array().expect("aliases have groups") {
        let rank = group["rank"].as_u64().expect("a group has a rank");
        let short = match text(group, "scope") {
            "any" => false,
            "gen_ai" => true,
            other => panic!("`{other}` is not a scope"),
        };
        let only: Vec<String> =
            texts(group, "only").into_iter().map(|name| format!("SpanType::{}", variant(name))).collect();
        for (canonical, spellings) in group["aliases"].as_object().expect("a group has aliases") {
            let fields = [
                ("canonical", format!("attribute::{}", constant(canonical))),
                ("rank", rank.to_string()),
                ("short", short.to_string()),
                ("only", format!("&[{}]", only.join(", "))),
            ];
            let row = literal(4, "", "Alias", &fields, ",");
            let index = rows.iter().position(|known| *known == row).unwrap_or_else(|| {
                rows.push(row);
                rows.len() - 1
            });
            for spelling in spellings.as_array().expect("spellings are a list") {
                entries.push((spelling.as_str().expect("a spelling is text").to_owned(), index.to_string()));
            }
        }
    }
    let prefixes: Vec<String> =
        texts(&conventions.aliases, "gen_ai_prefixes").iter().map(|prefix| format!("{prefix:?}")).collect();
    let lookup = lookup("Where the key that `key` stands for is told in [`ALIASES`]", "index", "usize", &entries);
    format!(
        "{HEADER}
use crate::conventions::alias::Alias;
use crate::conventions::{{SpanType, attribute}};

/// What spellings stand for.
pub(in crate::conventions) static ALIASES: [Alias; {}] = [
{}];

/// What a key of a GenAI span begins with.
{}
{lookup}",
        rows.len(),
        rows.concat(),
        array("pub(in crate::conventions) const PREFIXES: ", "&str", &prefixes),
    )
}

/// Every spelling of a provider, folded.
pub(crate) fn providers(conventions: &Conventions) -> String {
    let mut entries = Vec::new();
    for (provider, spellings) in conventions.providers["providers"].as_object().expect("providers are a map") {
        let mut names: BTreeSet<String> = spellings
            .as_array()
            .expect("spellings are a list")
            .iter()
            .map(|spelling| folded(spelling.as_str().unwrap()))
            .collect();
        names.insert(folded(provider));
        entries.extend(names.into_iter().map(|name| (name, format!("\"{provider}\""))));
    }
    format!("{HEADER}\n{}", lookup("The provider that a folded spelling means", "provider", "&'static str", &entries))
}

/// Span types, their words and their operations.
pub(crate) fn span_types(conventions: &Conventions) -> String {
    let types = conventions.span_types["span_types"].as_array().expect("span types are a list");
    let operations = conventions.span_types["operations"].as_array().expect("operations are a list");
    let (mut rows, mut names, mut words) = (String::new(), String::new(), Vec::new());
    for span_type in types {
        let name = text(span_type, "name");
        let mut synonyms: BTreeSet<String> = texts(span_type, "synonyms").into_iter().map(folded).collect();
        synonyms.insert(name.to_owned());
        synonyms.insert(text(span_type, "openinference").to_ascii_lowercase());
        synonyms.extend(
            operations
                .iter()
                .filter(|operation| operation["span_type"] == name)
                .map(|operation| folded(text(operation, "name"))),
        );
        // Several types are a chain to OpenInference; the word means the chain.
        if name != "chain" {
            synonyms.remove("chain");
        }
        words.extend(synonyms.into_iter().map(|word| (word, format!("SpanType::{}", variant(name)))));
        writeln!(names, "        SpanType::{} => \"{name}\",", variant(name)).unwrap();
        let fields = [
            ("operation", optional_text(&span_type["operation"])),
            ("kind", kind(span_type)),
            ("name_key", optional_key(&span_type["name_key"])),
            ("name_prefix", optional_text(&span_type["name_prefix"])),
            ("function_fallback", span_type["function"].as_bool().expect("`function` is true or false").to_string()),
            ("openinference_kind", format!("{:?}", text(span_type, "openinference"))),
        ];
        rows.push_str(&literal(8, &format!("SpanType::{} => &", variant(name)), "SpanTypeDef", &fields, ","));
    }
    let (mut operation_rows, mut entries) = (String::new(), Vec::new());
    for (index, operation) in operations.iter().enumerate() {
        let span_type = types.iter().find(|span_type| span_type["name"] == operation["span_type"]);
        let mut merged = span_type.expect("an operation's span type is there").clone();
        for field in ["kind", "name_key"] {
            if !operation[field].is_null() {
                merged[field] = operation[field].clone();
            }
        }
        let fields = [
            ("name", format!("{:?}", text(operation, "name"))),
            ("span_type", format!("SpanType::{}", variant(text(operation, "span_type")))),
            ("kind", kind(&merged)),
            ("name_key", optional_key(&merged["name_key"])),
        ];
        operation_rows.push_str(&literal(4, "", "Operation", &fields, ","));
        entries.push((text(operation, "name").to_owned(), index.to_string()));
    }
    format!(
        "{HEADER}
use opentelemetry::trace::SpanKind;

use crate::conventions::attribute;
use crate::conventions::span_type::{{Operation, SpanType, SpanTypeDef}};

/// The canonical word.
pub(in crate::conventions) const fn name(span_type: SpanType) -> &'static str {{
    match span_type {{
{names}    }}
}}

/// What follows from each operation.
pub(in crate::conventions) static OPERATIONS: [Operation; {}] = [
{operation_rows}];

/// What follows from a span type.
pub(in crate::conventions) fn def(span_type: SpanType) -> &'static SpanTypeDef {{
    match span_type {{
{rows}    }}
}}

{}
{}",
        operations.len(),
        lookup("The span type that a folded word means", "word", "SpanType", &words),
        lookup("Where an operation stands in [`OPERATIONS`]", "operation_index", "usize", &entries),
    )
}

/// Field names that are never content, and keys of other tools that are.
pub(crate) fn content(conventions: &Conventions) -> String {
    let table = |names: &[&str]| -> Vec<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), "true".to_owned())).collect()
    };
    let (prefixes, keys): (Vec<&str>, Vec<&str>) =
        texts(&conventions.content, "foreign").into_iter().partition(|key| key.ends_with('.'));
    let quoted = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| format!("{text:?}")).collect() };
    format!(
        "{HEADER}
{}
{}
/// What keys of other tools that are content begin with.
{}
/// The last words of names that programs make up for what was said.
{}",
        lookup(
            "Whether a field named `key` identifies something",
            "identifier",
            "bool",
            &table(&texts(&conventions.content, "identifiers")),
        ),
        lookup("Whether another tool's `key` is content", "foreign", "bool", &table(&keys)),
        array("pub(in crate::conventions) const FOREIGN_PREFIXES: ", "&str", &quoted(&prefixes)),
        array("pub(in crate::conventions) const SAID: ", "&str", &quoted(&texts(&conventions.content, "said")),),
    )
}

/// The keys of a list in `content.yaml`, with `x.*` told out.
pub(crate) fn keys<'a>(conventions: &'a Conventions, list: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for pattern in texts(&conventions.content, list) {
        let before = found.len();
        let matching = |key: &&str| match pattern.strip_suffix('*') {
            Some(prefix) => key.starts_with(prefix),
            None => *key == pattern,
        };
        found.extend(conventions.attributes.iter().map(|attribute| text(attribute, "key")).filter(matching));
        assert!(found.len() > before, "`{pattern}` in `{list}` adds nothing");
    }
    found
}

/// As spellings are compared: lower case, and one letter for `-`, `_` and blanks.
pub(crate) fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', ' '], "_")
}

fn kind(value: &Value) -> String {
    format!("SpanKind::{}", variant(text(value, "kind")))
}

fn optional_text(value: &Value) -> String {
    value.as_str().map_or_else(|| "None".to_owned(), |text| format!("Some(\"{text}\")"))
}

fn optional_key(value: &Value) -> String {
    match value.as_str() {
        None | Some("none") => "None".to_owned(),
        Some(key) => format!("Some(attribute::{})", constant(key)),
    }
}

fn value_type(name: &str) -> &'static str {
    match name {
        "boolean" => "Bool",
        "int" => "Int",
        "double" => "Double",
        "string" => "Str",
        "string[]" => "StrArray",
        "any" => "Any",
        other => panic!("`{other}` is not a type that `ValueType` has"),
    }
}

/// `internal` → `Internal`.
pub(super) fn variant(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
