//! One span in one dialect.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::Status;
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::amount::Amounts;
use super::aside;
use super::chat;
use super::flat;
use super::instant;
use super::reading::{Reading, matches, matches_known};
use super::table::{Form, Row, Table};
use super::value::{self, Consumed};
use crate::conventions::{SpanType, attribute};
use crate::span::{Sides, copied_with};

/// The attributes of the span that is made, each key once: what comes first stays.
#[derive(Debug, Default)]
pub(super) struct Out(Vec<KeyValue>);

impl Out {
    pub(super) fn put(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let key = key.into();
        if !self.has(key.as_str()) {
            self.0.push(KeyValue::new(key, value));
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|kv| kv.key.as_str() == key)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The span as `table` has it, or nothing where it leaves as it is. Only content that stands on the span is copied.
pub(super) fn convert(table: &Table, data: &SpanData, gen_ai: bool, sides: Option<Sides>) -> Option<SpanData> {
    let attributes =
        if gen_ai { attributes(table, data, sides) } else { aside::of_other_span(table.aside.as_ref()?, data)? };
    Some(copied_with(data, attributes, data.events.clone()))
}

/// What says what the span was goes first: some SDKs and backends keep the first attributes only.
fn attributes(table: &Table, data: &SpanData, sides: Option<Sides>) -> Vec<KeyValue> {
    let reading = Reading::of(data);
    let mut out = Out(Vec::with_capacity(data.attributes.len() + 16));
    let filter = Filter { table, reading: &reading, typed: write_kind(table, &reading, &mut out) };
    for row in table.keys.iter().filter(|row| reading.is_on(row.on)) {
        write_row(row, &filter, &mut out);
    }
    let amounts = Amounts::of(&reading, sides);
    for (key, quantity) in table.counts {
        if let Some(number) = amounts.get(*quantity) {
            out.put(*key, number);
        }
    }
    for bag in table.bags.iter().filter(|bag| reading.is_on(bag.on)) {
        if let Some(object) = amounts.bag(bag, &reading) {
            out.put(bag.key, object);
        }
    }
    if let (Some(keys), Status::Error { description }) = (&table.status, &data.status) {
        if let Some((key, failed)) = keys.level {
            out.put(key, failed);
        }
        if !description.is_empty() {
            out.put(keys.message, description.to_string());
        }
    }
    let consumed = match &table.values {
        Some(values) if reading.is_on(values.on) => value::write(values, &reading, &mut out),
        _ => Consumed::default(),
    };
    let mut gathered = aside::Gathered::default();
    for (key, kv) in reading.attributes() {
        if !filter.leaves(key) || consumed.has(key) {
            continue;
        }
        match (&table.metadata, metadata_name(key), &table.aside) {
            (Some(place), Some(name), _) => gathered.take(place, name, &kv.value, &mut out),
            (_, _, Some(aside)) if aside::is_meant(aside, key) => gathered.take(&aside.place, key, &kv.value, &mut out),
            _ => out.put(Key::new(key.to_owned()), kv.value.clone()),
        }
    }
    gathered.write(&mut out);
    if let Some(keys) = &table.flat {
        flat::write(keys, &reading, &mut out);
    }
    out.0
}

/// Writes the kind, where the dialect has a word for it.
fn write_kind(table: &Table, reading: &Reading<'_>, out: &mut Out) -> bool {
    let Some(kind) = &table.kind else { return false };
    let span_type = kind.wrapper.filter(|_| reading.is_wrapper).or(reading.span_type);
    let word = kind.words.iter().find(|(known, _)| Some(*known) == span_type);
    if let Some((_, word)) = word {
        out.put(kind.key, *word);
    }
    word.is_some()
}

fn write_row(row: &Row, filter: &Filter<'_, '_>, out: &mut Out) {
    let reading = filter.reading;
    let found = row.from.iter().filter(|key| !filter.is_elsewhere(key)).find_map(|key| reading.get(key));
    let Some(value) = found.and_then(|value| formed(row.form, value, reading.data.start_time)) else { return };
    for key in row.to {
        out.put(*key, value.clone());
    }
}

fn formed(form: Form, value: &Value, start: SystemTime) -> Option<Value> {
    match (form, value) {
        (Form::First, Value::Array(Array::String(items))) => items.first().cloned().map(Value::String),
        (Form::List, Value::Array(Array::String(items))) => {
            let items: Vec<&str> = items.iter().map(StringValue::as_str).collect();
            Some(items.join(",").into())
        }
        (Form::Instant, Value::F64(seconds)) => {
            let after = Duration::try_from_secs_f64(*seconds).ok()?;
            instant::text(start.checked_add(after)?).map(Value::from)
        }
        (Form::Instant, _) => None,
        (Form::Tools, Value::String(text)) => chat::tools(text.as_str()).map(|tools| tools.to_string().into()),
        _ => Some(value.clone()),
    }
}

/// The name that a scope's metadata has for the program.
fn metadata_name(key: &str) -> Option<&str> {
    key.strip_prefix(attribute::TRACING_GENAI_METADATA)?.strip_prefix('.')
}

/// Which canonical attributes leave under their own keys.
struct Filter<'t, 's> {
    table: &'t Table,
    reading: &'t Reading<'s>,
    /// The dialect has written its word for the kind.
    typed: bool,
}

impl Filter<'_, '_> {
    fn leaves(&self, key: &str) -> bool {
        let untyped = self.typed
            && key == attribute::GEN_AI_OPERATION_NAME
            && self.table.kind.as_ref().is_some_and(|kind| kind.without_operation);
        let elsewhere = |only: &super::table::Only| matches(only.keys, key) && !self.reading.is_on(only.on);
        !(untyped
            || self.is_elsewhere(key)
            || self.table.only.iter().any(elsewhere)
            || matches_known(self.table.omit, key))
    }

    /// Whether it tells of what spans below tell of too.
    fn is_elsewhere(&self, key: &str) -> bool {
        if !matches_known(self.table.leaves_only, key) {
            return false;
        }
        if self.reading.span_type == Some(SpanType::Tool) {
            // A tool may cost something of its own.
            return !COSTS.contains(&key);
        }
        // A span around a call keeps its models, where the dialect does not make something else of it.
        let keeps_model = self.table.kind.as_ref().is_none_or(|kind| kind.wrapper.is_none());
        let is_model = matches!(key, attribute::GEN_AI_REQUEST_MODEL | attribute::GEN_AI_RESPONSE_MODEL);
        self.reading.is_parent() || (self.reading.is_wrapper && !(is_model && keeps_model))
    }
}

const COSTS: [&str; 4] = [
    attribute::GEN_AI_USAGE_COST,
    attribute::GEN_AI_USAGE_COST_AMOUNT,
    attribute::GEN_AI_USAGE_COST_CURRENCY,
    attribute::GEN_AI_USAGE_COST_SOURCE,
];
