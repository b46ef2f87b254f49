//! Values of the types that the registry gives: a count is an integer, however it was recorded.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use crate::conventions::{AttributeDef, ValueType, attribute};

/// How the `Debug` of an `Option` begins that holds something.
const SOME: &str = "Some(";
/// The `Debug` of one that holds nothing.
const NONE: &str = "None";
/// Words for a model, a provider or an operation that is not known.
const UNKNOWN: [&str; 6] = ["unknown", "undefined", "unspecified", "none", "null", "n/a"];
/// Integers up to here are whole in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What became of the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// A value is under another key now.
    pub(super) renamed: bool,
    /// A value that said that there is nothing is gone.
    pub(super) dropped: bool,
}

/// Gives attributes their type where they have another: `unfit` says where those stand that are not right, in their
/// order. What cannot be coerced is kept as text under an invalid key and counted.
pub(super) fn coerce(
    attributes: &mut Vec<KeyValue>,
    unfit: &[(usize, &'static AttributeDef)],
    invalid: &AtomicU64,
) -> Changed {
    let mut changed = Changed::default();
    for (at, def) in unfit {
        let Some(kv) = attributes.get_mut(*at) else { continue };
        unwrap(def, &mut kv.value);
        if is_none(def, &kv.value) {
            changed.dropped = true;
        } else {
            changed.renamed |= put_right(kv, def, invalid);
        }
    }
    if changed.dropped {
        for (at, def) in unfit.iter().rev() {
            if attributes.get(*at).is_some_and(|kv| is_none(def, &kv.value)) {
                attributes.remove(*at);
            }
        }
    }
    changed
}

/// Whether the value may stay as it is: most are what they should be.
#[expect(clippy::inline_always, reason = "once for each attribute")]
#[inline(always)]
pub(super) fn is_right(def: &AttributeDef, value: &Value) -> bool {
    match value {
        Value::String(text) if may_be_printed(def, text.as_str()) => false,
        _ => fits(def.value_type, value) && !is_impossible(def, value),
    }
}

/// Whether `text` may be the `Debug` of what it should be, or nothing at all.
#[inline]
fn may_be_printed(def: &AttributeDef, text: &str) -> bool {
    match text.as_bytes() {
        [] | [b'"', ..] => def.identity,
        // Nearly all of them begin with another letter.
        [b'N' | b'n' | b'U' | b'u', ..] => is_no_name(def, text),
        [b'S', ..] => text.starts_with(SOME),
        _ => false,
    }
}

/// Takes out what is in an `Option`, or in quotes, that was printed.
fn unwrap(def: &AttributeDef, value: &mut Value) {
    if let Value::String(text) = value
        && let Some(inner) = unprinted(def, text.as_str())
    {
        *value = Value::from(inner.to_owned());
    }
}

/// Whether the key has changed.
fn put_right(kv: &mut KeyValue, def: &AttributeDef, invalid: &AtomicU64) -> bool {
    if kv.key.as_str() == attribute::GEN_AI_RESPONSE_FINISH_REASONS {
        split(&mut kv.value);
    }
    if fits(def.value_type, &kv.value) && !is_impossible(def, &kv.value) {
        return false;
    }
    let coerced = as_type(def.value_type, &kv.value).filter(|value| !is_impossible(def, value));
    if let Some(value) = coerced {
        kv.value = value;
        return false;
    }
    invalid.fetch_add(1, Ordering::Relaxed);
    let key = Key::from(format!("{}.{}", attribute::TRACING_GENAI_INVALID, kv.key));
    *kv = KeyValue::new(key, kv.value.to_string());
    true
}

#[inline]
fn is_impossible(def: &AttributeDef, value: &Value) -> bool {
    is_negative(value) && def.is_usage()
}

/// `Debug` of an `Option` that holds nothing, where a number, a truth or a list is due; or a name that is empty.
fn is_none(def: &AttributeDef, value: &Value) -> bool {
    let is_none = matches!(value, Value::String(text) if text.as_str() == NONE)
        && !matches!(def.value_type, ValueType::Str | ValueType::Any);
    is_none || says_nothing(def, value)
}

/// A name that is empty, was printed where there was none, as for a model of which no answer told, or says that it is not
/// known.
pub(super) fn says_nothing(def: &AttributeDef, value: &Value) -> bool {
    may_say_nothing(value) && matches!(value, Value::String(text) if is_no_name(def, text.as_str()))
}

/// Whether `value` may say nothing where a name is due.
#[inline]
pub(super) fn may_say_nothing(value: &Value) -> bool {
    let Value::String(text) = value else { return false };
    matches!(text.as_str().as_bytes(), [] | [b'N' | b'n' | b'U' | b'u', ..])
}

fn is_no_name(def: &AttributeDef, text: &str) -> bool {
    let names = [
        attribute::GEN_AI_PROVIDER_NAME,
        attribute::GEN_AI_REQUEST_MODEL,
        attribute::GEN_AI_RESPONSE_MODEL,
        attribute::GEN_AI_OPERATION_NAME,
    ];
    let is_unknown = || UNKNOWN.iter().any(|word| word.eq_ignore_ascii_case(text)) && names.contains(&def.key);
    def.identity && (text.is_empty() || text == NONE || is_unknown())
}

/// What was printed, where the `Debug` of it stands. A name may stand in quotes; prose is left alone.
fn unprinted<'t>(def: &AttributeDef, text: &'t str) -> Option<&'t str> {
    let inner = text.strip_prefix(SOME).and_then(|text| text.strip_suffix(')'));
    match def.value_type {
        ValueType::Any => None,
        ValueType::Str => {
            let name = inner.or(def.identity.then_some(text))?.strip_prefix('"')?.strip_suffix('"')?;
            let is_name = !name.contains(['"', '\\']) && (def.identity || !name.contains(' '));
            is_name.then_some(name)
        }
        _ => inner,
    }
}

#[inline]
fn fits(wanted: ValueType, value: &Value) -> bool {
    match (wanted, value) {
        (ValueType::Double, Value::F64(number)) => number.is_finite(),
        (ValueType::Any, _)
        | (ValueType::Bool, Value::Bool(_))
        | (ValueType::Int, Value::I64(_))
        | (ValueType::Str, Value::String(_))
        | (ValueType::StrArray, Value::Array(Array::String(_))) => true,
        _ => false,
    }
}

fn is_negative(value: &Value) -> bool {
    match value {
        Value::I64(number) => *number < 0,
        Value::F64(number) => *number < 0.0,
        _ => false,
    }
}

fn as_type(wanted: ValueType, value: &Value) -> Option<Value> {
    match wanted {
        ValueType::Int => integer(value).map(Value::I64),
        ValueType::Double => double(value).filter(|number| number.is_finite()).map(Value::F64),
        ValueType::Bool => boolean(value).map(Value::Bool),
        ValueType::Str => text(value),
        ValueType::StrArray => texts(value).map(|items| Value::Array(Array::String(items))),
        ValueType::Any => Some(value.clone()),
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::I64(number) => Some(*number),
        Value::F64(number) => whole(*number),
        Value::String(text) => {
            let text = text.as_str().trim();
            text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
        }
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within the exact range")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

fn double(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        #[expect(clippy::cast_precision_loss, reason = "a double is what the attribute holds")]
        Value::I64(number) => Some(*number as f64),
        Value::String(text) => text.as_str().trim().parse().ok(),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.as_str().trim() {
            "true" | "True" => Some(true),
            "false" | "False" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn text(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::I64(_) | Value::F64(_) | Value::Bool(_) => Some(Value::from(value.to_string())),
        Value::Array(Array::String(items)) if items.len() == 1 => items.first().cloned().map(Value::String),
        _ => None,
    }
}

/// One text is a list of one; a JSON list of texts is what it says; `Debug` of a list reads as JSON too.
fn texts(value: &Value) -> Option<Vec<StringValue>> {
    match value {
        Value::Array(Array::String(items)) => Some(items.clone()),
        Value::String(text) => {
            let trimmed = text.as_str().trim();
            if trimmed.starts_with('[') {
                let items: Vec<String> = serde_json::from_str(trimmed).ok()?;
                Some(items.into_iter().map(StringValue::from).collect())
            } else {
                Some(vec![text.clone()])
            }
        }
        _ => None,
    }
}

/// Finish reasons are words: some write several of them into one text, or the `Debug` of a list.
fn split(value: &mut Value) {
    let Value::String(text) = value else { return };
    let words = text.as_str();
    // What nearly all of them are, which is seen at once.
    let is_word = !words.is_empty() && words.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_list = !is_word && words.trim_start().starts_with('[');
    if is_list && serde_json::from_str::<Vec<String>>(words).is_ok() {
        return;
    }
    let reasons = if is_word {
        vec![std::mem::replace(text, StringValue::from(""))]
    } else {
        let words = words.split([' ', ',', '[', ']']).map(plain);
        let words = words.filter(|word| !word.is_empty() && *word != "None");
        words.map(|word| StringValue::from(word.to_owned())).collect()
    };
    *value = Value::Array(Array::String(reasons));
}

/// A word as it was before it was printed.
fn plain(word: &str) -> &str {
    let inner = word.strip_prefix(SOME).and_then(|word| word.strip_suffix(')'));
    inner.unwrap_or(word).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use opentelemetry::Value;

    use super::{ValueType, as_type};

    #[test]
    fn a_count_is_an_integer_however_it_was_recorded() {
        for value in [Value::I64(12), Value::F64(12.0), Value::from("12"), Value::from(" 12 "), Value::from("12.0")] {
            assert_eq!(as_type(ValueType::Int, &value), Some(Value::I64(12)), "{value:?}");
        }
    }

    #[test]
    fn what_is_no_count_is_not_made_one() {
        for value in [
            Value::F64(12.5),
            Value::F64(f64::NAN),
            Value::from("twelve"),
            Value::from("9223372036854775808"),
            Value::Bool(true),
        ] {
            assert_eq!(as_type(ValueType::Int, &value), None, "{value:?}");
        }
    }

    #[test]
    fn amounts_are_finite() {
        assert_eq!(as_type(ValueType::Double, &Value::from("0.25")), Some(Value::F64(0.25)));
        assert_eq!(as_type(ValueType::Double, &Value::F64(f64::INFINITY)), None);
        assert_eq!(as_type(ValueType::Double, &Value::from("NaN")), None);
    }
}
