//! The file of what crates emit that no renaming of keys makes right.

use serde_json::Value;

use super::read::{Conventions, text, texts};
use super::rust::{HEADER, constant, literal, lookup};
use super::tables::variant;

/// Spans known by what their call sites declare, lenders, events that are folded, bags of counts, operations.
pub(crate) fn emitters(conventions: &Conventions) -> String {
    let emitters = &conventions.emitters;
    let list = |name: &str| emitters[name].as_array().unwrap_or_else(|| panic!("`{name}` is a list"));
    let spans: Vec<String> = list("spans")
        .iter()
        .map(|span| {
            let error = span["error"].as_str().map_or_else(|| "None".to_owned(), |field| format!("Some({field:?})"));
            let fields = [
                ("target", format!("{:?}", text(span, "target"))),
                ("fields", format!("&{:?}", texts(span, "fields"))),
                ("span_type", format!("SpanType::{}", variant(text(span, "span_type")))),
                ("error", error),
            ];
            literal(4, "", "Emitter", &fields, ",")
        })
        .collect();
    let lenders: Vec<_> = list("lenders")
        .iter()
        .map(|lender| {
            [
                ("target", format!("{:?}", text(lender, "target"))),
                ("fields", format!("&{:?}", texts(lender, "fields"))),
                ("field", format!("{:?}", text(lender, "field"))),
                ("canonical", format!("attribute::{}", constant(text(lender, "canonical")))),
                ("between", format!("&{:?}", texts(lender, "between"))),
            ]
        })
        .collect();
    let head = format!("pub(in crate::conventions) static LENDERS: [Lender; {}] = [", lenders.len());
    // rustfmt puts a single item beside its bracket.
    let lenders = match lenders.as_slice() {
        [lender] => literal(0, &head, "Lender", lender, "];"),
        lenders => {
            let rows: Vec<String> = lenders.iter().map(|lender| literal(4, "", "Lender", lender, ",")).collect();
            format!("{head}\n{}];\n", rows.concat())
        }
    };
    let keys = |keys: Vec<&str>, value: &str| -> Vec<(String, String)> {
        keys.into_iter().map(|key| (key.to_owned(), value.to_owned())).collect()
    };
    let bags = &emitters["bags"];
    let mut bag_keys = keys(texts(bags, "usage"), "Bag::Usage");
    bag_keys.extend(keys(texts(bags, "parts"), "Bag::Parts"));
    bag_keys.extend(keys(texts(bags, "cost"), "Bag::Cost"));
    let mut counts = Vec::new();
    for (canonical, spellings) in bags["counts"].as_object().expect("counts are a map") {
        let spellings = spellings.as_array().expect("spellings are a list").iter().filter_map(Value::as_str);
        counts.extend(spellings.map(|key| (key.to_owned(), format!("attribute::{}", constant(canonical)))));
    }
    let operations: Vec<(String, String)> = list("operations")
        .iter()
        .map(|operation| {
            let means =
                format!("({:?}, SpanType::{})", text(operation, "operation"), variant(text(operation, "span_type")));
            (text(operation, "word").to_owned(), means)
        })
        .collect();
    format!(
        "{HEADER}
use crate::conventions::emitter::{{Bag, Emitter, Lender}};
use crate::conventions::{{SpanType, attribute}};

/// Spans that are known by what their call sites declare.
pub(in crate::conventions) static EMITTERS: [Emitter; {}] = [
{}];

/// Spans whose values hold for those below.
{}
{}
{}
{}
{}
{}
{}",
        spans.len(),
        spans.concat(),
        lenders,
        lookup(
            "Whether `key` shows an event whose attributes are its span's",
            "folded",
            "bool",
            &keys(texts(emitters, "folded_events"), "true")
        ),
        lookup(
            "Whether the value of `key` is a failure's message",
            "failure",
            "bool",
            &keys(texts(emitters, "failures"), "true")
        ),
        lookup("What the JSON object under `key` holds", "bag_index", "Bag", &bag_keys),
        lookup("The key that a key in an object of counts stands for", "count", "&'static str", &counts),
        lookup(
            "The operation and the span type that another crate's word means",
            "foreign",
            "(&'static str, SpanType)",
            &operations
        ),
        lookup(
            "The count that the tokens of an operation are of where nothing tells",
            "modality",
            "&'static str",
            &modalities(emitters)
        ),
    )
}

/// The count that each operation's tokens are of.
fn modalities(emitters: &Value) -> Vec<(String, String)> {
    let modalities = emitters["modalities"].as_object().expect("modalities are a map");
    let count = |count: &Value| format!("attribute::{}", constant(count.as_str().expect("a count is a key")));
    modalities.iter().map(|(operation, of)| (operation.clone(), count(of))).collect()
}
