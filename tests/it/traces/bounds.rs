//! How many spans made by hand may be open, and for how long.

use std::time::Duration;

use tracing_genai::SpanType;

use crate::support::{DEADLINE, Memory, get, named, text};

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn ten_thousand_spans_are_open_at_once_and_all_arrive() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("t");
    let open: Vec<_> = (0..10_000).map(|_| trace.span(SpanType::Tool, "x")).collect();
    for span in &open {
        span.set_attribute("app.set", true);
    }
    for span in open {
        span.complete();
    }
    trace.complete();
    let spans = memory.spans();
    assert_eq!(spans.len(), 10_001);
    assert!(spans.iter().all(|span| get(span, "tracing_genai.closed_by").is_none()));
    assert_eq!(memory.report().spans_unfinished(), 0);
}

#[test]
fn the_oldest_makes_room_and_is_marked_and_counted() {
    let memory = Memory::with(|builder| builder.with_open_spans(3, DAY));
    let (_, log) = memory.run_logged(|| {
        let trace = memory.telemetry.trace("t");
        let open: Vec<_> = ["a", "b", "c", "d"].map(|name| trace.span(SpanType::Tool, name)).into();
        assert!(!open[0].is_open() && !trace.is_open());
        assert!(open[1].is_open());
        for span in &open {
            span.complete();
        }
        trace.complete();
    });
    let spans = memory.spans();
    assert_eq!(spans.len(), 5);
    for name in ["invoke_workflow t", "execute_tool a"] {
        assert_eq!(text(named(&spans, name), "tracing_genai.closed_by").as_deref(), Some("room"));
    }
    assert_eq!(get(named(&spans, "execute_tool b"), "tracing_genai.closed_by"), None);
    assert_eq!(memory.report().spans_unfinished(), 2);
    assert!(log.lines_with("closed unfinished")[0].contains("Builder::with_open_spans"));
}

#[test]
fn a_span_that_is_open_for_too_long_is_closed_when_another_begins_or_at_a_flush() {
    let memory = Memory::with(|builder| builder.with_open_spans(100, Duration::ZERO));
    let trace = memory.telemetry.trace("t");
    let tool = trace.span(SpanType::Tool, "x");
    assert!(!trace.is_open() && tool.is_open());
    memory.telemetry.flush(DEADLINE);
    assert!(!tool.is_open());
    let spans = memory.spans();
    for span in &spans {
        assert_eq!(text(span, "tracing_genai.closed_by").as_deref(), Some("age"), "{}", span.name);
    }
    assert_eq!((spans.len(), memory.report().spans_unfinished()), (2, 2));
}

#[test]
fn names_and_values_without_end_are_bounded() {
    let memory = Memory::new();
    let trace = memory.telemetry.trace("ä".repeat(100_000));
    for at in 0..5_000 {
        trace.set_attribute(format!("app.{at}"), at);
    }
    trace.complete();
    let spans = memory.spans();
    assert!(text(&spans[0], "tracing_genai.original_name").unwrap().len() <= 256);
    assert!(memory.report().values_turned_away() >= 900);
}

#[test]
fn a_trace_that_the_sampler_drops_costs_nothing_and_breaks_nothing() {
    let memory = Memory::with(|builder| builder.with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOff));
    let spans = memory.run(|| {
        let trace = memory.telemetry.trace("t");
        trace.in_scope(|| drop(tracing::info_span!("inside")));
        trace.span(SpanType::Tool, "x").complete();
        trace.complete();
    });
    assert!(spans.is_empty());
    let disabled = Memory::with(|builder| builder.with_env(crate::support::variables([("OTEL_SDK_DISABLED", "true")])));
    disabled.telemetry.trace("t").complete();
    assert!(disabled.spans().is_empty());
}
