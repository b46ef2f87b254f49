//! A span as a backend shows it.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a backend gives back of a span. `kind`, `status` and `status_message` stand among its attributes, where the backend
/// keeps them apart.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) id: String,
    /// The id of its parent.
    pub(crate) parent: Option<String>,
    pub(crate) attributes: BTreeMap<String, Value>,
}

/// The name of a span's parent.
pub(crate) fn parent_of<'a>(spans: &'a [Seen], name: &str) -> Option<&'a str> {
    let parent = spans.iter().find(|span| span.name == name)?.parent.as_deref()?;
    spans.iter().find(|span| span.id == parent).map(|span| span.name.as_str())
}
