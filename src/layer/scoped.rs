//! The scope of spans that are open, by the id of their OpenTelemetry span.
//!
//! For spans that no layer of ours sees, those of the OpenTelemetry API, and for those below them. Nothing is kept before
//! the first scope is used.

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
    by_span: Mutex<HashMap<SpanId, StartedIn>>,
    turned_away: AtomicU64,
}

/// The scope in which one span started.
#[derive(Clone, Debug)]
pub(crate) struct StartedIn {
    pub(crate) scope: Arc<ScopeValues>,
    /// That of the span above it: this one started in none.
    pub(super) is_inherited: bool,
}

impl ScopedSpans {
    /// A span has started on this thread: it has this thread's scope, or else its parent's.
    pub(crate) fn start(&self, span: SpanId, parent: SpanId) {
        if !scope::in_use() {
            return;
        }
        let current = scope::current().map(|scope| StartedIn { scope, is_inherited: false });
        let mut by_span = self.by_span();
        let inherited = || Some(StartedIn { is_inherited: true, ..by_span.get(&parent)?.clone() });
        let Some(started_in) = current.or_else(inherited) else { return };
        if by_span.len() < MAX_SPANS {
            by_span.insert(span, started_in);
        } else {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A span has ended.
    pub(crate) fn end(&self, span: SpanId) -> Option<StartedIn> {
        if scope::in_use() { self.by_span().remove(&span) } else { None }
    }

    /// Spans that found no place.
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    fn by_span(&self) -> MutexGuard<'_, HashMap<SpanId, StartedIn>> {
        self.by_span.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
