//! The OpenTelemetry layer as it stands in ours: the values of fields go past it into the table.
//!
//! Its own way of a value to the span, through two locks and two vectors, is the larger part of what a field costs. It
//! still sees `otel.*` fields, and, where a sampler of the user's own may decide by them, all that a span has before it
//! starts. A value that is set through the OpenTelemetry API stands behind what the span was given and before what is
//! recorded.

use std::cell::Cell;
use std::sync::Arc;

use opentelemetry::trace::SpanId;
use tracing::dispatcher::WeakDispatch;
use tracing::field::ValueSet;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::adopt::{AdoptingTracer, is_by_hand};
use super::open_scope::ScopeOf;
use super::open_spans::OpenSpans;
use super::reentry::{self, Reentry};
use super::{ancestor, fieldless, hand_over, scope, values};

/// Wraps an OpenTelemetry layer.
pub(super) struct Relieved<L> {
    otel: L,
    open: Arc<OpenSpans>,
}

impl<L> Relieved<L> {
    pub(super) fn new(otel: L, open: Arc<OpenSpans>) -> Self {
        Self { otel, open }
    }

    /// Of a span that has not started, as far as is known.
    #[inline]
    fn enter_in_scope(&self, id: &Id) {
        if scope::in_use() {
            self.open.enter_in_scope(id);
        }
    }

    fn keeps_what_is_given(&self, attrs: &Attributes<'_>, id: &Id) -> bool {
        let keep = || values::given(attrs).is_some_and(|fields| fields.is_empty() || self.open.give(id, fields));
        !self.open.sampler_looks && (attrs.is_empty() || keep())
    }

    /// Enters a span that has not started, as far as is known.
    fn start<S: Subscriber>(&self, id: &Id, ctx: Context<'_, S>)
    where
        L: Layer<S>,
    {
        hand_over::started();
        self.otel.on_enter(id, ctx);
        match hand_over::started() {
            Some(otel) => {
                self.open.update(id, |open| open.otel = otel);
            }
            None => self.find(id),
        }
    }

    /// It started unseen: it is not sampled, or was asked for its context before it was entered.
    #[cold]
    fn find(&self, id: &Id) {
        let otel = reentry::current();
        self.open.update(id, |open| {
            if open.is_by_hand() {
                // It is entered by this way each time: its own scope is not one that is used only later.
                open.scope_of = ScopeOf::Entry;
            } else {
                open.otel = otel;
            }
        });
    }

    /// A span is entered another time: what that takes is kept for the next one.
    fn keep_reentry(&self, id: &Id, otel: SpanId) {
        let Some(reentry) = Reentry::by_current(otel) else { return };
        let mut surplus = Some(reentry);
        self.open.update(id, |open| {
            if open.reentry.is_none() {
                open.reentry = surplus.take();
            }
        });
        // Freed without the lock.
        drop(surplus);
    }
}

impl<S, L> Layer<S> for Relieved<L>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    L: Layer<S>,
{
    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if is_of_others(attrs, id, &ctx) {
            return;
        }
        reentry::created(&self.open, id);
        if is_by_hand(attrs.metadata()) {
            // Its handle has its values; and the context that is current is that of the span to adopt.
            let none = attrs.metadata().fields().value_set(&[]);
            self.otel.on_new_span(&Attributes::new(attrs.metadata(), &none), id, ctx);
            return;
        }
        let above = ancestor::of_new(&self.open, attrs, &ctx);
        if self.keeps_what_is_given(attrs, id) {
            let metadata = fieldless::of(attrs.metadata());
            let none = metadata.fields().value_set(&[]);
            self.otel.on_new_span(&with_values(attrs, above, metadata, &none), id, ctx);
        } else {
            let beside = values::beside_given(attrs);
            if !beside.is_empty() {
                self.open.update(id, |open| open.recorded = beside);
            }
            self.otel.on_new_span(&with_values(attrs, above, attrs.metadata(), attrs.values()), id, ctx);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, ctx: Context<'_, S>) {
        if !values::keep(&self.open, id, record) {
            values::remember(&self.open, id, record);
            if !is_told_twice(&self.open, id) {
                self.otel.on_record(id, record, ctx);
            }
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: Context<'_, S>) {
        // It would wait for itself.
        if id != follows && !(is_told_twice(&self.open, id) && is_told_twice(&self.open, follows)) {
            self.otel.on_follows_from(id, follows, ctx);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        self.otel.on_event(event, ctx);
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        if reentry::is_first(&self.open, id) {
            self.enter_in_scope(id);
            self.start(id, ctx);
            return;
        }
        match reentry::enter(&self.open, id) {
            Ok(()) => {}
            Err(SpanId::INVALID) => {
                self.enter_in_scope(id);
                self.start(id, ctx);
            }
            Err(otel) => {
                self.otel.on_enter(id, ctx);
                self.keep_reentry(id, otel);
            }
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        if !reentry::exit(&self.open, id) {
            self.otel.on_exit(id, ctx);
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.otel.on_close(id, ctx);
        // What no `on_end` took was of a span that is not exported.
        hand_over::clear();
    }

    fn on_id_change(&self, old: &Id, new: &Id, ctx: Context<'_, S>) {
        self.otel.on_id_change(old, new, ctx);
    }
}

/// Whether both OpenTelemetry layers of ours are told of a span.
fn is_told_twice(open: &OpenSpans, id: &Id) -> bool {
    open.update(id, |open| open.is_told_twice).unwrap_or(false)
}

/// `attrs` with other values of another call site, and, where one is given, another parent.
fn with_values<'a>(
    attrs: &Attributes<'_>,
    parent: Option<Id>,
    metadata: &'static Metadata<'static>,
    values: &'a ValueSet<'a>,
) -> Attributes<'a> {
    match parent.or_else(|| attrs.parent().cloned()) {
        Some(parent) => Attributes::child_of(parent, metadata, values),
        None if attrs.is_root() => Attributes::new_root(metadata, values),
        None => Attributes::new(metadata, values),
    }
}

/// Enables nothing. `OpenTelemetrySpanExt` finds the OpenTelemetry layer by `downcast`, which a wrapper cannot forward
/// without `unsafe`. So a second one stands in the stack under this filter: it is found, it starts spans through the
/// same tracer when it is asked to, and it is told of none. The price: filters are asked anew for each span and event
/// of a call site that we want.
///
/// A thread remembers what filters said of the span that it is about to create in one place for all spans. What is created
/// or logged meanwhile, by an expression for a field or by a `Debug`, wipes it out, and then the second one would be told:
/// two of those panic. So another filter stands between, which is asked just then. Of what comes later to such a span both
/// are told.
#[derive(Debug)]
pub(super) struct Never(Arc<OpenSpans>);

thread_local! {
    /// Of what our layers were asked last, by its address.
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

/// Whether filters keep a new span from our layers though they are told of it: a layer before them has written a field whose
/// `Debug` logs, which wipes out what filters said. The OpenTelemetry layer panics at such a span, and nothing would close it.
#[inline]
pub(super) fn is_of_others<S>(attrs: &Attributes<'_>, id: &Id, ctx: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    ASKED.get() != address(attrs.metadata()) && is_kept_from_us(id, ctx)
}

#[cold]
fn is_kept_from_us<S>(id: &Id, ctx: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    ctx.span(id).is_none()
}

fn address(metadata: &Metadata<'_>) -> usize {
    std::ptr::from_ref(metadata).addr()
}

/// An OpenTelemetry layer that is told of no span as long as its filter is asked.
type Second<S> = Filtered<OpenTelemetryLayer<S, AdoptingTracer>, LevelFilter, S>;

impl Never {
    /// An OpenTelemetry layer that is found, and told of no span.
    pub(super) fn told<S>(otel: OpenTelemetryLayer<S, AdoptingTracer>, open: Arc<OpenSpans>) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let second: Second<S> = otel.with_filter(LevelFilter::OFF);
        second.with_filter(Self(open))
    }
}

impl<S> Filter<S> for Never
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, _ctx: &Context<'_, S>) -> bool {
        ASKED.set(address(metadata));
        false
    }

    fn callsite_enabled(&self, _metadata: &'static Metadata<'static>) -> Interest {
        Interest::never()
    }

    fn event_enabled(&self, _event: &Event<'_>, _ctx: &Context<'_, S>) -> bool {
        false
    }

    /// What was said of this span is wiped out.
    #[cold]
    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        // What is recorded on it is for the second one from now on.
        self.0.update(id, |open| (open.is_told_twice, open.holds_ours) = (true, true));
        let dispatch = self.0.dispatch.get().and_then(WeakDispatch::upgrade);
        if let Some(second) = dispatch.as_ref().and_then(Dispatch::downcast_ref::<Second<S>>) {
            second.enabled(attrs.metadata(), ctx);
        }
    }
}
