//! What a caller in another process wrote.

use std::future::Future;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use tracing::Span;

use super::baggage::AllowList;
use crate::layer::{self, Attached, Scope, WorkContext};

/// A caller's span, and the values of its baggage that were allowed in; [`Propagation::extract`](super::Propagation)
/// gives it. Where the caller wrote nothing that can be used it is empty, and changes nothing.
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing until `in_scope`, `attach` or `set_parent_of` is called"]
pub struct RemoteContext {
    /// With the caller's span, its baggage, or both.
    caller: Option<Context>,
    scope: Scope,
}

impl RemoteContext {
    pub(super) fn new(context: &Context, allowed: &AllowList) -> Self {
        let (baggage, scope) = allowed.incoming(context);
        let has_parent = context.span().span_context().is_valid();
        let caller = (has_parent || !baggage.is_empty()).then(|| context.with_baggage(baggage));
        Self { caller, scope }
    }

    /// The caller's span; none where there is none.
    pub fn span_context(&self) -> Option<SpanContext> {
        let caller = self.caller.as_ref()?;
        Some(caller.span().span_context().clone()).filter(SpanContext::is_valid)
    }

    /// The values that came as baggage.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Runs `work` below the caller's span: spans that are made inside continue its trace.
    ///
    /// Each span that is outermost there is a local root, with the totals of what is below it. This works under every
    /// arrangement of layers.
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        self.to_work().in_scope(work)
    }

    /// Runs a future below the caller's span, over every `await`.
    pub fn attach<F: Future>(&self, future: F) -> Attached<F> {
        self.to_work().attach(future)
    }

    /// Makes the caller's span the parent of one that exists and has not been entered yet, and puts the scope's values on
    /// it. True when there is nothing to set.
    ///
    /// False, and counted in the report, when the span has started, or when its layer stands under `reload`: create the
    /// span inside [`in_scope`](Self::in_scope) instead. False for a span that is filtered out.
    pub fn set_parent_of(&self, span: &Span) -> bool {
        match &self.caller {
            Some(caller) => layer::set_parent(span, caller.has_active_span().then_some(caller), &self.scope),
            None => true,
        }
    }

    fn to_work(&self) -> WorkContext {
        let work = if self.scope.is_empty() { WorkContext::default() } else { self.scope.to_work() };
        match &self.caller {
            Some(caller) if caller.has_active_span() => work.with_context(caller.clone()),
            // Baggage alone is no parent: the span that is current here stays so.
            Some(caller) => {
                let baggage = caller.baggage().iter().map(|(name, value)| (name.clone(), value.clone()));
                work.with_context(Context::current().with_baggage(baggage.collect::<Baggage>()))
            }
            None => work,
        }
    }
}
