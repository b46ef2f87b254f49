//! Recording under a subscriber that has no layer of ours: said once to its log, for what is recorded is lost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use tracing::Dispatch;
use tracing::dispatcher::WeakDispatch;
use tracing_subscriber::registry::Registry;

use super::sibling::address;
use crate::self_report::SelfReport;

/// Subscribers that were told. More of them are not.
const MAX_TOLD: usize = 64;

/// Telemetries that live: where there is none, nobody expects anything.
static TELEMETRIES: AtomicUsize = AtomicUsize::new(0);
static TOLD: Mutex<Vec<(usize, WeakDispatch)>> = Mutex::new(Vec::new());

/// Counts a telemetry for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lives(());

impl Lives {
    pub(crate) fn new() -> Self {
        TELEMETRIES.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Lives {
    fn drop(&mut self) {
        TELEMETRIES.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cold]
pub(super) fn tell(dispatch: &Dispatch) {
    if TELEMETRIES.load(Ordering::Relaxed) == 0 || is_left_out() || !is_news(dispatch) {
        return;
    }
    let say = SelfReport::default();
    say.speak_through(dispatch);
    say.warn(
        "no layer",
        "what GenAiSpanExt records is lost: the subscriber has no layer of the telemetry. Add \
         telemetry.companion_layer() to the subscriber, before the OpenTelemetry layer; where it has no OpenTelemetry \
         layer, add telemetry.layer()",
    );
}

/// The work at hand is not sampled, so that there is nothing to lose.
fn is_left_out() -> bool {
    Context::map_current(|cx| {
        let span = cx.span();
        let current = span.span_context();
        current.is_valid() && !current.is_sampled()
    })
}

/// Whether a subscriber has not been told yet. One of another kind than a registry is not known.
fn is_news(dispatch: &Dispatch) -> bool {
    let Some(registry) = dispatch.downcast_ref::<Registry>().map(address) else { return false };
    // Dropped without the lock: a subscriber may go with it.
    let mut held = Vec::new();
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.retain(|(_, dispatch)| {
        let lives = dispatch.upgrade();
        let is_there = lives.is_some();
        held.extend(lives);
        is_there
    });
    let is_news = told.len() < MAX_TOLD && told.iter().all(|(known, _)| *known != registry);
    if is_news {
        told.push((registry, dispatch.downgrade()));
    }
    drop(told);
    is_news
}
