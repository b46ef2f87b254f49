//! What each backend shows of the sample, as `shown.toml` has it, and whether it does.

use std::fmt;

use serde_json::Value;

use super::seen::Seen;

/// Something that a person looks for.
#[derive(Debug)]
pub(crate) struct Concept {
    pub(crate) name: String,
    /// The span on which it is looked for.
    span: String,
    /// By backend.
    expected: Value,
}

/// What became of a concept in a backend.
#[derive(Debug)]
pub(crate) enum Verdict {
    Shown(String),
    /// The backend cannot show it, and why.
    NotShown(String),
    /// It should be there.
    Missing(String),
}

impl Concept {
    /// All, in the order of the file.
    pub(crate) fn all() -> Vec<Self> {
        let table: toml::Table = toml::from_str(include_str!("shown.toml")).unwrap_or_default();
        let json = serde_json::to_value(table).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = json["concept"].as_array().cloned().unwrap_or_default();
        list.into_iter()
            .map(|entry| Self { name: text(&entry["name"]), span: text(&entry["span"]), expected: entry })
            .collect()
    }

    /// Looks for it among the spans that `backend` showed.
    pub(crate) fn look(&self, backend: &str, spans: &[Seen]) -> Verdict {
        let expected = &self.expected[backend];
        if let Some(why) = expected["not"].as_str() {
            return Verdict::NotShown(why.to_owned());
        }
        let key = expected["key"].as_str().unwrap_or_default();
        let Some(span) = spans.iter().find(|span| span.name == self.span) else {
            return Verdict::Missing(format!("no span `{}`", self.span));
        };
        let value = span.attributes.get(key).unwrap_or(&Value::Null);
        let value = expected["at"].as_str().map_or(value, |place| value.pointer(place).unwrap_or(&Value::Null));
        let told = short(value);
        let fits = match (&expected["is"], &expected["has"]) {
            _ if expected["absent"] == Value::Bool(true) => value.is_null(),
            (Value::Null, has) => has.as_str().is_some_and(|has| value.to_string().contains(has)),
            (is, _) => is == value || near(is, value),
        };
        match fits {
            true if value.is_null() => Verdict::Shown("none, as it should be".to_owned()),
            true => Verdict::Shown(told),
            false => Verdict::Missing(format!("`{key}` of `{}` is {told}", self.span)),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(value) => write!(f, "shown     {value}"),
            Self::NotShown(why) => write!(f, "not shown {why}"),
            Self::Missing(what) => write!(f, "MISSING   {what}"),
        }
    }
}

fn near(expected: &Value, value: &Value) -> bool {
    // A whole number must come back as one: text and doubles are what goes wrong with token counts.
    let is_whole = expected.is_u64() || expected.is_i64();
    match (expected.as_f64(), value.as_f64()) {
        (Some(expected), Some(value)) => !is_whole && (expected - value).abs() < 1e-9,
        _ => false,
    }
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
