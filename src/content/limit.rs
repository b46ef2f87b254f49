//! How large a span may be: [`Limits`].

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;

use super::cut::{shorten_slot, slot_bytes};
use super::keys::{DETAILS_EVENT, EXCEPTION_EVENT, is_identity};
use super::shorten::fair_share;
use super::surface::{Path, Sizes, Slot, each_slot};
use crate::conventions::attribute::EXCEPTION_TYPE;
use crate::span::size::{Said, Size};
use crate::span::{pair_bytes, value_bytes};

/// A longer name of a span is none.
const NAME_BYTES: usize = 1024;
/// A longer key is dropped with its value.
const KEY_BYTES: usize = 1024;
/// What says what a call was is never cut nor dropped; a longer value does not say that.
const IDENTITY_BYTES: usize = 4096;

/// How large the values of a span, and the span, may be.
///
/// What is longer is shortened with a mark such as `…[+1234 bytes]`. JSON is shortened inside, the longest texts
/// first, so that it still parses. How many bytes of a span were cut stands under `tracing_genai.truncated`. The span's
/// name, model, provider, tokens, cost, error type and ids are neither cut nor dropped.
#[derive(Clone, Debug)]
#[must_use = "limits do nothing until they are given to a builder"]
pub struct Limits {
    value_bytes: usize,
    span_bytes: usize,
    attributes: usize,
    events: usize,
    links: usize,
    event_attributes: usize,
    link_attributes: usize,
}

impl Limits {
    /// Bytes of one value, event name or status message. Defaults to 65,536.
    pub fn with_value_bytes(mut self, bytes: usize) -> Self {
        self.value_bytes = bytes;
        self
    }

    /// Bytes of all keys and values of one span. Defaults to 262,144.
    pub fn with_span_bytes(mut self, bytes: usize) -> Self {
        self.span_bytes = bytes;
        self
    }

    /// Attributes of one span. Defaults to 128.
    pub fn with_attributes(mut self, count: usize) -> Self {
        self.attributes = count;
        self
    }

    /// Events of one span. Defaults to 128. Exceptions stay.
    pub fn with_events(mut self, count: usize) -> Self {
        self.events = count;
        self
    }

    /// Links of one span. Defaults to 128.
    pub fn with_links(mut self, count: usize) -> Self {
        self.links = count;
        self
    }

    /// Attributes of one event or link. Defaults to 128.
    pub fn with_nested_attributes(self, count: usize) -> Self {
        self.with_event_attributes(count).with_link_attributes(count)
    }

    /// Attributes of one event.
    pub(crate) fn with_event_attributes(mut self, count: usize) -> Self {
        self.event_attributes = count;
        self
    }

    /// Attributes of one link.
    pub(crate) fn with_link_attributes(mut self, count: usize) -> Self {
        self.link_attributes = count;
        self
    }

    /// Brings the span within the limits; its attributes are no larger than `sizes`. Gives the bytes missing then.
    pub(super) fn apply(&self, data: &mut SpanData, sizes: &Sizes) -> usize {
        if self.is_within(data, sizes) {
            return 0;
        }
        self.apply_counts(data);
        if self.is_small(data, Said::of_span(data)) {
            return 0;
        }
        let mut missing = 0;
        each_slot(data, &mut |path, slot| {
            let limit = if *path == Path::SpanName { NAME_BYTES } else { self.value_bytes };
            if !is_core(path, &slot) {
                missing += shorten_slot(slot, limit);
            }
        });
        missing + self.apply_to_whole(data)
    }

    /// Whether nothing is to be done: most spans are small and bear nothing else.
    fn is_within(&self, data: &SpanData, sizes: &Sizes) -> bool {
        let alone = data.events.is_empty() && data.links.is_empty() && data.attributes.len() <= self.attributes;
        alone && sizes.longest_key <= KEY_BYTES && self.is_small(data, sizes.bytes)
    }

    /// Whether all of it together, which is so many bytes, is less than any one part may be.
    fn is_small(&self, data: &SpanData, bytes: usize) -> bool {
        let bytes = data.name.len() + bytes + Said::of_status(&data.status);
        data.name.len() <= NAME_BYTES && bytes <= self.value_bytes.min(self.span_bytes)
    }

    fn apply_counts(&self, data: &mut SpanData) {
        let dropped = trim(&mut data.attributes, self.attributes);
        data.dropped_attributes_count = data.dropped_attributes_count.saturating_add(dropped);
        let events = &mut data.events;
        let mut room = self.events;
        let before = events.events.len();
        if before > room {
            let kept = events.events.iter().filter(|event| matters(&event.name)).count();
            room = room.saturating_sub(kept);
            events.events.retain(|event| {
                let keeps = matters(&event.name) || room > 0;
                room -= usize::from(keeps && !matters(&event.name));
                keeps
            });
        }
        events.dropped_count = events.dropped_count.saturating_add(count(before - events.events.len()));
        for event in &mut events.events {
            let dropped = trim(&mut event.attributes, self.event_attributes);
            event.dropped_attributes_count = event.dropped_attributes_count.saturating_add(dropped);
        }
        let links = &mut data.links;
        let surplus = links.links.len().saturating_sub(self.links);
        links.links.truncate(self.links);
        links.dropped_count = links.dropped_count.saturating_add(count(surplus));
        for link in &mut links.links {
            let dropped = trim(&mut link.attributes, self.link_attributes);
            link.dropped_attributes_count = link.dropped_attributes_count.saturating_add(dropped);
        }
    }

    /// The span's budget is shared out fairly: what is small stays whole, what is large is cut to equal size.
    fn apply_to_whole(&self, data: &mut SpanData) -> usize {
        let mut fixed = 0;
        let mut sizes = Vec::new();
        each_slot(data, &mut |path, slot| {
            fixed += path.key().map_or(0, str::len);
            if is_core(path, &slot) { fixed += slot_bytes(&slot) } else { sizes.push(slot_bytes(&slot)) }
        });
        let total = fixed + sizes.iter().sum::<usize>();
        if total <= self.span_bytes {
            return 0;
        }
        let share = fair_share(sizes.into_iter(), self.span_bytes.saturating_sub(fixed));
        let mut missing = 0;
        each_slot(data, &mut |path, slot| {
            if !is_core(path, &slot) {
                missing += shorten_slot(slot, share);
            }
        });
        missing + self.shed(data)
    }

    /// Keys and marks alone can be too much. Then events go from the end, then links, then attributes.
    fn shed(&self, data: &mut SpanData) -> usize {
        let attributes = |list: &[KeyValue]| list.iter().map(pair_bytes).sum::<usize>();
        let events: usize = data.events.iter().map(|event| event.name.len() + attributes(&event.attributes)).sum();
        let links: usize = data.links.iter().map(|link| attributes(&link.attributes)).sum();
        let total = events + links + attributes(&data.attributes);
        let allowed = self.span_bytes.saturating_mul(5) / 4;
        let mut surplus = total.saturating_sub(allowed);
        let before = surplus;
        let mut drops = |bytes: usize| {
            let drops = surplus > 0;
            surplus = surplus.saturating_sub(if drops { bytes } else { 0 });
            drops
        };
        let list = &mut data.events;
        let dropped = drop_last(&mut list.events, |event| {
            !matters(&event.name) && drops(event.name.len() + attributes(&event.attributes))
        });
        list.dropped_count = list.dropped_count.saturating_add(dropped);
        let list = &mut data.links;
        let dropped = drop_last(&mut list.links, |link| drops(attributes(&link.attributes)));
        list.dropped_count = list.dropped_count.saturating_add(dropped);
        let dropped = drop_last(&mut data.attributes, |kv| !is_core_pair(kv) && drops(pair_bytes(kv)));
        data.dropped_attributes_count = data.dropped_attributes_count.saturating_add(dropped);
        before - surplus
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            value_bytes: 64 * 1024,
            span_bytes: 256 * 1024,
            attributes: 128,
            events: 128,
            links: 128,
            event_attributes: 128,
            link_attributes: 128,
        }
    }
}

fn is_core(path: &Path<'_>, slot: &Slot<'_>) -> bool {
    let identifies = match path {
        Path::SpanName => return slot_bytes(slot) <= NAME_BYTES,
        Path::Attribute(key) => is_identity(key),
        Path::EventAttribute { key, .. } => *key == EXCEPTION_TYPE,
        Path::EventName | Path::LinkAttribute(_) | Path::StatusMessage => false,
    };
    identifies && slot_bytes(slot) <= IDENTITY_BYTES
}

fn is_core_pair(kv: &KeyValue) -> bool {
    is_identity(kv.key.as_str()) && value_bytes(&kv.value) <= IDENTITY_BYTES
}

/// Whether an event stays while others go.
fn matters(name: &str) -> bool {
    name == DETAILS_EVENT || name == EXCEPTION_EVENT
}

/// Drops attributes beyond `limit` from the end, and those under a key that is none.
fn trim(attributes: &mut Vec<KeyValue>, limit: usize) -> u32 {
    let before = attributes.len();
    if before <= limit && attributes.iter().all(|kv| kv.key.as_str().len() <= KEY_BYTES) {
        return 0;
    }
    attributes.retain(|kv| kv.key.as_str().len() <= KEY_BYTES);
    let mut surplus = attributes.len().saturating_sub(limit);
    drop_last(attributes, |kv| {
        let drops = surplus > 0 && !is_core_pair(kv);
        surplus -= usize::from(drops);
        drops
    });
    count(before - attributes.len())
}

/// Drops what `drops` says, asked from the end, and keeps the order of the rest.
pub(crate) fn drop_last<T>(list: &mut Vec<T>, mut drops: impl FnMut(&T) -> bool) -> u32 {
    let kept: Vec<bool> = list.iter().rev().map(|item| !drops(item)).collect();
    let before = list.len();
    let mut kept = kept.into_iter().rev();
    list.retain(|_| kept.next().unwrap_or(true));
    count(before - list.len())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use opentelemetry::trace::{Event, Status};
    use opentelemetry::{Array, Value};
    use proptest::prelude::*;

    use super::super::fixture::{event_text, gen_ai, plain, sizes};
    use super::*;
    use crate::conventions::attribute::*;

    fn bytes(data: &SpanData) -> usize {
        let pairs = |list: &[KeyValue]| list.iter().map(pair_bytes).sum::<usize>();
        let events: usize = data.events.iter().map(|event| event.name.len() + pairs(&event.attributes)).sum();
        pairs(&data.attributes) + events + data.links.iter().map(|link| pairs(&link.attributes)).sum::<usize>()
    }

    fn bring_within(limits: &Limits, data: &mut SpanData) -> usize {
        let sizes = sizes(data);
        limits.apply(data, &sizes)
    }

    fn event(name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>) -> Event {
        Event::new(name, std::time::SystemTime::UNIX_EPOCH, attributes, 0)
    }

    #[test]
    fn a_span_within_the_limits_is_not_touched() {
        let mut span = gen_ai("llm", vec![KeyValue::new("a", "b"), KeyValue::new(GEN_AI_REQUEST_MODEL, "m")]);
        let before = span.data.clone();
        assert_eq!(bring_within(&Limits::default(), &mut span.data), 0);
        assert_eq!(span.data, before);
    }

    #[test]
    fn a_value_an_event_name_and_a_status_of_any_size_are_brought_within_the_limit() {
        let huge = "lorem ipsum ".repeat(100_000);
        let mut span = plain(vec![KeyValue::new("app.text", huge.clone())]);
        span.data.name = huge.clone().into();
        span.data.status = Status::error(huge.clone());
        span.data.events.events = vec![event(huge.clone(), vec![KeyValue::new("app.text", huge)])];
        let missing = bring_within(&Limits::default(), &mut span.data);
        assert!(missing > 4_000_000);
        let limit = 64 * 1024 + 40;
        assert!(span.text("app.text").unwrap().len() <= limit);
        assert!(span.data.name.len() <= NAME_BYTES + 40);
        assert!(span.data.events[0].name.len() <= limit && span.data.events[0].name.contains("…[+"));
        assert!(event_text(&span.data.events[0], "app.text").unwrap().len() <= limit);
        assert!(matches!(&span.data.status, Status::Error { description } if description.len() <= limit));
    }

    #[test]
    fn identity_is_neither_cut_nor_dropped_however_small_the_limits() {
        let mut attributes: Vec<KeyValue> =
            (0..500).map(|n| KeyValue::new(format!("app.{n}"), "x".repeat(500))).collect();
        attributes.push(KeyValue::new(GEN_AI_REQUEST_MODEL, "gpt-4o-mini-2024-07-18"));
        attributes.push(KeyValue::new(GEN_AI_USAGE_INPUT_TOKENS, 12));
        attributes.push(KeyValue::new(GEN_AI_USAGE_COST, 0.25));
        attributes.push(KeyValue::new(ERROR_TYPE, "timeout"));
        let mut span = gen_ai("llm", attributes);
        bring_within(&Limits::default().with_attributes(3).with_value_bytes(4).with_span_bytes(10), &mut span.data);
        assert_eq!(span.text(GEN_AI_REQUEST_MODEL), Some("gpt-4o-mini-2024-07-18"));
        assert_eq!(span.int(GEN_AI_USAGE_INPUT_TOKENS), Some(12));
        assert!(span.get(GEN_AI_USAGE_COST).is_some());
        assert_eq!(span.text(ERROR_TYPE), Some("timeout"));
        assert_eq!(span.text(SPAN_TYPE), Some("llm"));
        assert_eq!(span.data.attributes.len(), 5);
        assert_eq!(span.data.dropped_attributes_count, 500);
    }

    #[test]
    fn a_model_of_a_megabyte_is_no_identity() {
        let mut span = gen_ai("llm", vec![KeyValue::new(GEN_AI_REQUEST_MODEL, "m".repeat(1 << 20))]);
        bring_within(&Limits::default(), &mut span.data);
        assert!(span.text(GEN_AI_REQUEST_MODEL).unwrap().len() < 66_000);
    }

    #[test]
    fn a_spans_budget_cuts_the_large_and_leaves_the_small() {
        let mut attributes = vec![KeyValue::new("app.small", "whole")];
        attributes.extend((0..10).map(|n| KeyValue::new(format!("app.{n}"), "x".repeat(60_000))));
        let mut span = plain(attributes);
        bring_within(&Limits::default(), &mut span.data);
        assert_eq!(span.text("app.small"), Some("whole"));
        assert!(bytes(&span.data) <= 256 * 1024 + 11 * 40);
        assert!(bytes(&span.data) > 250 * 1024, "the budget is used");
    }

    #[test]
    fn exceptions_stay_when_events_are_too_many_and_the_count_is_told() {
        let mut span = plain(Vec::new());
        span.data.events.events = (0..1000).map(|n| event(format!("event {n}"), Vec::new())).collect();
        span.data.events.events.push(event("exception", Vec::new()));
        bring_within(&Limits::default(), &mut span.data);
        assert_eq!(span.data.events.len(), 128);
        assert_eq!(span.data.events[127].name, "exception");
        assert_eq!(span.data.events.dropped_count, 873);
    }

    #[test]
    fn a_long_list_keeps_its_ends_and_numbers_their_first() {
        let list = Value::Array(Array::String((0..50_000).map(|n| format!("item {n}").into()).collect()));
        let numbers = Value::Array(Array::F64(vec![0.5; 50_000]));
        let mut span = plain(vec![KeyValue::new("app.list", list), KeyValue::new("app.numbers", numbers)]);
        bring_within(&Limits::default().with_value_bytes(8000), &mut span.data);
        let Some(Value::Array(Array::String(items))) = span.get("app.list") else { panic!("no list") };
        assert_eq!(items[0].as_str(), "item 0");
        assert_eq!(items.last().unwrap().as_str(), "item 49999");
        assert!(items.iter().any(|item| item.as_str().starts_with("…[+")));
        let Some(Value::Array(Array::F64(numbers))) = span.get("app.numbers") else { panic!("no numbers") };
        assert_eq!(numbers.len(), 1000);
    }

    #[test]
    fn a_span_of_nothing_but_keys_is_still_brought_within_its_budget() {
        let mut span = plain(Vec::new());
        let fields =
            |n: usize| (0..128).map(|m| KeyValue::new(format!("key {n} {m} {}", "k".repeat(900)), 1)).collect();
        span.data.events.events = (0..128).map(|n| event("e", fields(n))).collect();
        bring_within(&Limits::default(), &mut span.data);
        assert!(bytes(&span.data) <= 256 * 1024 * 5 / 4);
        assert!(span.data.events.dropped_count > 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_span_is_within_budget_and_marks(
            values in prop::collection::vec("\\PC{0,100}", 0..20),
            value_bytes in 0usize..300,
            span_bytes in 0usize..3000,
        ) {
            let attributes = values.iter().enumerate().map(|(n, text)| KeyValue::new(format!("k{n}"), text.clone()));
            let mut span = plain(attributes.collect());
            span.data.events.events = values.iter().map(|text| event(text.clone(), Vec::new())).collect();
            let count = values.len();
            bring_within(&Limits::default().with_value_bytes(value_bytes).with_span_bytes(span_bytes), &mut span.data);
            prop_assert!(bytes(&span.data) <= span_bytes * 5 / 4 + count * 2 * 40);
        }
    }
}
