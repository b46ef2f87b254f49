//! The tables of dialects: `conventions/dialects/` in, `src/dialect/generated/` out.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use super::read::{Conventions, text, texts};
use super::rust::HEADER;

/// One table for each dialect, and the list of core keys: file names and what stands in them.
pub(crate) fn files(conventions: &Conventions) -> Vec<(String, String)> {
    let core = texts(&conventions.core, "core");
    let mut files: Vec<(String, String)> = conventions
        .dialects
        .iter()
        .map(|dialect| (format!("{}.rs", text(dialect, "dialect")), table(dialect, &core)))
        .collect();
    let listed = core.iter().fold(String::new(), |list, key| list + &format!("    {key:?},\n"));
    files.push((
        "core.rs".to_owned(),
        format!(
            "{HEADER}\n/// What says what a span was.\npub(in crate::dialect) const CORE: [&str; {}] = [\n{listed}];\n",
            core.len()
        ),
    ));
    files
}

fn table(dialect: &Value, core: &[&str]) -> String {
    let mut out = format!("/// {}.\npub(in crate::dialect) static TABLE: Table = Table {{\n", text(dialect, "brief"));
    let mut field = |name: &str, value: String| writeln!(out, "    {name}: {value},").unwrap();
    known(
        dialect,
        &[
            "dialect",
            "brief",
            "kind",
            "leaves_only",
            "only",
            "keys",
            "counts",
            "bags",
            "values",
            "flat",
            "status",
            "omit",
            "aside",
            "metadata",
        ],
    );
    field("kind", optional(dialect, "kind", kind_of));
    field("leaves_only", strings(&texts(dialect, "leaves_only")));
    field(
        "only",
        rows(dialect, "only", |row| format!("Only {{ keys: {}, on: {} }}", strings(&texts(row, "keys")), types(row))),
    );
    field("keys", rows(dialect, "keys", row_of));
    field("counts", counts(dialect));
    field("bags", rows(dialect, "bags", bag_of));
    field("values", optional(dialect, "values", values_of));
    field("flat", optional(dialect, "flat", flat_of));
    field("status", optional(dialect, "status", status_of));
    field("omit", strings(&texts(dialect, "omit")));
    field("aside", optional(dialect, "aside", aside_of));
    field("metadata", optional(dialect, "metadata", |place| format!("Some({})", place_of(place))));
    let objects = [&dialect["aside"]["into"], &dialect["metadata"]["into"]];
    assert!(objects.iter().any(|into| into.is_null()) || objects[0] == objects[1], "two objects in {dialect}");
    let core = core_of(dialect, core);
    field("core", strings(&core.iter().map(String::as_str).collect::<Vec<_>>()));
    out.push_str("};\n");
    let of_table: Vec<&str> = TYPES.into_iter().filter(|name| mentions(&out, name)).collect();
    let span_type = if mentions(&out, "SpanType") { "use crate::conventions::SpanType;\n" } else { "" };
    format!("{HEADER}\n{span_type}use crate::dialect::table::{{{}}};\n\n{out}", of_table.join(", "))
}

/// What a table is made of.
const TYPES: [&str; 18] = [
    "Aside",
    "Bag",
    "DocumentKeys",
    "Flat",
    "FlatMessages",
    "Form",
    "Kind",
    "Member",
    "MessageKeys",
    "Only",
    "Place",
    "Quantity",
    "Row",
    "StatusKeys",
    "Table",
    "ValueForm",
    "Values",
    "Which",
];

fn mentions(text: &str, name: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == name)
}

/// Keys that a dialect makes of core keys.
pub(crate) fn core_of(dialect: &Value, core: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    found.extend(dialect["kind"]["key"].as_str().map(str::to_owned));
    for row in list(dialect, "keys") {
        if texts(row, "from").iter().any(|key| core.contains(key)) {
            found.extend(texts(row, "to").into_iter().map(str::to_owned));
        }
    }
    found.extend(dialect["counts"].as_object().into_iter().flatten().map(|(key, _)| key.clone()));
    for bag in list(dialect, "bags") {
        if bag["members"]
            .as_object()
            .expect("a bag has members")
            .values()
            .any(|member| !member.as_str().unwrap().contains('.'))
        {
            found.insert(text(bag, "key").to_owned());
        }
    }
    found.extend(dialect["status"]["key"].as_str().map(str::to_owned));
    found
}

fn kind_of(kind: &Value) -> String {
    known(kind, &["key", "words", "wrapper", "without_operation"]);
    let words: Vec<String> = kind["words"]
        .as_object()
        .expect("a kind has words")
        .iter()
        .map(|(name, word)| format!("({}, {:?})", span_type(name), word.as_str().unwrap()))
        .collect();
    let wrapper = kind["wrapper"].as_str().map_or("None".to_owned(), |name| format!("Some({})", span_type(name)));
    format!(
        "Some(Kind {{ key: {:?}, words: &[{}], wrapper: {wrapper}, without_operation: {} }})",
        text(kind, "key"),
        words.join(", "),
        kind["without_operation"].as_bool().unwrap_or(false),
    )
}

fn row_of(row: &Value) -> String {
    known(row, &["from", "to", "form", "on"]);
    format!(
        "Row {{ from: {}, to: {}, form: Form::{}, on: {} }}",
        strings(&texts(row, "from")),
        strings(&texts(row, "to")),
        variant(row["form"].as_str().unwrap_or("same")),
        types(row),
    )
}

fn counts(dialect: &Value) -> String {
    let items: Vec<String> = dialect["counts"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, quantity)| format!("({key:?}, Quantity::{})", variant(quantity.as_str().unwrap())))
        .collect();
    block(&items)
}

fn bag_of(bag: &Value) -> String {
    known(bag, &["key", "on", "members"]);
    let members: Vec<String> = bag["members"]
        .as_object()
        .expect("a bag has members")
        .iter()
        .map(|(name, member)| match member.as_str().expect("a member is a key or a quantity") {
            key if key.contains('.') => format!("({name:?}, Member::Key({key:?}))"),
            quantity => format!("({name:?}, Member::Count(Quantity::{}))", variant(quantity)),
        })
        .collect();
    format!("Bag {{ key: {:?}, on: {}, members: &[{}] }}", text(bag, "key"), types(bag), members.join(", "))
}

fn values_of(values: &Value) -> String {
    known(values, &["input", "output", "input_type", "output_type", "form", "chat", "pair", "in_place", "on"]);
    let one = |field: &str| texts(values, field)[0].to_owned();
    let media = values["input_type"]
        .as_str()
        .map_or("None".to_owned(), |input| format!("Some(({input:?}, {:?}))", text(values, "output_type")));
    format!(
        "Some(Values {{ input: {:?}, output: {:?}, types: {media}, form: ValueForm::{}, chat: {}, pair: {}, in_place: {}, on: {} }})",
        one("input"),
        one("output"),
        variant(text(values, "form")),
        values["chat"].as_bool().unwrap_or(false),
        values["pair"].as_bool().unwrap_or(false),
        values["in_place"].as_bool().unwrap_or(false),
        types(values),
    )
}

fn flat_of(flat: &Value) -> String {
    known(
        flat,
        &[
            "input",
            "output",
            "tools",
            "tool",
            "message",
            "part",
            "call",
            "documents",
            "document",
            "most_messages",
            "most_attributes",
            "most_documents",
        ],
    );
    let messages = if flat["message"].is_null() {
        "None".to_owned()
    } else {
        let (message, part, call) = (&flat["message"], &flat["part"], &flat["call"]);
        format!(
            "Some(FlatMessages {{ input: {:?}, output: {:?}, tools: {:?}, tool: {:?}, message: MessageKeys {{ role: {:?}, content: {:?}, \
             name: {:?}, tool_call_id: {:?}, part_type: {:?}, part_text: {:?}, part_image: {:?}, call_id: {:?}, call_name: {:?}, \
             call_arguments: {:?} }}, most_messages: {}, most_attributes: {} }})",
            text(flat, "input"),
            text(flat, "output"),
            text(flat, "tools"),
            text(flat, "tool"),
            text(message, "role"),
            text(message, "content"),
            text(message, "name"),
            text(message, "tool_call_id"),
            text(part, "type"),
            text(part, "text"),
            text(part, "image"),
            text(call, "id"),
            text(call, "name"),
            text(call, "arguments"),
            flat["most_messages"],
            flat["most_attributes"],
        )
    };
    let documents: Vec<String> = flat["documents"]
        .as_object()
        .expect("documents by span type")
        .iter()
        .map(|(name, key)| format!("({}, {:?})", span_type(name), key.as_str().unwrap()))
        .collect();
    let document = &flat["document"];
    format!(
        "Some(Flat {{ messages: {messages}, documents: &[{}], document: DocumentKeys {{ id: {:?}, content: {:?}, score: {:?}, \
         metadata: {:?} }}, most_documents: {} }})",
        documents.join(", "),
        text(document, "id"),
        text(document, "content"),
        text(document, "score"),
        text(document, "metadata"),
        flat["most_documents"],
    )
}

fn status_of(status: &Value) -> String {
    known(status, &["key", "error", "message"]);
    let level =
        status["key"].as_str().map_or("None".to_owned(), |key| format!("Some(({key:?}, {:?}))", text(status, "error")));
    format!("Some(StatusKeys {{ level: {level}, message: {:?} }})", text(status, "message"))
}

fn aside_of(aside: &Value) -> String {
    known(aside, &["keys", "prefixes", "keep", "under", "into", "every_span"]);
    let which = if aside["keep"].is_null() {
        format!("Which::These({}, {})", strings(&texts(aside, "keys")), strings(&texts(aside, "prefixes")))
    } else {
        format!("Which::AllBut({})", strings(&texts(aside, "keep")))
    };
    format!(
        "Some(Aside {{ which: {which}, place: {}, every_span: {} }})",
        place_of(aside),
        aside["every_span"].as_bool().unwrap_or(false)
    )
}

fn place_of(value: &Value) -> String {
    match value["under"].as_str() {
        Some(under) => format!("Place::Under({under:?})"),
        None => format!("Place::Into({:?})", text(value, "into")),
    }
}

/// A field that nothing reads is a mistake in spelling.
fn known(value: &Value, fields: &[&str]) {
    for field in value.as_object().expect("a map").keys() {
        assert!(fields.contains(&field.as_str()), "`{field}` means nothing in {value}");
    }
}

fn optional(dialect: &Value, field: &str, told: fn(&Value) -> String) -> String {
    if dialect[field].is_null() { "None".to_owned() } else { told(&dialect[field]) }
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn rows(dialect: &Value, field: &str, row: impl Fn(&Value) -> String) -> String {
    block(&list(dialect, field).iter().map(row).collect::<Vec<_>>())
}

fn block(items: &[String]) -> String {
    if items.is_empty() { "&[]".to_owned() } else { format!("&[\n        {},\n    ]", items.join(",\n        ")) }
}

fn strings(items: &[&str]) -> String {
    format!("&{items:?}")
}

fn types(row: &Value) -> String {
    let named: Vec<String> = texts(row, "on").into_iter().map(span_type).collect();
    format!("&[{}]", named.join(", "))
}

fn span_type(name: &str) -> String {
    format!("SpanType::{}", variant(name))
}

/// `cache_write_5m` → `CacheWrite5m`.
fn variant(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect()
}
