//! What outlives what: handles, deadlines, spans that never end, destinations that never answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData, SpanExporter};
use tracing::field::Empty;
use tracing::{Span, info, info_span, instrument};
use tracing_genai::{Destination, GenAiSpanExt, Limits, LossReason, Protocol, Redaction, Usage};
use tracing_subscriber::prelude::*;

use crate::shedding::gate;
use crate::support::{DEADLINE, Memory, builder, text};

/// Nothing listens there.
const AWAY: &str = "http://127.0.0.1:1";

#[test]
fn a_processor_goes_on_when_the_handle_that_gave_it_is_gone() {
    let exporter = InMemorySpanExporter::default();
    let telemetry = builder().with_span_exporter(exporter.clone()).build().unwrap();
    let provider = SdkTracerProvider::builder().with_span_processor(telemetry.processor()).build();
    drop(telemetry);
    provider.tracer("test").start("call").end();
    provider.force_flush().unwrap();
    assert_eq!(exporter.get_finished_spans().unwrap().len(), 1);
}

#[test]
fn a_span_that_never_ends_does_not_gather_events_without_end() {
    let limits = Limits::default().with_events(usize::MAX).with_span_bytes(usize::MAX);
    let memory = Memory::with(|builder| builder.with_limits(limits));
    let spans = memory.run(|| {
        info_span!("service").in_scope(|| (0..20_000).for_each(|round| info!(round, "again")));
    });
    let events = &spans[0].events;
    assert!(events.len() < 10_000, "{}", events.len());
    assert_eq!(events.len() + events.dropped_count as usize, 20_000);
}

#[test]
fn of_values_recorded_over_and_over_the_last_one_arrives() {
    let memory = Memory::with(|builder| builder.with_content(tracing_genai::Content::span_only()));
    let spans = memory.run(|| {
        let span = info_span!("call", span_type = "llm", first = "kept", output_tokens = 0, app.state = Empty);
        for round in 0..10_000_i64 {
            span.record_output(format!("answer {round}")).record_attribute("app.round", round);
            span.record("output_tokens", round).record("app.state", format!("state {round}"));
        }
    });
    assert_eq!(text(&spans[0], "gen_ai.usage.output_tokens").unwrap(), "9999");
    assert_eq!(text(&spans[0], "app.state").unwrap(), "state 9999");
    assert_eq!(text(&spans[0], "first").unwrap(), "kept");
    assert!(text(&spans[0], "gen_ai.output.messages").unwrap().contains("answer 9999"));
    assert_eq!(text(&spans[0], "app.round").unwrap(), "9999");
    assert_eq!(memory.telemetry.report().values_turned_away(), 0);
}

#[test]
fn values_recorded_over_and_over_leave_room_for_others() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("call", span_type = "llm", model = "gpt-4o-mini", provider = "openai");
        for round in 0..10_000_i64 {
            span.record_attribute("app.round", round);
        }
        span.record_usage(Usage::new(812, 140));
    });
    assert_eq!(text(&spans[0], "app.round").unwrap(), "9999");
    assert_eq!(text(&spans[0], "gen_ai.usage.input_tokens").as_deref(), Some("812"));
    assert_eq!(memory.telemetry.report().values_turned_away(), 0);
}

#[test]
fn of_a_long_value_recorded_over_and_over_one_is_held() {
    let memory = Memory::with(|builder| builder.with_queue_bytes(1 << 20));
    let spans = memory.run(|| {
        let span = info_span!("call", span_type = "agent", agent = "a");
        for round in 0..200 {
            span.record_attribute("app.state", format!("{round} {}", "state ".repeat(2_000)));
        }
    });
    assert_eq!(memory.report().shed(), 0);
    assert!(text(&spans[0], "app.state").unwrap().starts_with("199 state "));
}

#[test]
fn a_span_that_is_not_ours_keeps_the_last_of_values_recorded_over_and_over() {
    let spans = Memory::new().run(|| {
        let span = info_span!("upload", sent = Empty, done = Empty);
        for sent in 0..1_000_i64 {
            span.record("sent", sent);
        }
        span.record("done", true);
    });
    assert_eq!(text(&spans[0], "sent").as_deref(), Some("999"));
    assert_eq!(text(&spans[0], "done").as_deref(), Some("true"));
    assert_eq!(spans[0].dropped_attributes_count, 0);
}

#[test]
fn errors_recorded_over_and_over_leave_room_for_the_last_value() {
    let memory = Memory::with(|builder| builder.with_content(tracing_genai::Content::span_only()));
    let spans = memory.run(|| {
        let span = info_span!("retries", span_type = "tool", failure = Empty, round = Empty);
        for round in 0..2_000_i64 {
            let failure = std::io::Error::other(format!("failure {round}"));
            span.record("failure", &failure as &(dyn std::error::Error + 'static)).record("round", round);
        }
    });
    assert_eq!(text(&spans[0], "round").unwrap(), "1999");
    assert_eq!(text(&spans[0], "failure").unwrap(), "failure 1999");
    assert_eq!(memory.telemetry.report().values_turned_away(), 0);
}

#[test]
fn a_span_renamed_by_the_otel_api_keeps_what_was_recorded() {
    use opentelemetry::trace::TraceContextExt as _;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let spans = Memory::new().run(|| {
        let span = info_span!("handler");
        span.record_attribute("app.customer", "c-1");
        span.context().span().update_name("GET /orders");
    });
    assert_eq!(text(&spans[0], "app.customer").as_deref(), Some("c-1"));
}

#[test]
fn a_timeout_without_end_is_taken_for_a_long_one() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let away = Destination::otlp(AWAY).with_protocol(protocol).with_timeout(Duration::MAX);
        let telemetry = builder().with_destination(away).build().unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
            info_span!("call").in_scope(|| {});
        });
        let report = telemetry.shutdown(Duration::from_millis(500));
        assert_eq!(report.lost_by(LossReason::AtShutdown), 1, "{report}");
        assert_eq!(report.destinations().len(), 1, "{report}");
    }
}

/// Tells how many spans came.
#[derive(Debug)]
struct Telling(mpsc::Sender<usize>);

impl SpanExporter for Telling {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let _ = self.0.send(batch.len());
        Ok(())
    }
}

/// Says that it was asked, and takes the spans when it is let.
#[derive(Debug)]
struct Held {
    asked: mpsc::Sender<()>,
    go: Arc<std::sync::Mutex<mpsc::Receiver<()>>>,
}

impl SpanExporter for Held {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        let _ = self.asked.send(());
        let _ = self.go.lock().unwrap().recv_timeout(DEADLINE);
        Ok(())
    }
}

#[test]
fn who_shuts_down_a_second_time_meanwhile_waits_as_the_first_one_does() {
    let (asked, is_asked) = mpsc::channel();
    let (go, may_go) = mpsc::channel();
    let held = Held { asked, go: Arc::new(std::sync::Mutex::new(may_go)) };
    let telemetry = builder().with_span_exporter(held).build().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        info_span!("call").in_scope(|| {});
    });
    let waiting = |telemetry: &tracing_genai::Telemetry| telemetry.shutdown(DEADLINE).waiting();
    std::thread::scope(|threads| {
        let first = threads.spawn(|| waiting(&telemetry));
        is_asked.recv_timeout(DEADLINE).unwrap();
        let (done, is_done) = mpsc::channel();
        let second = threads.spawn({
            let telemetry = telemetry.clone();
            move || {
                let waiting = waiting(&telemetry);
                done.send(()).unwrap();
                waiting
            }
        });
        // It would be back at once if it did not wait.
        assert!(is_done.recv_timeout(Duration::from_millis(200)).is_err());
        go.send(()).unwrap();
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (0, 0));
    });
}

#[test]
fn however_many_flush_at_once_each_waits_and_a_shutdown_among_them_is_heard() {
    const THREADS: usize = 200;
    let (gate, redaction) = gate();
    let telemetry =
        builder().with_span_exporter(InMemorySpanExporter::default()).with_redaction(redaction).build().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        drop(info_span!("call"));
    });
    gate.reached.recv_timeout(DEADLINE).unwrap();
    let (answer, answers) = mpsc::channel();
    std::thread::scope(|threads| {
        let telemetry = &telemetry;
        for _ in 0..THREADS {
            let answer = answer.clone();
            threads.spawn(move || answer.send(telemetry.flush(DEADLINE).waiting()));
        }
        threads.spawn(move || answer.send(telemetry.shutdown(DEADLINE).waiting()));
        // It would be there at once if one did not wait.
        assert!(answers.recv_timeout(Duration::from_millis(200)).is_err());
        drop(gate.go);
    });
    assert_eq!(answers.iter().collect::<Vec<_>>(), [0; THREADS + 1]);
}

#[test]
fn destinations_that_are_away_together_leave_room_to_one_that_is_there() {
    let (tell, told) = mpsc::channel();
    let telemetry = builder()
        .with_env(|name| (name == "OTEL_BSP_SCHEDULE_DELAY").then(|| "1".to_owned()))
        .with_queue_bytes(128 * 1024)
        .with_shutdown_timeout(Duration::ZERO)
        .with_destination(Destination::otlp(AWAY))
        .with_destination(Destination::otlp(AWAY).with_name("another"))
        .with_span_exporter(Telling(tell))
        .build()
        .unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        for round in 0..500 {
            let span = info_span!("call");
            span.record_attribute("app.text", "x".repeat(1_024));
            drop(span);
            assert_eq!(told.recv_timeout(DEADLINE).ok(), Some(1), "span {round}");
        }
    });
    telemetry.shutdown(Duration::ZERO);
}

#[test]
fn a_flush_is_answered_though_spans_keep_coming() {
    let (feeding, reached) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let source = SdkTracerProvider::builder();
    let tracer = Arc::new(std::sync::OnceLock::<opentelemetry_sdk::trace::SdkTracer>::new());
    let feed = {
        let (feeding, reached, tracer) = (Arc::clone(&feeding), Arc::clone(&reached), Arc::clone(&tracer));
        move |_: &tracing_genai::Path<'_>, text: &'_ str| -> std::borrow::Cow<'static, str> {
            if feeding.load(Ordering::Relaxed) {
                // One more for each that is processed: the queue never runs dry.
                if let Some(tracer) = tracer.get() {
                    tracer.start("more").end();
                    reached.store(true, Ordering::Relaxed);
                }
            }
            text.to_owned().into()
        }
    };
    let telemetry = builder()
        .with_span_exporter(InMemorySpanExporter::default())
        .with_redaction(Redaction::none().with_function(move |path, text| feed(path, text)))
        .build()
        .unwrap();
    let provider = source.with_span_processor(telemetry.processor()).build();
    let _ = tracer.set(provider.tracer("test"));
    provider.tracer("test").start("first").end();
    let (answer, answered) = mpsc::channel();
    let asking = telemetry.clone();
    std::thread::spawn(move || answer.send(asking.flush(DEADLINE * 10).delivered()));
    let delivered = answered.recv_timeout(DEADLINE);
    feeding.store(false, Ordering::Relaxed);
    assert!(delivered.is_ok_and(|delivered| delivered > 0));
    assert!(reached.load(Ordering::Relaxed));
}

#[test]
fn an_async_flush_keeps_its_deadline_though_the_worker_is_held_up() {
    let (release, held) = mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let telemetry = builder()
        .with_span_exporter(InMemorySpanExporter::default())
        .with_redaction(Redaction::none().with_function(move |_, text| {
            let _ = held.lock().unwrap().recv();
            text.into()
        }))
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder().with_span_processor(telemetry.processor()).build();
    provider.tracer("test").start("held").end();
    let (answer, answered) = mpsc::channel();
    let asking = telemetry.clone();
    std::thread::spawn(move || {
        let report = futures::executor::block_on(asking.flush_async(Duration::from_millis(10)));
        answer.send(report.delivered())
    });
    let delivered = answered.recv_timeout(DEADLINE);
    drop(release);
    assert_eq!(delivered, Ok(0));
}

#[derive(Debug)]
struct Failure(std::io::Error);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("plan failed")
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn failure() -> Failure {
    Failure(std::io::Error::other("no answer"))
}

#[instrument(skip_all, err, fields(span_type = "llm"))]
fn recorded_and_returned() -> Result<(), Failure> {
    let failure = failure();
    Span::current().record_error(&failure);
    Err(failure)
}

#[instrument(skip_all, err, fields(span_type = "llm"))]
fn logged_and_returned() -> Result<(), Failure> {
    let failure = failure();
    tracing::error!(error = %failure);
    Err(failure)
}

#[test]
fn one_failure_is_one_exception_event_however_often_it_is_told() {
    let spans = Memory::new().run(|| {
        let _ = recorded_and_returned();
        let _ = logged_and_returned();
    });
    for span in &spans {
        let events: Vec<_> = span.events.iter().filter(|event| event.name == "exception").collect();
        assert_eq!(events.len(), 1, "{}: {:?}", span.name, span.events);
    }
}

#[test]
fn an_answer_that_was_cut_off_says_so_where_it_stands() {
    let memory = Memory::with(|builder| builder.with_content(tracing_genai::Content::span_only()));
    let spans = memory.run(|| {
        info_span!("call", span_type = "llm").record_output("an answ").record_finish_reason("length");
    });
    let output = text(&spans[0], "gen_ai.output.messages").unwrap();
    assert!(output.contains(r#""finish_reason":"length""#), "{output}");
}

#[test]
fn of_input_and_output_too_the_later_of_field_and_trait_counts() {
    let memory = Memory::with(|builder| builder.with_content(tracing_genai::Content::span_only()));
    let spans = memory.run(|| {
        let span = info_span!("call", span_type = "llm", output = tracing::field::Empty);
        span.record_output("first");
        span.record("output", "second");
    });
    let output = text(&spans[0], "gen_ai.output.messages").unwrap();
    assert!(output.contains("second") && !output.contains("first"), "{output}");
}

#[test]
fn spans_that_are_open_at_shutdown_are_said() {
    let memory = Memory::new();
    let (_, log) = memory.run_logged(|| {
        let _agent = info_span!("agent", span_type = "agent").entered();
        let call = info_span!("call");
        call.record_input("hello");
        let _other = info_span!("request", http.route = "/");
        drop(info_span!("done", span_type = "llm"));
        let report = memory.telemetry.shutdown(DEADLINE);
        assert!(report.to_string().contains("0 lost, 2 still open"), "{report}");
        drop(call);
    });
    let line = log.line_with("still open at shutdown");
    assert!(line.contains("when they end: 2"), "{line}");
}
