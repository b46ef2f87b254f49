//! The spans of one request, encoded and grouped by scope.

use std::sync::Arc;

use super::body::{Body, SMALL};
use super::encoded::Encoded;
use super::group::{BLOCK, Group, Spare};
use super::held::Held;
use super::shed::shed_request;
use super::shorten::shorten_span;
use super::wire::{Field, Reader, Writer, field_len};

/// Scopes that are looked through for a span's; with more, one stands twice.
const MAX_SCOPES: usize = 128;
/// The key and the longest length of a message that is nested in the request.
pub(super) const NESTING: usize = 6;
/// Bytes of memory that a group takes beside its spans and its scope.
const GROUP: usize = 256;
/// What is kept of each span beside its bytes.
pub(super) const AROUND: usize = 64;
/// Bytes that the length of most spans takes.
const USUAL_WIDTH: usize = 2;
/// Bytes of memory that a batch may have beside twice what its spans take.
const MAX_SURPLUS: usize = 64 << 10;

/// The spans of one request; at least one, once it is full.
#[derive(Debug)]
pub(crate) struct Batch {
    resource: Arc<[u8]>,
    groups: Vec<Group>,
    spans: usize,
    /// What the request takes at most.
    bytes: usize,
    /// Given back when the batch is dropped.
    held: Held,
}

impl Batch {
    pub(super) fn new(resource: &Arc<[u8]>, held: Held) -> Self {
        Self { resource: Arc::clone(resource), groups: Vec::new(), spans: 0, bytes: NESTING + resource.len(), held }
    }

    fn of(resource: &Arc<[u8]>, groups: Vec<Group>, held: Held) -> Self {
        let mut batch = Self::new(resource, held);
        batch.spans = groups.iter().map(|group| group.spans.len()).sum();
        batch.bytes += groups.iter().map(Group::bytes).sum::<usize>();
        batch.groups = groups;
        batch
    }

    /// What [`encode`](Self::encode) has made, or nothing when these bytes are something else. `held` is for the bytes; what
    /// they take beside is added, also where there is no room for that.
    pub(crate) fn decode(request: &[u8], held: Held) -> Option<Self> {
        let (resource, groups) = parts_of(request)?;
        let mut batch = Self::of(&resource.into(), groups, held);
        batch.held.take(AROUND * batch.spans + GROUP * batch.groups.len());
        (batch.spans > 0 && batch.encode().len() == request.len()).then_some(batch)
    }

    /// Bytes of memory that its spans have, used or not.
    #[cfg(test)]
    pub(super) fn memory(&mut self) -> usize {
        self.groups.iter_mut().map(|group| group.encoded.to_mut().capacity()).sum()
    }

    pub(crate) fn spans(&self) -> usize {
        self.spans
    }

    /// Bytes of the request, within a few of the truth and never below it.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of memory that it is counted with.
    pub(super) fn held(&self) -> usize {
        self.held.bytes()
    }

    /// The `ExportTraceServiceRequest`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes);
        self.start(&mut out);
        for group in &self.groups {
            group.start(&mut out);
            out.extend_from_slice(&group.encoded);
        }
        out
    }

    /// The same without a copy of spans that take much.
    pub(crate) fn lend(&mut self) -> Body {
        let mut body = Body::default();
        let mut around = Vec::new();
        self.start(&mut around);
        for group in &mut self.groups {
            group.start(&mut around);
            if group.encoded.len() < SMALL {
                around.extend_from_slice(&group.encoded);
            } else {
                body.push(std::mem::take(&mut around));
                body.push(group.encoded.lend());
            }
        }
        body.push(around);
        body
    }

    /// Takes the content out, and gives back what it was counted with. Out of how many spans, and how many bytes of it; nothing
    /// where there is none.
    pub(super) fn lighten(&mut self) -> Option<(u64, usize)> {
        let (request, spans, missing) = shed_request(&self.encode())?;
        let (_, groups) = parts_of(&request)?;
        let taken = groups.iter().map(|group| GROUP + group.content_len() + AROUND * group.spans.len()).sum();
        let mut light = Self::of(&self.resource, groups, self.held.split_off(taken));
        light.shrink();
        *self = light;
        Some((spans, missing))
    }

    /// Gives back memory that it does not use: it will wait. Blocks that are nearly full stay as they are, so that the next
    /// ones find room in their place.
    pub(super) fn shrink(&mut self) {
        self.groups.shrink_to_fit();
        let is_loose = |encoded: &Encoded| encoded.capacity() - encoded.len() > encoded.len() / 16;
        for group in self.groups.iter_mut().filter(|group| is_loose(&group.encoded)) {
            group.encoded.shrink();
            group.spans.shrink_to_fit();
        }
    }

    /// What stands before the groups.
    fn start(&self, out: &mut Vec<u8>) {
        let scope_spans: usize = self.groups.iter().map(|group| field_len(group.content_len())).sum();
        let w = &mut Writer::new(out);
        w.length_delimited(1, self.resource.len() + scope_spans);
        w.raw(&self.resource);
    }

    /// The memory of its groups, where that is of the usual size and no request holds it.
    pub(crate) fn into_spare(self) -> impl Iterator<Item = Spare> {
        self.groups.into_iter().filter_map(|Group { encoded, mut spans, .. }| {
            let encoded = encoded.into_memory()?;
            spans.clear();
            (BLOCK / 4..=BLOCK).contains(&encoded.capacity()).then_some(Spare { encoded, spans })
        })
    }

    /// Takes over all spans of another one with the same resource.
    pub(super) fn merge(&mut self, other: Self) {
        let Self { groups, spans, bytes, mut held, .. } = other;
        // What stands once in both.
        let mut twice = NESTING + self.resource.len();
        for group in groups {
            match self.groups.iter_mut().rev().find(|known| known.scope == group.scope) {
                Some(known) if known.encoded.len() + group.encoded.len() <= BLOCK => {
                    twice += NESTING + group.scope.len();
                    known.merge(&group);
                }
                _ => self.groups.push(group),
            }
        }
        self.spans += spans;
        self.bytes += bytes.saturating_sub(twice);
        self.held.absorb(&mut held);
    }

    /// Whether both say the same of what made the spans.
    pub(super) fn has_resource_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.resource, &other.resource) || self.resource == other.resource
    }

    /// Two halves by number of spans, or the batch itself when it holds one span only.
    pub(crate) fn split(mut self) -> Result<(Self, Self), Self> {
        if self.spans < 2 {
            return Err(self);
        }
        let mut room = self.spans / 2;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for mut group in self.groups {
            let rest = group.split_off(room.min(group.spans.len()));
            room -= group.spans.len();
            first.extend(Some(group).filter(|group| !group.spans.is_empty()));
            second.extend(Some(rest).filter(|group| !group.spans.is_empty()));
        }
        let encoded = |groups: &[Group]| groups.iter().map(|group| group.encoded.len()).sum::<usize>();
        let (before, behind) = (encoded(&first), encoded(&second));
        let share = self.held.bytes().saturating_mul(behind) / (before + behind).max(1);
        let held = self.held.split_off(share);
        Ok((Self::of(&self.resource, first, self.held), Self::of(&self.resource, second, held)))
    }

    /// The span, encoded, when there is one only.
    pub(crate) fn single(&self) -> Option<&[u8]> {
        let (1, Some(group)) = (self.spans, self.groups.first()) else { return None };
        Reader::new(&group.encoded).find_map(|(_, field)| match field {
            Field::Bytes(span) => Some(span),
            _ => None,
        })
    }

    /// What the span is called, when there is one only.
    pub(crate) fn span_name(&self) -> Option<String> {
        Reader::new(self.single()?).find_map(|(number, field)| match field {
            Field::Bytes(name) if number == 5 => Some(String::from_utf8_lossy(name).into_owned()),
            _ => None,
        })
    }

    /// The only span in half its bytes at most, or in more where its core takes that; nothing when there is next to nothing
    /// to cut, or there are several.
    pub(crate) fn shortened(mut self) -> Option<Self> {
        let span = self.single()?;
        let short = (1..=4).find_map(|cut| shorten_span(span, span.len() - (span.len() >> cut)))?;
        let group = self.groups.first_mut()?;
        let mut encoded = Vec::with_capacity(field_len(short.len()));
        Writer::new(&mut encoded).bytes(2, &short);
        // It may wait for long.
        drop(self.held.split_off(group.encoded.len().saturating_sub(encoded.len())));
        group.encoded = Encoded::new(encoded);
        *group.spans.first_mut()? = group.encoded.len();
        self.bytes = NESTING + self.resource.len() + group.bytes();
        Some(self)
    }

    /// Writes a span behind the others of its scope, and gives where that is. It counts once it is [kept](Self::keep). A
    /// new scope's group takes the `spare`.
    pub(super) fn write(
        &mut self,
        scope: &Arc<[u8]>,
        spare: &mut Vec<Spare>,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Written {
        let at = self.place_of(scope, spare);
        let Some(group) = self.groups.get_mut(at) else { return Written::default() };
        // Where the encoding of the last one panicked, some of it may be left.
        let end = group.end();
        let encoded = group.encoded.to_mut();
        encoded.truncate(end);
        Writer::new(encoded).message_of(2, USUAL_WIDTH, |span| encode(span.buffer()));
        let field = encoded.len() - end;
        Written { at, field, group: if group.spans.is_empty() { GROUP + scope.len() } else { 0 } }
    }

    /// From now on the span counts, and what is `held` is the batch's.
    pub(super) fn keep(&mut self, written: &Written, held: &mut Held) {
        let Some(group) = self.groups.get_mut(written.at) else { return };
        if group.spans.is_empty() {
            self.bytes += NESTING + group.scope.len();
        }
        group.spans.push(group.encoded.len());
        self.bytes += written.field;
        self.spans += 1;
        self.held.absorb(held);
    }

    /// Hands what was written last to the `next` batch.
    pub(super) fn hand_on(&mut self, written: &Written, next: &mut Self, spare: &mut Vec<Spare>) -> Written {
        let Some(group) = self.groups.get(written.at) else { return Written::default() };
        let at = next.place_of(&group.scope, spare);
        if let Some(to) = next.groups.get_mut(at) {
            to.encoded.to_mut().extend_from_slice(group.encoded.get(group.end()..).unwrap_or_default());
        }
        self.settle();
        Written { at, ..*written }
    }

    /// Leaves out what was written and does not count: it was refused, or its encoding panicked.
    pub(super) fn settle(&mut self) {
        for group in &mut self.groups {
            let end = group.end();
            let encoded = group.encoded.to_mut();
            encoded.truncate(end);
            // What was left out may have been large, and no budget knows of it any more.
            if encoded.capacity() > 2 * end + MAX_SURPLUS {
                encoded.shrink_to(end);
            }
        }
        self.groups.retain(|group| !group.spans.is_empty());
    }

    fn place_of(&mut self, scope: &Arc<[u8]>, spare: &mut Vec<Spare>) -> usize {
        let mut recent = self.groups.iter().enumerate().rev().take(MAX_SCOPES);
        let known = recent.find(|(_, group)| Arc::ptr_eq(&group.scope, scope));
        if let Some((at, group)) = known
            && !group.is_full()
        {
            return at;
        }
        let room = if known.is_some() { BLOCK } else { 0 };
        let Spare { encoded, spans } =
            spare.pop().unwrap_or_else(|| Spare { encoded: Vec::with_capacity(room), spans: Vec::new() });
        self.groups.push(Group { scope: Arc::clone(scope), encoded: Encoded::new(encoded), spans });
        self.groups.len() - 1
    }
}

/// The resource and the groups of a request.
fn parts_of(request: &[u8]) -> Option<(Vec<u8>, Vec<Group>)> {
    let mut resources = Reader::new(request);
    let (Some((1, Field::Bytes(content))), None) = (resources.next(), resources.next()) else { return None };
    let (mut resource, mut groups) = (Vec::new(), Vec::new());
    for (number, field, raw) in Reader::new(content).raw() {
        match field {
            Field::Bytes(scope_spans) if number == 2 => groups.push(Group::decode(scope_spans)),
            _ => resource.extend_from_slice(raw),
        }
    }
    Some((resource, groups))
}

/// A span that was written and does not count yet.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Its group.
    at: usize,
    /// Bytes that it takes there.
    pub(super) field: usize,
    /// What its group takes beside the spans, where it is the first in it.
    pub(super) group: usize,
}
