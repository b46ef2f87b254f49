//! Packs encoded spans into requests: grouped by scope, below a limit in bytes and in spans, never empty.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

use super::batch::{Batch, NESTING};
use super::encode;
use super::group::Spare;
use super::held::Held;
use super::request_size::RequestSize;

/// Scopes whose encoding is remembered. A program has a few; with more, some are encoded again.
const MAX_SCOPES: usize = 128;
/// Groups whose memory is kept for the next ones: 1 MiB.
const MAX_SPARE: usize = 16;

/// What one request may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackLimits {
    pub(crate) bytes: usize,
    pub(crate) spans: usize,
}

/// There is no room for a span.
#[derive(Debug)]
pub(crate) struct Refused;

/// Fills one batch after another.
#[derive(Debug)]
pub(crate) struct Packer {
    resource: Arc<[u8]>,
    size: RequestSize,
    /// Spans of a batch.
    spans: usize,
    scopes: Scopes,
    open: Option<Batch>,
    /// At most [`MAX_SPARE`].
    spare: Vec<Spare>,
}

impl Packer {
    pub(crate) fn new(resource: &Resource, limits: PackLimits) -> Self {
        let resource = encode::resource(resource).into();
        Self {
            resource,
            size: RequestSize::new(limits.bytes),
            spans: limits.spans,
            scopes: Scopes::default(),
            open: None,
            spare: Vec::new(),
        }
    }

    /// Adds a span, which `encode` writes behind others. Gives back the batch that is full because of it: the one before,
    /// when the span did not fit into it, or the one that it filled. The batch that the span is in takes over what is
    /// `held`, which grows by the span's bytes, by what a group takes where it is the first of one, and by `around`. Nothing
    /// is added when that has no room, or when a request of its own has none and it `may_be_refused`.
    pub(crate) fn push(
        &mut self,
        scope: &InstrumentationScope,
        held: &mut Held,
        around: usize,
        may_be_refused: bool,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Option<Batch>, Refused> {
        let scope = self.scopes.encoded(scope);
        let open = self.open.get_or_insert_with(|| Batch::new(&self.resource, held.split_off(0)));
        let mut written = open.write(scope, &mut self.spare, encode);
        let alone = fixed(&self.resource, scope) + written.field;
        if (may_be_refused && alone > self.size.most()) || !held.grow(around + written.field + written.group) {
            open.settle();
            return Err(Refused);
        }
        let mut before = None;
        if open.spans() > 0 && open.bytes() + written.field + NESTING + scope.len() > self.size.limit() {
            let mut next = Batch::new(&self.resource, held.split_off(0));
            written = open.hand_on(&written, &mut next, &mut self.spare);
            before = Some(std::mem::replace(open, next));
        }
        open.keep(&written, held);
        if before.is_none() && (open.spans() >= self.spans || open.bytes() >= self.size.limit()) {
            return Ok(self.take());
        }
        Ok(before)
    }

    /// What is there so far, if anything.
    pub(crate) fn take(&mut self) -> Option<Batch> {
        let mut open = self.open.take()?;
        open.settle();
        (open.spans() > 0).then_some(open)
    }

    /// Bytes of the request that is being filled, if there is one.
    pub(crate) fn open_bytes(&self) -> usize {
        self.open.as_ref().filter(|open| open.spans() > 0).map_or(0, Batch::bytes)
    }

    /// Whether one request may hold both.
    pub(crate) fn fit_together(&self, first: &Batch, second: &Batch) -> bool {
        first.bytes() + second.bytes() <= self.size.limit()
            && first.spans() + second.spans() <= self.spans
            && first.has_resource_of(second)
    }

    /// Keeps memory for the next batches.
    pub(crate) fn take_back(&mut self, spare: &mut impl Iterator<Item = Spare>) {
        let room = MAX_SPARE.saturating_sub(self.spare.len());
        self.spare.extend(spare.take(room));
    }

    /// What a span of this scope may take in a request of its own.
    pub(crate) fn room(&mut self, scope: &InstrumentationScope) -> usize {
        let fixed = fixed(&self.resource, self.scopes.encoded(scope));
        self.size.most().saturating_sub(fixed + NESTING)
    }

    /// What the peer has taken and refused decides how large later batches are.
    pub(crate) fn size(&mut self) -> &mut RequestSize {
        &mut self.size
    }
}

/// Bytes of a request around the fields of its spans, where they are of one scope.
fn fixed(resource: &[u8], scope: &[u8]) -> usize {
    resource.len() + scope.len() + 2 * NESTING
}

/// The encodings of scopes.
#[derive(Debug, Default)]
struct Scopes {
    known: HashMap<InstrumentationScope, Arc<[u8]>>,
    /// Most spans are of the same scope as the one before.
    last: Option<(InstrumentationScope, Arc<[u8]>)>,
}

impl Scopes {
    fn encoded(&mut self, scope: &InstrumentationScope) -> &Arc<[u8]> {
        if self.last.as_ref().is_none_or(|(last, _)| last != scope) {
            let encoded = self.look_up(scope);
            self.last = Some((scope.clone(), encoded));
        }
        &self.last.get_or_insert_with(|| (scope.clone(), encode::scope(scope).into())).1
    }

    fn look_up(&mut self, scope: &InstrumentationScope) -> Arc<[u8]> {
        if let Some(encoded) = self.known.get(scope) {
            return Arc::clone(encoded);
        }
        if self.known.len() >= MAX_SCOPES {
            self.known.clear();
        }
        let encoded: Arc<[u8]> = encode::scope(scope).into();
        self.known.insert(scope.clone(), Arc::clone(&encoded));
        encoded
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::budget::Budget;
    use crate::export::parts::Parcel;
    use crate::export::wire::Writer;

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
            let span = named(&name);
            let full = packer.push(&scope, &mut held(budget), 0, false, |out| out.extend_from_slice(&span));
            batches.extend(full.unwrap());
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
            given in proptest::collection::vec((0_u8..3, prop_oneof![9 => 0_usize..300, 1 => 16_300..16_500_usize]), 0..40),
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
        fn merged_ones_hold_the_spans_of_both(given in proptest::collection::vec((0_u8..3, 0_usize..30), 1..40)) {
            let budget = Budget::new(1 << 30);
            let (batches, expected) = pack(&given, PackLimits { bytes: 200, spans: 3 }, &budget);
            let mut batches = batches.into_iter();
            let mut all = batches.next().unwrap();
            batches.for_each(|batch| all.merge(batch));
            prop_assert_eq!(all.spans(), expected.len());
            let bytes = all.encode().len();
            prop_assert!((bytes..bytes + 100).contains(&all.bytes()), "{} of {bytes}", all.bytes());
            prop_assert_eq!(sorted(names(&all)), sorted(expected));
            let (used, spans) = (budget.used(), all.spans());
            if let Ok((first, second)) = all.split() {
                prop_assert_eq!((budget.used(), first.spans() + second.spans()), (used, spans));
            }
            prop_assert_eq!(budget.used(), 0);
        }

        #[test]
        fn what_is_refused_or_panics_leaves_nothing(given in proptest::collection::vec((0_u8..3, 0_u8..4), 0..30)) {
            let (budget, limits) = (Budget::new(1 << 30), PackLimits { bytes: 300, spans: 5 });
            let mut packer = Packer::new(&Resource::builder_empty().build(), limits);
            let mut none = Held::none(&budget, &budget);
            let (mut batches, mut expected) = (Vec::new(), Vec::new());
            for (number, (scope, what)) in given.into_iter().enumerate() {
                let scope = InstrumentationScope::builder(format!("s{scope}")).build();
                let (name, long) = (number.to_string(), "x".repeat(if what == 2 { 300 } else { 0 }));
                let span = named(&format!("{name}{long}"));
                let push = std::panic::AssertUnwindSafe(|| {
                    packer.push(&scope, &mut none, 1, true, |out| {
                        out.extend_from_slice(&span);
                        assert!(what != 3, "as the test wants");
                    })
                });
                match std::panic::catch_unwind(push) {
                    Ok(Ok(full)) => {
                        prop_assert!(what < 2);
                        expected.push(format!("{}/{name}", scope.name()));
                        batches.extend(full);
                    }
                    Ok(Err(Refused)) => prop_assert_eq!(what, 2),
                    Err(_) => prop_assert_eq!(what, 3),
                }
            }
            batches.extend(packer.take());
            prop_assert_eq!(sorted(batches.iter().flat_map(names).collect()), sorted(expected));
            prop_assert!(batches.iter().all(|batch| batch.encode().len() <= batch.bytes()));
            drop(batches);
            prop_assert_eq!(budget.used(), 0);
        }

        #[test]
        fn any_bytes_are_decoded_without_a_panic(bytes: Vec<u8>) {
            if let Some(batch) = Batch::decode(&bytes, held(&Budget::new(10))) {
                prop_assert!(batch.spans() > 0);
            }
        }
    }

    #[test]
    fn memory_of_a_large_span_that_was_refused_or_handed_on_does_not_stay() {
        let (budget, limits) = (Budget::new(1 << 30), PackLimits { bytes: 3 << 20, spans: usize::MAX });
        let mut packer = Packer::new(&Resource::builder_empty().build(), limits);
        let scope = InstrumentationScope::default();
        let mut push = |bytes: usize| {
            let span = named(&"x".repeat(bytes));
            packer.push(&scope, &mut held(&budget), 0, true, |out| out.extend_from_slice(&span))
        };
        assert!(push(1_000).unwrap().is_none());
        assert!(push(16 << 20).is_err());
        assert!(push(1_000).unwrap().is_none());
        let mut before = push(3_145_000).unwrap().unwrap();
        assert!(before.spans() == 2 && before.memory() < 100_000, "{}", before.memory());
    }

    #[test]
    fn what_groups_of_many_scopes_take_is_counted() {
        let given: Vec<_> = (0..=255_u8).map(|scope| (scope, 1)).collect();
        let budget = Budget::new(1 << 30);
        let (batches, _) = pack(&given, PackLimits { bytes: usize::MAX, spans: usize::MAX }, &budget);
        assert!(budget.used() > 256 * 200, "{}", budget.used());
        drop(batches);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_batch_that_is_being_filled_has_little_memory_that_it_does_not_use() {
        let limits = PackLimits { bytes: usize::MAX, spans: usize::MAX };
        let given: Vec<_> = (0..1_500).map(|_| (0, 1_000)).collect();
        let (mut batches, expected) = pack(&given, limits, &Budget::new(1 << 30));
        let mut open = batches.remove(0);
        let (memory, bytes) = (open.memory(), open.bytes());
        assert!(bytes > 1_500_000 && memory < bytes + (128 << 10), "{memory} for {bytes}");
        assert_eq!(names(&open), expected);
    }

    #[test]
    fn a_batch_that_waits_behind_others_has_next_to_no_memory_that_it_does_not_use() {
        let limits = PackLimits { bytes: usize::MAX, spans: usize::MAX };
        let (mut batches, _) = pack(&[(0, 1_100); 1_000], limits, &Budget::new(1 << 30));
        let mut waits = Parcel::filled(batches.remove(0), true);
        let (memory, bytes) = (waits.batch.memory(), waits.batch.bytes());
        assert!(bytes > 1_100_000 && memory <= bytes + bytes / 16, "{memory} for {bytes}");
    }

    #[test]
    fn more_scopes_than_are_remembered_lose_nothing() {
        let given: Vec<_> = (0..=255_u8).chain(0..=255).map(|scope| (scope, 1)).collect();
        let limits = PackLimits { bytes: usize::MAX, spans: usize::MAX };
        let (batches, expected) = pack(&given, limits, &Budget::new(1 << 30));
        assert_eq!(sorted(batches.iter().flat_map(names).collect()), sorted(expected));
    }
}
