//! Traces and spans taken up again by their ids.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::Sampler;
use tracing_genai::{CompletedSpan, SpanType, Usage};

use crate::support::{Memory, get, named, text};

/// A model call of which only the log is left.
fn call(input: u64) -> CompletedSpan {
    CompletedSpan::new(SpanType::Llm, "ask", SystemTime::now(), Duration::ZERO)
        .with_model("m")
        .with_usage(Usage::new(input, 0))
}

#[test]
fn a_call_added_by_id_below_a_span_that_has_ended_counts_in_the_total_of_its_trace() {
    let memory = Memory::new();
    let telemetry = &memory.telemetry;
    let trace_id = telemetry.trace("t").detach();
    let trace = telemetry.trace_by_id(&trace_id).unwrap();
    let step = CompletedSpan::new(SpanType::Chain, "step", SystemTime::now(), Duration::ZERO);
    let added = trace.add_span(step).id();
    let begun = trace.span(SpanType::Tool, "begun").detach();
    telemetry.span_by_id(&trace_id, &begun).unwrap().update().unwrap().complete();
    for (parent, input) in [(&added, 7), (&begun, 100)] {
        telemetry.span_by_id(&trace_id, parent).unwrap().add_span(call(input));
    }
    trace.update().unwrap().complete();
    let spans = memory.spans();
    let root = named(&spans, "invoke_workflow t");
    assert_eq!(text(root, "tracing_genai.total.input_tokens").as_deref(), Some("107"));
    assert_eq!(get(root, "tracing_genai.total.incomplete"), None);
    assert_eq!(telemetry.report().calls_missed_in_totals(), 0);
    assert!(spans.iter().all(|span| !span.parent_span_is_remote));
}

#[test]
fn what_is_added_by_id_to_a_trace_that_the_sampler_dropped_is_dropped_too() {
    let memory = Memory::with(|builder| builder.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff))));
    let trace = memory.telemetry.trace("t");
    let added = trace.add_span(CompletedSpan::new(SpanType::Chain, "step", SystemTime::now(), Duration::ZERO)).id();
    memory.telemetry.span_by_id(&trace.id(), &added).unwrap().add_span(call(7));
    trace.complete();
    assert!(memory.spans().is_empty());
}

#[test]
fn a_trace_is_taken_up_at_its_first_span_though_others_were_begun_inside() {
    let memory = Memory::new();
    let telemetry = &memory.telemetry;
    let outer = telemetry.trace("outer");
    let id = outer.id();
    outer.in_scope(|| telemetry.trace("inner").complete());
    let taken_up = telemetry.trace_by_id(&id).unwrap();
    assert_eq!(taken_up.id(), outer.root().id());
    // Also where more have ended than are remembered.
    for _ in 0..20_000 {
        outer.in_scope(|| telemetry.trace("inner").complete());
    }
    telemetry.trace_by_id(&id).unwrap().update().unwrap().complete();
    assert!(!outer.is_open());
}

#[test]
fn another_task_adds_changes_and_completes_by_id() {
    let memory = Memory::new();
    let telemetry = &memory.telemetry;
    let (trace_id, call_id) = {
        let trace = telemetry.trace("t");
        let call = trace.span(SpanType::Llm, "ask").detach();
        (trace.detach(), call)
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let call = telemetry.span_by_id(&trace_id, &call_id).unwrap();
            assert!(call.is_open());
            call.span(SpanType::Tool, "below").complete();
            call.update().unwrap().set_model("m").complete();
            let trace = telemetry.trace_by_id(&trace_id).unwrap();
            trace.add_span(CompletedSpan::new(SpanType::Tool, "added", SystemTime::now(), Duration::ZERO));
            drop(trace.update().unwrap());
            assert!(trace.is_open(), "dropping a handle of another ends nothing");
            trace.update().unwrap().complete();
        });
    });
    let spans = memory.spans();
    assert_eq!(spans.len(), 4);
    let root = named(&spans, "invoke_workflow t");
    assert_eq!(root.span_context.trace_id().to_string(), trace_id);
    let chat = named(&spans, "chat m");
    assert_eq!(chat.span_context.span_id().to_string(), call_id);
    assert_eq!(named(&spans, "execute_tool below").parent_span_id, chat.span_context.span_id());
    assert_eq!(named(&spans, "execute_tool added").parent_span_id, root.span_context.span_id());
    assert!(spans.iter().all(|span| get(span, "tracing_genai.closed_by").is_none()));

    // It has ended; what is added stands below it still.
    let ended = telemetry.trace_by_id(&trace_id).unwrap();
    let error = ended.update().unwrap_err();
    assert!(error.is_not_open() && error.to_string().contains("it has ended"), "{error}");
    ended.span(SpanType::Tool, "late").complete();
    assert_eq!(named(&memory.spans(), "execute_tool late").parent_span_id.to_string(), ended.id());
}

#[test]
fn another_process_adds_below_and_cannot_change() {
    let (here, there) = (Memory::new(), Memory::new());
    let trace = here.telemetry.trace("t");
    let agent = trace.span(SpanType::Agent, "a");

    let remote = there.telemetry.span_by_id(&agent.trace_id(), &agent.id()).unwrap();
    let error = remote.update().unwrap_err();
    assert!(error.is_not_open() && error.to_string().contains("lives in another one"), "{error}");
    let tool = remote.span(SpanType::Tool, "below");
    tool.set_input("x").complete();
    remote.add_span(CompletedSpan::new(SpanType::Tool, "added", SystemTime::now(), Duration::ZERO));
    // Of a trace alone no span is known that could be a parent.
    let whole = there.telemetry.trace_by_id(&trace.id()).unwrap();
    assert_eq!(whole.id(), "0000000000000000");
    assert!(whole.update().is_err());
    whole.span(SpanType::Tool, "beside").complete();
    there.telemetry.new_trace("own").complete();

    let spans = there.spans();
    for name in ["below", "added"] {
        let tool = named(&spans, &format!("execute_tool {name}"));
        assert_eq!((tool.parent_span_id.to_string(), tool.parent_span_is_remote), (agent.id(), true));
        assert_eq!(tool.span_context.trace_id().to_string(), trace.id());
    }
    let beside = named(&spans, "execute_tool beside");
    assert_eq!(beside.parent_span_id, SpanId::INVALID);
    assert_eq!(beside.span_context.trace_id().to_string(), trace.id());
    assert_ne!(named(&spans, "invoke_workflow own").span_context.trace_id().to_string(), trace.id());
    agent.complete();
    trace.complete();
    assert_eq!(here.spans().len(), 2);
}

#[test]
fn what_is_no_id_is_an_error_that_says_what_would_be_right() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    for bad in ["", "4711", "00000000000000000000000000000000", "4bf92f3577b34da6a3ce929d0e0e473g"] {
        let error = memory.telemetry.trace_by_id(bad).unwrap_err();
        assert!(error.is_invalid_id());
        assert!(error.to_string().contains("32 hexadecimal digits, not all of them zero"), "{error}");
    }
    for bad in ["", "4711", "0000000000000000", "00f067aa0ba902b7a"] {
        let error = memory.telemetry.span_by_id(&trace.id(), bad).unwrap_err();
        assert!(error.to_string().contains("16 hexadecimal digits"), "{error}");
    }
    let other = memory.telemetry.new_trace("other");
    let span = other.span(SpanType::Tool, "x");
    for ended in [false, true] {
        let error = memory.telemetry.span_by_id(&trace.id(), &span.id()).unwrap_err();
        assert!(error.to_string().contains(&other.id()), "ended {ended}: {error}");
        span.complete();
    }
}

#[test]
fn ids_are_those_that_are_exported() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    let tool = trace.span(SpanType::Tool, "x");
    let ids = (trace.id(), tool.id());
    assert_eq!((ids.0.len(), ids.1.len()), (32, 16));
    tool.complete();
    trace.complete();
    let spans = memory.spans();
    let tool = named(&spans, "execute_tool x");
    assert_eq!((tool.span_context.trace_id().to_string(), tool.span_context.span_id().to_string()), ids);
    assert_eq!(text(tool, "span_type").as_deref(), Some("tool"));
}
