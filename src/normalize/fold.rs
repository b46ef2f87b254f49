//! Values that stand elsewhere than under a key of their own: in an event of the span, in a JSON object, on a span above.
//!
//! Each is looked for only where the crate that writes so has shown itself by the keys that it writes.

use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde_json::Value as Json;

use crate::conventions::{self, Bag, attribute};
use crate::layer::Lent;
use crate::span::Span;

/// Events of one span that are folded into it. More stay events.
const MAX_EVENTS: usize = 64;
/// Bytes of a JSON object that is read. Counts of one call take less than a thousand.
const MAX_BAG: usize = 16 * 1_024;
/// Objects within objects that are looked into.
const MAX_DEPTH: usize = 4;
/// What the OpenTelemetry layer puts on every event.
const OF_THE_LAYER: [&str; 2] = ["level", "target"];
/// How it names one that has no message.
const UNNAMED: &str = "event ";

/// Moves what events tell of their span to the span; an event that told nothing else goes.
pub(super) fn events(data: &mut SpanData) {
    if data.events.events.is_empty() {
        return;
    }
    let mut folded = 0;
    let attributes = &mut data.attributes;
    data.events.events.retain_mut(|event| {
        let tells = event.attributes.iter().any(|kv| conventions::is_folded_event_key(kv.key.as_str()));
        if !tells || folded >= MAX_EVENTS {
            return true;
        }
        folded += 1;
        let own = |kv: &KeyValue| !conventions::is_folded_event_key(kv.key.as_str());
        let (left, values) = std::mem::take(&mut event.attributes).into_iter().partition(own);
        event.attributes = left;
        attributes.extend::<Vec<KeyValue>>(values);
        let of_the_layer = |kv: &KeyValue| {
            let key = kv.key.as_str();
            OF_THE_LAYER.contains(&key) || key.starts_with("code.")
        };
        !event.attributes.iter().all(of_the_layer) || !event.name.starts_with(UNNAMED)
    });
}

/// Reads the counts of JSON objects; what stands under a key of its own is the better word.
pub(super) fn bags(span: &mut Span) {
    let is_bag = |kv: &KeyValue| conventions::bag(kv.key.as_str()).is_some();
    while let Some(at) = span.data.attributes.iter().position(|kv| is_bag(kv) && object(&kv.value).is_some()) {
        let KeyValue { key, value, .. } = span.data.attributes.remove(at);
        let (Some(kind), Some(object)) = (conventions::bag(key.as_str()), object(&value)) else { continue };
        match kind {
            Bag::Usage => counts(&object, MAX_DEPTH, span),
            Bag::Parts => {
                counts(&object, MAX_DEPTH, span);
                // It proves what the input leaves out.
                if let Some(sum) = sum(&object) {
                    set(span, attribute::GEN_AI_USAGE_TOTAL_TOKENS, Value::I64(sum));
                }
            }
            Bag::Cost => {
                if let Some(total) = total(&object) {
                    set(span, attribute::TRACING_GENAI_COST_ESTIMATE, Value::F64(total));
                }
            }
        }
    }
}

/// Gives the span what one above lends, where it has counts and lacks it.
pub(super) fn borrow(span: &mut Span, lent: &Lent, target: &str) {
    let has = |key| span.get(key).is_some();
    let counts = has(attribute::GEN_AI_USAGE_INPUT_TOKENS) || has(attribute::GEN_AI_USAGE_OUTPUT_TOKENS);
    if counts && lent.lender.lends_to(target) && !has(attribute::GEN_AI_RESPONSE_MODEL) {
        set(span, lent.lender.canonical, Value::from(lent.value.to_string()));
    }
}

fn object(value: &Value) -> Option<Json> {
    let Value::String(text) = value else { return None };
    if text.as_str().len() > MAX_BAG {
        return None;
    }
    serde_json::from_str(text.as_str()).ok().filter(Json::is_object)
}

/// Without a total, what it is made of.
fn total(costs: &Json) -> Option<f64> {
    let parts = || costs.as_object()?.values().filter_map(Json::as_f64).reduce(|sum, part| sum + part);
    costs.get("total").and_then(Json::as_f64).or_else(parts)
}

/// What the object's own counts add up to.
fn sum(object: &Json) -> Option<i64> {
    let counts = object.as_object()?.iter().filter(|(key, _)| conventions::bag_count(key).is_some());
    counts.filter_map(|(_, value)| value.as_i64()).reduce(i64::saturating_add)
}

/// The object's own counts first: what is in objects in there are parts of them.
fn counts(object: &Json, depth: usize, span: &mut Span) {
    let Some(entries) = object.as_object() else { return };
    for (key, value) in entries {
        if let (Some(canonical), Some(count)) = (conventions::bag_count(key), value.as_i64()) {
            set(span, canonical, Value::I64(count));
        }
    }
    if depth > 0 {
        for inner in entries.values().filter(|value| value.is_object()) {
            counts(inner, depth - 1, span);
        }
    }
}

fn set(span: &mut Span, key: &'static str, value: Value) {
    if span.get(key).is_none() {
        span.set(key, value);
    }
}
