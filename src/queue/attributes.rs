//! Attributes that wait, kept close together: a `KeyValue` takes 56 bytes, and a few dozen more where it holds a text.
//!
//! A span of ten attributes that comes by the SDK takes twice as much as one of our own layer, whose fields are bytes from
//! the beginning. While the worker keeps up that does not matter; once it is behind, attributes are made bytes too.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use opentelemetry::{Key, KeyValue, Value};

use crate::budget::piece;
use crate::packed::{self, Packed};
use crate::span::size::{self, Own, Size};
use crate::span::{SHED_ABOVE, pair_bytes};

/// Names that are known by a number, all telemetries together. Others are spelled out.
const MAX_KEYS: usize = 1_024;
/// A longer name has none.
const LONGEST_KEY: usize = 128;

/// Stands for a number where a name has none: the name itself is put before the value.
const SPELLED: u16 = u16::MAX;

/// The attributes of a span that waits.
#[derive(Debug)]
pub(super) enum Attributes {
    List(Vec<KeyValue>),
    /// Under the numbers of their keys.
    Packed(Box<[u8]>),
}

/// Names and their numbers. One that has a number keeps it.
#[derive(Debug, Default)]
struct Keys {
    numbers: HashMap<Key, u16>,
    keys: Vec<Key>,
}

static KEYS: RwLock<Option<Keys>> = RwLock::new(None);

impl Attributes {
    /// Makes bytes of them where each can be: no list, no text that may be given up later.
    #[cold]
    pub(super) fn pack(&mut self) {
        let Self::List(list) = self else { return };
        match packed(list) {
            Some(packed) if !list.is_empty() => *self = Self::Packed(packed),
            _ => size::shrink(list),
        }
    }

    /// All of them, as they were; nothing is left.
    #[inline]
    pub(super) fn take(&mut self) -> Vec<KeyValue> {
        match std::mem::take(self) {
            Self::List(list) => list,
            Self::Packed(bytes) => unpacked(&bytes),
        }
    }

    #[cfg(test)]
    pub(super) fn to_list(&self) -> Vec<KeyValue> {
        match self {
            Self::List(list) => list.clone(),
            Self::Packed(bytes) => unpacked(bytes),
        }
    }

    /// Whether there is none, nor room for any.
    #[inline]
    pub(super) fn is_bare(&self) -> bool {
        matches!(self, Self::List(list) if list.capacity() == 0)
    }

    /// What they hold in memory, near enough.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::List(list) => Own::of_attributes(list),
            Self::Packed(bytes) => piece(bytes.len()),
        }
    }
}

impl Default for Attributes {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Keys {
    fn number(&self, key: &Key) -> Option<u16> {
        self.numbers.get(key).copied()
    }

    fn add(&mut self, key: &Key) {
        if let Ok(number) = u16::try_from(self.keys.len())
            && self.keys.len() < MAX_KEYS
            && may_be_numbered(key)
            && !self.numbers.contains_key(key)
        {
            self.numbers.insert(key.clone(), number);
            self.keys.push(key.clone());
        }
    }
}

fn packed(list: &[KeyValue]) -> Option<Box<[u8]>> {
    let bytes: Option<usize> = list.iter().map(|kv| Some(4 + held(kv)?)).sum();
    let mut packed = Vec::with_capacity(bytes?);
    if let Some(keys) = &*KEYS.read().unwrap_or_else(PoisonError::into_inner) {
        // Where nothing can be added there is nothing to wait for.
        let is_full = keys.keys.len() >= MAX_KEYS;
        if is_full || list.iter().all(|kv| keys.number(&kv.key).is_some() || !may_be_numbered(&kv.key)) {
            pack_with(keys, list, &mut packed)?;
            return Some(packed.into());
        }
    }
    let mut keys = KEYS.write().unwrap_or_else(PoisonError::into_inner);
    let keys = keys.get_or_insert_default();
    for kv in list {
        keys.add(&kv.key);
    }
    pack_with(keys, list, &mut packed)?;
    Some(packed.into())
}

fn may_be_numbered(key: &Key) -> bool {
    key.as_str().len() <= LONGEST_KEY
}

/// Bytes of a value, where it can be packed.
fn held(kv: &KeyValue) -> Option<usize> {
    match &kv.value {
        Value::Bool(_) => Some(0),
        Value::I64(_) | Value::F64(_) => Some(8),
        Value::String(text) => Some(text.as_str().len()).filter(|_| pair_bytes(kv) <= SHED_ABOVE),
        _ => None,
    }
}

fn pack_with(keys: &Keys, list: &[KeyValue], into: &mut Vec<u8>) -> Option<()> {
    for kv in list {
        let number = keys.number(&kv.key).unwrap_or(SPELLED);
        if number == SPELLED {
            let name = kv.key.as_str();
            packed::put(into, SPELLED, packed::text(name.len())?, name.as_bytes());
        }
        let mut put = |what, bytes: &[u8]| packed::put(into, number, what, bytes);
        match &kv.value {
            Value::Bool(truth) => put(if *truth { packed::TRUE } else { packed::FALSE }, &[]),
            Value::I64(whole) => put(packed::I64, &whole.to_le_bytes()),
            Value::F64(real) => put(packed::F64, &real.to_le_bytes()),
            Value::String(text) => put(packed::text(text.as_str().len())?, text.as_str().as_bytes()),
            _ => return None,
        }
    }
    Some(())
}

fn unpacked(mut bytes: &[u8]) -> Vec<KeyValue> {
    let mut list = Vec::new();
    let keys = KEYS.read().unwrap_or_else(PoisonError::into_inner);
    let Some(keys) = &*keys else { return list };
    while let Some(kv) = next(keys, &mut bytes) {
        list.push(kv);
    }
    list
}

fn next(keys: &Keys, bytes: &mut &[u8]) -> Option<KeyValue> {
    let (key, value) = match packed::take(bytes)? {
        (SPELLED, Packed::Text(name)) => (Key::from(text(name)), packed::take(bytes)?.1),
        (number, value) => (keys.keys.get(usize::from(number))?.clone(), value),
    };
    let value = match value {
        Packed::Bool(truth) => Value::Bool(truth),
        Packed::I64(whole) => Value::I64(whole),
        Packed::F64(real) => Value::F64(real),
        Packed::Text(bytes) => Value::String(text(bytes).into()),
        // Attributes have none of these.
        Packed::U64(_) | Packed::Elsewhere(_) => return None,
    };
    Some(KeyValue::new(key, value))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
