//! One place of a span cut to a size.

use std::borrow::Cow;

use opentelemetry::{Array, StringValue, Value};

use super::shorten::{ITEM_BYTES, Short, ends, fair_share, mark, shorten, shorten_plain};
use super::surface::Slot;
use crate::span::value_bytes;

/// The bytes that stand in a place.
pub(super) fn slot_bytes(slot: &Slot<'_>) -> usize {
    match slot {
        Slot::Text(text) => text.len(),
        Slot::Value(value) => value_bytes(value),
    }
}

/// Cuts what stands in the place to `limit` bytes and a mark. Gives the bytes that are missing then.
pub(super) fn shorten_slot(slot: Slot<'_>, limit: usize) -> usize {
    match slot {
        Slot::Text(_) => shorten_slot_plainly(slot, limit),
        Slot::Value(Value::String(text)) => replace(text, shorten(text.as_str(), limit)),
        Slot::Value(Value::Array(Array::String(items))) => shorten_list(items, limit),
        Slot::Value(Value::Array(Array::I64(numbers))) => shorten_numbers(numbers, limit),
        Slot::Value(Value::Array(Array::F64(numbers))) => shorten_numbers(numbers, limit),
        Slot::Value(_) => 0,
    }
}

/// The same for text that is read as text though it may be JSON.
pub(super) fn shorten_slot_plainly(slot: Slot<'_>, limit: usize) -> usize {
    match slot {
        Slot::Text(text) => match shorten_plain(text, limit) {
            Some(short) => {
                *text = Cow::Owned(short.text);
                short.missing
            }
            None => 0,
        },
        Slot::Value(Value::String(text)) => replace(text, shorten_plain(text.as_str(), limit)),
        Slot::Value(_) => shorten_slot(slot, limit),
    }
}

fn replace(text: &mut StringValue, short: Option<Short>) -> usize {
    match short {
        Some(short) => {
            *text = short.text.into();
            short.missing
        }
        None => 0,
    }
}

/// Items in the middle are left out where there are too many; those that stay share the limit.
fn shorten_list(items: &mut Vec<StringValue>, limit: usize) -> usize {
    let sizes: Vec<usize> = items.iter().map(|item| item.as_str().len() + 8).collect();
    if sizes.iter().sum::<usize>() <= limit {
        return 0;
    }
    let costs: Vec<usize> = sizes.iter().map(|size| (*size).min(ITEM_BYTES)).collect();
    let (first, last) = ends(&costs, limit);
    let gap = first..items.len() - last;
    let mut missing = 0;
    if !gap.is_empty() {
        missing += sizes.iter().skip(gap.start).take(gap.len()).sum::<usize>();
        items.splice(gap.clone(), [StringValue::from(mark(gap.len(), "items"))]);
    }
    let share = fair_share(items.iter().map(|item| item.as_str().len() + 8), limit);
    missing + items.iter_mut().map(|item| replace(item, shorten(item.as_str(), share))).sum::<usize>()
}

fn shorten_numbers<T>(numbers: &mut Vec<T>, limit: usize) -> usize {
    let surplus = numbers.len().saturating_sub(limit / 8);
    numbers.truncate(limit / 8);
    surplus * 8
}
