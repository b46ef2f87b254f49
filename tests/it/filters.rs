//! Filters that disagree about a span: one that the log lets in, and our layer does not, stands for the next above.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use opentelemetry::trace::{
    SpanContext, TraceContextExt as _, TraceFlags, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, Value};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Span, debug, debug_span, dispatcher, info, info_span, trace_span};
use tracing_genai::{GenAiSpanExt, GenAiStreamExt as _, Propagation, Scope, SpanType, Usage, WorkContext};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt, registry};

use crate::support::{Memory, get, named, text};

/// Runs `work` beside a log that sees spans of level debug, which our layer does not.
fn beside_a_log(memory: &Memory, work: impl FnOnce()) -> Vec<SpanData> {
    let log = fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::DEBUG);
    tracing::subscriber::with_default(registry().with(memory.telemetry.layer()).with(log), work);
    memory.spans()
}

/// Runs `work` on a thread of its own under the current subscriber.
fn elsewhere(work: impl FnOnce() + Send) {
    let dispatch = dispatcher::get_default(Dispatch::clone);
    thread::scope(|threads| threads.spawn(|| dispatcher::with_default(&dispatch, work)).join().unwrap());
}

fn record(usage: Usage) {
    Span::current().record_usage(usage);
}

fn mark(name: &'static str) {
    Span::current().record_attribute(name, true);
}

fn parent_of<'a>(spans: &'a [SpanData], name: &str) -> &'a str {
    let parent = named(spans, name).parent_span_id;
    spans.iter().find(|span| span.span_context.span_id() == parent).map_or("nobody", |span| &span.name)
}

#[test]
fn what_a_field_is_made_of_may_be_traced_and_logged_itself() {
    fn model() -> &'static str {
        info_span!("look up").in_scope(|| info!("looked up"));
        debug!("done");
        "gpt-4o-mini"
    }
    let memory = Memory::new();
    let spans = beside_a_log(&memory, || {
        let agent = info_span!("agent", span_type = "agent", app.model = model());
        agent.in_scope(|| {
            let call =
                info_span!(parent: &agent, "call", span_type = "llm", gen_ai.request.model = model(), done = Empty);
            call.follows_from(&agent);
            for step in 0..3 {
                call.in_scope(|| {
                    Span::current().record("done", step).record_usage(Usage::new(step, 1));
                    info!(name = model(), "step");
                });
            }
        });
    });
    assert_eq!(spans.iter().filter(|span| span.name == "look up").count(), 5);
    assert_eq!(parent_of(&spans, "chat gpt-4o-mini"), "invoke_agent agent");
    let call = named(&spans, "chat gpt-4o-mini");
    assert_eq!((call.events.len(), call.links.len()), (3, 1), "{call:?}");
    assert_eq!(get(call, "gen_ai.usage.input_tokens"), Some(&Value::I64(2)));
    assert_eq!(get(named(&spans, "invoke_agent agent"), "tracing_genai.total.calls"), Some(&Value::I64(1)));
}

#[test]
fn a_span_below_one_that_the_log_alone_sees_is_below_the_next_one_above() {
    let memory = Memory::new();
    let spans = beside_a_log(&memory, || {
        let (outer, step) = info_span!("agent").in_scope(|| {
            let outer = debug_span!("outer");
            let step = outer.in_scope(|| debug_span!("step"));
            (outer, step)
        });
        step.in_scope(|| drop(info_span!("here")));
        drop(info_span!(parent: &step, "of a parent"));
        elsewhere(|| step.in_scope(|| drop(info_span!("elsewhere"))));
        // As an actor has it, in whose loop the spans of its callers are entered.
        info_span!("loop").in_scope(|| {
            drop(info_span!(parent: &outer, "of a parent in a loop"));
            step.in_scope(|| info_span!("in a loop").in_scope(|| drop(debug_span!("inner"))));
            step.in_scope(|| drop(info_span!(parent: None, "root")));
        });
        drop(debug_span!("alone").in_scope(|| info_span!("below nobody")));
    });
    for name in ["here", "of a parent", "elsewhere", "of a parent in a loop", "in a loop"] {
        assert_eq!(parent_of(&spans, name), "agent", "{name}");
    }
    for name in ["agent", "loop", "root", "below nobody"] {
        assert_eq!(parent_of(&spans, name), "nobody", "{name}");
    }
}

#[test]
fn what_was_made_current_inside_of_a_span_goes_before_what_stands_above_it_in_the_log() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let spans = beside_a_log(&memory, || {
        let _agent = info_span!("agent").entered();
        let api = Context::current_with_span(provider.tracer("theirs").start("api")).attach();
        let step = debug_span!("step");
        step.in_scope(|| drop(info_span!("here")));
        let work = WorkContext::current();
        elsewhere(|| work.in_scope(|| step.in_scope(|| drop(info_span!("elsewhere")))));
        drop(api);
        let trace = memory.telemetry.trace("by hand");
        let tool = trace.span(SpanType::Tool, "t");
        let entered = tool.enter();
        debug_span!("step").in_scope(|| {
            Span::current().record_attribute("app.found", 3);
            drop(info_span!("in a tool"));
        });
        drop(entered);
        tool.complete();
    });
    for (name, parent) in [("here", "api"), ("elsewhere", "api"), ("in a tool", "execute_tool t")] {
        assert_eq!(parent_of(&spans, name), parent, "{name}");
    }
    assert_eq!(get(named(&spans, "execute_tool t"), "app.found"), Some(&Value::I64(3)));
}

#[test]
fn what_is_recorded_in_a_span_that_the_log_alone_sees_is_recorded_on_the_next_one_above() {
    let memory = Memory::new();
    let spans = beside_a_log(&memory, || {
        info_span!("call", span_type = "llm", model = "m").in_scope(|| {
            let parse = debug_span!("parse").in_scope(|| debug_span!("body"));
            elsewhere(|| parse.in_scope(|| record(Usage::new(1, 2))));
        });
        info_span!("call", span_type = "llm", model = "streamed").in_scope(|| {
            let open = || futures::stream::iter([()]).in_genai_span(Span::current());
            let stream = debug_span!("open").in_scope(open).on_chunk(|(), call| {
                call.usage(Usage::new(3, 4));
            });
            futures::executor::block_on_stream(stream).for_each(drop);
        });
        // What was recorded before it is of the same span.
        info_span!("call", span_type = "llm", model = "ended").in_scope(|| {
            debug_span!("step").in_scope(|| {
                record(Usage::new(7, 8));
                Context::current().span().end();
            });
        });
        debug_span!("alone").record_usage(Usage::new(5, 6));
    });
    for (name, tokens) in [("chat m", 2), ("chat streamed", 4), ("chat ended", 8)] {
        assert_eq!(get(named(&spans, name), "gen_ai.usage.output_tokens"), Some(&Value::I64(tokens)), "{name}");
    }
    assert_eq!(get(named(&spans, "chat streamed"), "tracing_genai.stream.chunks"), Some(&Value::I64(1)));
    assert!(memory.report().values_turned_away() > 0, "nothing is above the last one");
}

#[test]
fn what_a_span_gives_to_those_below_passes_one_that_the_log_alone_sees() {
    let memory = Memory::new();
    let spans = beside_a_log(&memory, || {
        let agent = || info_span!("agent", span_type = "agent", agent = "a");
        Scope::new().with_user("u-1").in_scope(agent).in_scope(|| {
            debug_span!("step").in_scope(|| drop(info_span!("here", span_type = "tool", tool = "here")));
            let step = debug_span!("step");
            drop(info_span!(parent: &step, "of a parent", span_type = "tool", tool = "of a parent"));
        });
        let request =
            trace_span!(target: "codex_core::session::turn", "try_run_sampling_request", turn_id = "t", model = "m");
        let step = request.in_scope(|| debug_span!("step"));
        step.in_scope(|| {
            let counts = || {
                trace_span!(
                    target: "codex_core::session::turn", "handle_responses", otel.name = Empty, tool_name = Empty,
                    from = Empty, codex.usage.total_tokens = 3, gen_ai.usage.input_tokens = 1, gen_ai.usage.output_tokens = 2,
                )
            };
            drop(counts());
        });
    });
    for name in ["execute_tool here", "execute_tool of a parent"] {
        assert_eq!(text(named(&spans, name), "user.id").as_deref(), Some("u-1"), "{name}");
    }
    assert_eq!(get(named(&spans, "chat m"), "gen_ai.usage.output_tokens"), Some(&Value::I64(2)));
}

#[test]
fn a_span_in_which_a_panic_was_caught_is_failed_also_inside_of_one_that_the_log_alone_sees() {
    let memory = Memory::new();
    let spans = beside_a_log(&memory, || {
        let _agent = info_span!("agent").entered();
        let _step = debug_span!("step").entered();
        let call = info_span!("call", span_type = "llm", model = "m");
        // Without the message.
        let panics = || resume_unwind(Box::new("as it was told"));
        assert!(catch_unwind(AssertUnwindSafe(|| call.in_scope(panics))).is_err());
        (0..2).for_each(|_| call.in_scope(|| ()));
    });
    assert_eq!(text(named(&spans, "chat m"), "error.type").as_deref(), Some("panic"));
}

#[test]
fn a_loop_that_started_unseen_is_not_above_what_is_inside_of_a_caller() {
    let memory = Memory::new();
    let trace = SpanContext::new(1.into(), 2.into(), TraceFlags::NOT_SAMPLED, true, TraceState::default());
    let spans = beside_a_log(&memory, || {
        let step = info_span!("agent").in_scope(|| debug_span!("step"));
        let left_out = info_span!("left out");
        left_out.set_parent(Context::new().with_remote_span_context(trace)).unwrap();
        left_out.in_scope(|| step.in_scope(|| drop(info_span!("in one that is not sampled"))));
        let asked = info_span!("asked");
        assert!(asked.context().span().span_context().is_valid());
        asked.in_scope(|| step.in_scope(|| drop(info_span!("in one that was asked"))));
    });
    assert!(!spans.iter().any(|span| span.name == "left out"), "{spans:?}");
    for name in ["in one that is not sampled", "in one that was asked"] {
        assert_eq!(parent_of(&spans, name), "agent", "{name}");
    }
}

#[test]
fn what_comes_after_the_end_of_a_span_is_not_recorded_on_the_one_above() {
    let memory = Memory::new();
    let spans = beside_a_log(&memory, || {
        let _agent = info_span!("agent", span_type = "agent", agent = "a").entered();
        info_span!("call", span_type = "llm", model = "m").in_scope(|| {
            Context::current().span().end();
            mark("app.late");
            debug_span!("step").in_scope(|| mark("app.late"));
        });
        debug_span!("step").in_scope(|| mark("app.step"));
    });
    assert_eq!(memory.report().values_turned_away(), 2);
    let agent = named(&spans, "invoke_agent a");
    assert_eq!((get(agent, "app.late"), get(agent, "app.step")), (None, Some(&Value::Bool(true))));
}

#[test]
fn a_companion_under_the_filter_of_the_otel_layer_sees_what_that_sees() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    let both = memory.telemetry.companion_layer().and_then(otel).with_filter(EnvFilter::new("info"));
    let log = fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::DEBUG);
    tracing::subscriber::with_default(registry().with(both).with(log), || {
        info_span!("call", span_type = "llm", model = "m").in_scope(|| {
            debug_span!("parse").in_scope(|| record(Usage::new(1, 2)));
        });
    });
    assert_eq!(get(&memory.spans()[0], "gen_ai.usage.output_tokens"), Some(&Value::I64(2)));
}

#[test]
fn a_span_made_by_hand_keeps_its_values_where_a_filter_hides_its_carrier_from_the_layer() {
    let memory = Memory::new();
    let layer = memory.telemetry.layer().with_filter(EnvFilter::new("it=info"));
    tracing::subscriber::with_default(registry().with(layer).with(fmt::layer().with_writer(std::io::sink)), || {
        let trace = memory.telemetry.trace("by hand");
        let call = trace.span(SpanType::Llm, "call");
        call.set_model("m");
        let entered = call.enter();
        call.set_usage(Usage::new(1, 2));
        drop(info_span!("inner"));
        drop(entered);
        call.set_finish_reason("stop").complete();
    });
    let spans = memory.spans();
    let call = named(&spans, "chat m");
    assert_eq!(get(call, "gen_ai.usage.output_tokens"), Some(&Value::I64(2)));
    assert!(get(call, "gen_ai.response.finish_reasons").is_some());
    assert_eq!((parent_of(&spans, "inner"), memory.report().values_turned_away()), ("chat m", 0));
}

#[test]
fn what_is_recorded_in_a_span_of_the_log_arrives_while_a_span_made_by_hand_has_ended_before_one_below_it() {
    let memory = Memory::new();
    let spans = beside_a_log(&memory, || {
        let trace = memory.telemetry.trace("by hand");
        let span = trace.span(SpanType::Agent, "agent");
        let below = span.in_scope(|| info_span!("below"));
        span.complete();
        info_span!("call", span_type = "llm").in_scope(|| debug_span!("step").in_scope(|| record(Usage::new(3, 4))));
        drop(below);
        trace.complete();
    });
    assert_eq!(get(named(&spans, "chat"), "gen_ai.usage.input_tokens"), Some(&Value::I64(3)));
    assert_eq!(memory.report().values_turned_away(), 0);
}

#[test]
fn that_a_caller_sets_nothing_on_a_span_which_the_log_alone_sees_is_told() {
    let headers = HashMap::from([("baggage".to_owned(), "user.id=caller".to_owned())]);
    let remote = Propagation::new().with_baggage_in(["user.id"]).extract(&headers);
    let memory = Memory::new();
    let spans = beside_a_log(&memory, || {
        info_span!("call", span_type = "llm").in_scope(|| {
            let step = debug_span!("step");
            assert!(!remote.set_parent_of(&step));
            step.in_scope(|| drop(info_span!("below", span_type = "tool")));
        });
    });
    assert!(spans.iter().all(|span| get(span, "user.id").is_none()));
    assert_eq!(memory.report().remote_parents_ignored(), 1);
}
