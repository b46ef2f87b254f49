//! The nearest span above one that our layer does not see.
//!
//! Filters of other layers may let in more spans than ours does, as a log does under `RUST_LOG=debug`. Such a span is current
//! like any other, and spans and values inside of it belong to the one above, as if it were not there: what is logged must
//! not change traces.

use opentelemetry::trace::SpanId;
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::open_spans::OpenSpans;
use super::reentry;

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
    if open.holds(current) { None } else { in_place_of_current(open, current, ctx) }
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

/// What is to be recorded on in the place of a span that is not kept.
#[cold]
pub(super) fn of_recorded(open: &OpenSpans, dispatch: &Dispatch, id: &Id) -> Option<Id> {
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
