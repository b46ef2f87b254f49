//! The scope of spans that are open, by the id of their OpenTelemetry span.
//!
//! For spans of the OpenTelemetry API, which no layer of ours sees, and for those below them. Nothing is kept before the
//! first scope is used.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::trace::SpanId;

use super::scope;
use super::scope_values::ScopeValues;

/// Spans whose scope is kept; more have none, and are counted.
const MAX_SPANS: usize = 1 << 16;

/// The table.
#[derive(Debug, Default)]
pub(crate) struct ScopedSpans {
    by_span: Mutex<HashMap<SpanId, Arc<ScopeValues>>>,
    turned_away: AtomicU64,
}

impl ScopedSpans {
    /// A span has started on this thread: it has this thread's scope, or else its parent's.
    pub(crate) fn start(&self, span: SpanId, parent: SpanId) {
        if !scope::in_use() {
            return;
        }
        let current = scope::current();
        let mut by_span = self.by_span();
        let Some(scope) = current.or_else(|| by_span.get(&parent).cloned()) else { return };
        if by_span.len() < MAX_SPANS {
            by_span.insert(span, scope);
        } else {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The scope of a span that is open.
    pub(super) fn of(&self, span: SpanId) -> Option<Arc<ScopeValues>> {
        self.by_span().get(&span).cloned()
    }

    /// A span has ended.
    pub(crate) fn end(&self, span: SpanId) -> Option<Arc<ScopeValues>> {
        if scope::in_use() { self.by_span().remove(&span) } else { None }
    }

    /// Spans that found no place.
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    fn by_span(&self) -> MutexGuard<'_, HashMap<SpanId, Arc<ScopeValues>>> {
        self.by_span.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
