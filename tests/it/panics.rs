//! A panic fails the span in which it happened, and no other.

use std::future::Future as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::Value;
use opentelemetry::trace::Status;
use tracing::{Instrument, info_span, instrument};

use crate::support::{Memory, get, named, text};

#[instrument(skip_all, fields(span_type = "tool"))]
fn panics() {
    let _clean_up = CleansUp;
    panic!("the tool broke");
}

struct CleansUp;

impl Drop for CleansUp {
    fn drop(&mut self) {
        clean_up();
    }
}

#[instrument(skip_all, fields(span_type = "tool"))]
fn clean_up() {}

#[test]
fn a_function_that_panics_is_failed_and_its_clean_up_is_not() {
    let memory = Memory::new();
    let spans = memory.run(|| assert!(catch_unwind(panics).is_err()));
    let failed = named(&spans, "execute_tool panics");
    assert!(matches!(failed.status, Status::Error { .. }), "{:?}", failed.status);
    assert_eq!(text(failed, "error.type").as_deref(), Some("panic"));
    assert_eq!(failed.events.iter().filter(|event| event.name == "exception").count(), 1);
    let cleaned = named(&spans, "execute_tool clean_up");
    assert_eq!(cleaned.status, Status::Unset);
    assert_eq!(get(cleaned, "tracing_genai.cancelled"), None);
}

#[test]
fn an_async_function_that_panics_is_failed() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let work = async { panic!("the tool broke") }.instrument(info_span!("a", span_type = "tool", tool = "spawned"));
        runtime.block_on(async { tokio::spawn(work).await.unwrap_err() });
    });
    let failed = named(&spans, "execute_tool spawned");
    assert_eq!(text(failed, "error.type").as_deref(), Some("panic"));
    assert_eq!(get(failed, "tracing_genai.cancelled"), None);
}

#[test]
fn a_pending_future_that_a_panic_drops_is_cancelled_and_not_failed() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let span = info_span!("a", span_type = "llm", model = "pending");
            let mut pending = Box::pin(std::future::pending::<()>().instrument(span));
            let waker = std::task::Waker::noop();
            assert!(pending.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
            panic!("somewhere else");
        }));
        assert!(outcome.is_err());
    });
    let pending = named(&spans, "chat pending");
    assert_eq!(get(pending, "tracing_genai.cancelled"), Some(&Value::Bool(true)));
    assert_eq!(pending.status, Status::Unset);
    assert_eq!(text(pending, "error.type"), None);
}

#[test]
fn a_span_that_was_never_entered_is_judged_when_it_closes() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let outcome = catch_unwind(|| {
            let _held = info_span!("a", span_type = "llm", model = "held");
            panic!("with the span in hand");
        });
        assert!(outcome.is_err());
        drop(info_span!("b", span_type = "llm", model = "later"));
    });
    assert_eq!(text(named(&spans, "chat held"), "error.type").as_deref(), Some("panic"));
    assert_eq!(text(named(&spans, "chat later"), "error.type"), None);
}
