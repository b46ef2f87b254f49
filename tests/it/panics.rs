//! A panic fails the span in which it happened, and no other.

use std::future::Future as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::Value;
use opentelemetry::trace::Status;
use tracing::{Instrument, Span, info_span, instrument};
use tracing_genai::{InWorkContext as _, WorkContext};

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

/// How a part of an agent's work is done elsewhere.
#[derive(Clone, Copy, Debug)]
enum Elsewhere {
    InWorkContext,
    InCurrentSpan,
    Blocking,
    BlockingInSpan,
    Tools,
}

/// Waits for work that panics, and goes on.
#[instrument(skip_all, fields(span_type = "agent", agent = ?way))]
async fn handles_what_panics(way: Elsewhere) {
    let work = WorkContext::current();
    let span = Span::current();
    let joined = match way {
        Elsewhere::InWorkContext => tokio::spawn(async { panic!("the part broke") }.in_work_context()),
        Elsewhere::InCurrentSpan => tokio::spawn(async { panic!("the part broke") }.in_current_span()),
        Elsewhere::Blocking => tokio::task::spawn_blocking(move || work.in_scope(|| panic!("the part broke"))),
        Elsewhere::BlockingInSpan => tokio::task::spawn_blocking(move || span.in_scope(|| panic!("the part broke"))),
        Elsewhere::Tools => tokio::spawn(async { panics() }.in_work_context()),
    };
    assert!(joined.await.is_err());
}

/// The program's own handling of the failure, or none.
#[instrument(skip_all, fields(span_type = "agent", agent = "fails"))]
async fn fails_over_what_goes_on(go_on: tokio::sync::oneshot::Receiver<()>, done: tokio::sync::oneshot::Sender<()>) {
    let goes_on = async {
        go_on.await.unwrap();
        tokio::task::yield_now().await;
        done.send(()).unwrap();
    };
    tokio::spawn(goes_on.in_work_context());
    tokio::task::yield_now().await;
    panic!("the agent broke");
}

fn is_failed_by_a_panic(span: &opentelemetry_sdk::trace::SpanData) -> bool {
    let is_error = matches!(span.status, Status::Error { .. });
    assert_eq!(is_error, text(span, "error.type").as_deref() == Some("panic"), "{span:?}");
    assert_eq!(is_error, span.events.iter().any(|event| event.name == "exception"), "{span:?}");
    assert_eq!(get(span, "tracing_genai.cancelled"), None);
    is_error
}

#[test]
fn an_agent_that_handles_the_panic_of_its_task_is_not_failed() {
    use Elsewhere::*;
    for way in [InWorkContext, InCurrentSpan, Blocking, BlockingInSpan, Tools] {
        let memory = Memory::new();
        let spans = memory.run(|| {
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&dispatch)))
                .build()
                .unwrap();
            runtime.block_on(handles_what_panics(way));
            // Inside of a span of the program's, and with work after it.
            runtime.block_on(
                async {
                    handles_what_panics(way).await;
                    tokio::task::yield_now().await;
                }
                .instrument(info_span!("outer", span_type = "agent", agent = "outer")),
            );
        });
        let agents: Vec<_> = spans.iter().filter(|span| span.name.starts_with("invoke_agent")).collect();
        assert_eq!(agents.len(), 3);
        for agent in agents {
            assert!(!is_failed_by_a_panic(agent), "{way:?}: {agent:?}");
        }
        for tool in spans.iter().filter(|span| span.name == "execute_tool panics") {
            assert!(is_failed_by_a_panic(tool));
        }
    }
}

#[test]
fn a_function_that_handles_the_panic_of_its_thread_is_not_failed() {
    for in_work in [true, false] {
        let memory = Memory::new();
        let spans = memory.run(|| {
            let agent = info_span!("a", span_type = "agent", agent = "threads").entered();
            let (work, span, dispatch) =
                (WorkContext::current(), Span::current(), tracing::dispatcher::get_default(Clone::clone));
            let thread = std::thread::spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    let breaks = || panic!("the thread broke");
                    if in_work { work.in_scope(breaks) } else { span.in_scope(breaks) }
                });
            });
            assert!(thread.join().is_err());
            drop(agent);
        });
        assert!(!is_failed_by_a_panic(named(&spans, "invoke_agent threads")));
    }
}

#[test]
fn an_agent_that_panics_is_failed_though_its_task_goes_on() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (go_on, wait) = tokio::sync::oneshot::channel();
            let (done, is_done) = tokio::sync::oneshot::channel();
            assert!(tokio::spawn(fails_over_what_goes_on(wait, done)).await.is_err());
            go_on.send(()).unwrap();
            is_done.await.unwrap();
        });
    });
    assert!(is_failed_by_a_panic(named(&spans, "invoke_agent fails")));
}

#[test]
fn an_agent_that_lets_the_panic_of_its_task_through_is_failed() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let agent = async {
            let part = tokio::spawn(async { panic!("the part broke") }.in_work_context());
            std::panic::resume_unwind(part.await.unwrap_err().into_panic());
        };
        let agent = agent.instrument(info_span!("a", span_type = "agent", agent = "let through"));
        assert!(runtime.block_on(async { tokio::spawn(agent).await.is_err() }));
    });
    assert!(is_failed_by_a_panic(named(&spans, "invoke_agent let through")));
}

#[test]
fn a_future_that_panics_is_failed_where_its_executor_drops_it_later() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "agent", agent = "dropped later");
        let mut work = Box::pin(async { panic!("the agent broke") }.instrument(span));
        let mut polling = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(&mut polling))).is_err());
        drop(work);
    });
    assert!(is_failed_by_a_panic(named(&spans, "invoke_agent dropped later")));
}

#[test]
fn a_span_whose_last_code_is_a_task_that_panics_is_failed() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let started = info_span!("a", span_type = "agent", agent = "detached")
                .in_scope(|| tokio::spawn(async { panic!("the task broke") }.in_work_context()));
            assert!(started.await.is_err());
        });
    });
    assert!(is_failed_by_a_panic(named(&spans, "invoke_agent detached")));
}
