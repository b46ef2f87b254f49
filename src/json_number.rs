//! Numbers of JSON as they were written, and as `serde_json` gives them where some crate of the program has switched on its
//! `arbitrary_precision`: those with a fraction come as an object whose one member has a name of its own.

use serde::de::MapAccess;
use serde_json::{Number, Value};

const NAME: &str = "$serde_json::private::Number";

/// The number of which this is the first key in `members`; nothing when it is any other key.
pub(crate) fn number_of<'de, A: MapAccess<'de>>(key: &str, members: &mut A) -> Result<Option<Value>, A::Error> {
    if key != NAME {
        return Ok(None);
    }
    let text = members.next_value::<String>()?;
    Ok(Some(text.parse::<Number>().map_or(Value::String(text), Value::Number)))
}

/// Whether `value` is no number, or one that is written as in `text`: such as `1.10` may be a name.
pub(crate) fn is_as_written(value: &Value, text: &str) -> bool {
    value.as_number().is_none_or(|number| number.to_string() == text)
}
