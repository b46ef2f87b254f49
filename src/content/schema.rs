//! JSON Schema, as tools describe their arguments with it.

use serde_json::{Map, Value};

/// What names the values that are allowed; Gemini has them in capitals.
const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];
/// Members that say something of a value and never hold one.
const KEYWORDS: [&str; 12] = [
    "title",
    "description",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "contentEncoding",
    "contentMediaType",
];

/// Whether an object tells of what kind a value is, and holds no value itself.
pub(super) fn is_schema(members: &Map<String, Value>) -> bool {
    members.keys().any(|key| key == "type" || key == "$ref" || key == "anyOf" || key == "oneOf")
        && members.iter().all(|(key, value)| match key.as_str() {
            "type" => names_types(value),
            "$ref" => value.as_str().is_some_and(|place| place.starts_with('#')),
            "anyOf" | "oneOf" | "allOf" => value.as_array().is_some_and(|all| all.iter().all(is_schema_value)),
            "items" => is_schema_value(value),
            _ => value.is_null() || KEYWORDS.contains(&key.as_str()),
        })
}

fn is_schema_value(value: &Value) -> bool {
    value.as_object().is_some_and(is_schema)
}

fn names_types(value: &Value) -> bool {
    let is_type =
        |value: &Value| value.as_str().is_some_and(|word| TYPES.iter().any(|known| known.eq_ignore_ascii_case(word)));
    is_type(value) || value.as_array().is_some_and(|words| words.iter().all(is_type))
}
