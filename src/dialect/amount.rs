//! Counts and sums as a backend adds them up.

use opentelemetry::{Array, StringValue, Value};
use serde_json::{Map, Number, Value as Json};

use super::reading::Reading;
use super::table::{Bag, Member, Quantity};
use crate::conventions::{SpanType, attribute};
use crate::span::Sides;
use crate::usage::{Count, Parts, Usage};

/// What a call used and cost. Nothing where spans below tell of it, or where it is not known.
#[derive(Debug)]
pub(super) struct Amounts {
    usage: Option<(Usage, Parts)>,
    cost: Option<f64>,
    sides: Option<Sides>,
}

impl Amounts {
    pub(super) fn of(reading: &Reading<'_>, sides: Option<Sides>) -> Self {
        if reading.is_parent() || reading.is_wrapper {
            return Self { usage: None, cost: None, sides: None };
        }
        // A tool may cost something of its own; tokens are those of a call below it.
        let usage = if reading.span_type == Some(SpanType::Tool) {
            None
        } else {
            Usage::of_values(reading.attributes().map(|(key, kv)| (key, &kv.value)))
        };
        let amount = |key| match reading.get(key) {
            Some(Value::F64(usd)) if usd.is_finite() => Some(*usd),
            _ => None,
        };
        // What another tool worked out is better than what the backend would. A tool that knows no price writes noughts.
        let cost = amount(attribute::GEN_AI_USAGE_COST)
            .or_else(|| amount(attribute::GEN_AI_USAGE_COST_AMOUNT))
            .or_else(|| amount(attribute::TRACING_GENAI_COST_ESTIMATE).filter(|usd| *usd > 0.0));
        Self { usage: usage.map(|usage| (usage.clone(), usage.parts())), cost, sides }
    }

    /// The number, where it is known. A detail of nothing says nothing.
    pub(super) fn get(&self, quantity: Quantity) -> Option<Value> {
        match quantity {
            Quantity::Cost => return self.cost.map(Value::F64),
            Quantity::InputCost => return self.sides.map(|sides| Value::F64(sides.input)),
            Quantity::OutputCost => return self.sides.map(|sides| Value::F64(sides.output)),
            _ => {}
        }
        let (usage, parts) = self.usage.as_ref()?;
        let reported = |count| usage.reported(count);
        let detail = |tokens: u64| (tokens > 0).then_some(tokens);
        let written = parts.cache_write;
        let tokens = match quantity {
            Quantity::Input => reported(Count::Input),
            Quantity::Output => reported(Count::Output),
            Quantity::Total => reported(Count::Input)
                .or(reported(Count::Output))
                .map(|_| parts.input_total().saturating_add(parts.output_total())),
            Quantity::CacheRead => detail(parts.cache_read.total()),
            Quantity::CacheWrite => detail(written.total()),
            Quantity::CacheWrite5m => detail(written.minutes_5),
            Quantity::CacheWrite1h => detail(written.hours_1),
            Quantity::CacheWriteOther => {
                detail(written.unspecified.saturating_add(written.minutes_30).saturating_add(written.hours_12))
            }
            Quantity::Reasoning => detail(parts.reasoning),
            Quantity::AudioInput => detail(parts.input.audio.saturating_add(parts.cache_read.audio)),
            Quantity::AudioOutput => detail(parts.output.audio),
            Quantity::InputAlone => {
                reported(Count::Input).map(|_| parts.input.total().saturating_sub(parts.input.audio))
            }
            Quantity::AudioInputAlone => detail(parts.input.audio),
            Quantity::OutputAlone => {
                reported(Count::Output).map(|_| parts.output.total().saturating_sub(parts.output.audio))
            }
            Quantity::Cost | Quantity::InputCost | Quantity::OutputCost => None,
        };
        tokens.and_then(|tokens| i64::try_from(tokens).ok()).map(Value::I64)
    }

    /// The JSON object of a bag, or nothing where none of its members is known.
    pub(super) fn bag(&self, bag: &Bag, reading: &Reading<'_>) -> Option<String> {
        let mut object = Map::new();
        for (name, member) in bag.members {
            let value = match member {
                Member::Count(quantity) => self.get(*quantity).map(|value| json(&value)),
                Member::Key(key) => reading.get(key).map(json),
            };
            if let Some(value) = value {
                insert(&mut object, name, value);
            }
        }
        (!object.is_empty()).then(|| Json::Object(object).to_string())
    }
}

/// Puts `value` under `name`, in an inner object for each dot.
fn insert(object: &mut Map<String, Json>, name: &str, value: Json) {
    match name.split_once('.') {
        Some((outer, inner)) => {
            let entry = object.entry(outer).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(nested) = entry {
                insert(nested, inner, value);
            }
        }
        None => {
            object.insert(name.to_owned(), value);
        }
    }
}

/// An attribute's value as JSON. What is no number in JSON is text.
pub(super) fn json(value: &Value) -> Json {
    let number = |number: f64| Number::from_f64(number).map_or_else(|| number.to_string().into(), Json::Number);
    match value {
        Value::Bool(yes) => (*yes).into(),
        Value::I64(whole) => (*whole).into(),
        Value::F64(real) => number(*real),
        Value::String(text) => text.as_str().into(),
        Value::Array(Array::Bool(items)) => items.clone().into(),
        Value::Array(Array::I64(items)) => items.clone().into(),
        Value::Array(Array::F64(items)) => items.iter().copied().map(number).collect(),
        Value::Array(Array::String(items)) => items.iter().map(StringValue::as_str).collect(),
        other => other.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use opentelemetry::KeyValue;

    use super::super::fixture::span;
    use super::*;

    proptest! {
        #[test]
        fn parts_that_exclude_each_other_add_up_to_the_total(
            counts in prop::collection::vec(prop::option::of(0_i64..1_000), Count::ALL.len()),
        ) {
            let mut attributes = Vec::new();
            for (count, tokens) in Count::ALL.iter().zip(counts).filter(|(count, _)| **count != Count::Citation) {
                attributes.extend(tokens.map(|tokens| KeyValue::new(count.key(), tokens)));
            }
            let data = span("llm", attributes);
            let reading = Reading::of(&data);
            let count = |count: Count| match reading.get(count.key()) { Some(Value::I64(tokens)) => Some(*tokens), _ => None };
            let (input, output) = (count(Count::Input), count(Count::Output));
            let amounts = Amounts::of(&reading, None);
            let get = |quantity| match amounts.get(quantity) { Some(Value::I64(tokens)) => tokens, _ => 0 };
            let all = [
                Quantity::InputAlone, Quantity::CacheRead, Quantity::CacheWriteOther, Quantity::CacheWrite5m,
                Quantity::CacheWrite1h, Quantity::AudioInputAlone, Quantity::OutputAlone, Quantity::Reasoning,
                Quantity::AudioOutput,
            ];
            if let (Some(input), Some(output)) = (input, output) {
                prop_assert_eq!(all.into_iter().map(get).sum::<i64>(), input + output);
                prop_assert_eq!(get(Quantity::Total), input + output);
            }
        }
    }

    #[test]
    fn a_name_with_dots_is_an_object_in_an_object() {
        let mut object = Map::new();
        insert(&mut object, "details.read", 1.into());
        insert(&mut object, "details.write", 2.into());
        assert_eq!(Json::Object(object).to_string(), r#"{"details":{"read":1,"write":2}}"#);
    }
}
