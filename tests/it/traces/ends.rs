//! How a span made by hand ends, and what comes after.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::Status;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing_genai::{CompletedSpan, SpanType, Usage};

use crate::support::{DEADLINE, Memory, builder, get, named, text};

#[test]
fn each_ending_tells_how_it_was() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    trace.span(SpanType::Tool, "done").complete();
    trace.span(SpanType::Tool, "lasted").complete_after(Duration::from_secs(7));
    trace.span(SpanType::Tool, "failed").fail(&std::io::Error::other("no answer"));
    trace.span(SpanType::Tool, "cancelled").cancel();
    drop(trace.span(SpanType::Tool, "dropped"));
    trace.complete();
    let spans = memory.spans();
    let tool = |name: &str| named(&spans, &format!("execute_tool {name}")).clone();
    assert_eq!(tool("done").status, Status::Unset);
    let lasted = tool("lasted");
    assert_eq!(lasted.end_time.duration_since(lasted.start_time).unwrap(), Duration::from_secs(7));
    assert_eq!(tool("failed").status, Status::error("no answer"));
    assert_eq!(text(&tool("failed"), "error.type").as_deref(), Some("_OTHER"));
    let cancelled = tool("cancelled");
    assert_eq!(
        (&cancelled.status, text(&cancelled, "tracing_genai.cancelled").as_deref()),
        (&Status::Unset, Some("true"))
    );
    assert_eq!(text(&tool("dropped"), "tracing_genai.closed_by").as_deref(), Some("drop"));
    for span in &spans {
        let marked = get(span, "tracing_genai.closed_by").is_some();
        assert_eq!(marked, span.name == "execute_tool dropped", "{}", span.name);
    }
    assert_eq!(named(&spans, "invoke_workflow t").parent_span_id, opentelemetry::trace::SpanId::INVALID);
}

#[test]
fn what_ended_stays_as_it_is_and_what_comes_later_is_counted() {
    let memory = Memory::new();
    let (spans, log) = memory.run_logged(|| {
        let trace = memory.telemetry.trace("t");
        let call = trace.span(SpanType::Llm, "ask");
        call.set_model("m");
        call.complete_after(Duration::from_secs(1));
        call.set_model("later").set_usage(Usage::new(1, 2));
        call.fail(&std::io::Error::other("later"));
        call.cancel();
        call.complete();
        trace.complete();
    });
    assert_eq!(spans.len(), 2);
    let chat = named(&spans, "chat m");
    assert_eq!((&chat.status, get(chat, "gen_ai.usage.input_tokens")), (&Status::Unset, None));
    assert!(memory.report().values_turned_away() >= 3);
    assert!(log.line_with("after the span had ended").contains("complete()"));
}

#[test]
fn a_span_added_below_one_that_ended_is_its_child_all_the_same() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    let parent = trace.span(SpanType::Agent, "parent");
    parent.complete();
    trace.complete();
    let late = parent.span(SpanType::Tool, "late");
    late.complete();
    trace.add_span(CompletedSpan::new(SpanType::Tool, "later", SystemTime::now(), Duration::ZERO));
    let spans = memory.spans();
    assert_eq!(named(&spans, "execute_tool late").parent_span_id.to_string(), parent.id());
    let root = named(&spans, "invoke_workflow t");
    assert_eq!(named(&spans, "execute_tool later").parent_span_id, root.span_context.span_id());
    assert!(spans.iter().all(|span| span.span_context.trace_id().to_string() == trace.id()));
}

#[test]
fn work_that_is_known_only_afterwards_has_its_own_times() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    let started = UNIX_EPOCH + Duration::from_secs(1_761_000_000);
    let call = trace.add_span(
        CompletedSpan::new(SpanType::Llm, "ask", started, Duration::from_millis(640))
            .with_provider("openai")
            .with_model("gpt-4o-mini")
            .with_usage(Usage::new(812, 140))
            .with_error(&std::io::Error::other("cut off"))
            .with_error_type("length"),
    );
    let tool = CompletedSpan::new(SpanType::Tool, "t", started, Duration::ZERO).with_parent(&call);
    trace.add_span(tool.with_end(started + Duration::from_secs(1)));
    trace.complete();
    let spans = memory.spans();
    let chat = named(&spans, "chat gpt-4o-mini");
    assert_eq!((chat.start_time, chat.end_time), (started, started + Duration::from_millis(640)));
    assert_eq!(chat.status, Status::error("cut off"));
    assert!(get(chat, "gen_ai.usage.cost").is_some());
    let tool = named(&spans, "execute_tool t");
    assert_eq!(tool.parent_span_id, chat.span_context.span_id());
    assert_eq!(tool.end_time, started + Duration::from_secs(1));
}

#[test]
fn times_that_cannot_be_are_cut_and_said() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    let started = UNIX_EPOCH + Duration::from_secs(1_761_000_000);
    let year = Duration::from_secs(365 * 86_400);
    let add = |name: &str, started, duration| {
        trace.add_span(CompletedSpan::new(SpanType::Tool, name, started, duration));
    };
    let backwards = CompletedSpan::new(SpanType::Tool, "backwards", started, year).with_end(started - year);
    trace.add_span(backwards);
    add("years", started, 10 * year);
    add("endless", started, Duration::MAX);
    add("early", UNIX_EPOCH - year, year / 2);
    trace.span(SpanType::Tool, "live").complete_after(Duration::MAX);
    trace.complete();
    let spans = memory.spans();
    let tool = |name: &str| named(&spans, &format!("execute_tool {name}")).clone();
    let flaw = |name: &str| text(&tool(name), "tracing_genai.time_flaw");
    assert_eq!((tool("backwards").start_time, tool("backwards").end_time), (started, started));
    assert_eq!(flaw("backwards").as_deref(), Some("it ended before it started"));
    assert_eq!((tool("years").end_time, flaw("years")), (started + 10 * year, None));
    for name in ["endless", "live"] {
        assert_eq!(flaw(name).as_deref(), Some("it ended later than can be told"));
        assert!(tool(name).end_time > started + 200 * year);
    }
    assert_eq!((tool("early").start_time, tool("early").end_time), (UNIX_EPOCH, UNIX_EPOCH));
}

#[test]
fn no_span_can_be_its_own_ancestor_and_a_parent_of_another_trace_is_linked() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    // An id is made when the span is added: a parent is always there before its child.
    let mut last = trace.add_span(CompletedSpan::new(SpanType::Tool, "0", SystemTime::now(), Duration::ZERO));
    for depth in 1..50 {
        let span = CompletedSpan::new(SpanType::Tool, depth.to_string(), SystemTime::now(), Duration::ZERO);
        last = trace.add_span(span.with_parent(&last));
    }
    let other = memory.telemetry.new_trace("other");
    let span = CompletedSpan::new(SpanType::Tool, "linked", SystemTime::now(), Duration::ZERO);
    trace.add_span(span.with_parent(&other));
    other.complete();
    trace.complete();
    let spans = memory.spans();
    let mut span = spans.iter().find(|span| span.span_context.span_id().to_string() == last.id()).unwrap();
    let mut ancestors = 0;
    while let Some(parent) = spans.iter().find(|parent| parent.span_context.span_id() == span.parent_span_id) {
        ancestors += 1;
        span = parent;
    }
    assert_eq!(ancestors, 50);
    let linked = named(&spans, "execute_tool linked");
    assert_eq!(linked.parent_span_id, named(&spans, "invoke_workflow t").span_context.span_id());
    let other = named(&spans, "invoke_workflow other").span_context.span_id();
    assert_eq!(linked.links.iter().map(|link| link.span_context.span_id()).collect::<Vec<_>>(), [other]);
}

#[test]
fn a_handle_dropped_by_a_panic_is_an_error_and_one_made_while_unwinding_is_not() {
    struct CleanUp<'a>(&'a Memory);
    impl Drop for CleanUp<'_> {
        fn drop(&mut self) {
            drop(self.0.telemetry.new_trace("clean_up"));
        }
    }
    let memory = Memory::new();
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _clean_up = CleanUp(&memory);
        let trace = memory.telemetry.trace("t");
        let _call = trace.span(SpanType::Tool, "call");
        panic!("in between");
    }));
    let spans = memory.spans();
    let call = named(&spans, "execute_tool call");
    assert_eq!((&call.status, text(call, "error.type").as_deref()), (&Status::error("panicked"), Some("panic")));
    assert_eq!(text(call, "tracing_genai.closed_by").as_deref(), Some("drop"));
    assert_eq!(named(&spans, "invoke_workflow clean_up").status, Status::Unset);
}

#[test]
fn a_handle_moves_between_threads_and_two_that_complete_it_end_it_once() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    let call = trace.span(SpanType::Llm, "ask");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let call = &call;
            scope.spawn(move || {
                call.set_attribute(format!("app.thread_{thread}"), true);
            });
        }
    });
    let id = (call.trace_id(), call.id());
    let telemetry = memory.telemetry.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || call.complete());
        scope.spawn(move || {
            if let Ok(call) = telemetry.span_by_id(&id.0, &id.1).unwrap().update() {
                call.complete();
            }
        });
    });
    trace.complete();
    let spans = memory.spans();
    assert_eq!(spans.len(), 2);
    let chat = named(&spans, "chat");
    for thread in 0..4 {
        assert_eq!(text(chat, &format!("app.thread_{thread}")).as_deref(), Some("true"));
    }
}

/// Keeps spans after a shutdown too.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

#[test]
fn at_shutdown_what_is_open_is_closed_and_marked_and_what_is_done_afterwards_is_counted() {
    let kept = Kept::default();
    let telemetry = builder().with_span_exporter(kept.clone()).build().unwrap();
    let trace = telemetry.trace("t");
    let call = trace.span(SpanType::Llm, "ask");
    call.set_model("m");
    let report = telemetry.shutdown(DEADLINE);
    assert_eq!((report.spans_unfinished(), report.waiting()), (2, 0), "{report}");
    call.set_model("later").complete();
    let after = trace.span(SpanType::Tool, "after");
    after.in_scope(|| after.set_input("x").complete());
    drop((call, trace, telemetry.trace("after")));
    let spans = kept.0.lock().unwrap().clone();
    assert_eq!(spans.len(), 2);
    for span in &spans {
        assert_eq!(text(span, "tracing_genai.closed_by").as_deref(), Some("shutdown"));
    }
    assert_eq!(text(named(&spans, "chat m"), "gen_ai.request.model").as_deref(), Some("m"));
    let report = telemetry.report();
    assert!(!report.is_complete() && report.values_turned_away() > 0, "{report}");
}
