//! What a destination takes of one span: lengths and numbers beyond which it would cut or drop in silence.

use std::time::{Duration, SystemTime};

use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::destination::Destination;
use crate::content::{drop_last, shorten_text};
use crate::conventions::attribute::{TRACING_GENAI_TRUNCATED, TRACING_GENAI_WITHHELD};
use crate::conventions::event::EXCEPTION;
use crate::conventions::facts;
use crate::dialect::Dialect;

/// Longer than a mark of what is missing.
const MARK: usize = 32;
/// Room for a mark in the smallest document that can hold it.
const SMALLEST: usize = 64;
/// What says what a span was is not cut below this.
const CORE_BYTES: usize = 1024;
/// Attributes of a dialect that makes many of one, unless it is told otherwise: what SDKs and backends take by default.
const FLAT_ATTRIBUTES: usize = 128;

/// The limits of one destination. Nothing: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpanLimits {
    pub(crate) value: Option<Length>,
    pub(crate) key_chars: Option<usize>,
    /// Items of a list.
    pub(crate) items: Option<usize>,
    pub(crate) attributes: Option<usize>,
    pub(crate) events: Option<usize>,
    pub(crate) age: Option<Duration>,
}

/// How a backend measures text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Bytes(usize),
    Chars(usize),
}

impl SpanLimits {
    /// These, and where they say nothing `others`.
    pub(crate) fn or(self, others: Self) -> Self {
        Self {
            value: self.value.or(others.value),
            key_chars: self.key_chars.or(others.key_chars),
            items: self.items.or(others.items),
            attributes: self.attributes.or(others.attributes),
            events: self.events.or(others.events),
            age: self.age.or(others.age),
        }
    }

    /// Those that a dialect needs besides.
    pub(crate) fn with_dialect(mut self, dialect: Dialect) -> Self {
        if dialect == Dialect::OpenInference {
            self.attributes.get_or_insert(FLAT_ATTRIBUTES);
        }
        self
    }

    /// Whether the span ended longer ago than the destination takes.
    pub(crate) fn is_too_old(&self, data: &SpanData) -> bool {
        self.age.is_some_and(|age| data.end_time.checked_add(age).is_some_and(|until| until < SystemTime::now()))
    }

    /// Whether something of the span is beyond the limits.
    pub(crate) fn touch(&self, data: &SpanData) -> bool {
        if *self == Self::default() {
            return false;
        }
        self.attributes.is_some_and(|most| data.attributes.len() > most)
            || self.events.is_some_and(|most| data.events.len() > most)
            || lists(data).any(|list| list.iter().any(|kv| self.touch_one(kv)))
    }

    fn touch_one(&self, kv: &KeyValue) -> bool {
        let long_key = self.key_chars.is_some_and(|most| is_longer(kv.key.as_str(), Length::Chars(most)));
        let long = |text: &str| self.value.is_some_and(|length| is_longer(text, length));
        long_key
            || match &kv.value {
                Value::String(text) => long(text.as_str()),
                Value::Array(array) => {
                    self.items.is_some_and(|most| array_len(array) > most)
                        || matches!(array, Array::String(items) if items.iter().any(|item| long(item.as_str())))
                }
                _ => false,
            }
    }

    /// Brings the span within the limits, and marks it: what is cut in `tracing_genai.truncated`, what is dropped in the
    /// counts that OTLP has for it.
    pub(crate) fn apply(&self, data: &mut SpanData, dialect: Dialect) {
        let mut missing = 0;
        let dropped = self.shorten(&mut data.attributes, dialect, &mut missing);
        data.dropped_attributes_count = data.dropped_attributes_count.saturating_add(dropped);
        for event in &mut data.events.events {
            let dropped = self.shorten(&mut event.attributes, dialect, &mut missing);
            event.dropped_attributes_count = event.dropped_attributes_count.saturating_add(dropped);
        }
        for link in &mut data.links.links {
            let dropped = self.shorten(&mut link.attributes, dialect, &mut missing);
            link.dropped_attributes_count = link.dropped_attributes_count.saturating_add(dropped);
        }
        if missing > 0 {
            note(&mut data.attributes, missing);
        }
        if let Some(most) = self.attributes {
            let dropped = drop_least(&mut data.attributes, most, dialect);
            data.dropped_attributes_count = data.dropped_attributes_count.saturating_add(dropped);
        }
        if let Some(most) = self.events {
            let list = &mut data.events;
            // Failures are what is looked for; of the others the first ones stay.
            for exceptions in [false, true] {
                let mut surplus = list.events.len().saturating_sub(most);
                let dropped = drop_last(&mut list.events, |event| {
                    let drops = surplus > 0 && (event.name == EXCEPTION) == exceptions;
                    surplus -= usize::from(drops);
                    drops
                });
                list.dropped_count = list.dropped_count.saturating_add(dropped);
            }
        }
    }

    /// Cuts values; drops those whose key is too long, and counts them.
    fn shorten(&self, attributes: &mut Vec<KeyValue>, dialect: Dialect, missing: &mut usize) -> u32 {
        let dropped = self
            .key_chars
            .map_or(0, |most| drop_last(attributes, |kv| is_longer(kv.key.as_str(), Length::Chars(most))));
        for kv in attributes.iter_mut() {
            let is_core = dialect.is_core(kv.key.as_str());
            match &mut kv.value {
                Value::String(text) => {
                    if let Some(length) = self.value
                        && !(is_core && text.as_str().len() <= CORE_BYTES)
                        && let Some((short, cut)) = shortened(text.as_str(), length)
                    {
                        *text = short.into();
                        *missing += cut;
                    }
                }
                Value::Array(array) => {
                    if let Some(most) = self.items {
                        *missing += truncate(array, most);
                    }
                    if let (Array::String(items), Some(length)) = (array, self.value) {
                        for item in items {
                            if let Some((short, cut)) = shortened(item.as_str(), length) {
                                *item = short.into();
                                *missing += cut;
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        dropped
    }
}

/// What the destination takes of one span. Without a preset there is no limit but those of
/// [`Builder::with_limits`](crate::Builder::with_limits).
impl Destination {
    /// Bytes of one attribute's value. What is longer is shortened to that, with its mark; JSON stays JSON. Below 64 it
    /// counts as 64. Model, tokens, cost, type and ids are not cut.
    #[must_use]
    pub fn with_max_value_bytes(self, bytes: usize) -> Self {
        self.otlp_setting(|otlp| otlp.limits.value = Some(Length::Bytes(bytes)))
    }

    /// The same in characters, for backends that count those.
    #[must_use]
    pub fn with_max_value_chars(self, chars: usize) -> Self {
        self.otlp_setting(|otlp| otlp.limits.value = Some(Length::Chars(chars)))
    }

    /// Attributes of one span. Beyond that notes of this crate go first, then other attributes from the end, then content;
    /// model, tokens, cost, type, error and ids stay in any case. The span says how many are missing.
    #[must_use]
    pub fn with_max_attributes(self, count: usize) -> Self {
        self.otlp_setting(|otlp| otlp.limits.attributes = Some(count))
    }

    /// Events of one span. Beyond that the last ones go, exceptions last.
    #[must_use]
    pub fn with_max_events(self, count: usize) -> Self {
        self.otlp_setting(|otlp| otlp.limits.events = Some(count))
    }

    /// How long ago a span may have ended when it is sent off. An older one is counted as lost
    /// ([`LossReason::TooOld`](crate::LossReason::TooOld)).
    ///
    /// It is looked at once, when the span is put into a request. What waits after that for a destination that is away,
    /// in memory or in the spool, is sent whatever its age; the backend may turn it away then.
    #[must_use]
    pub fn with_max_age(self, age: Duration) -> Self {
        self.otlp_setting(|otlp| otlp.limits.age = Some(age))
    }
}

/// The text within the length, mark included, and the bytes that are missing; nothing where it is no longer. JSON stays
/// JSON. A length below 64 counts as 64.
fn shortened(text: &str, length: Length) -> Option<(String, usize)> {
    if !is_longer(text, length) {
        return None;
    }
    let most = match length {
        Length::Bytes(bytes) => return Some(in_bytes(text, bytes)),
        Length::Chars(chars) => chars.max(SMALLEST),
    };
    // So many bytes as the text has for so many characters, a little less each time, and at last one for each.
    let mut bytes = text.len().saturating_mul(most) / text.chars().count().max(1);
    for _ in 0..3 {
        let short = in_bytes(text, bytes);
        if short.0.chars().count() <= most {
            return Some(short);
        }
        bytes = bytes / 8 * 7;
    }
    Some(in_bytes(text, most))
}

fn in_bytes(text: &str, bytes: usize) -> (String, usize) {
    let bytes = bytes.max(SMALLEST);
    let whole = || (text.to_owned(), 0);
    match shorten_text(text, bytes) {
        Some(short) if short.0.len() <= bytes => short,
        Some(_) => shorten_text(text, bytes - MARK).unwrap_or_else(whole),
        None => whole(),
    }
}

fn is_longer(text: &str, length: Length) -> bool {
    match length {
        Length::Bytes(bytes) => text.len() > bytes.max(SMALLEST),
        Length::Chars(chars) => text.len() > chars.max(SMALLEST) && text.chars().count() > chars.max(SMALLEST),
    }
}

/// Drops attributes beyond `most`, the least telling first, of equal ones from the end. Core ones stay.
fn drop_least(attributes: &mut Vec<KeyValue>, most: usize, dialect: Dialect) -> u32 {
    let mut dropped: u32 = 0;
    for rank in (1..=LAST_RANK).rev() {
        let mut surplus = attributes.len().saturating_sub(most);
        if surplus == 0 {
            break;
        }
        dropped = dropped.saturating_add(drop_last(attributes, |kv| {
            let drops = surplus > 0 && rank_of(kv.key.as_str(), dialect) == rank;
            surplus -= usize::from(drops);
            drops
        }));
    }
    dropped
}

const LAST_RANK: u8 = 4;

/// How much a key tells; 0 is never dropped.
fn rank_of(key: &str, dialect: Dialect) -> u8 {
    if dialect.is_core(key) {
        0
    } else if dialect.is_flat(key) {
        LAST_RANK
    } else if facts(key).content || is_mark(key) {
        1
    } else if OWN_NOTES.iter().any(|prefix| key.starts_with(prefix)) {
        3
    } else {
        2
    }
}

/// What this crate and its layer note beside what they were told.
const OWN_NOTES: [&str; 4] = ["tracing_genai.", "code.", "thread.", "busy_ns"];

fn is_mark(key: &str) -> bool {
    key.ends_with(TRACING_GENAI_TRUNCATED) || key.ends_with(TRACING_GENAI_WITHHELD)
}

/// Adds to the bytes that are missing already.
fn note(attributes: &mut Vec<KeyValue>, missing: usize) {
    let missing = i64::try_from(missing).unwrap_or(i64::MAX);
    let known = attributes.iter_mut().find(|kv| kv.key.as_str().ends_with(TRACING_GENAI_TRUNCATED));
    match known.map(|kv| &mut kv.value) {
        Some(Value::I64(before)) => *before = before.saturating_add(missing),
        Some(_) => {}
        None => attributes.push(KeyValue::new(TRACING_GENAI_TRUNCATED, missing)),
    }
}

fn lists(data: &SpanData) -> impl Iterator<Item = &[KeyValue]> {
    let events = data.events.iter().map(|event| event.attributes.as_slice());
    let links = data.links.iter().map(|link| link.attributes.as_slice());
    std::iter::once(data.attributes.as_slice()).chain(events).chain(links)
}

fn array_len(array: &Array) -> usize {
    match array {
        Array::String(items) => items.len(),
        Array::Bool(items) => items.len(),
        Array::I64(items) => items.len(),
        Array::F64(items) => items.len(),
        _ => 0,
    }
}

/// Keeps the first items; gives the bytes that are missing then.
fn truncate(array: &mut Array, most: usize) -> usize {
    let surplus = array_len(array).saturating_sub(most);
    match array {
        Array::String(items) => items.drain(items.len() - surplus..).map(|item| item.as_str().len()).sum(),
        Array::Bool(items) => items.drain(items.len() - surplus..).count(),
        Array::I64(items) => items.drain(items.len() - surplus..).count() * 8,
        Array::F64(items) => items.drain(items.len() - surplus..).count() * 8,
        _ => 0,
    }
}
