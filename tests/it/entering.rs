//! A span that is entered again and again, as that of a future is by each poll, is what it was when it was entered first.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanId, Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Sampler;
use tracing::{Dispatch, Span, dispatcher, info_span};
use tracing_genai::GenAiSpanExt as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::prelude::*;

use crate::support::{Memory, named, text};

fn current() -> SpanId {
    Context::current().span().span_context().span_id()
}

/// Enters it more often than anything depends on; gives what is its OpenTelemetry span each time.
fn enter_often(span: &Span) -> SpanId {
    let first = span.in_scope(current);
    assert_ne!(first, SpanId::INVALID);
    for _ in 0..4 {
        assert_eq!(span.in_scope(current), first);
        assert_eq!(current(), SpanId::INVALID);
    }
    first
}

/// Waits until the clock shows another time.
fn tick() -> SystemTime {
    let before = SystemTime::now();
    loop {
        let now = SystemTime::now();
        if now > before {
            return now;
        }
    }
}

#[test]
fn a_span_ends_with_its_last_exit_however_often_it_is_entered() {
    for times in 1..6 {
        let memory = Memory::new();
        let (mut before, mut after) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH);
        let spans = memory.run(|| {
            let span = info_span!("chat", span_type = "llm");
            for _ in 0..times {
                before = tick();
                span.in_scope(|| ());
                after = SystemTime::now();
            }
            tick();
        });
        let end = spans[0].end_time;
        assert!((before..=after).contains(&end), "{times} times: {before:?} {end:?} {after:?}");
        assert!(spans[0].start_time < end);
    }
}

#[test]
fn each_poll_has_the_context_with_its_baggage_and_children_below_it() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let parent = Context::new().with_baggage([KeyValue::new("tenant", "t-1")]);
        let attached = parent.attach();
        let span = info_span!("agent", span_type = "agent", agent = "a");
        drop(attached);
        for _ in 0..5 {
            span.in_scope(|| {
                let cx = Context::current();
                assert_eq!(cx.baggage().get("tenant").unwrap().as_str(), "t-1");
                assert_eq!(Span::current().context().span().span_context(), cx.span().span_context());
                info_span!("step", span_type = "tool", tool = "t").in_scope(|| ());
            });
            assert!(Context::current().baggage().is_empty());
        }
    });
    let agent = named(&spans, "invoke_agent a").span_context.span_id();
    let steps: Vec<_> = spans.iter().filter(|span| span.parent_span_id == agent).collect();
    assert_eq!(steps.len(), 5);
}

#[test]
fn a_span_is_entered_on_one_thread_and_on_another() {
    let memory = Memory::new();
    let mut last = SystemTime::UNIX_EPOCH;
    let spans = memory.run(|| {
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let span = info_span!("chat", span_type = "llm");
        let first = span.in_scope(current);
        for _ in 0..4 {
            std::thread::scope(|threads| {
                threads.spawn(|| dispatcher::with_default(&dispatch, || assert_eq!(enter_often(&span), first)));
            });
            assert_eq!(enter_often(&span), first);
        }
        // Both are in it at once, and the last one that leaves it is not the one that closes it.
        let inside = span.clone().entered();
        std::thread::scope(|threads| {
            threads.spawn(|| dispatcher::with_default(&dispatch, || assert_eq!(enter_often(&span), first)));
        });
        drop(inside);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                dispatcher::with_default(&dispatch, || {
                    last = tick();
                    enter_often(&span);
                });
            });
        });
    });
    assert_eq!(spans.len(), 1);
    assert!(spans[0].end_time >= last, "{last:?} {:?}", spans[0].end_time);
}

#[test]
fn spans_are_left_in_another_order() {
    let memory = Memory::new();
    memory.run(|| {
        let (a, b) = (info_span!("a", span_type = "tool"), info_span!("b", span_type = "tool"));
        let (in_a, in_b) = (enter_often(&a), enter_often(&b));
        for _ in 0..3 {
            let (inside_a, inside_b) = (a.clone().entered(), b.clone().entered());
            drop(inside_a);
            assert_eq!(current(), in_b);
            let inside_a = a.clone().entered();
            assert_eq!(current(), in_a);
            drop(inside_b);
            assert_eq!(current(), in_a);
            drop(inside_a);
            assert_eq!(current(), SpanId::INVALID);
        }
    });
}

#[test]
fn a_span_is_entered_inside_itself_at_any_depth() {
    let memory = Memory::new();
    let (mut last, mut left) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH);
    let spans = memory.run(|| {
        let (outer, span) = (info_span!("agent", span_type = "agent"), info_span!("chat", span_type = "llm"));
        // Once as the first time that it is entered, and once when it was often before.
        for _ in 0..2 {
            let mut inside = Vec::new();
            for _ in 0..200 {
                inside.push((outer.clone().entered(), span.clone().entered()));
            }
            let it = current();
            while let Some((in_outer, in_span)) = inside.pop() {
                assert_eq!(current(), it);
                last = tick();
                drop(in_span);
                left = SystemTime::now();
                assert_ne!(current(), it);
                drop(in_outer);
            }
            assert_eq!(current(), SpanId::INVALID);
        }
        tick();
    });
    let end = named(&spans, "chat").end_time;
    assert!((last..=left).contains(&end), "{last:?} {end:?} {left:?}");
}

#[test]
fn two_subscribers_on_a_thread_may_give_the_same_ids() {
    let (ours, theirs) = (Memory::new(), Memory::new());
    let subscriber = |memory: &Memory| Dispatch::new(tracing_subscriber::registry().with(memory.telemetry.layer()));
    let (one, other) = (subscriber(&ours), subscriber(&theirs));
    let create = |dispatch| dispatcher::with_default(dispatch, || info_span!("chat", span_type = "llm"));
    let (a, b) = (create(&one), create(&other));
    assert_eq!(a.id(), b.id(), "the test means it");
    let (in_a, in_b) = (enter_often(&a), enter_often(&b));
    assert_ne!(in_a, in_b);
    a.in_scope(|| {
        let inside = b.clone().entered();
        assert_eq!(current(), in_b);
        assert_eq!(a.in_scope(current), in_a);
        assert_eq!(current(), in_b);
        drop(inside);
        assert_eq!(current(), in_a);
    });
    drop((a, b));
    assert_eq!(ours.spans()[0].span_context.span_id(), in_a);
    assert_eq!(theirs.spans()[0].span_context.span_id(), in_b);
}

#[test]
fn a_span_that_is_not_sampled_has_its_context_at_each_poll() {
    let memory = Memory::with(|builder| builder.with_sampler(Sampler::AlwaysOff));
    let spans = memory.run(|| {
        let span = info_span!("chat", span_type = "llm");
        enter_often(&span);
        span.in_scope(|| assert!(!Context::current().span().span_context().is_sampled()));
    });
    assert!(spans.is_empty());
}

#[test]
fn a_span_that_started_before_it_was_entered_is_entered_like_any_other() {
    let memory = Memory::new();
    let mut last = SystemTime::UNIX_EPOCH;
    let spans = memory.run(|| {
        let (span, other) = (info_span!("a", span_type = "tool", tool = "t"), info_span!("b", span_type = "tool"));
        let it = span.context().span().span_context().span_id();
        // Created last is the other one.
        other.in_scope(|| assert_eq!(span.in_scope(current), it));
        assert_eq!(enter_often(&span), it);
        span.record_attribute("session.id", "s-1");
        last = tick();
        span.in_scope(|| ());
        tick();
    });
    let span = named(&spans, "execute_tool t");
    assert_eq!(text(span, "session.id").as_deref(), Some("s-1"));
    assert!(span.end_time >= last);
}

#[test]
fn a_panic_in_a_later_poll_fails_the_span_and_leaves_it() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "tool", tool = "t");
        enter_often(&span);
        assert!(catch_unwind(AssertUnwindSafe(|| span.in_scope(|| panic!("the tool broke")))).is_err());
        assert_eq!(current(), SpanId::INVALID);
    });
    let failed = named(&spans, "execute_tool t");
    assert!(matches!(failed.status, Status::Error { .. }), "{:?}", failed.status);
    assert_eq!(text(failed, "error.type").as_deref(), Some("panic"));
}

#[test]
fn a_span_that_its_own_code_ends_in_a_later_poll_keeps_its_values_and_that_time() {
    let memory = Memory::new();
    let mut ended = SystemTime::UNIX_EPOCH;
    let spans = memory.run(|| {
        let (span, other) = (info_span!("a", span_type = "tool", tool = "t"), info_span!("b", span_type = "tool"));
        let it = enter_often(&span);
        enter_often(&other);
        span.in_scope(|| {
            Span::current().record_attribute("session.id", "s-1");
            Context::current().span().end();
            ended = tick();
            assert_eq!(current(), it);
            other.in_scope(|| {
                span.in_scope(|| assert_eq!(current(), it));
                assert_ne!(current(), it);
            });
            assert_eq!(current(), it);
        });
        assert_eq!(enter_often(&span), it);
    });
    let span = named(&spans, "execute_tool t");
    assert_eq!(text(span, "session.id").as_deref(), Some("s-1"));
    assert!(span.end_time < ended);
}

#[test]
fn a_thread_ends_while_it_is_in_a_span() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let span = info_span!("chat", span_type = "llm");
        let it = enter_often(&span);
        std::thread::scope(|threads| {
            let thread = threads.spawn(|| {
                dispatcher::with_default(&dispatch, || {
                    enter_often(&span);
                    std::mem::forget(span.clone().entered());
                    assert_eq!(current(), it);
                });
            });
            thread.join().unwrap();
        });
        assert_eq!(enter_often(&span), it);
        info_span!("tool", span_type = "tool").in_scope(|| ());
    });
    // The other one is never left, and so it never closes.
    assert_eq!(spans.len(), 1);
}
