//! Spans that end in odd ways: never entered, on two threads, open at the shutdown, closed after it.

use std::sync::Barrier;

use opentelemetry::Value;
use tracing::info_span;
use tracing_genai::{GenAiSpanExt, LossReason, Usage};
use tracing_subscriber::prelude::*;

use crate::support::log::Log;
use crate::support::{DEADLINE, Memory, get, named};

#[test]
fn a_span_that_was_never_entered_arrives_with_what_was_recorded() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        info_span!("a", span_type = "llm", model = "m").record_usage(Usage::new(3, 4));
    });
    let chat = named(&spans, "chat m");
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), Some(&Value::I64(3)));
    assert!(chat.end_time >= chat.start_time);
}

#[test]
fn a_span_that_two_threads_are_in_at_once_arrives_once_with_what_both_recorded() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "llm", model = "m");
        let both_are_in = Barrier::new(2);
        tracing::dispatcher::get_default(|dispatch| {
            std::thread::scope(|scope| {
                for key in ["app.one", "app.two"] {
                    let (span, both_are_in) = (&span, &both_are_in);
                    scope.spawn(move || {
                        tracing::dispatcher::with_default(dispatch, || {
                            let _entered = span.enter();
                            both_are_in.wait();
                            span.record_attribute(key, true);
                            drop(info_span!("child", span_type = "tool", tool = key));
                            both_are_in.wait();
                        });
                    });
                }
            });
        });
    });
    assert_eq!(spans.len(), 3);
    let chat = named(&spans, "chat m");
    for key in ["app.one", "app.two"] {
        assert_eq!(get(chat, key), Some(&Value::Bool(true)));
        let child = named(&spans, &format!("execute_tool {key}"));
        assert_eq!(child.parent_span_id, chat.span_context.span_id());
    }
}

#[test]
fn a_span_that_is_open_at_the_shutdown_is_counted_and_told_when_it_closes() {
    let memory = Memory::new();
    let log = Log::default();
    let subscriber = tracing_subscriber::registry().with(memory.telemetry.layer()).with(log.clone());
    tracing::subscriber::with_default(subscriber, || {
        drop(info_span!("a", span_type = "llm", model = "before"));
        let open = info_span!("b", span_type = "llm", model = "open");
        let report = memory.telemetry.shutdown(DEADLINE);
        assert!(report.is_complete(), "{report}");
        assert_eq!(report.delivered(), 1);

        drop(info_span!("ordinary"));
        assert!(log.lines_with("is lost").is_empty(), "an ordinary span is counted alone");
        open.record_usage(Usage::new(1, 1));
        drop(open);
        drop(info_span!("c", span_type = "llm", model = "after"));
    });
    let report = memory.report();
    assert!(log.line_with("is lost").contains("let _guard"));
    assert_eq!(report.lost_by(LossReason::AtShutdown), 3, "{report}");
    assert_eq!(report.delivered(), 1, "{report}");
    assert!(!report.is_complete());
    // A second one has nothing left to do and says the same.
    assert_eq!(memory.telemetry.shutdown(DEADLINE).lost(), 3);
    assert_eq!(memory.telemetry.flush(DEADLINE).lost(), 3);
}

#[test]
fn what_a_layer_turned_away_is_told_when_it_has_gone() {
    let memory = Memory::new();
    memory.run(|| {
        let span = info_span!("a", span_type = "llm");
        for n in 0..5_000 {
            span.record_finish_reason(n.to_string());
        }
    });
    assert_eq!(memory.report().values_turned_away(), 5_000 - 4_096);
}
