//! Metadata of `tonic`.

use std::borrow::Cow;

use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};

use super::carrier::{Carrier, joined};

impl Carrier for MetadataMap {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        joined(self.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_encoded_bytes())))
    }

    fn set(&mut self, name: &str, value: String) {
        let name = MetadataKey::<Ascii>::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, MetadataValue::try_from(value)) {
            self.insert(name, value);
        }
    }

    fn remove(&mut self, name: &str) {
        Self::remove(self, name);
    }
}
