//! Packs encoded spans into requests: grouped by scope, below a limit in bytes and in spans, never empty.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

use super::encode;
use super::held::Held;
use super::request_size::RequestSize;
use super::shorten::shorten_span;
use super::wire::{Field, Reader, Writer, field_len};

/// Scopes whose encoding is remembered. A program has a few; with more, some are encoded again.
const MAX_SCOPES: usize = 128;
/// The key and the longest length of a message that is nested in the request.
const NESTING: usize = 6;

/// What one request may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackLimits {
    pub(crate) bytes: usize,
    pub(crate) spans: usize,
}

/// Fills one batch after another.
#[derive(Debug)]
pub(crate) struct Packer {
    resource: Arc<[u8]>,
    size: RequestSize,
    /// Spans of a batch.
    spans: usize,
    scopes: HashMap<InstrumentationScope, Arc<[u8]>>,
    last_scope: Option<(InstrumentationScope, Arc<[u8]>)>,
    open: Option<Batch>,
}

impl Packer {
    pub(crate) fn new(resource: &Resource, limits: PackLimits) -> Self {
        let resource = encode::resource(resource).into();
        Self {
            resource,
            size: RequestSize::new(limits.bytes),
            spans: limits.spans,
            scopes: HashMap::new(),
            last_scope: None,
            open: None,
        }
    }

    /// Adds an encoded span. Gives back the batch that is full because of it: the one before, when the span did not
    /// fit into it, or the one that it filled.
    pub(crate) fn push(&mut self, scope: &InstrumentationScope, span: &[u8], held: Held) -> Option<Batch> {
        let scope = self.scope(scope);
        let needed = field_len(span.len()) + NESTING + scope.len();
        let before = match &self.open {
            Some(open) if open.bytes + needed > self.size.limit() => self.open.take(),
            _ => None,
        };
        let open = self.open.get_or_insert_with(|| Batch::new(&self.resource));
        open.push(scope, span, held);
        if before.is_none() && (open.spans >= self.spans || open.bytes >= self.size.limit()) {
            return self.open.take();
        }
        before
    }

    /// What is there so far, if anything.
    pub(crate) fn take(&mut self) -> Option<Batch> {
        self.open.take()
    }

    /// Bytes of the request that is being filled, if there is one.
    pub(crate) fn open_bytes(&self) -> usize {
        self.open.as_ref().map_or(0, Batch::bytes)
    }

    /// What a span of this scope may take in a request of its own.
    pub(crate) fn room(&mut self, scope: &InstrumentationScope) -> usize {
        let around = self.resource.len() + self.scope(scope).len() + 3 * NESTING;
        self.size.most().saturating_sub(around)
    }

    /// What the peer has taken and refused decides how large later batches are.
    pub(crate) fn size(&mut self) -> &mut RequestSize {
        &mut self.size
    }

    fn scope(&mut self, scope: &InstrumentationScope) -> Arc<[u8]> {
        if let Some((last, encoded)) = &self.last_scope
            && last == scope
        {
            return Arc::clone(encoded);
        }
        let encoded = if let Some(encoded) = self.scopes.get(scope) {
            Arc::clone(encoded)
        } else {
            if self.scopes.len() >= MAX_SCOPES {
                self.scopes.clear();
            }
            let encoded: Arc<[u8]> = encode::scope(scope).into();
            self.scopes.insert(scope.clone(), Arc::clone(&encoded));
            encoded
        };
        self.last_scope = Some((scope.clone(), Arc::clone(&encoded)));
        encoded
    }
}

/// The spans of one request; at least one.
#[derive(Debug)]
pub(crate) struct Batch {
    resource: Arc<[u8]>,
    groups: Vec<Group>,
    spans: usize,
    /// What the request takes at most.
    bytes: usize,
}

impl Batch {
    fn new(resource: &Arc<[u8]>) -> Self {
        Self { resource: Arc::clone(resource), groups: Vec::new(), spans: 0, bytes: NESTING + resource.len() }
    }

    fn of(resource: &Arc<[u8]>, groups: Vec<Group>) -> Self {
        let mut batch = Self::new(resource);
        batch.spans = groups.iter().map(|group| group.spans.len()).sum();
        batch.bytes += groups.iter().map(Group::bytes).sum::<usize>();
        batch.groups = groups;
        batch
    }

    /// What [`encode`](Self::encode) has made, or nothing when these bytes are something else. `held` is for all of it.
    pub(crate) fn decode(request: &[u8], held: Held) -> Option<Self> {
        let mut resources = Reader::new(request);
        let (Some((1, Field::Bytes(content))), None) = (resources.next(), resources.next()) else { return None };
        let mut resource = Vec::new();
        let mut groups = Vec::new();
        for (number, field, raw) in Reader::new(content).raw() {
            match field {
                Field::Bytes(scope_spans) if number == 2 => groups.push(Group::decode(scope_spans)),
                _ => resource.extend_from_slice(raw),
            }
        }
        let batch = Self::of(&resource.into(), groups);
        let mut batch = (batch.spans > 0 && batch.encode().len() == request.len()).then_some(batch)?;
        batch.groups.iter_mut().find_map(|group| group.spans.first_mut())?.held = Some(held);
        Some(batch)
    }

    pub(crate) fn spans(&self) -> usize {
        self.spans
    }

    /// Bytes of the request, within a few of the truth and never below it.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The `ExportTraceServiceRequest`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let scope_spans: usize = self.groups.iter().map(|group| field_len(group.content_len())).sum();
        let mut out = Vec::with_capacity(self.bytes);
        let w = &mut Writer::new(&mut out);
        w.length_delimited(1, self.resource.len() + scope_spans);
        w.raw(&self.resource);
        for group in &self.groups {
            w.length_delimited(2, group.content_len());
            w.raw(&group.scope);
            w.raw(&group.encoded);
        }
        out
    }

    /// Two halves by number of spans, or the batch itself when it holds one span only.
    pub(crate) fn split(self) -> Result<(Self, Self), Self> {
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
        Ok((Self::of(&self.resource, first), Self::of(&self.resource, second)))
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

    /// The only span in half its bytes at most, or nothing when its core does not fit or there are several.
    pub(crate) fn shortened(mut self) -> Option<Self> {
        let span = self.single()?;
        let short = shorten_span(span, span.len() / 2)?;
        let group = self.groups.first_mut()?;
        group.encoded.clear();
        Writer::new(&mut group.encoded).bytes(2, &short);
        group.encoded.shrink_to_fit();
        group.spans.first_mut()?.end = group.encoded.len();
        self.bytes = NESTING + self.resource.len() + group.bytes();
        Some(self)
    }

    fn push(&mut self, scope: Arc<[u8]>, span: &[u8], held: Held) {
        let known = self.groups.iter().rev().take(MAX_SCOPES).position(|group| Arc::ptr_eq(&group.scope, &scope));
        if known.is_none() {
            self.bytes += NESTING + scope.len();
            self.groups.push(Group { scope, encoded: Vec::new(), spans: Vec::new() });
        }
        let group = self.groups.iter_mut().rev().nth(known.unwrap_or_default());
        if let Some(group) = group {
            Writer::new(&mut group.encoded).bytes(2, span);
            group.spans.push(Packed { end: group.encoded.len(), held: Some(held) });
            self.bytes += field_len(span.len());
            self.spans += 1;
        }
    }
}

/// The spans of one scope.
#[derive(Debug)]
struct Group {
    scope: Arc<[u8]>,
    /// Fields `spans` of `ScopeSpans`, one after another.
    encoded: Vec<u8>,
    spans: Vec<Packed>,
}

#[derive(Debug)]
struct Packed {
    /// Where the span ends in `encoded`.
    end: usize,
    /// Given back when the span is dropped.
    held: Option<Held>,
}

impl Group {
    fn decode(scope_spans: &[u8]) -> Self {
        let (mut scope, mut encoded, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        for (number, _, raw) in Reader::new(scope_spans).raw() {
            if number == 2 {
                encoded.extend_from_slice(raw);
                spans.push(Packed { end: encoded.len(), held: None });
            } else {
                scope.extend_from_slice(raw);
            }
        }
        Self { scope: scope.into(), encoded, spans }
    }

    fn content_len(&self) -> usize {
        self.scope.len() + self.encoded.len()
    }

    fn bytes(&self) -> usize {
        NESTING + self.content_len()
    }

    /// Keeps the first `count` spans and gives the others.
    fn split_off(&mut self, count: usize) -> Self {
        let mut spans = self.spans.split_off(count.min(self.spans.len()));
        let at = self.spans.last().map_or(0, |span| span.end);
        for span in &mut spans {
            span.end -= at;
        }
        Self { scope: Arc::clone(&self.scope), encoded: self.encoded.split_off(at), spans }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::budget::Budget;

    /// A `Span` message that is known by its name.
    fn named(name: &str) -> Vec<u8> {
        let mut out = Vec::new();
        Writer::new(&mut out).string(5, name);
        out
    }

    fn names(batch: &Batch) -> Vec<String> {
        let request = ExportTraceServiceRequest::decode(&batch.encode()[..]).unwrap();
        let [resource] = &request.resource_spans[..] else { panic!("one resource") };
        let spans = resource.scope_spans.iter().flat_map(|scope| {
            assert!(!scope.spans.is_empty());
            let scope_name = &scope.scope.as_ref().unwrap().name;
            scope.spans.iter().map(move |span| format!("{scope_name}/{}", span.name))
        });
        spans.collect()
    }

    /// Spans as (scope, length of name), packed; the batches and what must be in them.
    fn pack(given: &[(u8, usize)], limits: PackLimits, budget: &Budget) -> (Vec<Batch>, Vec<String>) {
        let mut packer = Packer::new(&Resource::builder_empty().build(), limits);
        let (mut batches, mut expected) = (Vec::new(), Vec::new());
        for (number, &(scope, length)) in given.iter().enumerate() {
            let scope = InstrumentationScope::builder(format!("s{scope}")).build();
            let name = format!("{number}{}", "x".repeat(length));
            expected.push(format!("{}/{name}", scope.name()));
            batches.extend(packer.push(&scope, &named(&name), held(budget)));
        }
        batches.extend(packer.take());
        (batches, expected)
    }

    fn held(budget: &Budget) -> Held {
        Held::reserve(budget, budget, 1).unwrap()
    }

    fn sorted(mut names: Vec<String>) -> Vec<String> {
        names.sort();
        names
    }

    proptest! {
        #[test]
        fn every_span_leaves_once_and_within_the_limits(
            given in proptest::collection::vec((0_u8..3, 0_usize..300), 0..40),
            bytes in 1_usize..2_000,
            spans in 1_usize..20,
        ) {
            let (batches, expected) = pack(&given, PackLimits { bytes, spans }, &Budget::new(1 << 30));
            let mut found = Vec::new();
            for batch in &batches {
                let again = Batch::decode(&batch.encode(), held(&Budget::new(10))).unwrap();
                prop_assert_eq!(again.encode(), batch.encode());
                let names = names(&again);
                prop_assert_eq!(names.len(), batch.spans());
                prop_assert!((1..=spans).contains(&names.len()));
                prop_assert!(batch.encode().len() <= batch.bytes());
                prop_assert!(batch.bytes() <= bytes || batch.spans() == 1);
                found.extend(names);
            }
            prop_assert_eq!(sorted(found), sorted(expected));
        }

        #[test]
        fn halves_hold_the_same_spans_down_to_one(given in proptest::collection::vec((0_u8..3, 0_usize..30), 1..40)) {
            let budget = Budget::new(1 << 30);
            let (mut batches, expected) = pack(&given, PackLimits { bytes: usize::MAX, spans: usize::MAX }, &budget);
            let mut found = Vec::new();
            while let Some(batch) = batches.pop() {
                match batch.split() {
                    Ok((first, second)) => batches.extend([first, second]),
                    Err(one) => {
                        prop_assert_eq!(one.spans(), 1);
                        found.extend(names(&one));
                    }
                }
            }
            prop_assert_eq!(sorted(found), sorted(expected));
            prop_assert_eq!(budget.used(), 0);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_without_a_panic(bytes: Vec<u8>) {
            if let Some(batch) = Batch::decode(&bytes, held(&Budget::new(10))) {
                prop_assert!(batch.spans() > 0);
            }
        }
    }

    #[test]
    fn more_scopes_than_are_remembered_lose_nothing() {
        let given: Vec<_> = (0..=255_u8).chain(0..=255).map(|scope| (scope, 1)).collect();
        let limits = PackLimits { bytes: usize::MAX, spans: usize::MAX };
        let (batches, expected) = pack(&given, limits, &Budget::new(1 << 30));
        assert_eq!(sorted(batches.iter().flat_map(names).collect()), sorted(expected));
    }
}
