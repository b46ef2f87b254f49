//! The boundary of the process: the span that is current here, and one of another process as a parent.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::scope::{self, Scope};
use super::sibling::{open_spans_of, with_counts};

/// Makes the span in `parent`, where there is one, the parent of `span`, and puts the values of `own` on it. False, and
/// counted, when `span` has started: that happens when it is entered, or asked for its context.
pub(crate) fn set_parent(span: &Span, parent: Option<&Context>, own: &Scope) -> bool {
    let values = own.alone();
    let mut is_set = parent.map_or(!span.is_disabled(), |parent| span.set_parent(parent.clone()).is_ok());
    span.with_subscriber(|(id, dispatch)| {
        open_spans_of(dispatch, |open| {
            if let Some(values) = values.filter(|_| is_set) {
                scope::use_of_spans();
                let current = scope::current();
                let is_kept = open.update(id, |open| open.set_scope(values, current)).is_some();
                // Of a span that a log alone sees nothing is kept.
                is_set = is_kept || parent.is_some();
            }
            if !is_set {
                open.counts().ignore_remote_parent();
            }
        })
    });
    is_set
}

/// The context of the current span. The thread has it, unless a layer of the user's own does not activate it.
pub(crate) fn current_context() -> Context {
    let context = Context::current();
    if has_span(&context) {
        return context;
    }
    // Without a span it may still hold baggage.
    Some(Span::current().context()).filter(has_span).unwrap_or(context)
}

fn has_span(context: &Context) -> bool {
    context.span().span_context().is_valid()
}

/// A caller's trace cannot be continued.
pub(crate) fn ignore_parent() {
    with_counts(super::counts::LayerCounts::ignore_remote_parent);
}
