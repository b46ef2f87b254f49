//! The values of a span's fields, kept close together until the worker makes attributes of them.
//!
//! They stand in one buffer, as `packed` keeps them, under the indices of their fields in the call site: a second allocation
//! for each span, freed on another thread, would cost more than all else that is done here.

mod shed;

use std::collections::HashSet;

use opentelemetry::{Array, KeyValue, StringValue, Value};

use crate::budget::{fit, piece};
use crate::packed::{self, ELSEWHERE, Packed};

/// Texts up to this many bytes stand in the buffer: model names, identifiers, UUIDs.
const SHORT: usize = 256;
/// Bytes for which room is made at once for each field of the call site, and for how many of them.
const ROOM: usize = 24;
const ROOMS: usize = 32;

/// Values in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    bytes: Vec<u8>,
    /// What does not fit in there; most spans have nothing of the kind, and this moves with them.
    aside: Option<Box<AsideList>>,
    count: u32,
    /// Where those end that were given when the span was created.
    initial: u32,
}

#[derive(Debug, Default)]
struct AsideList {
    /// With their fields; none where a later one has taken its place.
    list: Vec<Option<(u16, Large)>>,
    initial: usize,
}

/// A value that has no place in the buffer.
#[derive(Debug)]
pub(super) enum Large {
    /// A text of more than [`SHORT`] bytes; copied before any lock is taken.
    Long(Box<str>),
    /// One of several attributes that a field becomes.
    Made(Box<KeyValue>),
}

impl Large {
    /// Whether `earlier`, of the same field, says nothing any more.
    fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Long(_), Self::Long(_)) => true,
            (Self::Made(made), Self::Made(earlier)) => made.key == earlier.key,
            _ => false,
        }
    }

    /// What it holds beside itself.
    fn memory(&self) -> usize {
        match self {
            Self::Long(text) => piece(text.len()),
            Self::Made(made) => {
                let value = match &made.value {
                    Value::String(text) => piece(text.as_str().len()),
                    Value::Array(Array::String(items)) => {
                        let texts: usize = items.iter().map(|item| piece(item.as_str().len())).sum();
                        piece(items.capacity() * size_of::<StringValue>()) + texts
                    }
                    _ => 0,
                };
                piece(size_of::<KeyValue>()) + made.key.as_str().len() + value
            }
        }
    }

    /// Of what it says. Texts and lists of texts are all that is made.
    fn bytes(&self) -> usize {
        match self {
            Self::Long(text) => text.len(),
            Self::Made(made) => {
                made.key.as_str().len()
                    + match &made.value {
                        Value::String(text) => text.as_str().len(),
                        Value::Array(Array::String(items)) => items.iter().map(|item| item.as_str().len() + 8).sum(),
                        _ => 8,
                    }
            }
        }
    }
}

/// Takes values on their way out, with the index of their field.
pub(crate) trait TakeValues {
    /// A truth or a number.
    fn take_plain(&mut self, field: usize, value: Value);
    fn take_unsigned(&mut self, field: usize, number: u64);
    /// The bytes of a text.
    fn take_text(&mut self, field: usize, bytes: &[u8]);
    fn take_long(&mut self, field: usize, text: Box<str>);
    /// An attribute of another name than its field.
    fn take_made(&mut self, made: KeyValue);
}

impl Fields {
    /// Gives back room that is not used.
    pub(crate) fn fit(&mut self) {
        fit(&mut self.bytes);
        if let Some(aside) = &mut self.aside {
            fit(&mut aside.list);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    /// Adds a value of at most [`SHORT`] bytes of the field that has this index in its call site. `expected` is how many
    /// fields the call site has.
    #[inline]
    pub(super) fn push(&mut self, field: usize, what: u16, bytes: &[u8], expected: impl FnOnce() -> usize) {
        // A call site has as many fields as were written by hand.
        let Ok(field) = u16::try_from(field) else { return };
        if self.bytes.capacity() == 0 {
            self.bytes.reserve(ROOM * expected().clamp(1, ROOMS));
        }
        self.count += 1;
        packed::put(&mut self.bytes, field, what, bytes);
    }

    /// Adds another value; gives the one that says nothing any more: a stream may record a long text over and over, and
    /// a span that goes on for long an error.
    #[cold]
    pub(super) fn push_large(&mut self, field: usize, value: Large) -> Option<Large> {
        let field = u16::try_from(field).ok()?;
        let is_earlier =
            |kept: &Option<(u16, Large)>| kept.as_ref().is_some_and(|(of, kept)| *of == field && value.replaces(kept));
        let earlier = self.aside.as_mut().and_then(|aside| {
            let at = aside.list.iter().rposition(is_earlier)?;
            Some((at, at >= aside.initial, aside.list.get_mut(at)?))
        });
        let replaced = match earlier {
            None => {
                self.count += 1;
                self.put_aside(field, value);
                None
            }
            Some((at, true, earlier)) => {
                let replaced = earlier.replace((field, value));
                self.move_to_end(field, at);
                replaced
            }
            Some((_, false, earlier)) => {
                let replaced = earlier.take();
                self.put_aside(field, value);
                replaced
            }
        };
        replaced.map(|(_, replaced)| replaced)
    }

    #[cold]
    fn put_aside(&mut self, field: u16, value: Large) {
        let aside = self.aside.get_or_insert_default();
        #[expect(clippy::cast_possible_truncation, reason = "the table bounds what a span may hold by far less")]
        let at = aside.list.len() as u32;
        aside.list.push(Some((field, value)));
        packed::put(&mut self.bytes, field, ELSEWHERE, &at.to_le_bytes());
    }

    /// What stands aside at this index was recorded anew, and comes behind all that was recorded of its field since.
    #[cold]
    fn move_to_end(&mut self, field: u16, at: usize) {
        #[expect(clippy::cast_possible_truncation, reason = "it was put there under a number of this size")]
        let place = at as u32;
        let mut start = self.initial as usize;
        let mut rest = self.bytes.get(start..).unwrap_or_default();
        while let Some((of, value)) = packed::take(&mut rest) {
            let end = self.bytes.len() - rest.len();
            if of == field && value == Packed::Elsewhere(place) {
                self.bytes.drain(start..end);
                break;
            }
            start = end;
        }
        packed::put(&mut self.bytes, field, ELSEWHERE, &place.to_le_bytes());
    }

    /// Whether a value is kept of one of the fields for which `such`, one for each in their order, says yes.
    pub(crate) fn any(&self, such: impl Iterator<Item = bool>) -> bool {
        !self.is_empty() && such.enumerate().any(|(index, is_such)| is_such && self.holds(index))
    }

    fn holds(&self, index: usize) -> bool {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(|| packed::take(&mut rest)).any(|(field, _)| usize::from(field) == index)
    }

    /// Forgets what was recorded of a field before its last value: a stream may record a count over and over. What is
    /// kept aside stays, since several of it may belong together.
    pub(super) fn keep_last_of_each(&mut self) {
        if self.aside.as_ref().is_some_and(|aside| aside.list.len() > self.len() / 2) {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let (initial, later) = bytes.split_at_checked(self.initial as usize).unwrap_or((&bytes, &[]));
        let mut entries = Vec::with_capacity(self.len());
        let (mut before, mut rest) = (later, later);
        while let Some((field, value)) = packed::take(&mut rest) {
            let (entry, next) = before.split_at(before.len() - rest.len());
            entries.push((field, matches!(value, Packed::Elsewhere(_)), entry));
            before = next;
        }
        let total = entries.len();
        let mut seen = HashSet::new();
        entries.reverse();
        entries.retain(|(field, is_aside, _)| seen.insert(*field) || *is_aside);
        self.count = self.count.saturating_sub(u32::try_from(total - entries.len()).unwrap_or(u32::MAX));
        let kept: Vec<&[u8]> =
            std::iter::once(initial).chain(entries.iter().rev().map(|(_, _, entry)| *entry)).collect();
        self.bytes = kept.concat();
    }

    /// Bytes that the values hold, near enough for a budget.
    pub(crate) fn bytes(&self) -> usize {
        let list = self.aside.as_ref().map_or(0, |aside| {
            size_of::<AsideList>()
                + aside.list.capacity() * size_of::<Option<(u16, Large)>>()
                + aside.list.iter().flatten().map(|(_, large)| large.memory()).sum::<usize>()
        });
        self.bytes.capacity() + list
    }

    /// All that were kept so far were given when the span was created.
    pub(super) fn are_initial(&mut self) {
        // More than that has no place in memory.
        self.initial = u32::try_from(self.bytes.len()).unwrap_or_default();
        if let Some(aside) = &mut self.aside {
            aside.initial = aside.list.len();
        }
    }

    /// Whether there are any that were given when the span was created, or later ones.
    #[inline]
    pub(crate) fn has(&self, initial: bool) -> bool {
        if initial { self.initial > 0 } else { self.bytes.len() > self.initial as usize }
    }

    /// Gives each value with the index of its field, in the order in which they came: those that were given when the span
    /// was created, or the later ones. What was kept aside is given once.
    #[inline]
    pub(crate) fn give(&mut self, initial: bool, taker: &mut impl TakeValues) {
        let Self { bytes, aside, initial: end, .. } = self;
        let (first, later) = bytes.split_at_checked(*end as usize).unwrap_or((bytes, &[]));
        let mut rest = if initial { first } else { later };
        while let Some((field, value)) = packed::take(&mut rest) {
            let field = usize::from(field);
            match value {
                Packed::Text(bytes) => taker.take_text(field, bytes),
                Packed::Bool(truth) => taker.take_plain(field, Value::Bool(truth)),
                Packed::I64(number) => taker.take_plain(field, Value::I64(number)),
                Packed::F64(number) => taker.take_plain(field, Value::F64(number)),
                Packed::U64(number) => taker.take_unsigned(field, number),
                Packed::Elsewhere(at) => match take_aside(aside.as_deref_mut(), at) {
                    Some(Large::Long(text)) => taker.take_long(field, text),
                    Some(Large::Made(made)) => taker.take_made(*made),
                    None => {}
                },
            }
        }
    }
}

#[cold]
fn take_aside(aside: Option<&mut AsideList>, at: u32) -> Option<Large> {
    aside?.list.get_mut(at as usize)?.take().map(|(_, large)| large)
}

/// What a text is, and its bytes, where it is short enough for the buffer.
#[inline]
pub(super) fn short(text: &str) -> Option<(u16, &[u8])> {
    if text.len() > SHORT { None } else { Some((packed::text(text.len())?, text.as_bytes())) }
}

#[cfg(test)]
mod tests;
