//! Values that a whole piece of work shares: conversation, session, user.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use opentelemetry::{KeyValue, Value};

use crate::conventions::attribute;

/// Values put on every GenAI span that is created or first entered inside it, and on the children of such spans; on
/// spans of the OpenTelemetry API too.
///
/// ```
/// use tracing_genai::Scope;
///
/// Scope::new().with_conversation("c-17").with_user("u-3").in_scope(|| {
///     // every span created here carries `gen_ai.conversation.id` and `user.id`
/// });
/// ```
///
/// A scope inside another one adds to it; the inner value wins. A value recorded on the span itself wins over both.
#[derive(Clone, Debug, Default)]
#[must_use = "a scope does nothing until `in_scope` or `attach` is called"]
pub struct Scope {
    values: ScopeValues,
}

/// The values of a scope, shared by the spans in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeValues {
    pub(crate) attributes: Vec<KeyValue>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<ScopeValues>>> = const { RefCell::new(None) };
}

/// Set once the first scope was entered: before that, spans need not look for one.
static USED: AtomicBool = AtomicBool::new(false);

impl Scope {
    /// An empty scope.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `gen_ai.conversation.id`.
    pub fn with_conversation(self, id: impl Into<String>) -> Self {
        self.with(attribute::GEN_AI_CONVERSATION_ID, id.into())
    }

    /// Sets `session.id`.
    pub fn with_session(self, id: impl Into<String>) -> Self {
        self.with(attribute::SESSION_ID, id.into())
    }

    /// Sets `user.id`.
    pub fn with_user(self, id: impl Into<String>) -> Self {
        self.with(attribute::USER_ID, id.into())
    }

    /// Runs `work` with the scope's values.
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = enter(self.merged());
        work()
    }

    /// Gives the scope's values to a future, over every `await` and wherever it is spawned.
    pub fn attach<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Scoped { values: self.merged(), future: Box::pin(future) }
    }

    fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.values.set(KeyValue::new(key, value));
        self
    }

    fn merged(&self) -> Arc<ScopeValues> {
        let mut merged = current().map(|outer| ScopeValues::clone(&outer)).unwrap_or_default();
        for value in &self.values.attributes {
            merged.set(value.clone());
        }
        Arc::new(merged)
    }
}

impl ScopeValues {
    fn set(&mut self, new: KeyValue) {
        match self.attributes.iter_mut().find(|old| old.key == new.key) {
            Some(old) => *old = new,
            None => self.attributes.push(new),
        }
    }
}

/// Whether any scope was ever entered in this process.
pub(super) fn in_use() -> bool {
    USED.load(Ordering::Relaxed)
}

/// The scope of this thread now.
pub(super) fn current() -> Option<Arc<ScopeValues>> {
    CURRENT.with(|current| current.try_borrow().ok().and_then(|current| current.clone()))
}

struct Entered(Option<Arc<ScopeValues>>);

fn enter(values: Arc<ScopeValues>) -> Entered {
    USED.store(true, Ordering::Relaxed);
    Entered(swap(Some(values)))
}

impl Drop for Entered {
    fn drop(&mut self) {
        swap(self.0.take());
    }
}

fn swap(values: Option<Arc<ScopeValues>>) -> Option<Arc<ScopeValues>> {
    CURRENT.with(|current| {
        current.try_borrow_mut().map(|mut current| std::mem::replace(&mut *current, values)).unwrap_or_default()
    })
}

/// A future that is polled inside a scope. Boxed: pinning a field needs `unsafe` or another dependency.
struct Scoped<F> {
    values: Arc<ScopeValues>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let _entered = enter(Arc::clone(&self.values));
        self.future.as_mut().poll(cx)
    }
}
