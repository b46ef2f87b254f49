//! A span made by hand as the current one, for `tracing` and for the OpenTelemetry API, and the other way round.

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::executor::block_on;
use opentelemetry::Context;
use opentelemetry::trace::{Span as _, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::{Instrument as _, Span, info, info_span, instrument, subscriber};
use tracing_genai::{GenAiSpanExt as _, Scope, SpanType, Usage, WorkContext};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::prelude::*;

use crate::support::{Memory, named, text};

fn is_below(child: &SpanData, parent: &SpanData) -> bool {
    child.parent_span_id == parent.span_context.span_id()
        && child.span_context.trace_id() == parent.span_context.trace_id()
}

#[instrument(skip_all, fields(span_type = "tool"))]
fn order_lookup() {}

#[test]
fn annotated_functions_inside_are_its_children_and_traces_inside_them_go_on_below() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let trace = memory.telemetry.trace("t");
        let agent = trace.span(SpanType::Agent, "a");
        agent.in_scope(|| {
            order_lookup();
            info_span!("outer").in_scope(|| {
                let inner = memory.telemetry.trace("inner");
                inner.span(SpanType::Tool, "innermost").complete();
                inner.complete();
            });
            memory.telemetry.new_trace("apart").complete();
        });
        agent.complete();
        trace.complete();
        assert!(Span::current().is_none() && !Context::current().has_active_span());
    });
    assert_eq!(spans.len(), 7, "{:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    let agent = named(&spans, "invoke_agent a");
    let inner = named(&spans, "invoke_workflow inner");
    assert!(is_below(agent, named(&spans, "invoke_workflow t")));
    assert!(is_below(named(&spans, "execute_tool order_lookup"), agent));
    assert!(is_below(named(&spans, "outer"), agent));
    assert!(is_below(inner, named(&spans, "outer")));
    assert!(is_below(named(&spans, "execute_tool innermost"), inner));
    assert_ne!(named(&spans, "invoke_workflow apart").span_context.trace_id(), agent.span_context.trace_id());
}

#[test]
fn what_is_recorded_on_the_current_span_is_its_own_in_the_order_in_which_it_came() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let outer = info_span!("outer", span_type = "agent", agent = "outer");
        let _outer = outer.enter();
        let call = memory.telemetry.trace("t").span(SpanType::Llm, "ask");
        call.set_model("before").set_usage(Usage::new(1, 1));
        call.in_scope(|| {
            Span::current().record_model("inside").record_usage(Usage::new(812, 140));
            info!("a line");
            Span::current().set_attribute("app.by_ext", "yes");
        });
        call.set_model("after");
        call.complete();
    });
    let chat = named(&spans, "chat after");
    assert_eq!(text(chat, "gen_ai.usage.input_tokens").as_deref(), Some("812"));
    assert_eq!(text(chat, "app.by_ext").as_deref(), Some("yes"));
    assert_eq!(chat.events.len(), 1);
    assert!(!spans.iter().any(|span| span.name == "genai_span"));
    let outer = named(&spans, "invoke_agent outer");
    assert_eq!((text(outer, "gen_ai.request.model"), outer.events.len()), (None, 0));
}

#[test]
fn a_span_inside_may_have_any_name() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let trace = memory.telemetry.trace("t");
        trace.in_scope(|| {
            // What a log shows of the trace.
            info_span!("genai_span").in_scope(|| info_span!("below").in_scope(|| {}));
        });
        trace.complete();
    });
    let inside = named(&spans, "genai_span");
    assert!(is_below(inside, named(&spans, "invoke_workflow t")));
    assert!(is_below(named(&spans, "below"), inside));
}

#[test]
fn tasks_threads_and_explicit_parents_keep_it() {
    let memory = Memory::new();
    let _default = subscriber::set_default(tracing_subscriber::registry().with(memory.telemetry.layer()));
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let trace = memory.telemetry.trace("t");
    let (future, parent) = trace.in_scope(|| (async { order_lookup() }.in_current_span(), Span::current()));
    std::thread::scope(|scope| {
        scope.spawn(|| tracing::dispatcher::with_default(&dispatch, || block_on(future)));
    });
    drop(info_span!(parent: &parent, "explicit"));
    let attached = trace.attach(async {
        futures::pending!();
        drop(info_span!("attached"));
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            tracing::dispatcher::with_default(&dispatch, || {
                let mut attached = std::pin::pin!(attached);
                assert!(futures::FutureExt::now_or_never(attached.as_mut()).is_none());
                block_on(attached);
            });
        });
    });
    drop(parent);
    trace.complete();
    let spans = memory.spans();
    let root = named(&spans, "invoke_workflow t");
    for name in ["execute_tool order_lookup", "explicit", "attached"] {
        assert!(is_below(named(&spans, name), root), "{name}");
    }
}

#[test]
fn spans_of_the_opentelemetry_api_are_its_children_and_parents() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("theirs");
    memory.run(|| {
        let outer = Context::current_with_span(tracer.start("outer"));
        let entered = outer.clone().attach();
        let trace = memory.telemetry.trace("t");
        trace.in_scope(|| tracer.start("inner").end());
        trace.complete();
        drop(entered);
        outer.span().end();
    });
    let spans = memory.spans();
    let root = named(&spans, "invoke_workflow t");
    assert!(is_below(root, named(&spans, "outer")));
    assert!(is_below(named(&spans, "inner"), root));
}

#[test]
fn beside_an_opentelemetry_layer_of_the_users_own_it_is_a_parent_and_exported_once() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    let registry = tracing_subscriber::registry().with(memory.telemetry.companion_layer()).with(otel);
    subscriber::with_default(registry, || {
        info_span!("outer").in_scope(|| {
            let trace = memory.telemetry.trace("t");
            trace.in_scope(order_lookup);
            trace.complete();
        });
    });
    let spans = memory.spans();
    assert_eq!(spans.len(), 3);
    let root = named(&spans, "invoke_workflow t");
    assert!(is_below(root, named(&spans, "outer")));
    assert!(is_below(named(&spans, "execute_tool order_lookup"), root));
}

#[test]
fn beside_a_layer_that_makes_no_context_current_a_trace_goes_on_below_the_current_span() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs")).with_context_activation(false);
    let registry = tracing_subscriber::registry().with(memory.telemetry.companion_layer()).with(otel);
    subscriber::with_default(registry, || {
        info_span!("outer").in_scope(|| memory.telemetry.trace("t").complete());
    });
    let spans = memory.spans();
    assert!(is_below(named(&spans, "invoke_workflow t"), named(&spans, "outer")));
}

#[test]
fn without_a_subscriber_it_is_current_for_the_opentelemetry_api() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    let id = trace.in_scope(|| Context::current().span().span_context().span_id().to_string());
    assert_eq!(id, trace.root().id());
    trace.complete();
    assert_eq!(memory.spans().len(), 1);
}

#[test]
fn a_panic_inside_fails_it_though_it_is_completed_later() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let tool = memory.telemetry.trace("t").span(SpanType::Tool, "x");
        let _ = catch_unwind(AssertUnwindSafe(|| tool.in_scope(|| panic!("inside"))));
        tool.complete();
    });
    assert_eq!(named(&spans, "execute_tool x").status, Status::error("panicked"));
}

#[test]
fn it_has_the_scope_in_which_it_began_or_was_entered_and_gives_it_to_its_children() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let trace = Scope::new().with_conversation("c-1").in_scope(|| memory.telemetry.trace("t"));
        trace.span(SpanType::Tool, "x").complete();
        let late = memory.telemetry.new_trace("late");
        Scope::new().with_conversation("c-2").in_scope(|| late.in_scope(order_lookup));
        late.complete();
        trace.complete();
    });
    for (name, conversation) in [
        ("invoke_workflow t", "c-1"),
        ("execute_tool x", "c-1"),
        ("invoke_workflow late", "c-2"),
        ("execute_tool order_lookup", "c-2"),
    ] {
        assert_eq!(text(named(&spans, name), "gen_ai.conversation.id").as_deref(), Some(conversation), "{name}");
    }
}

#[test]
fn a_span_that_is_open_keeps_no_span_of_tracing_open() {
    let memory = Memory::new();
    let _default = subscriber::set_default(tracing_subscriber::registry().with(memory.telemetry.layer()));
    let trace = info_span!("outer").in_scope(|| {
        let trace = memory.telemetry.trace("t");
        trace.in_scope(order_lookup);
        trace
    });
    named(&memory.spans(), "outer");
    trace.complete();
}

#[test]
fn steps_that_each_begin_the_next_do_not_pile_up() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let dispatch = tracing::dispatcher::get_default(tracing::Dispatch::clone);
        let steps = || {
            let mut work = WorkContext::current();
            for _ in 0..3_000 {
                work = work.in_scope(|| {
                    let step = memory.telemetry.trace("step");
                    let next = step.root().in_scope(WorkContext::current);
                    step.complete();
                    next
                });
            }
        };
        // What is held of all of them is let go of one inside the other, and needs more than this.
        std::thread::scope(|threads| {
            let thread = std::thread::Builder::new().stack_size(256 << 10);
            thread.spawn_scoped(threads, || tracing::dispatcher::with_default(&dispatch, steps)).unwrap();
        });
    });
    assert_eq!(spans.len(), 3_000);
    assert!(spans.iter().all(|span| span.span_context.trace_id() == spans[0].span_context.trace_id()));
}
