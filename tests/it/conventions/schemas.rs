//! The shapes of structured values.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::upstream::json;
use crate::codegen::read::{Conventions, folder, text};

#[test]
fn shapes_are_upstreams() {
    for name in [
        "input-messages",
        "memory-records",
        "output-messages",
        "retrieval-documents",
        "system-instructions",
        "tool-call-arguments",
        "tool-call-result",
        "tool-definitions",
    ] {
        let ours = bare(schema(&format!("messages/{name}.json")));
        let theirs = bare(json(&format!("semconv/message-schemas/gen-ai-{name}.json")));
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn every_shape_belongs_to_an_attribute() {
    let ours = Conventions::read();
    let mut named: Vec<&str> =
        ours.attributes.iter().filter_map(|attribute| attribute["annotations"]["json_schema"].as_str()).collect();
    named.sort_unstable();
    let mut there: Vec<String> = fs::read_dir(folder().join("messages"))
        .unwrap()
        .map(|entry| format!("messages/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    there.sort_unstable();
    assert_eq!(named, there);
}

#[test]
fn an_attribute_of_any_type_has_a_shape() {
    for attribute in Conventions::read().attributes.iter().filter(|attribute| attribute["type"] == "any") {
        assert!(attribute["annotations"]["json_schema"].is_string(), "{}", text(attribute, "key"));
    }
}

#[test]
fn a_shape_asks_for_no_other_file() {
    for name in ["input-messages", "output-messages", "system-instructions", "tool-definitions"] {
        each_reference(&schema(&format!("messages/{name}.json")), &mut |target| {
            assert!(target.starts_with("#/$defs/"), "{name} refers to {target}");
        });
    }
}

fn schema(file: &str) -> Value {
    let path = Path::new(&folder()).join(file);
    serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap()
}

/// A schema without its wording. Upstream describes parameters by the schema of schemas, which we do not fetch.
fn bare(mut schema: Value) -> Value {
    fn strip(value: &mut Value, names_are_fields: bool) {
        match value {
            Value::Object(map) => {
                if !names_are_fields {
                    for word in ["title", "description", "default", "format", "$schema"] {
                        map.remove(word);
                    }
                    if map.get("$ref").is_some_and(|target| target == "http://json-schema.org/draft-07/schema#") {
                        map.remove("$ref");
                        map.insert("type".to_owned(), Value::from("object"));
                    }
                }
                for (key, value) in map.iter_mut() {
                    strip(value, !names_are_fields && (key == "properties" || key == "$defs"));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, false)),
            _ => {}
        }
    }
    strip(&mut schema, false);
    schema
}

fn each_reference(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(target) = map.get("$ref").and_then(Value::as_str) {
                see(target);
            }
            map.values().for_each(|value| each_reference(value, see));
        }
        Value::Array(items) => items.iter().for_each(|item| each_reference(item, see)),
        _ => {}
    }
}
