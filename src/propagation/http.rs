//! Headers of the crate `http`: hyper, reqwest, axum, tower.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::carrier::{Carrier, joined};

impl Carrier for HeaderMap {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        joined(self.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())))
    }

    fn set(&mut self, name: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.insert(name, value);
        }
    }

    fn remove(&mut self, name: &str) {
        Self::remove(self, name);
    }
}
