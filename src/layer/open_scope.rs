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

impl Open {
    /// Gives what it has no use for any more. Another scope than the one around the span's place is not its own: whoever
    /// enters a span of somebody else has a scope of that work.
    fn enter_in(&mut self, current: Option<Arc<ScopeValues>>) -> Option<Arc<ScopeValues>> {
        if std::mem::replace(&mut self.has_entered, true) {
            return current;
        }
        let current = current?;
        let before = match &mut self.scope {
            Some(created) if current.is_inside(created) => self.scope.replace(current),
            // Set on a span above, without a scope around.
            Some(set) if set.is_no_scope() => {
                Arc::make_mut(set).add(&current);
                Some(current)
            }
            Some(_) => return Some(current),
            None => self.scope.replace(current),
        };
        self.add_what_was_set();
        before
    }

    /// Values that are this span's own, whatever scope it is of. `current` is the thread's scope.
    pub(super) fn set_scope(&mut self, values: Arc<ScopeValues>, current: Option<Arc<ScopeValues>>) {
        if self.scope.is_none() {
            self.scope = current;
        }
        self.set = Some(values);
        self.add_what_was_set();
    }

    fn add_what_was_set(&mut self) {
        if let Some(values) = &self.set {
            Arc::make_mut(self.scope.get_or_insert_default()).add(values);
        }
    }
}
