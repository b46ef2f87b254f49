//! `tracing` spans that stand for spans of the OpenTelemetry API made by hand.
//!
//! A span of that API that is made current does not change `tracing::Span::current()`. So a span that is made by hand is
//! entered by a carrier: a `tracing` span for which the OpenTelemetry layer starts no span of its own, but adopts the one
//! that is there. Children of any kind nest, log lines and recorded values arrive, and nothing is exported twice.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use opentelemetry::trace::{SpanBuilder, SpanContext, Status, TraceContextExt as _, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span as SdkSpan};
use tracing::field::Value;
use tracing::metadata::{Kind, Metadata};
use tracing::{Dispatch, Level, Span, dispatcher};
use tracing_core::callsite::DefaultCallsite;

use super::hand_over;
use super::open_spans::Open;
use super::sibling::open_spans_of;
use crate::conventions::attribute::SPAN_TYPE;

/// The name that a log layer shows before a line inside.
const NAME: &str = "genai_span";
/// Below our own target, which is never traced.
const TARGET: &str = "tracing_genai::by_hand";

static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
static METADATA: Metadata<'static> = tracing_core::metadata! {
    name: NAME,
    target: TARGET,
    level: Level::INFO,
    fields: &[SPAN_TYPE, "name"],
    callsite: &CALLSITE,
    kind: Kind::SPAN
};

/// What is kept of a span that is made by hand.
pub(crate) fn open_by_hand() -> Open {
    Open::new(&METADATA)
}

pub(super) fn is_by_hand(metadata: &Metadata<'_>) -> bool {
    metadata.callsite() == METADATA.callsite()
}

/// Ends a span that was made by hand, by `end`, on which what is kept of it goes the way of all spans.
pub(crate) fn end_by_hand(telemetry: u64, open: Open, end: impl FnOnce()) {
    hand_over::leave(telemetry, open, true);
    end();
    // Not exported: it was not sampled.
    hand_over::clear();
}

/// A carrier for the span of `cx`; none where nobody would see it, or where the current layers would export it as a span
/// of its own. It has no parent of its own: it must not keep one open.
pub(crate) fn carrier(cx: &Context, span_type: &str, name: &str) -> Option<Span> {
    let interest = CALLSITE.interest();
    if interest.is_never() {
        return None;
    }
    let wanted = dispatcher::get_default(|dispatch: &Dispatch| {
        let adopts = open_spans_of(dispatch, |spans| spans.adopts).unwrap_or(false);
        adopts && (interest.is_always() || dispatch.enabled(&METADATA))
    });
    if !wanted {
        return None;
    }
    let fields = METADATA.fields();
    let values: [Option<&dyn Value>; 2] = [Some(&span_type), Some(&name)];
    // The OpenTelemetry layer takes the context that is current now.
    let adopted = cx.with_value(Adopted(Mutex::new(Some(cx.clone())))).attach();
    let span = Span::new_root(&METADATA, &fields.value_set_all(&values));
    drop(adopted);
    (!span.is_disabled()).then_some(span)
}

/// Takes what was kept of a carrier, which stands for nothing from then on.
pub(crate) fn take_carried(carrier: &Span) -> Option<Open> {
    carrier
        .with_subscriber(|(id, dispatch)| open_spans_of(dispatch, |open| open.take_if(id, |_| true)).flatten())
        .flatten()
}

/// In a context: the context of the span that is to be adopted, until the carrier has taken it. Contexts below an adopted
/// span hold the value too: there a span may have a carrier's name, and each would hold all those above it.
#[derive(Debug)]
struct Adopted(Mutex<Option<Context>>);

impl Adopted {
    fn take(&self) -> Option<Context> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The tracer of our layers.
#[derive(Clone, Debug)]
pub(super) struct AdoptingTracer(pub(super) SdkTracer);

/// A span of the OpenTelemetry layer: its own, or one that it has adopted and does not end.
#[derive(Debug)]
pub(super) enum LayerSpan {
    Own(SdkSpan),
    Adopted(SpanContext, Context),
}

impl Tracer for AdoptingTracer {
    type Span = LayerSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> LayerSpan {
        if builder.name == NAME
            && let Some(cx) = parent.get::<Adopted>().and_then(Adopted::take)
        {
            return LayerSpan::Adopted(cx.span().span_context().clone(), cx);
        }
        LayerSpan::Own(self.0.build_with_context(builder, parent))
    }
}

impl opentelemetry::trace::Span for LayerSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        match self {
            Self::Own(span) => span.add_event_with_timestamp(name, timestamp, attributes),
            Self::Adopted(_, cx) => cx.span().add_event_with_timestamp(name, timestamp, attributes),
        }
    }

    fn span_context(&self) -> &SpanContext {
        match self {
            Self::Own(span) => span.span_context(),
            Self::Adopted(context, _) => context,
        }
    }

    fn is_recording(&self) -> bool {
        match self {
            Self::Own(span) => span.is_recording(),
            Self::Adopted(_, cx) => cx.span().is_recording(),
        }
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        match self {
            Self::Own(span) => span.set_attribute(attribute),
            Self::Adopted(_, cx) => cx.span().set_attribute(attribute),
        }
    }

    fn set_status(&mut self, status: Status) {
        match self {
            Self::Own(span) => span.set_status(status),
            Self::Adopted(_, cx) => cx.span().set_status(status),
        }
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        match self {
            Self::Own(span) => span.update_name(name),
            Self::Adopted(_, cx) => cx.span().update_name(name),
        }
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        match self {
            Self::Own(span) => span.add_link(context, attributes),
            Self::Adopted(_, cx) => cx.span().add_link(context, attributes),
        }
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        match self {
            Self::Own(span) => {
                let id = span.span_context().span_id();
                span.end_with_timestamp(hand_over::end(id, timestamp));
            }
            // Its handle ends it.
            Self::Adopted(..) => {}
        }
    }
}
