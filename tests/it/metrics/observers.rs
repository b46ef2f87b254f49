//! What the program's own functions are told of each call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tracing::info_span;
use tracing_genai::{GenAiSpanExt as _, Usage, UsageRecord};

use super::Measured;
use crate::support::{Memory, named, text};

#[test]
fn an_observer_is_told_of_each_call_once_with_all_that_is_known_of_it() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let memory =
        Memory::with(|builder| builder.with_usage_observer(move |record| into.lock().unwrap().push(record.clone())));
    let spans = memory.run(|| {
        let scope = tracing_genai::Scope::new();
        let scope = scope.with_tenant("acme").with_cost_centre("cc-7");
        scope.with_conversation("c-1").with_session("s-1").with_user("bob@example.com").in_scope(|| {
            info_span!("work", span_type = "agent", agent = "support").in_scope(|| {
                let mine = info_span!("mine", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
                mine.in_scope(|| {
                    let call = info_span!(
                        "c",
                        span_type = "llm",
                        provider = "openai",
                        model = "gpt-4o-mini",
                        agent = "support"
                    );
                    call.record_usage(Usage::new(1_000_000, 0).cache_read(10))
                        .record_response_model("gpt-4o-mini-2024-07-18");
                    call.record_error_type("timeout");
                });
                mine.record_usage(Usage::new(1_000_000, 0));
                info_span!("t", span_type = "tool");
            });
        });
    });
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let record = &seen[0];
    let call = spans.iter().find(|span| span.span_context.span_id() == record.span_id()).unwrap();
    assert_eq!(record.trace_id(), call.span_context.trace_id());
    assert_eq!(record.ended(), call.end_time);
    assert_eq!(record.duration(), call.end_time.duration_since(call.start_time).unwrap());
    assert_eq!((record.operation(), record.provider()), (Some("chat"), Some("openai")));
    assert_eq!(
        (record.request_model(), record.response_model()),
        (Some("gpt-4o-mini"), Some("gpt-4o-mini-2024-07-18"))
    );
    let usage = record.usage().unwrap();
    assert_eq!((usage.input_tokens(), usage.output_tokens(), usage.cache_read_tokens()), (1_000_000, 0, 10));
    assert_eq!(record.error_type(), Some("timeout"));
    assert_eq!((record.conversation_id(), record.session_id()), (Some("c-1"), Some("s-1")));
    assert_eq!(record.user_id(), Some("bob@example.com"), "what stays in the process is not redacted");
    assert_eq!((record.tenant(), record.cost_centre()), (Some("acme"), Some("cc-7")));
    assert_eq!(record.agent_name(), Some("support"));
    assert_eq!((record.cost().is_some(), record.cost_source()), (true, Some("catalogue")));
}

#[test]
fn an_amount_that_a_span_around_a_call_alone_knows_is_told_once_as_totals_have_it() {
    let measured = Measured::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let memory = Memory::with(|builder| {
        let builder = builder.with_meter_provider(&measured.provider);
        builder.with_usage_observer(move |record| into.lock().unwrap().push(record.clone()))
    });
    let spans = memory.run(|| {
        let mine = info_span!("mine", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        mine.in_scope(|| {
            info_span!("c", span_type = "llm", model = "no-such-model").record_usage(Usage::new(1_000_000, 0));
        });
        mine.record_usage(Usage::new(1_000_000, 0));
    });
    let mine = named(&spans, "chat gpt-4o-mini");
    let total = text(mine, "tracing_genai.total.cost").unwrap();
    let seen = seen.lock().unwrap();
    let sum = |of: &dyn Fn(&UsageRecord) -> f64| seen.iter().map(of).sum::<f64>();
    assert_eq!(sum(&|record| record.cost().unwrap_or_default()).to_string(), total);
    let input = |record: &UsageRecord| record.usage().map_or(0, Usage::input_tokens);
    assert_eq!(seen.iter().map(input).sum::<u64>(), 1_000_000);
    let cost = measured.series(&memory, "tracing_genai.cost");
    assert_eq!(cost.values().map(|(_, usd)| usd).sum::<f64>().to_string(), total);
    for (metric, count) in [("operation.duration", 1), ("token.usage", 2)] {
        let series = measured.series(&memory, &format!("gen_ai.client.{metric}"));
        assert_eq!(series.values().map(|(count, _)| count).sum::<u64>(), count, "{series:?}");
    }
}

#[test]
fn an_observer_that_panics_is_told_of_once_and_costs_nothing_else() {
    let calls = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&calls);
    let memory = Memory::with(|builder| {
        builder.with_usage_observer(|_| panic!("no")).with_usage_observer(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        })
    });
    let (spans, log) = memory.run_logged(|| {
        for _ in 0..3 {
            drop(info_span!("c", span_type = "llm", model = "m"));
        }
    });
    assert_eq!((spans.len(), calls.load(Ordering::Relaxed)), (3, 3));
    log.line_with("a usage observer panicked");
}
