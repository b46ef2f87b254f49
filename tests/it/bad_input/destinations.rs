//! Destinations that panic, block for ever or are not there: the others go on.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData, SpanExporter};
use tracing::info_span;
use tracing_genai::{Destination, LossReason, Telemetry};
use tracing_subscriber::prelude::*;

use crate::support::log::Log;
use crate::support::{DEADLINE, builder};

#[derive(Debug)]
struct Panics;

impl SpanExporter for Panics {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        panic!("the exporter broke");
    }
}

/// Does not come back from an export until the test drops the other end.
#[derive(Debug)]
struct Blocks {
    in_export: mpsc::Sender<()>,
    for_ever: Mutex<mpsc::Receiver<()>>,
}

impl SpanExporter for Blocks {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        self.in_export.send(()).unwrap();
        let _ = self.for_ever.lock().unwrap().recv();
        Ok(())
    }
}

/// Says when spans have come.
#[derive(Debug)]
struct Tells(Arc<Mutex<mpsc::Sender<usize>>>);

impl SpanExporter for Tells {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().send(batch.len()).unwrap();
        Ok(())
    }
}

/// Ends one span, and gives the log with what `then` made of it.
fn one_span(telemetry: &Telemetry, then: impl FnOnce(&Telemetry)) -> Log {
    let log = Log::default();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer()).with(log.clone());
    tracing::subscriber::with_default(subscriber, || {
        drop(info_span!("a", span_type = "llm", model = "m"));
        then(telemetry);
    });
    log
}

#[test]
fn an_exporter_that_panics_loses_its_own_spans_and_says_so_while_another_goes_on() {
    let memory = InMemorySpanExporter::default();
    let telemetry = builder().with_span_exporter(Panics).with_span_exporter(memory.clone()).build().unwrap();
    let log = one_span(&telemetry, |telemetry| {
        for _ in 0..2 {
            telemetry.flush(DEADLINE);
            drop(info_span!("b", span_type = "llm", model = "m"));
        }
        telemetry.flush(DEADLINE);
    });
    let report = telemetry.report();
    assert_eq!(report.lost_by(LossReason::DestinationPanicked), 3, "{report}");
    assert_eq!(report.destinations()[0].lost(), 3, "{report}");
    assert_eq!(report.destinations()[1].delivered(), 3, "{report}");
    assert_eq!(report.waiting(), 0, "{report}");
    assert_eq!(memory.get_finished_spans().unwrap().len(), 3);
    assert!(log.line_with("panicked").contains("Panics"));
}

#[test]
fn an_exporter_that_panics_or_fails_while_it_is_built_loses_its_own_spans_alone() {
    let memory = InMemorySpanExporter::default();
    let telemetry = builder()
        .with_span_exporter_fn(|| -> Result<Panics, io::Error> { panic!("the builder broke") })
        .with_span_exporter_fn(|| -> Result<InMemorySpanExporter, _> { Err(io::Error::other("no such backend")) })
        .with_span_exporter(memory.clone())
        .build()
        .unwrap();
    let log = one_span(&telemetry, |telemetry| drop(telemetry.flush(DEADLINE)));
    let report = telemetry.report();
    assert_eq!(report.lost_by(LossReason::ExporterFailed), 2, "{report}");
    assert_eq!(report.destinations()[2].delivered(), 1, "{report}");
    assert_eq!(memory.get_finished_spans().unwrap().len(), 1);
    assert!(report.destinations()[1].last_problem().unwrap().contains("no such backend"), "{report}");
    log.line_with("panicked while it was built");
    log.line_with("no such backend");
}

#[test]
fn an_exporter_that_blocks_for_ever_holds_up_neither_another_nor_the_shutdown() {
    let (in_export, is_in_export) = mpsc::channel();
    let (release, for_ever) = mpsc::channel();
    let (told, tells) = mpsc::channel();
    let telemetry = builder()
        .with_span_exporter(Blocks { in_export, for_ever: Mutex::new(for_ever) })
        .with_span_exporter(Tells(Arc::new(Mutex::new(told))))
        .build()
        .unwrap();
    one_span(&telemetry, |telemetry| {
        telemetry.flush(Duration::from_millis(1));
        is_in_export.recv_timeout(DEADLINE).unwrap();
        assert_eq!(tells.recv_timeout(DEADLINE).unwrap(), 1);
        // The other one still works while the first one blocks.
        drop(info_span!("b", span_type = "llm", model = "m"));
        telemetry.flush(Duration::from_millis(1));
        assert_eq!(tells.recv_timeout(DEADLINE).unwrap(), 1);

        let report = telemetry.shutdown(Duration::from_millis(50));
        assert_eq!(report.lost_by(LossReason::AtShutdown), 2, "{report}");
        assert_eq!(report.destinations()[1].delivered(), 2, "{report}");
        assert_eq!(report.waiting(), 0, "{report}");
    });
    drop(release);
}

#[test]
fn destinations_that_are_away_or_slow_leave_the_others_their_time_at_the_shutdown() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (in_export, _is_in_export) = mpsc::channel();
    let (release, for_ever) = mpsc::channel();
    let telemetry = builder()
        .with_destination(Destination::otlp(format!("http://{closed}")))
        .with_span_exporter(Blocks { in_export, for_ever: Mutex::new(for_ever) })
        .with_span_exporter(InMemorySpanExporter::default())
        .build()
        .unwrap();
    one_span(&telemetry, |telemetry| {
        // Shorter than what a batch waits: the shutdown itself must reach the last one.
        let report = telemetry.shutdown(Duration::from_millis(500));
        assert_eq!(report.destinations()[2].delivered(), 1, "{report}");
        assert_eq!(report.lost_by(LossReason::AtShutdown), 2, "{report}");
        assert_eq!(report.waiting(), 0, "{report}");
    });
    drop(release);
}

#[test]
fn spans_for_an_endpoint_that_is_closed_are_lost_at_the_shutdown_and_the_reason_is_told() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let telemetry = builder()
        .with_destination(Destination::otlp(format!("http://{closed}")))
        .with_span_exporter(InMemorySpanExporter::default())
        .build()
        .unwrap();
    one_span(&telemetry, |telemetry| {
        let report = telemetry.shutdown(Duration::from_secs(2));
        let away = &report.destinations()[0];
        assert_eq!(away.lost_by(LossReason::AtShutdown), 1, "{report}");
        assert_eq!(away.name(), closed.to_string());
        let problem = away.last_problem().expect("what went wrong is told");
        assert!(problem.contains("refused") && !problem.contains("sent again"), "{problem}");
        assert_eq!(report.destinations()[1].delivered(), 1, "{report}");
    });
}
