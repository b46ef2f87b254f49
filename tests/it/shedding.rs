//! What goes first while the worker does not keep up, seen from outside.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Value;
use tracing::info_span;
use tracing_genai::{Content, GenAiSpanExt, Limits, LossReason, Redaction, Usage};

use crate::support::{DEADLINE, Memory, get, named, text};

/// Holds up the worker at the first span, until it is let.
pub(crate) struct Gate {
    pub(crate) reached: mpsc::Receiver<()>,
    pub(crate) go: mpsc::Sender<()>,
}

pub(crate) fn gate() -> (Gate, Redaction) {
    let (reach, reached) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let may_go = Mutex::new(may_go);
    let redaction = Redaction::none().with_function(move |_, text| {
        let _ = reach.send(());
        // Once the other end is gone, it stands open.
        let _ = may_go.lock().unwrap().recv();
        text.to_owned().into()
    });
    (Gate { reached, go }, redaction)
}

/// Telemetry whose worker is held up so, and how many calls its usage observer was told of.
fn behind_a_gate() -> (Gate, Arc<Mutex<u64>>, Memory) {
    let (gate, redaction) = gate();
    let told = Arc::new(Mutex::new(0));
    let telling = Arc::clone(&told);
    let memory = Memory::with(|builder| {
        builder.with_redaction(redaction).with_usage_observer(move |_| *telling.lock().unwrap() += 1)
    });
    (gate, told, memory)
}

fn call() {
    info_span!("call", span_type = "llm", model = "m").record_usage(Usage::new(10, 1));
}

#[test]
fn content_goes_first_then_spans_and_what_lost_ones_used_still_counts() {
    const CALLS: u64 = 3_000;
    let (gate, redaction) = gate();
    let told = Arc::new(Mutex::new(0));
    let telling = Arc::clone(&told);
    let memory = Memory::with(|builder| {
        builder
            .with_queue_bytes(2 << 20)
            .with_content(Content::span_only())
            .with_redaction(redaction)
            // What leaves is smaller than what waits for the worker: nothing is lost behind it.
            .with_limits(Limits::default().with_value_bytes(64))
            .with_usage_observer(move |_| *telling.lock().unwrap() += 1)
    });
    let (spans, log) = memory.run_logged(|| {
        drop(info_span!("first"));
        gate.reached.recv_timeout(DEADLINE).unwrap();
        let agent = info_span!("work", span_type = "agent", agent = "a");
        agent.in_scope(|| {
            for _ in 0..CALLS {
                let call = info_span!("call", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
                for key in ["app.a", "app.b", "app.c", "app.d", "app.e", "app.f"] {
                    call.record_attribute(key, "n".repeat(1_000));
                }
                call.record_input("why? ".repeat(1_000)).record_usage(Usage::new(10, 1));
            }
        });
        let report = memory.report();
        assert!(report.shed() > 100 && report.lost_by(LossReason::QueueFull) > 100, "{report}");
        drop(gate.go);
        memory.telemetry.flush(DEADLINE);
        drop(agent);
    });
    let report = memory.report();
    assert_eq!(report.delivered() + report.lost(), CALLS + 2, "{report}");
    assert_eq!(report.lost(), report.lost_by(LossReason::QueueFull));
    assert_eq!(*told.lock().unwrap(), CALLS - report.unmeasured(), "observers hear of lost calls: {report}");
    assert!(report.unmeasured() < report.lost(), "{report}");

    let calls: Vec<_> = spans.iter().filter(|span| span.name == "chat gpt-4o-mini").collect();
    let shed: Vec<_> = calls.iter().filter(|span| get(span, "tracing_genai.shed").is_some()).collect();
    assert_eq!(shed.len() as u64, report.shed(), "{report}");
    for span in &shed {
        assert_eq!(get(span, "tracing_genai.shed"), Some(&Value::I64(5_000)));
        assert_eq!(text(span, "gen_ai.input.messages"), None);
        assert!(matches!(get(span, "gen_ai.usage.cost"), Some(Value::F64(usd)) if *usd > 0.0));
    }
    assert!(log.line_with("gave up content").contains("with_queue_bytes"));
    assert!(log.line_with("spans lost so far").contains("with_queue_bytes"));
    assert!(report.unmeasured() > 0, "{report}");
    assert!(log.line_with("tokens and cost are missing").contains("with_queue_bytes"));
    // The totals of what is above know of them, too.
    let agent = named(&spans, "invoke_agent a");
    let calls = i64::try_from(CALLS - report.unmeasured()).unwrap();
    assert_eq!(get(agent, "tracing_genai.total.calls"), Some(&Value::I64(calls)));
    assert_eq!(get(agent, "tracing_genai.total.input_tokens"), Some(&Value::I64(calls * 10)));
    let nothing = memory.report().since(&report);
    assert_eq!((nothing.delivered(), nothing.shed(), nothing.lost()), (0, 0, 0));
}

#[test]
fn what_calls_used_that_a_shutdown_came_before_is_told_as_unmeasured() {
    let (gate, told, memory) = behind_a_gate();
    memory.run(|| {
        drop(info_span!("first"));
        gate.reached.recv_timeout(DEADLINE).unwrap();
        (0..3).for_each(|_| call());
        drop(info_span!("none of ours"));
        memory.telemetry.shutdown(Duration::ZERO);
        drop(gate.go);
        memory.telemetry.shutdown(DEADLINE);
        call();
    });
    let report = memory.report();
    assert_eq!((*told.lock().unwrap(), report.unmeasured()), (0, 4), "{report}");
    assert!(report.lost_by(LossReason::AtShutdown) >= 5, "{report}");
}

#[test]
fn a_shutdown_does_not_wait_for_spans_that_the_worker_has_taken_and_not_begun_with() {
    let (gate, told, memory) = behind_a_gate();
    memory.run(|| {
        (0..10).for_each(|_| call());
        gate.reached.recv_timeout(DEADLINE).unwrap();
        memory.telemetry.shutdown(Duration::ZERO);
        drop(gate.go);
        memory.telemetry.shutdown(DEADLINE);
    });
    let report = memory.report();
    assert_eq!((*told.lock().unwrap(), report.unmeasured(), report.waiting()), (1, 9, 0), "{report}");
    assert!(report.lost_by(LossReason::AtShutdown) >= 9, "{report}");
    assert_eq!(report.delivered() + report.lost(), 10, "{report}");
}

#[test]
fn a_shutdown_begins_no_span_that_would_end_long_after_its_deadline() {
    let (reach, reached) = mpsc::channel();
    let redaction = Redaction::none().with_function(move |_, text| {
        if text == "slow" {
            let _ = reach.send(());
            // A function of the user's that takes its time.
            std::thread::sleep(Duration::from_millis(650));
        }
        text.to_owned().into()
    });
    let memory = Memory::with(|builder| builder.with_redaction(redaction));
    memory.run(|| {
        (0..10).for_each(|_| drop(info_span!("call", span_type = "tool", app.note = "slow")));
        reached.recv_timeout(DEADLINE).unwrap();
        memory.telemetry.shutdown(Duration::from_secs(1));
        let report = memory.report();
        assert!(report.waiting() == 0 && report.lost_by(LossReason::AtShutdown) >= 8, "{report}");
        assert_eq!(report.delivered() + report.lost(), 10, "{report}");
    });
}

#[test]
fn a_shed_span_tells_no_more_than_a_whole_one() {
    // The input alone shows that it is a GenAI span; without it, the argument beside it must stay withheld.
    let (gate, redaction) = gate();
    let memory = Memory::with(|builder| builder.with_queue_bytes(64 << 10).with_redaction(redaction));
    let spans = memory.run(|| {
        drop(info_span!("first"));
        gate.reached.recv_timeout(DEADLINE).unwrap();
        info_span!("call", question = "hush-my-dear").record_input("why? ".repeat(50_000));
        drop(gate.go);
    });
    let call = spans.iter().find(|span| span.name != "first").unwrap();
    assert!(get(call, "tracing_genai.shed").is_some());
    assert!(!format!("{call:?}").contains("hush-my-dear"), "{call:?}");
}
