//! Work that is tried again.

use opentelemetry::Value;
use opentelemetry::trace::Status;
use tracing::{Instrument, Span, info_span, instrument};
use tracing_genai::{Attempts, GenAiSpanExt, Usage};

use crate::support::{Memory, get, named};

#[derive(Debug)]
struct Overloaded;

impl std::fmt::Display for Overloaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("overloaded")
    }
}

impl std::error::Error for Overloaded {}

async fn call(fails: bool) -> Result<&'static str, Overloaded> {
    tokio::task::yield_now().await;
    Span::current().record_usage(Usage::new(1_000, 10));
    if fails {
        Span::current().record_error(&Overloaded);
        return Err(Overloaded);
    }
    Ok("an answer")
}

#[instrument(skip_all, err, fields(span_type = "chain", workflow = "ask"))]
async fn ask(failures: u32, most: u32) -> Result<&'static str, Overloaded> {
    let mut attempts = Attempts::new();
    loop {
        let span = attempts.next(info_span!("call", span_type = "llm", provider = "openai", model = "gpt-4o-mini"));
        match call(attempts.count() <= failures).instrument(span).await {
            Err(_) if attempts.count() < most => {}
            outcome => return outcome,
        }
    }
}

fn tries(failures: u32, most: u32) -> Vec<opentelemetry_sdk::trace::SpanData> {
    let memory = Memory::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    memory.run(|| {
        let _ = runtime.block_on(ask(failures, most));
    })
}

#[test]
fn each_try_is_numbered_linked_to_the_one_before_and_counted_once() {
    let spans = tries(2, 5);
    let ask = named(&spans, "invoke_workflow ask");
    let mut tries: Vec<_> = spans.iter().filter(|span| span.name == "chat gpt-4o-mini").collect();
    tries.sort_by_key(|span| span.start_time);
    assert_eq!(tries.len(), 3);
    for (at, (number, span)) in (1_i64..).zip(&tries).enumerate() {
        assert_eq!(span.parent_span_id, ask.span_context.span_id());
        assert_eq!(get(span, "tracing_genai.retry.attempt"), Some(&Value::I64(number)));
        let links: Vec<_> = span.links.iter().map(|link| link.span_context.span_id()).collect();
        let before: Vec<_> = at.checked_sub(1).map(|at| tries[at].span_context.span_id()).into_iter().collect();
        assert_eq!(links, before, "try {at}");
        assert_eq!(matches!(span.status, Status::Error { .. }), at < 2, "try {at}");
    }
    // Held until the next one has been named, it still ended when its work did.
    assert!(tries[0].end_time <= tries[1].start_time && tries[1].end_time <= tries[2].start_time);
    assert_eq!(ask.status, Status::Unset, "the outcome is that of the last try");
    assert_eq!(get(ask, "tracing_genai.total.calls"), Some(&Value::I64(3)));
    assert_eq!(get(ask, "tracing_genai.total.input_tokens"), Some(&Value::I64(3_000)));
    let cost = |span, key| match get(span, key) {
        Some(Value::F64(cost)) => *cost,
        other => panic!("{key}: {other:?}"),
    };
    let sum: f64 = tries.iter().map(|span| cost(span, "gen_ai.usage.cost")).sum();
    assert!((cost(ask, "tracing_genai.total.cost") - sum).abs() < 1e-12);
}

#[test]
fn when_every_try_fails_the_work_has_failed() {
    let spans = tries(9, 2);
    assert_eq!(spans.len(), 3);
    let ask = named(&spans, "invoke_workflow ask");
    assert!(matches!(&ask.status, Status::Error { description } if description == "overloaded"), "{:?}", ask.status);
    assert_eq!(get(ask, "tracing_genai.total.calls"), Some(&Value::I64(2)));
}

#[test]
fn a_model_span_around_its_tries_adds_nothing_to_them() {
    let memory = Memory::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spans = memory.run(|| {
        runtime.block_on(
            async {
                let mine = info_span!("mine", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
                let mut attempts = Attempts::new();
                for fails in [true, false] {
                    let span =
                        info_span!(parent: &mine, "try", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
                    let _ = call(fails).instrument(attempts.next(span)).await;
                }
                // What the caller heard of it: the last answer's usage.
                mine.record_usage(Usage::new(1_000, 10));
            }
            .instrument(info_span!("agent", span_type = "agent", agent = "root")),
        );
    });
    let root = named(&spans, "invoke_agent root");
    assert_eq!(get(root, "tracing_genai.total.calls"), Some(&Value::I64(2)));
    assert_eq!(get(root, "tracing_genai.total.input_tokens"), Some(&Value::I64(2_000)));
    assert_eq!(spans.iter().filter(|span| get(span, "gen_ai.usage.cost").is_some()).count(), 2);
}

#[test]
fn tries_that_have_one_span_are_counted_and_link_it_to_nothing() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        info_span!("call", span_type = "llm", model = "m").in_scope(|| {
            let mut attempts = Attempts::new();
            drop((attempts.next(Span::current()), attempts.next(Span::current())));
            Span::current().follows_from(Span::current());
        });
    });
    let call = named(&spans, "chat m");
    assert_eq!(get(call, "tracing_genai.retry.attempt"), Some(&Value::I64(2)));
    assert_eq!(call.links.iter().count(), 0);
}
