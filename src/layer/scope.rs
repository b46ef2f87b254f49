//! Values that a whole piece of work shares: conversation, session, user, and what else it belongs to.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::scope_values::ScopeValues;
use super::sibling::{scope_of_current, with_counts};
use super::work_context::{Attached, WorkContext};
use crate::conventions::attribute;

/// Values put on every GenAI span that is created or first entered inside it, and on the children of such spans; on
/// spans of the OpenTelemetry API too.
///
/// ```
/// use tracing_genai::Scope;
///
/// Scope::new().with_conversation("c-17").with_user("u-3").with_tag("beta").in_scope(|| {
///     // every span created here carries `gen_ai.conversation.id`, `user.id` and `tag.tags`
/// });
/// ```
///
/// A scope inside another one, or inside a span that is of one, adds to it; the inner value wins, and tags come to those that
/// are there. A value recorded on the span itself wins over both. They stand on spans and never on metrics: each user would
/// be a series of its own.
///
/// They are not content: they leave whatever [`Content`](crate::Content) says, redacted. A value is cut to 1,024 bytes, a
/// name of metadata to 128, control characters become spaces, and a scope holds 64 values and 64 tags;
/// [`Report::scope_values_cut`](crate::Report::scope_values_cut) counts what that changed.
///
/// It goes along over `await`. A task or thread that is started inside has it by
/// [`in_work_context`](crate::InWorkContext) or [`WorkContext`], and otherwise only on spans below those created here.
#[derive(Clone, Debug, Default)]
#[must_use = "a scope does nothing until `in_scope` or `attach` is called"]
pub struct Scope {
    values: ScopeValues,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<ScopeValues>>> = const { RefCell::new(None) };
}

/// Set once the first scope was entered: before that, spans need not look for one.
static USED: AtomicBool = AtomicBool::new(false);
/// Set once a caller has set values on a span: before that, no span knows more of the thread's scope than the thread.
static SET_ON_SPANS: AtomicBool = AtomicBool::new(false);

impl Scope {
    /// An empty scope.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `gen_ai.conversation.id`.
    pub fn with_conversation(self, id: impl Into<String>) -> Self {
        self.with(attribute::GEN_AI_CONVERSATION_ID, &id.into())
    }

    /// Sets `session.id`.
    pub fn with_session(self, id: impl Into<String>) -> Self {
        self.with(attribute::SESSION_ID, &id.into())
    }

    /// Sets `user.id`.
    pub fn with_user(self, id: impl Into<String>) -> Self {
        self.with(attribute::USER_ID, &id.into())
    }

    /// Sets `tracing_genai.tenant`: the customer for whom the work is done.
    pub fn with_tenant(self, id: impl Into<String>) -> Self {
        self.with(attribute::TRACING_GENAI_TENANT, &id.into())
    }

    /// Sets `tracing_genai.cost_centre`: who pays for the work.
    pub fn with_cost_centre(self, name: impl Into<String>) -> Self {
        self.with(attribute::TRACING_GENAI_COST_CENTRE, &name.into())
    }

    /// Adds to `tag.tags`, a list that Langfuse and Phoenix show as tags; repeatable.
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.values.add_tag(&tag.into());
        self
    }

    /// Sets `tracing_genai.metadata.<name>`; repeatable.
    pub fn with_metadata(mut self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        self.values.set_metadata(name.as_ref(), &value.into());
        self
    }

    /// Sets what has this name in baggage: a value of the names above, or else metadata.
    pub(crate) fn with_named(mut self, name: &str, value: &str) -> Self {
        match name {
            attribute::TAG_TAGS => value.split(',').for_each(|tag| self.values.add_tag(tag)),
            attribute::GEN_AI_CONVERSATION_ID
            | attribute::SESSION_ID
            | attribute::USER_ID
            | attribute::TRACING_GENAI_TENANT
            | attribute::TRACING_GENAI_COST_CENTRE => self.values.set_text(name.to_owned(), value),
            _ => {
                let short =
                    name.strip_prefix(attribute::TRACING_GENAI_METADATA).and_then(|rest| rest.strip_prefix('.'));
                self.values.set_metadata(short.unwrap_or(name), value);
            }
        }
        self
    }

    /// Runs `work` with the scope's values.
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        self.to_work().in_scope(work)
    }

    /// Gives the scope's values to a future, over every `await` and wherever it is spawned. The scope that is current
    /// now is a part of it.
    pub fn attach<F: Future>(&self, future: F) -> Attached<F> {
        self.to_work().attach(future)
    }

    /// The scope alone, as a part of the work at hand.
    pub(crate) fn to_work(&self) -> WorkContext {
        WorkContext::of_scope(self.merged())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.attributes.is_empty()
    }

    fn with(mut self, key: &'static str, text: &str) -> Self {
        self.values.set_text(key, text);
        self
    }

    /// Its own values, where it has any.
    pub(super) fn alone(&self) -> Option<&ScopeValues> {
        count_cut(self.values.cut());
        (!self.is_empty()).then_some(&self.values)
    }

    pub(super) fn merged(&self) -> Arc<ScopeValues> {
        let mut merged = ScopeValues::inside(of_place(scope_of_current).as_deref());
        let before = merged.cut();
        merged.add(&self.values);
        let cut = self.values.cut().saturating_add(merged.cut().saturating_sub(before));
        count_cut(cut);
        Arc::new(merged)
    }
}

/// Values were shortened, cleaned or left out.
pub(crate) fn count_cut(values: u32) {
    if values > 0 {
        with_counts(|counts| counts.cut_scope_values(values));
    }
}

/// Whether any scope was ever entered in this process.
#[inline]
pub(super) fn in_use() -> bool {
    USED.load(Ordering::Relaxed)
}

/// From now on spans look for a scope.
fn use_them() {
    USED.store(true, Ordering::Relaxed);
}

/// From now on spans, and scopes, look for what callers have set on the spans around them.
pub(super) fn use_of_spans() {
    use_them();
    SET_ON_SPANS.store(true, Ordering::Relaxed);
}

/// The scope at a place: the thread's, or that of the span there, `of_span`, where the thread has none, or has the same but
/// for what a caller has set on the span.
pub(super) fn of_place(of_span: impl FnOnce() -> Option<Arc<ScopeValues>>) -> Option<Arc<ScopeValues>> {
    match current() {
        Some(current) if SET_ON_SPANS.load(Ordering::Relaxed) => {
            of_span().filter(|of_span| of_span.is_of(&current)).or(Some(current))
        }
        None if in_use() => of_span(),
        current => current,
    }
}

/// The scope of this thread now; of one that ends there is none any more.
pub(crate) fn current() -> Option<Arc<ScopeValues>> {
    let current = CURRENT.try_with(|current| current.try_borrow().ok().and_then(|current| current.clone()));
    current.ok().flatten()
}

/// Whether spans and contexts can be entered on this thread: where its end has taken the scope, they may be gone too.
pub(crate) fn thread_lives() -> bool {
    CURRENT.try_with(|_| ()).is_ok()
}

/// The thread has the scope until this is dropped.
pub(super) struct Entered(Option<Arc<ScopeValues>>);

pub(super) fn enter(values: Option<Arc<ScopeValues>>) -> Entered {
    if values.is_some() {
        use_them();
    }
    Entered(swap(values))
}

impl Drop for Entered {
    fn drop(&mut self) {
        swap(self.0.take());
    }
}

fn swap(values: Option<Arc<ScopeValues>>) -> Option<Arc<ScopeValues>> {
    let before = CURRENT.try_with(|current| {
        current.try_borrow_mut().map(|mut current| std::mem::replace(&mut *current, values)).unwrap_or_default()
    });
    before.unwrap_or_default()
}
