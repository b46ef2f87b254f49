//! The nearest span above one that our layer does not see.
//!
//! Filters of other layers may let in more spans than ours does, as a log does under `RUST_LOG=debug`. Such a span is current
//! like any other, and spans and values inside of it belong to the one above, as if it were not there. So do those that have
//! it as their parent elsewhere, on another thread or by `parent:`: nothing would say where they belong if no log saw it.

use std::iter;

use opentelemetry::trace::SpanId;
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::open_spans::{OpenSpans, StreamEnd};
use super::recorded::Recorded;
use super::sibling::open_spans_of;
use super::{absent, reentry};

/// What is to be the parent of a new span in the place of one that is not seen.
#[inline]
pub(super) fn of_new<S>(open: &OpenSpans, attrs: &Attributes<'_>, ctx: &Context<'_, S>) -> Option<Id>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if let Some(parent) = attrs.parent() {
        return if open.holds(parent) { None } else { in_place_of_parent(open, parent, ctx) };
    }
    if !attrs.is_contextual() {
        return None;
    }
    let current = ctx.current_span();
    let current = current.id()?;
    if reentry::is_held(open, current) { None } else { in_place_of_current(open, current, ctx) }
}

#[cold]
fn in_place_of_parent<S>(open: &OpenSpans, parent: &Id, ctx: &Context<'_, S>) -> Option<Id>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // One that is seen may have had no room.
    if ctx.span(parent).is_some() {
        None
    } else {
        above(&open.dispatch.get()?.upgrade()?, parent, |id| ctx.span(id).is_some())
    }
}

/// Only where the context is that of the span around it, or none: what was made current since is the parent.
#[cold]
fn in_place_of_current<S>(open: &OpenSpans, current: &Id, ctx: &Context<'_, S>) -> Option<Id>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let above = in_place_of_parent(open, current, ctx)?;
    let around = ctx.lookup_current().map(|span| span.id());
    let of_around = around.as_ref().map_or(SpanId::INVALID, |around| open.reentry(around).0);
    (around.as_ref() != Some(&above) && reentry::current() == of_around).then_some(above)
}

/// Records on a span by the sibling that sees this dispatcher's spans, or says that there is none.
pub(crate) fn record_in(dispatch: &Dispatch, id: &Id, step: Recorded) {
    by_sibling_of(dispatch, |open| {
        if let Some(step) = open.record(id, step) {
            record_above(open, dispatch, id, iter::once(step));
        }
    });
}

/// As [`record_in`], several values.
pub(crate) fn record_all_in(dispatch: &Dispatch, id: &Id, steps: impl Iterator<Item = Recorded>) {
    by_sibling_of(dispatch, |open| {
        if let Some(steps) = open.record_all(id, steps) {
            record_above(open, dispatch, id, steps);
        }
    });
}

#[inline]
fn by_sibling_of(dispatch: &Dispatch, record: impl FnOnce(&OpenSpans)) {
    if open_spans_of(dispatch, record).is_none() {
        absent::tell(dispatch);
    }
}

/// The stream that a span stands for has ended.
pub(crate) fn end_stream_in(dispatch: &Dispatch, id: &Id, end: Box<StreamEnd>) {
    open_spans_of(dispatch, |open| {
        if let Some(id) = resolve(open, dispatch, id) {
            open.end_stream(&id, end);
        }
    });
}

/// The sibling does not keep that span.
#[cold]
fn record_above(open: &OpenSpans, dispatch: &Dispatch, id: &Id, steps: impl Iterator<Item = Recorded>) {
    let left = match resolve(open, dispatch, id) {
        Some(above) => open.record_all(&above, steps),
        None => Some(steps),
    };
    left.into_iter().flatten().for_each(|_| open.counts().turn_away());
}

/// The span that is kept for `id`: that one, or the next above where it is not seen.
pub(super) fn resolve(open: &OpenSpans, dispatch: &Dispatch, id: &Id) -> Option<Id> {
    if open.holds(id) {
        return Some(id.clone());
    }
    if open.may_lack(id) {
        return None;
    }
    above(dispatch, id, |id| open.holds(id) || open.may_lack(id)).filter(|above| open.holds(above))
}

/// The nearest span above that is seen.
fn above(dispatch: &Dispatch, id: &Id, is_seen: impl Fn(&Id) -> bool) -> Option<Id> {
    let mut next = dispatch.downcast_ref::<Registry>()?.span(id)?.parent();
    while let Some(span) = next {
        let id = span.id();
        if is_seen(&id) {
            return Some(id);
        }
        next = span.parent();
    }
    None
}
