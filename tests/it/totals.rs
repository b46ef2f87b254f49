//! Totals on agents and on local roots, through every door.

use std::thread;

use opentelemetry::trace::{
    SpanContext, TraceContextExt as _, TraceFlags, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::{Instrument as _, Span, info_span, instrument};
use tracing_genai::{GenAiSpanExt as _, Usage};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::support::{Memory, get, named};

fn double(span: &SpanData, key: &str) -> f64 {
    match get(span, key) {
        Some(Value::F64(number)) => *number,
        other => panic!("{key} of {} is {other:?}", span.name),
    }
}

fn int(span: &SpanData, key: &str) -> Option<i64> {
    match get(span, key)? {
        Value::I64(number) => Some(*number),
        other => panic!("{key} of {} is {other:?}", span.name),
    }
}

#[instrument(fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
fn chat(input: u64, output: u64) {
    Span::current().record_usage(Usage::new(input, output));
}

#[test]
fn the_agent_and_the_root_tell_the_sum_of_two_calls_and_nobody_else_does() {
    let spans = Memory::new().run(|| {
        info_span!("POST /ask").in_scope(|| {
            info_span!("support", span_type = "agent", agent = "support").in_scope(|| {
                info_span!("retrieve", span_type = "retrieval").in_scope(|| chat(812, 140));
                chat(1_093, 262);
            });
        });
    });
    let calls: Vec<&SpanData> = spans.iter().filter(|span| span.name == "chat gpt-4o-mini").collect();
    let sum: f64 = calls.iter().map(|call| double(call, "gen_ai.usage.cost")).sum();
    for name in ["POST /ask", "invoke_agent support"] {
        let span = named(&spans, name);
        assert!((double(span, "tracing_genai.total.cost") - sum).abs() < 1e-12, "{sum}");
        assert_eq!(int(span, "tracing_genai.total.input_tokens"), Some(1_905));
        assert_eq!(int(span, "tracing_genai.total.output_tokens"), Some(402));
        assert_eq!(int(span, "tracing_genai.total.calls"), Some(2));
        assert_eq!(int(span, "tracing_genai.total.unpriced_calls"), Some(0));
        assert_eq!(get(span, "gen_ai.usage.cost"), None);
        assert_eq!(get(span, "tracing_genai.total.incomplete"), None);
    }
    for span in spans.iter().filter(|span| span.name != "POST /ask" && span.name != "invoke_agent support") {
        assert_eq!(get(span, "tracing_genai.total.calls"), None, "{}", span.name);
    }
}

#[test]
fn spans_of_the_opentelemetry_api_count_too() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("theirs");
    let theirs = |name: &'static str, parent: &Context, attributes: Vec<KeyValue>| {
        let span = tracer.span_builder(name).with_attributes(attributes).start_with_context(&tracer, parent);
        parent.with_span(span)
    };
    let root = theirs("work", &Context::new(), Vec::new());
    let agent = theirs("a", &root, vec![KeyValue::new("gen_ai.operation.name", "invoke_agent")]);
    let call = theirs(
        "c",
        &agent,
        vec![
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.system", "openai"),
            KeyValue::new("gen_ai.request.model", "gpt-4o-mini"),
            KeyValue::new("gen_ai.usage.prompt_tokens", "1000000"),
            KeyValue::new("gen_ai.usage.output_tokens", 0),
        ],
    );
    for context in [call, agent, root] {
        context.span().end();
    }
    let spans = memory.spans();
    for name in ["work", "invoke_agent a"] {
        assert_eq!(int(named(&spans, name), "tracing_genai.total.input_tokens"), Some(1_000_000));
        assert!((double(named(&spans, name), "tracing_genai.total.cost") - 0.15).abs() < 1e-12);
    }
}

#[test]
fn each_service_of_a_distributed_trace_tells_its_own_part() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        for id in [1_u64, 2] {
            let caller = SpanContext::new(7_u128.into(), 9_u64.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
            let request = info_span!("request", otel.name = format!("request {id}"));
            request.set_parent(Context::new().with_remote_span_context(caller)).unwrap();
            request.in_scope(|| (0..id).for_each(|_| chat(100, 10)));
        }
    });
    assert_eq!(int(named(&spans, "request 1"), "tracing_genai.total.calls"), Some(1));
    assert_eq!(int(named(&spans, "request 2"), "tracing_genai.total.calls"), Some(2));
}

#[test]
fn a_function_of_the_user_around_a_client_that_traces_itself_is_one_call() {
    let spans = Memory::new().run(|| {
        info_span!("ask", span_type = "agent").in_scope(|| {
            let mine =
                info_span!("mine", span_type = "llm", provider = "openai", model = "gpt-4o-mini", otel.name = "mine");
            mine.in_scope(|| chat(812, 140));
            mine.record_usage(Usage::new(812, 140));
        });
    });
    let agent = named(&spans, "invoke_agent ask");
    assert_eq!(int(agent, "tracing_genai.total.calls"), Some(1));
    assert_eq!(int(agent, "tracing_genai.total.input_tokens"), Some(812));
    let with_cost: Vec<&str> =
        spans.iter().filter(|span| get(span, "gen_ai.usage.cost").is_some()).map(|span| &*span.name).collect();
    assert_eq!(with_cost, ["chat gpt-4o-mini"], "an amount stands on the span that made the call alone");
    assert_eq!(get(named(&spans, "mine"), "tracing_genai.cost.status"), Some(&"counted_below".into()));
}

#[test]
fn requests_on_many_threads_at_once_do_not_mix() {
    let memory = Memory::new();
    let subscriber =
        tracing_subscriber::Layer::with_subscriber(memory.telemetry.layer(), tracing_subscriber::registry());
    let dispatch = tracing::Dispatch::new(subscriber);
    thread::scope(|scope| {
        for worker in 1..=4_u64 {
            let dispatch = dispatch.clone();
            scope.spawn(move || {
                let _here = tracing::dispatcher::set_default(&dispatch);
                for request in 0..50 {
                    let root = info_span!("request", otel.name = format!("request {worker} {request}"));
                    root.in_scope(|| {
                        // Two calls on threads of their own.
                        thread::scope(|calls| {
                            for _ in 0..2 {
                                let (dispatch, root) = (dispatch.clone(), root.clone());
                                calls.spawn(move || {
                                    let _here = tracing::dispatcher::set_default(&dispatch);
                                    root.in_scope(|| chat(worker, request));
                                });
                            }
                        });
                    });
                }
            });
        }
    });
    drop(dispatch);
    let spans = memory.spans();
    for worker in 1..=4_i64 {
        for request in 0..50 {
            let root = named(&spans, &format!("request {worker} {request}"));
            assert_eq!(int(root, "tracing_genai.total.calls"), Some(2));
            assert_eq!(int(root, "tracing_genai.total.input_tokens"), Some(2 * worker));
            assert_eq!(int(root, "tracing_genai.total.output_tokens"), Some(2 * request));
            assert_eq!(get(root, "tracing_genai.total.incomplete"), None);
        }
    }
    assert_eq!(memory.report().calls_missed_in_totals(), 0);
}

#[test]
fn work_that_outlives_its_request_is_in_its_total() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let work = info_span!("request").in_scope(|| async { chat(5, 5) }.instrument(info_span!("background")));
        // The request has returned; `tracing` keeps its span until nothing below it is open.
        futures::executor::block_on(work);
    });
    assert_eq!(int(named(&spans, "request"), "tracing_genai.total.calls"), Some(1));
}

#[test]
fn a_call_that_ends_after_its_root_has_left_is_counted_and_told() {
    for is_first in [false, true] {
        ends_after_its_root(is_first);
    }
}

/// `is_first`: nothing else below the root has ended before.
fn ends_after_its_root(is_first: bool) {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("theirs");
    let (_, log) = memory.run_logged(|| {
        let root = Context::new().with_span(tracer.start_with_context("root", &Context::new()));
        let early = (!is_first).then(|| tracer.start_with_context("early", &root));
        let call = tracer
            .span_builder("late")
            .with_attributes([
                KeyValue::new("gen_ai.operation.name", "chat"),
                KeyValue::new("gen_ai.request.model", "m"),
            ])
            .start_with_context(&tracer, &root);
        drop(early);
        root.span().end();
        memory.spans();
        drop(call);
    });
    assert_eq!(memory.report().calls_missed_in_totals(), 1);
    log.line_with("model calls that are missing in a total so far: 1");
}
