//! Which scope an open span is of: the one that it was created in, or one inside of that in which it is first entered.

use std::sync::Arc;

use tracing::span::Id;

use super::open_spans::{Open, OpenSpans};
use super::scope;
use super::scope_values::ScopeValues;

/// What says which scope a span is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeOf {
    /// Where it was created.
    Place,
    /// Somebody who set values on the span itself, beside that.
    Caller,
    /// One of those, or where it was first entered: it has been entered.
    Entry,
}

impl OpenSpans {
    /// A span is entered on this thread, perhaps not for the first time.
    #[inline]
    pub(super) fn enter_in_scope(&self, id: &Id) {
        let current = scope::current();
        // Dropped without the lock.
        let _ = self.update(id, |open| open.enter_in(current));
    }
}

impl Open {
    /// Gives what it has no use for. Another scope than one inside of the span's own is not its own: whoever enters a span of
    /// somebody else has a scope of that work.
    fn enter_in(&mut self, current: Option<Arc<ScopeValues>>) -> Option<Arc<ScopeValues>> {
        let before = std::mem::replace(&mut self.scope_of, ScopeOf::Entry);
        let mut current = current?;
        if before == ScopeOf::Entry {
            return Some(current);
        }
        match &mut self.scope {
            Some(own) if current.is_inside(own) || own.is_no_scope() => {
                if own.is_no_scope() {
                    // Set on a span above, or on this one, without a scope around.
                    let own = Arc::make_mut(own);
                    let set = own.by_caller().clone();
                    own.come_into(&current);
                    if before == ScopeOf::Caller {
                        own.set_by_caller(&set);
                    }
                    return Some(current);
                }
                if before == ScopeOf::Caller {
                    Arc::make_mut(&mut current).set_by_caller(own.by_caller());
                }
                Some(std::mem::replace(own, current))
            }
            Some(_) => Some(current),
            None => self.scope.replace(current),
        }
    }

    /// Whether its scope is the one in which its OpenTelemetry span started: it was made by hand and not entered in another.
    pub(crate) fn lacks_its_scope(&self) -> bool {
        self.is_by_hand() && self.scope.is_none()
    }

    /// Values that are this span's own, whatever scope it is of. `current` is the thread's scope.
    pub(super) fn set_scope(&mut self, values: &ScopeValues, current: Option<Arc<ScopeValues>>) {
        if self.scope.is_none() {
            self.scope = current;
        }
        self.scope_of = ScopeOf::Caller;
        Arc::make_mut(self.scope.get_or_insert_default()).set_by_caller(&values.attributes);
    }
}
