//! The values of spans that are still open: a bounded, sharded table by span id.
//!
//! It does not live in the registry's extensions: recording from inside a `Debug` that is being recorded would
//! wait for a lock that the recording layer holds. No lock here is held while foreign code runs.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use opentelemetry::trace::SpanId;
use tracing::Metadata;
use tracing::dispatcher::WeakDispatch;
use tracing::field::Field;
use tracing::span::Id;

use super::adopt;
use super::counts::LayerCounts;
use super::fields::{Fields, Large};
use super::lacking::Lacking;
use super::lend::Lent;
use super::open_scope::ScopeOf;
use super::recorded::Recorded;
use super::reentry::Reentry;
use super::scope_values::ScopeValues;
use super::shard::{Shard, mix};
use super::survival::Unwinding;
use crate::chunks::Chunks;
use crate::conventions::attribute::OTEL_NAME;

const SHARDS: usize = 16;
/// Open spans that are kept in all; the values of more are not, and are counted.
const MAX_OPEN: usize = 1 << 18;
/// Values that one open span may hold.
const MAX_RECORDED: usize = 4_096;

/// What is kept of one open span.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Open {
    pub(crate) metadata: &'static Metadata<'static>,
    /// Values of its fields, kept from the OpenTelemetry layer.
    pub(crate) fields: Fields,
    /// What our trait recorded, in the order in which it came.
    pub(crate) recorded: Vec<Recorded>,
    /// Our trait recorded something: from then on the order of fields matters.
    pub(super) holds_ours: bool,
    /// Both OpenTelemetry layers of ours are told of it.
    pub(super) is_told_twice: bool,
    /// Its OpenTelemetry span, once it was entered under a layer of ours; before, none that is valid.
    pub(crate) otel: SpanId,
    /// While it is open, once it was entered twice.
    pub(super) reentry: Option<Arc<Reentry>>,
    pub(crate) scope: Option<Arc<ScopeValues>>,
    pub(super) scope_of: ScopeOf,
    /// What a span above lends to those below.
    pub(crate) lent: Option<Arc<Lent>>,
    /// `#[instrument(err)]` reported that the function returned an `Err`.
    pub(crate) returned_err: bool,
    /// The span's own code panicked.
    pub(crate) panicked: bool,
    /// Dropped by the unwinding of a panic that was not its own.
    pub(crate) cancelled: bool,
    /// A panic was unwinding already when the span was created.
    pub(super) created_in_panic: bool,
    /// Guards that were entered while a panic was unwinding already.
    pub(super) entered_in_panic: u8,
    /// What unwinding has done to it. Boxed, as all that is rare: this is moved often.
    pub(super) unwinding: Option<Box<Unwinding>>,
    /// The stream that it stands for has ended.
    pub(crate) stream: Option<Box<StreamEnd>>,
}

/// A streamed answer that has ended, or was dropped.
#[derive(Debug)]
pub(crate) struct StreamEnd {
    pub(crate) chunks: Chunks,
    /// When the request was made, where the program says so; else when the span began.
    pub(crate) requested: Option<SystemTime>,
    /// When it ended: with its last chunk, where that is known.
    pub(crate) ended: Option<SystemTime>,
    /// When it was let go of: a span that was entered later than that went on without it.
    pub(crate) let_go: SystemTime,
    /// Dropped before its end.
    pub(crate) cancelled: bool,
    /// It came to its end without usage, of an API that tells it of a stream only when it is asked to.
    pub(crate) usage_not_asked: bool,
}

/// What became of a step.
enum Added {
    Beside,
    InPlaceOf(#[expect(dead_code, reason = "to be freed without a lock")] Recorded),
    /// There was no room.
    Refused(#[expect(dead_code, reason = "to be freed without a lock")] Recorded),
}

impl Added {
    fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// The table.
#[derive(Debug)]
pub(crate) struct OpenSpans {
    shards: [Mutex<Shard>; SHARDS],
    pub(super) sampler_looks: bool,
    /// The OpenTelemetry layer behind is ours, and adopts spans that were made by hand.
    pub(super) adopts: bool,
    counts: Arc<LayerCounts>,
    /// Once it is known; through it the registry below is found.
    pub(super) dispatch: OnceLock<WeakDispatch>,
    /// Spans that are open and not in here.
    lacking: Lacking,
}

impl Open {
    pub(super) fn new(metadata: &'static Metadata<'static>) -> Self {
        Self {
            metadata,
            fields: Fields::default(),
            recorded: Vec::new(),
            holds_ours: false,
            is_told_twice: false,
            otel: SpanId::INVALID,
            reentry: None,
            scope: None,
            scope_of: ScopeOf::Place,
            lent: None,
            returned_err: false,
            panicked: false,
            cancelled: false,
            created_in_panic: false,
            entered_in_panic: 0,
            unwinding: None,
            stream: None,
        }
    }

    /// Adds a value of a span that is not in the table; false when there is no room.
    pub(crate) fn keep(&mut self, step: Recorded) -> bool {
        !self.add(step).is_refused()
    }

    /// Whether it is of a span that was made by hand.
    pub(crate) fn is_by_hand(&self) -> bool {
        adopt::is_by_hand(self.metadata)
    }

    /// Adds a step. A large value is replaced at once, others when there is no room: a stream may record them over and over.
    #[inline]
    fn add(&mut self, step: Recorded) -> Added {
        if self.recorded.len() >= MAX_RECORDED || step.is_large() {
            return self.add_in_place(step);
        }
        self.push(step);
        Added::Beside
    }

    fn add_in_place(&mut self, step: Recorded) -> Added {
        let is_full = self.recorded.len() >= MAX_RECORDED;
        let is_same = |slot, earlier: &Recorded| earlier.slot() == Some(slot) && (is_full || earlier.is_large());
        let same = step.slot().and_then(|slot| self.recorded.iter().rposition(|earlier| is_same(slot, earlier)));
        if let Some(at) = same {
            let replaced = self.recorded.remove(at);
            self.recorded.push(step);
            return Added::InPlaceOf(replaced);
        }
        if is_full {
            return Added::Refused(step);
        }
        self.push(step);
        Added::Beside
    }

    #[inline]
    fn push(&mut self, step: Recorded) {
        if self.recorded.is_empty() {
            // One allocation for the values of a usual model call.
            self.recorded.reserve(12);
        }
        self.holds_ours |= step.is_ours();
        self.recorded.push(step);
        if self.recorded.len() == MAX_RECORDED {
            self.keep_last_of_each();
        }
    }

    #[cold]
    fn keep_last_of_each(&mut self) {
        let mut seen = HashSet::new();
        let from_the_end = self.recorded.iter().rev();
        let mut are_last: Vec<bool> =
            from_the_end.map(|step| step.slot().is_none_or(|slot| seen.insert(slot))).collect();
        self.recorded.retain(|_| are_last.pop().unwrap_or(true));
    }

    /// Whether the OpenTelemetry span of this span can have that name.
    pub(crate) fn may_be_named(&self, name: &str) -> bool {
        name == self.metadata.name() || self.declares(OTEL_NAME)
    }

    /// Whether the user declared a field of this name on the span.
    pub(crate) fn declares(&self, field: &str) -> bool {
        self.metadata.fields().iter().any(|declared| declared.name() == field)
    }
}

impl OpenSpans {
    /// `sampler_looks`: a sampler may want to see the values that a span has when it starts.
    pub(crate) fn new(sampler_looks: bool, adopts: bool, counts: Arc<LayerCounts>) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, sampler_looks, adopts, counts, dispatch: OnceLock::new(), lacking: Lacking::default() }
    }

    /// What layers of the telemetry could not use.
    pub(super) fn counts(&self) -> &LayerCounts {
        &self.counts
    }

    #[inline]
    pub(super) fn insert(&self, id: &Id, open: Open) {
        let replaced = {
            let mut shard = self.shard(id);
            if shard.len() >= MAX_OPEN / SHARDS {
                self.counts.turn_away();
                self.lacking.add();
                return;
            }
            shard.insert(id.into_u64(), open)
        };
        drop(replaced);
    }

    #[inline]
    pub(super) fn remove(&self, id: &Id) -> Option<Open> {
        self.shard(id).remove(id.into_u64())
    }

    /// Takes what is kept of a span that goes on.
    pub(super) fn take_if(&self, id: &Id, is_wanted: impl FnOnce(&Open) -> bool) -> Option<Open> {
        let mut shard = self.shard(id);
        let taken = if is_wanted(shard.get(id.into_u64())?) { shard.remove(id.into_u64()) } else { None };
        // Before anybody can look in vain.
        if taken.is_some() {
            self.lacking.add_ended(id.into_u64());
        }
        taken
    }

    /// A span has closed that was not in here.
    pub(super) fn lacked(&self, id: &Id) {
        self.lacking.remove(id.into_u64());
    }

    /// Whether it may be a span of which nothing is kept any more, or never was for want of room.
    pub(super) fn may_lack(&self, id: &Id) -> bool {
        self.lacking.may_hold(id.into_u64())
    }

    /// How many of them are so.
    pub(super) fn count(&self, is_so: impl Fn(&Open) -> bool) -> u64 {
        let locked = self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        locked.fold(0, |sum, shard| sum + u64::try_from(shard.all().filter(|open| is_so(open)).count()).unwrap_or(0))
    }

    #[inline]
    pub(super) fn holds(&self, id: &Id) -> bool {
        self.shard(id).get(id.into_u64()).is_some()
    }

    /// Changes what is kept of a span; `change` only moves data.
    pub(super) fn update<R>(&self, id: &Id, change: impl FnOnce(&mut Open) -> R) -> Option<R> {
        self.shard(id).get_mut(id.into_u64()).map(change)
    }

    /// The OpenTelemetry span of a span, none that is valid before it has started, and what it takes to enter it again.
    #[inline]
    pub(super) fn reentry(&self, id: &Id) -> (SpanId, Option<Arc<Reentry>>) {
        match self.shard(id).get(id.into_u64()) {
            Some(open) => (open.otel, open.reentry.clone()),
            None => (SpanId::INVALID, None),
        }
    }

    /// Keeps what a new span was given; false when there is no room for the span.
    pub(super) fn give(&self, id: &Id, fields: Fields) -> bool {
        self.update(id, |open| open.fields = fields).is_some()
    }

    /// Keeps a value of `Span::record`; false when there is no room, or when it is for the OpenTelemetry layer.
    #[inline]
    pub(super) fn keep_small(&self, id: &Id, field: &Field, what: u16, bytes: impl AsRef<[u8]>) -> bool {
        let mut shard = self.shard(id);
        let Some(open) = shard.get_mut(id.into_u64()) else { return false };
        let metadata = open.metadata;
        let Some(fields) = self.fields_of(open, field) else { return false };
        fields.push(field.index(), what, bytes.as_ref(), || metadata.fields().len());
        true
    }

    /// The same of a value that has no place in the buffer.
    #[cold]
    pub(super) fn keep_large(&self, id: &Id, field: &Field, value: Large) -> bool {
        let replaced = {
            let mut shard = self.shard(id);
            let Some(open) = shard.get_mut(id.into_u64()) else { return false };
            let Some(fields) = self.fields_of(open, field) else { return false };
            fields.push_large(field.index(), value)
        };
        // Freed without the lock.
        drop(replaced);
        true
    }

    /// Where a value of `field` is kept, if it is.
    #[inline]
    fn fields_of<'a>(&self, open: &'a mut Open, field: &Field) -> Option<&'a mut Fields> {
        let is_usual = open.fields.len() < MAX_RECORDED && !open.holds_ours && !self.sampler_looks;
        (is_usual || self.makes_room(open, field)).then_some(&mut open.fields)
    }

    #[cold]
    fn makes_room(&self, open: &mut Open, field: &Field) -> bool {
        if open.fields.len() >= MAX_RECORDED {
            open.fields.keep_last_of_each();
        }
        let is_for_sampler = self.sampler_looks && open.otel == SpanId::INVALID;
        if open.fields.len() >= MAX_RECORDED || is_for_sampler || open.is_told_twice {
            return false;
        }
        if open.holds_ours {
            self.count_refused(&open.add(Recorded::Field(field.name())));
        }
        true
    }

    /// Adds a value; gives it back where the span is not kept.
    pub(crate) fn record(&self, id: &Id, step: Recorded) -> Option<Recorded> {
        let added = {
            let mut shard = self.shard(id);
            match shard.get_mut(id.into_u64()) {
                Some(open) => open.add(step),
                None => return Some(step),
            }
        };
        self.count_refused(&added);
        // Freed without the lock.
        drop(added);
        None
    }

    /// Adds several values at once, for one look-up; gives them back where the span is not kept.
    pub(super) fn record_all<I: Iterator<Item = Recorded>>(&self, id: &Id, steps: I) -> Option<I> {
        let mut shard = self.shard(id);
        let Some(open) = shard.get_mut(id.into_u64()) else { return Some(steps) };
        for step in steps {
            self.count_refused(&open.add(step));
        }
        None
    }

    /// The stream that a span stands for has ended.
    pub(super) fn end_stream(&self, id: &Id, end: Box<StreamEnd>) {
        let replaced = self.update(id, |open| {
            open.cancelled |= end.cancelled;
            open.stream.replace(end)
        });
        drop(replaced);
    }

    fn count_refused(&self, added: &Added) {
        if added.is_refused() {
            self.counts.turn_away();
        }
    }

    #[inline]
    fn shard(&self, id: &Id) -> MutexGuard<'_, Shard> {
        // The registry hands out ids whose low bits are an address within one thread's page.
        let at = (mix(id.into_u64()) >> 60) as usize % SHARDS;
        #[expect(clippy::indexing_slicing, reason = "the remainder of SHARDS is below SHARDS")]
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
