//! Attributes that wait, kept close together: a `KeyValue` takes 56 bytes, and a few dozen more where it holds a text.
//!
//! A span of ten attributes that comes by the SDK takes twice as much as one of our own layer, whose fields are bytes from
//! the beginning. While the worker keeps up that does not matter; once it is behind, attributes are made bytes too.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use opentelemetry::{Key, KeyValue, Value};

use crate::budget::piece;
use crate::span::size::{self, Own, Size};
use crate::span::{SHED_ABOVE, pair_bytes};

/// Names that are known by a number, all telemetries together. Others are spelled out.
const MAX_KEYS: usize = 1_024;
/// A longer name has none.
const LONGEST_KEY: usize = 128;

/// Stands for a number where a name has none: its length and bytes follow.
const SPELLED: u16 = u16::MAX;

const FALSE: u16 = 0;
const TRUE: u16 = 1;
const I64: u16 = 2;
const F64: u16 = 3;
/// A text: what is above this is its length.
const TEXT: u16 = 4;

/// The attributes of a span that waits.
#[derive(Debug)]
pub(super) enum Attributes {
    List(Vec<KeyValue>),
    /// For each the number of its key, a word that says what it is, and its bytes.
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
        into.extend_from_slice(&number.to_le_bytes());
        if number == SPELLED {
            let key = kv.key.as_str();
            into.extend_from_slice(&u16::try_from(key.len()).ok()?.to_le_bytes());
            into.extend_from_slice(key.as_bytes());
        }
        let mut put = |what: u16, bytes: &[u8]| {
            into.extend_from_slice(&what.to_le_bytes());
            into.extend_from_slice(bytes);
        };
        match &kv.value {
            Value::Bool(truth) => put(if *truth { TRUE } else { FALSE }, &[]),
            Value::I64(whole) => put(I64, &whole.to_le_bytes()),
            Value::F64(real) => put(F64, &real.to_le_bytes()),
            Value::String(text) => {
                let bytes = text.as_str().as_bytes();
                put(TEXT + u16::try_from(bytes.len()).ok()?, bytes);
            }
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
    let key = match u16::from_le_bytes(first(bytes)?) {
        SPELLED => {
            let length = u16::from_le_bytes(first(bytes)?);
            Key::from(text(bytes, length)?)
        }
        number => keys.keys.get(usize::from(number))?.clone(),
    };
    let value = match u16::from_le_bytes(first(bytes)?) {
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        I64 => Value::I64(i64::from_le_bytes(first(bytes)?)),
        F64 => Value::F64(f64::from_le_bytes(first(bytes)?)),
        what => Value::String(text(bytes, what.checked_sub(TEXT)?)?.into()),
    };
    Some(KeyValue::new(key, value))
}

fn text(bytes: &mut &[u8], length: u16) -> Option<String> {
    let (text, rest) = bytes.split_at_checked(usize::from(length))?;
    *bytes = rest;
    Some(String::from_utf8_lossy(text).into_owned())
}

fn first<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}
