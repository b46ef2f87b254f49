//! What a request can carry: fields by name.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

/// Fields of a request or message, by lower-case name: `traceparent`, `tracestate`, `baggage`. Implement it for a
/// protocol of your own.
pub trait Carrier {
    /// The value of a field; where it stands several times, the values with commas between them.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Sets a field, in the place of what it had. A value that the carrier cannot hold is left out.
    fn set(&mut self, name: &str, value: String);

    /// Removes a field.
    fn remove(&mut self, name: &str);
}

/// The names of HTTP headers are found in any case.
impl<S: BuildHasher> Carrier for HashMap<String, String, S> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        Self::get(self, name).or_else(|| in_any_case(self, name)).map(|value| Cow::Borrowed(value.as_str()))
    }

    fn set(&mut self, name: &str, value: String) {
        Carrier::remove(self, name);
        self.insert(name.to_owned(), value);
    }

    fn remove(&mut self, name: &str) {
        self.retain(|key, _| !is_field(key, name));
    }
}

/// The names of HTTP headers are found in any case.
impl Carrier for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        Self::get(self, name).or_else(|| in_any_case(self, name)).map(|value| Cow::Borrowed(value.as_str()))
    }

    fn set(&mut self, name: &str, value: String) {
        Carrier::remove(self, name);
        self.insert(name.to_owned(), value);
    }

    fn remove(&mut self, name: &str) {
        self.retain(|key, _| !is_field(key, name));
    }
}

/// A list of headers, as many clients take it.
impl Carrier for Vec<(String, String)> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        joined(self.iter().filter(|(key, _)| is_field(key, name)).map(|(_, value)| Cow::Borrowed(value.as_str())))
    }

    fn set(&mut self, name: &str, value: String) {
        Carrier::remove(self, name);
        self.push((name.to_owned(), value));
    }

    fn remove(&mut self, name: &str) {
        self.retain(|(key, _)| !is_field(key, name));
    }
}

/// The values of a field that stands several times. One that must stand once is malformed then.
pub(super) fn joined<'a>(mut values: impl Iterator<Item = Cow<'a, str>>) -> Option<Cow<'a, str>> {
    let mut all = values.next()?;
    for value in values {
        let all = all.to_mut();
        all.push(',');
        all.push_str(&value);
    }
    Some(all)
}

fn in_any_case<'m>(map: impl IntoIterator<Item = (&'m String, &'m String)>, name: &str) -> Option<&'m String> {
    map.into_iter().find_map(|(key, value)| is_field(key, name).then_some(value))
}

fn is_field(key: &str, name: &str) -> bool {
    key.eq_ignore_ascii_case(name)
}
