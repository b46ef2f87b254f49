//! Which scope an open span is of: the one that it was created in, or one inside of that in which it is first entered.

use std::sync::Arc;

use super::open_spans::{Open, OpenSpans};
use super::scope;
use super::scope_values::ScopeValues;
use tracing::span::Id;

impl OpenSpans {
    /// A span is entered on this thread, perhaps not for the first time.
    #[inline]
    pub(super) fn enter_in_scope(&self, id: &Id) {
        if scope::in_use() {
            self.enter_in(id, scope::current());
        }
    }

    #[cold]
    fn enter_in(&self, id: &Id, current: Option<Arc<ScopeValues>>) {
        // Dropped without the lock.
        let _ = self.update(id, |open| open.enter_in(current));
    }
}

/// What says which scope a span is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeOf {
    /// Where it was created.
    Place,
    /// Somebody who set values on the span itself, beside that.
    Caller,
    /// Where it was first entered, or still one of those: it has been entered.
    Entry,
}

impl Open {
    /// Gives what it has no use for any more. Another scope than the one around the span's place is not its own: whoever
    /// enters a span of somebody else has a scope of that work.
    fn enter_in(&mut self, current: Option<Arc<ScopeValues>>) -> Option<Arc<ScopeValues>> {
        let before = std::mem::replace(&mut self.scope_of, ScopeOf::Entry);
        let mut current = current?;
        if before == ScopeOf::Entry {
            return Some(current);
        }
        match &mut self.scope {
            Some(own) if current.is_inside(own) || own.is_no_scope() => {
                if before == ScopeOf::Caller {
                    Arc::make_mut(&mut current).add(own);
                } else if own.is_no_scope() {
                    // Set on a span above, without a scope around.
                    Arc::make_mut(own).add(&current);
                    return Some(current);
                }
                Some(std::mem::replace(own, current))
            }
            Some(_) => Some(current),
            None => self.scope.replace(current),
        }
    }

    /// Values that are this span's own, whatever scope it is of. `current` is the thread's scope.
    pub(super) fn set_scope(&mut self, values: &ScopeValues, current: Option<Arc<ScopeValues>>) {
        if self.scope.is_none() {
            self.scope = current;
        }
        self.scope_of = ScopeOf::Caller;
        Arc::make_mut(self.scope.get_or_insert_default()).add(values);
    }
}
