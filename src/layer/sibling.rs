//! The layer that stands before the OpenTelemetry layer and does what that one cannot.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use opentelemetry::trace::SpanId;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Subscriber, dispatcher};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::adopt::is_by_hand;
use super::counts::LayerCounts;
use super::enclosure::LayerParts;
use super::hand_over::{self, HandOver, Sweep};
use super::open_spans::{Open, OpenSpans};
use super::otel::is_of_others;
use super::scope_values::ScopeValues;
use super::scoped::ScopedSpans;
use super::{ancestor, lend, reentry, scope, survival, values};
use crate::self_report::SelfReport;

/// Not generic, so that a `downcast` by its type finds it in any stack of layers.
#[derive(Debug)]
pub(crate) struct Sibling {
    telemetry: u64,
    /// The OpenTelemetry layer behind is ours: it keeps fields and sweeps up by itself.
    swept: bool,
    open: Arc<OpenSpans>,
    scoped: Arc<ScopedSpans>,
    self_report: SelfReport,
    /// It was said that it stands behind the OpenTelemetry layer.
    misplaced: AtomicBool,
}

/// Under `reload` a `downcast` does not reach this layer, but it reaches the registry. Bounded: one entry for each
/// registry that lives; dead ones are swept when another comes.
static BY_REGISTRY: RwLock<Option<HashMap<usize, Weak<OpenSpans>>>> = RwLock::new(None);
const MAX_REGISTRIES: usize = 1_024;

/// The table of the sibling that sees this dispatcher's spans.
pub(crate) fn open_spans_of<R>(dispatch: &Dispatch, with: impl FnOnce(&OpenSpans) -> R) -> Option<R> {
    if let Some(sibling) = dispatch.downcast_ref::<Sibling>() {
        return Some(with(&sibling.open));
    }
    let registry = address(dispatch.downcast_ref::<Registry>()?);
    let open = {
        let by_registry = BY_REGISTRY.read().unwrap_or_else(PoisonError::into_inner);
        by_registry.as_ref()?.get(&registry)?.upgrade()?
    };
    Some(with(&open))
}

/// The counters of the telemetry whose layer is current.
pub(super) fn with_counts(count: impl Fn(&LayerCounts)) {
    dispatcher::get_default(|dispatch| open_spans_of(dispatch, |open| count(open.counts())));
}

/// The scope of the span that is current.
pub(super) fn scope_of_current() -> Option<Arc<ScopeValues>> {
    of_current(|open, id| open.update(id, |open| open.scope.clone())?)
}

/// What is kept of the span that is entered on this thread, when it is the one of `otel`: its own code has ended it
/// through the OpenTelemetry API, before it closes.
pub(crate) fn ended_early(otel: SpanId) -> Option<HandOver> {
    let mut open = of_current(|open, id| open.take_if(id, |open| open.otel == otel))?;
    // The worker has no use for it, and it holds the span.
    open.reentry = None;
    Some(HandOver { open })
}

/// What the table has of the current span, or of the next above that is in it.
fn of_current<R>(read: impl Fn(&OpenSpans, &Id) -> Option<R>) -> Option<R> {
    dispatcher::get_default(|dispatch| {
        let current = dispatch.current_span();
        let id = current.id()?;
        open_spans_of(dispatch, |open| read(open, &ancestor::resolve(open, dispatch, id)?))?
    })
}

impl Sibling {
    pub(super) fn new(parts: &LayerParts, swept: bool, open: Arc<OpenSpans>) -> Self {
        if !swept {
            hand_over::look_for_bare();
        }
        let (scoped, self_report) = (Arc::clone(&parts.scoped), parts.self_report.clone());
        Self { telemetry: parts.telemetry, swept, open, scoped, self_report, misplaced: AtomicBool::new(false) }
    }

    fn bind(&self, dispatch: &Dispatch) {
        let Some(registry) = dispatch.downcast_ref::<Registry>() else { return };
        self.self_report.speak_through(dispatch);
        let mut by_registry = BY_REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
        let by_registry = by_registry.get_or_insert_default();
        by_registry.retain(|_, open| open.strong_count() > 0);
        if by_registry.len() < MAX_REGISTRIES {
            by_registry.insert(address(registry), Arc::downgrade(&self.open));
        }
        self.open.dispatch.get_or_init(|| dispatch.downgrade());
    }

    /// What a new span has of its parent.
    fn of_parent<S: Subscriber, R>(
        &self,
        attrs: &Attributes<'_>,
        ctx: &Context<'_, S>,
        read: impl Fn(&Open) -> Option<R>,
    ) -> Option<R> {
        let contextual = || attrs.is_contextual().then(|| ctx.current_span().id().cloned()).flatten();
        let parent = attrs.parent().cloned().or_else(contextual)?;
        self.open.update(&parent, |open| read(open)).unwrap_or_else(|| {
            let above = ancestor::resolve(&self.open, &self.open.dispatch.get()?.upgrade()?, &parent)?;
            self.open.update(&above, |open| read(open)).flatten()
        })
    }

    /// The scope that a new span is of, as far as its place says.
    fn scope_of_new<S: Subscriber>(&self, attrs: &Attributes<'_>, ctx: &Context<'_, S>) -> Option<Arc<ScopeValues>> {
        if is_by_hand(attrs.metadata()) {
            // That of the span for which it stands, which is current now.
            return self.scoped.of(reentry::current());
        }
        let of_parent = || {
            let of_parent = self.of_parent(attrs, ctx, |parent| Some((parent.scope.clone(), parent.otel)));
            let (scope, otel) = of_parent.unwrap_or((None, SpanId::INVALID));
            // A span of the OpenTelemetry API may be current inside of that one. Its own may have been started elsewhere.
            let of_current = || Some(reentry::current()).filter(|current| attrs.is_contextual() && *current != otel);
            scope.or_else(|| self.scoped.of(of_current()?))
        };
        scope::of_place(of_parent)
    }

    /// It must not be left on the thread either: the next span of that name would take it.
    #[cold]
    fn say_misplaced(&self) {
        if !self.misplaced.swap(true, Ordering::Relaxed) {
            self.self_report.warn(
                "companion order",
                "what GenAiSpanExt records is lost: the companion layer stands behind the OpenTelemetry layer, which \
                 has ended a span before it. Add telemetry.companion_layer() to the subscriber before the OpenTelemetry \
                 layer",
            );
        }
    }

    /// `Option`, `Vec` and a swapped `reload` never tell a layer its dispatcher; then it is looked for when spans are
    /// used. The current dispatcher need not be the one that the span belongs to: it is when its registry knows it.
    #[cold]
    fn bind_through_current<S: Subscriber + for<'a> LookupSpan<'a>>(&self, id: &Id, ctx: &Context<'_, S>) {
        let Some(metadata) = ctx.metadata(id) else { return };
        dispatcher::get_default(|dispatch| {
            let known = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id));
            if known.is_some_and(|span| std::ptr::eq(span.metadata(), metadata)) {
                self.bind(dispatch);
            }
        });
    }
}

impl<S> Layer<S> for Sibling
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.bind(dispatch);
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if self.swept && is_of_others(attrs, id, &ctx) {
            return;
        }
        let recorded = if self.swept { Vec::new() } else { values::beside_given(attrs) };
        let scope = if scope::in_use() { self.scope_of_new(attrs, &ctx) } else { None };
        let lent = match lend::by(attrs) {
            None if lend::in_use() => self.of_parent(attrs, &ctx, |parent| parent.lent.clone()),
            lent => lent,
        };
        let created_in_panic = std::thread::panicking();
        // Put together once: each change of it would look first what there is to drop.
        let open = Open { recorded, scope, lent, created_in_panic, ..Open::new(attrs.metadata()) };
        self.open.insert(id, open);
        if self.open.dispatch.get().is_none() {
            self.bind_through_current(id, &ctx);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _ctx: Context<'_, S>) {
        if !self.swept {
            values::remember(&self.open, id, record);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.fields().len() != 1 || metadata.fields().field("error").is_none() {
            return;
        }
        // `#[instrument(err)]` reports from the place of the span itself; an `error!` in the body does not.
        let Some(span) = ctx.event_span(event) else { return };
        if span.metadata().line() == metadata.line() && span.metadata().file() == metadata.file() {
            self.open.update(&span.id(), |open| open.returned_err = true);
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        if self.open.dispatch.get().is_none() {
            self.bind_through_current(id, &ctx);
        }
        if !self.swept {
            self.open.enter_in_scope(id);
        }
        if std::thread::panicking() {
            self.open.update(id, |open| open.entered_in_panic = open.entered_in_panic.saturating_add(1));
        } else if survival::is_watched() && !survival::is_of_work() {
            self.open.update(id, Open::entered_again);
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        if std::thread::panicking() {
            let is_own = !survival::is_of_work() && is_left_for_its_parent(id, &ctx);
            self.open.update(id, |open| open.exited_in_panic(is_own));
        } else if survival::is_watched() && !survival::is_of_work() {
            self.open.update(id, Open::exited_again);
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(mut open) = self.open.remove(&id) else { return self.open.lacked(&id) };
        if !self.swept && hand_over::has_ended(self.telemetry, &open) {
            self.say_misplaced();
            return;
        }
        open.close();
        hand_over::leave(self.telemetry, open, self.swept);
        if !self.swept
            && let Some(span) = ctx.span(&id)
        {
            let _ = span.extensions_mut().replace(Sweep::new());
        }
    }
}

/// A task or thread that has entered a span of another one is not inside of that span's parent.
#[cold]
fn is_left_for_its_parent<S>(id: &Id, ctx: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let parent = ctx.span(id).and_then(|span| Some(span.parent()?.id()));
    parent.is_some() && parent == ctx.lookup_current().map(|current| current.id())
}

pub(super) fn address(registry: &Registry) -> usize {
    std::ptr::from_ref(registry).addr()
}
