//! JSON text with all of its members: of those with one name in one object the last counts, and the others stand there too.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::json::{looks_like_json, with_all_digits};
use crate::json_number::number_of;

/// A member whose name a later one of its object has.
pub(super) type HiddenMember = (String, Value);

/// What [`parse`](super::json::parse) gives, and the members that it leaves out.
pub(super) fn parse_all(text: &str) -> Option<(Value, Vec<HiddenMember>)> {
    if !looks_like_json(text) {
        return None;
    }
    let mut hidden = Vec::new();
    let text = with_all_digits(text);
    let mut source = serde_json::Deserializer::from_str(&text);
    let value = Reader(&mut hidden).deserialize(&mut source).ok()?;
    source.end().ok()?;
    Some((value, hidden))
}

/// Reads a value, and adds what it hides.
struct Reader<'a>(&'a mut Vec<HiddenMember>);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if let Some(number) = number_of(&key, &mut members)? {
                return Ok(number);
            }
            let value = members.next_value_seed(Reader(&mut *self.0))?;
            match object.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(value);
                }
                Entry::Occupied(mut taken) => {
                    let key = taken.key().clone();
                    self.0.push((key, taken.insert(value)));
                }
            }
        }
        Ok(Value::Object(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Reader(&mut *self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_later_member_hides_is_given_and_numbers_are_numbers() {
        let text = r#"{"a": 1, "b": [-1, 1.5, {"a": null, "a": true}], "a": {"$serde_json::private::Number": "0.50"}}"#;
        let (value, hidden) = parse_all(text).unwrap();
        assert_eq!(value["b"], json!([-1, 1.5, {"a": true}]));
        assert_eq!(value["a"].as_f64(), Some(0.5));
        assert_eq!(hidden, [("a".to_owned(), json!(null)), ("a".to_owned(), json!(1))]);
        assert!(parse_all("[1] 2").is_none() && parse_all("{").is_none());
    }
}
