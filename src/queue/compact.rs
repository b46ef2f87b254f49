//! A finished span in as few bytes as it takes: most have no events, no links, and the scope of one before.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::attributes::Attributes;
use crate::budget::piece;
use crate::span::size::{self, Measure, Own, Size};

/// The SDK's [`SpanData`] takes more than twice as much.
#[derive(Debug)]
pub(crate) struct CompactSpan {
    trace_id: TraceId,
    span_id: SpanId,
    parent_span_id: SpanId,
    start_time: SystemTime,
    end_time: SystemTime,
    name: Cow<'static, str>,
    pub(super) attributes: Attributes,
    pub(super) status: Status,
    pub(super) rest: Option<Box<Rest>>,
    scope: Arc<InstrumentationScope>,
    dropped_attributes_count: u32,
    flags: TraceFlags,
    span_kind: SpanKind,
    is_remote: bool,
    parent_is_remote: bool,
}

/// What few spans have.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) events: SpanEvents,
    pub(super) links: SpanLinks,
    trace_state: TraceState,
}

impl CompactSpan {
    /// Takes what `data` holds; the rest of that is dropped where it is, and not moved before.
    #[inline]
    pub(super) fn take(data: &mut SpanData) -> Self {
        let SpanData { span_context, events, links, instrumentation_scope, .. } = data;
        let is_usual = events.events.is_empty() && events.dropped_count == 0;
        let is_usual = is_usual && links.links.is_empty() && links.dropped_count == 0;
        let trace_state = span_context.trace_state();
        let rest = if is_usual && *trace_state == TraceState::NONE {
            None
        } else {
            let (events, links) = (std::mem::take(events), std::mem::take(links));
            Some(Box::new(Rest { events, links, trace_state: trace_state.clone() }))
        };
        // The OpenTelemetry layer has made room for fields that came another way.
        let attributes = if data.attributes.is_empty() { Vec::new() } else { std::mem::take(&mut data.attributes) };
        Self {
            trace_id: span_context.trace_id(),
            span_id: span_context.span_id(),
            parent_span_id: data.parent_span_id,
            start_time: data.start_time,
            end_time: data.end_time,
            name: std::mem::take(&mut data.name),
            attributes: Attributes::List(attributes),
            status: std::mem::take(&mut data.status),
            rest,
            scope: shared(instrumentation_scope),
            dropped_attributes_count: data.dropped_attributes_count,
            flags: span_context.trace_flags(),
            span_kind: data.span_kind.clone(),
            is_remote: span_context.is_remote(),
            parent_is_remote: data.parent_span_is_remote,
        }
    }

    pub(crate) fn id(&self) -> SpanId {
        self.span_id
    }

    /// Its parent, where that is a span of this process.
    pub(crate) fn local_parent(&self) -> Option<SpanId> {
        (self.parent_span_id != SpanId::INVALID && !self.parent_is_remote).then_some(self.parent_span_id)
    }

    /// What it was made of; nothing is left of that here.
    #[expect(clippy::inline_always, reason = "what it makes is large, and is made where it is to stand")]
    #[inline(always)]
    pub(crate) fn unpack(&mut self, last: &mut LastScope) -> SpanData {
        let (events, links, trace_state) = match self.rest.take() {
            Some(rest) => (rest.events, rest.links, rest.trace_state),
            None => Default::default(),
        };
        SpanData {
            span_context: SpanContext::new(self.trace_id, self.span_id, self.flags, self.is_remote, trace_state),
            parent_span_id: self.parent_span_id,
            parent_span_is_remote: self.parent_is_remote,
            span_kind: self.span_kind.clone(),
            name: std::mem::take(&mut self.name),
            start_time: self.start_time,
            end_time: self.end_time,
            attributes: self.attributes.take(),
            dropped_attributes_count: self.dropped_attributes_count,
            events,
            links,
            status: std::mem::take(&mut self.status),
            instrumentation_scope: last.copy_of(&self.scope),
        }
    }

    /// What it holds beside itself, and what others have no part in.
    pub(super) fn bytes(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| {
            let lists = Own::of_events(&rest.events) + Own::of_links(&rest.links);
            size_of::<Rest>() + lists + Own::of_state(&rest.trace_state)
        });
        Own::text(&self.name) + Own::of_status(&self.status) + self.attributes.bytes() + rest
    }

    /// What its scope holds, while it is the only span that has it: those after it pay nothing for it.
    #[inline]
    pub(super) fn scope_bytes(&self) -> usize {
        // This thread remembers it too.
        if Arc::strong_count(&self.scope) > 2 { 0 } else { new_scope_bytes(&self.scope) }
    }

    /// Gives back room that it does not use.
    pub(super) fn shrink(&mut self) {
        self.attributes.pack();
        size::shrink_text(&mut self.name);
        if let Status::Error { description } = &mut self.status {
            size::shrink_text(description);
        }
        let Some(rest) = &mut self.rest else { return };
        size::shrink_events(&mut rest.events);
        size::shrink_links(&mut rest.links);
    }
}

#[cfg(test)]
impl From<CompactSpan> for SpanData {
    fn from(mut span: CompactSpan) -> Self {
        span.unpack(&mut LastScope::default())
    }
}

/// The scope of the span that was unpacked last: the next one most often has the same, and takes the same copy.
#[derive(Debug, Default)]
pub(crate) struct LastScope {
    of: Option<Arc<InstrumentationScope>>,
    copy: Option<InstrumentationScope>,
}

impl LastScope {
    #[inline]
    fn copy_of(&mut self, scope: &Arc<InstrumentationScope>) -> InstrumentationScope {
        match self.copy.take() {
            Some(copy) if self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, scope)) => copy,
            _ => self.new_copy_of(scope),
        }
    }

    #[cold]
    fn new_copy_of(&mut self, scope: &Arc<InstrumentationScope>) -> InstrumentationScope {
        self.of = Some(Arc::clone(scope));
        InstrumentationScope::clone(scope)
    }

    /// Gives back what the span that was unpacked last took, and what nothing has changed.
    pub(crate) fn give_back(&mut self, copy: InstrumentationScope) {
        self.copy = Some(copy);
    }
}

/// A program has a tracer or two that end spans on one thread in turn; of more, each span has a scope of its own.
const SCOPES: usize = 4;

thread_local! {
    static LAST_SCOPES: RefCell<[Option<Arc<InstrumentationScope>>; SCOPES]> =
        const { RefCell::new([const { None }; SCOPES]) };
}

/// The scope, shared with spans that ended on this thread before where one of them had the same.
fn shared(scope: &mut InstrumentationScope) -> Arc<InstrumentationScope> {
    let known = LAST_SCOPES.try_with(|last| {
        let last = last.try_borrow().ok()?;
        last.iter().flatten().find(|last| is_same(last, scope)).cloned()
    });
    if let Ok(Some(known)) = known {
        return known;
    }
    let scope = Arc::new(std::mem::take(scope));
    // A thread that ends has none any more.
    let before = LAST_SCOPES.try_with(|last| {
        let mut last = last.try_borrow_mut().ok()?;
        last.rotate_right(1);
        last.first_mut()?.replace(Arc::clone(&scope))
    });
    drop(before);
    scope
}

#[cold]
fn new_scope_bytes(scope: &InstrumentationScope) -> usize {
    piece(size_of::<InstrumentationScope>()) + Own::of_tracer(scope)
}

/// Most scopes have no attributes, and are compared without making lists of them; most names are one and the same text.
#[inline]
fn is_same(one: &InstrumentationScope, other: &InstrumentationScope) -> bool {
    let is_bare = |scope: &InstrumentationScope| scope.attributes().next().is_none();
    let (name, other_name) = (one.name(), other.name());
    (std::ptr::eq(name, other_name) || name == other_name)
        && one.version() == other.version()
        && one.schema_url() == other.schema_url()
        && ((is_bare(one) && is_bare(other)) || one == other)
}
