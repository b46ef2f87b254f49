//! Upstream's facts, from `tests/data/semconv/`.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// A release that the registry is compared with, under the name that `annotations.releases` uses.
pub(crate) struct Release {
    pub(crate) name: &'static str,
    pub(crate) facts: Value,
}

impl Release {
    pub(crate) fn all() -> [Self; 2] {
        [("core", "core-1.41.json"), ("main", "main.json")]
            .map(|(name, file)| Self { name, facts: json(&format!("semconv/{file}")) })
    }

    /// The entries of a section.
    pub(crate) fn section(&self, name: &str) -> &[Value] {
        self.facts[name].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether an entry of the registry with these annotations is expected in this release.
    pub(crate) fn has(&self, entry: &Value) -> bool {
        let annotations = &entry["annotations"];
        if !annotations["origin"].is_null() {
            return false;
        }
        match &annotations["releases"] {
            Value::Array(names) => names.iter().any(|name| name == self.name),
            Value::Object(names) => names.get(self.name).is_none_or(|name| name != "absent"),
            _ => true,
        }
    }
}

/// Whether upstream's GenAI registry owns the name; core has others under `aws.` that are none of ours.
pub(crate) fn is_gen_ai(name: &str) -> bool {
    ["gen_ai.", "openai.", "mcp.", "aws.bedrock."].iter().any(|prefix| name.starts_with(prefix))
}

/// A JSON file below `tests/data/`.
pub(crate) fn json(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
