//! The `_meta` of an MCP request: a JSON object.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::carrier::Carrier;

/// `params._meta` of the Model Context Protocol: the fields are members, each a text. Also `Value::Object`s of any other
/// protocol in JSON.
impl Carrier for Map<String, Value> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        Self::get(self, name)?.as_str().map(Cow::Borrowed)
    }

    fn set(&mut self, name: &str, value: String) {
        self.insert(name.to_owned(), Value::String(value));
    }

    fn remove(&mut self, name: &str) {
        self.shift_remove(name);
    }
}
