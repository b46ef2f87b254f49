//! Exporters of other crates as destinations.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Key;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData, SpanExporter};
use tokio::time::Instant;

use super::warnings::Warnings;
use super::{deadline, resource, settings, span, span_of};
use crate::export::foreign::{Foreign, ForeignExporter};
use crate::export::loss::LossReason;
use crate::export::settings::SinkSettings;
use crate::self_report::SelfReport;

fn start(exporter: ForeignExporter) -> Foreign {
    exporter.open(&resource(), &settings(&SelfReport::default()))
}

type OnExport = dyn Fn(&[SpanData]) -> OTelSdkResult + Send + Sync;

/// Notes what it is asked, and does with a batch what the test says.
#[derive(Clone)]
struct Recorder {
    log: Arc<Mutex<Vec<String>>>,
    on_export: Arc<OnExport>,
}

impl Recorder {
    fn new(on_export: impl Fn(&[SpanData]) -> OTelSdkResult + Send + Sync + 'static) -> Self {
        Self { log: Arc::default(), on_export: Arc::new(on_export) }
    }

    fn note(&self, what: impl Into<String>) {
        self.log.lock().unwrap().push(what.into());
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder")
    }
}

impl SpanExporter for Recorder {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.note(batch.iter().map(|span| &*span.name).collect::<Vec<_>>().join(" "));
        (self.on_export)(&batch)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        assert!(!timeout.is_zero());
        self.note("shutdown");
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.note("flush");
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.note(format!("resource {}", resource.get(&Key::new("service.name")).unwrap()));
    }
}

fn names(exporter: &InMemorySpanExporter) -> Vec<String> {
    exporter.get_finished_spans().unwrap().iter().map(|span| span.name.to_string()).collect()
}

#[tokio::test]
async fn spans_reach_an_exporter_unchanged() {
    let exporter = InMemorySpanExporter::default();
    let mut sink = start(ForeignExporter::new(exporter.clone()));
    let given = span("a");
    sink.offer(&given);
    sink.flush(deadline()).await;
    assert_eq!(exporter.get_finished_spans().unwrap(), [given]);
    let report = sink.counts().report();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.delivered(), report.name()), (1, "opentelemetry_sdk::InMemorySpanExporter"));
}

#[tokio::test]
async fn each_call_of_the_trait_is_passed_on_in_order() {
    let exporter = Recorder::new(|_| Ok(()));
    let mut sink = start(ForeignExporter::new(exporter.clone()));
    sink.offer(&span("a"));
    sink.offer(&span("b"));
    sink.flush(deadline()).await;
    sink.offer(&span("c"));
    let counts = sink.counts().clone();
    sink.shutdown(deadline()).await;
    assert_eq!(exporter.log(), ["resource test", "a b", "flush", "c", "shutdown"]);
    let report = counts.report();
    assert_eq!((report.delivered(), report.lost_by(LossReason::AtShutdown)), (3, 0));
}

#[tokio::test]
async fn a_batch_leaves_when_it_is_full_and_after_its_delay() {
    let (tell, batches) = channel();
    let exporter = Recorder::new(move |batch| {
        tell.send(batch.len()).unwrap();
        Ok(())
    });
    let settings = SinkSettings { delay: Duration::from_millis(5), ..settings(&SelfReport::default()) };
    let mut sink = ForeignExporter::new(exporter).open(&resource(), &settings);
    for _ in 0..600 {
        sink.offer(&span("a"));
    }
    // Without flush.
    let sizes = tokio::task::spawn_blocking(move || {
        let mut sizes = Vec::new();
        while sizes.iter().sum::<usize>() < 600 {
            sizes.push(batches.recv().unwrap());
        }
        sizes
    });
    assert!(sizes.await.unwrap().iter().all(|size| *size <= 512));
}

#[tokio::test]
async fn a_panic_loses_its_batch_and_later_spans_go_on() {
    let exporter = Recorder::new(|batch| {
        assert!(batch[0].name != "bad", "as the test wants");
        Ok(())
    });
    let mut sink = start(ForeignExporter::new(exporter));
    for name in ["bad", "good"] {
        sink.offer(&span(name));
        sink.flush(deadline()).await;
    }
    let report = sink.counts().report();
    assert_eq!((report.delivered(), report.lost_by(LossReason::DestinationPanicked), report.waiting()), (1, 1, 0));
}

#[tokio::test]
async fn an_error_is_counted_and_said() {
    let mut warnings = Warnings::new();
    let exporter = Recorder::new(|_| Err(OTelSdkError::InternalFailure("no such table".into())));
    let mut sink = ForeignExporter::new(exporter).open(&resource(), &settings(&warnings.report));
    sink.offer(&span("a"));
    sink.flush(deadline()).await;
    assert_eq!(sink.counts().report().lost_by(LossReason::ExporterFailed), 1);
    let warning = warnings.next().await;
    assert!(warning.contains("1 span lost") && warning.contains("no such table"), "{warning}");
}

/// Its words cannot be had.
#[derive(Debug)]
struct Speechless;

impl std::fmt::Display for Speechless {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("no words");
    }
}

impl std::error::Error for Speechless {}

#[tokio::test]
async fn spans_of_an_exporter_that_could_not_be_built_are_lost_whatever_its_error_says() {
    let mut sink = start(ForeignExporter::from_fn(|| Err::<InMemorySpanExporter, _>(Speechless)));
    sink.offer(&span("a"));
    sink.flush(deadline()).await;
    let report = sink.counts().report();
    assert_eq!((report.lost_by(LossReason::ExporterFailed), report.waiting()), (1, 0), "{report}");
}

/// An exporter that blocks until it is released, and says when it starts to.
fn blocking() -> (Recorder, Receiver<()>, Sender<()>) {
    let (started, starts) = channel();
    let (release, released) = channel();
    let released = Mutex::new(released);
    let exporter = Recorder::new(move |_| {
        started.send(()).ok();
        released.lock().unwrap().recv().ok();
        Ok(())
    });
    (exporter, starts, release)
}

#[tokio::test]
async fn an_exporter_that_blocks_for_ever_does_not_hold_up_the_shutdown() {
    let (exporter, starts, release) = blocking();
    let mut sink = start(ForeignExporter::new(exporter));
    sink.offer(&span("a"));
    sink.flush(Instant::now()).await;
    let next_start =
        |starts: Receiver<()>| tokio::task::spawn_blocking(move || starts.recv().map(|()| starts).unwrap());
    let starts = next_start(starts).await.unwrap();
    sink.offer(&span("b"));
    let counts = sink.counts().clone();
    sink.shutdown(Instant::now()).await;
    let report = counts.report();
    assert_eq!((report.lost_by(LossReason::AtShutdown), report.waiting()), (2, 0));
    // What comes late changes nothing of what was reported: the second export starts when the first has been counted.
    drop(release);
    next_start(starts).await.unwrap();
    assert_eq!(counts.report().delivered(), 0);
}

#[tokio::test]
async fn content_goes_before_spans_while_an_exporter_has_no_room() {
    let (exporter, starts, release) = blocking();
    let mut warnings = Warnings::new();
    let settings = SinkSettings { outbox_bytes: 30_000, ..settings(&warnings.report) };
    let mut sink = ForeignExporter::new(exporter).open(&resource(), &settings);
    assert!(!sink.is_behind());
    (0..15).for_each(|_| sink.offer(&span_of("a", 2_000)));
    assert!(sink.is_behind(), "it has just begun");
    let report = sink.counts().report();
    assert_eq!((report.waiting(), report.lost()), (15, 0), "{report}");
    assert!(report.shed() >= 4 && report.shed_bytes() >= report.shed() * 2_000, "{report}");
    let said = warnings.said();
    assert!(said.len() == 1 && said[0].contains("without their content"), "{said:?}");
    drop((release, starts));
    sink.flush(deadline()).await;
    assert_eq!(sink.counts().report().delivered(), 15);
}

#[tokio::test]
async fn a_batch_leaves_before_it_takes_all_the_room() {
    let (exporter, starts, release) = blocking();
    let hour = Duration::from_secs(3_600);
    let settings = SinkSettings { outbox_bytes: 30_000, delay: hour, ..settings(&SelfReport::default()) };
    let mut sink = ForeignExporter::new(exporter).open(&resource(), &settings);
    (0..7).for_each(|_| sink.offer(&span_of("a", 2_000)));
    let started = tokio::task::spawn_blocking(move || starts.recv_timeout(Duration::from_secs(30)));
    assert_eq!(started.await.unwrap(), Ok(()));
    drop(release);
    sink.flush(deadline()).await;
    let report = sink.counts().report();
    assert_eq!((report.delivered(), report.shed()), (7, 0), "{report}");
}

#[tokio::test]
async fn room_that_a_list_does_not_use_is_not_in_the_copy_and_costs_no_content() {
    let (exporter, starts, release) = blocking();
    let settings = SinkSettings { outbox_bytes: 30_000, ..settings(&SelfReport::default()) };
    let mut sink = ForeignExporter::new(exporter).open(&resource(), &settings);
    let mut roomy = span_of("a", 2_000);
    roomy.attributes.reserve(10_000);
    sink.offer(&roomy);
    let report = sink.counts().report();
    assert_eq!((report.waiting(), report.lost(), report.shed()), (1, 0, 0), "{report}");
    drop((starts, release));
    sink.flush(deadline()).await;
}

#[tokio::test]
async fn what_has_no_room_is_counted() {
    let (exporter, starts, release) = blocking();
    let settings = SinkSettings { outbox_bytes: 2_400, ..settings(&SelfReport::default()) };
    let budget = settings.budget.clone();
    let mut sink = ForeignExporter::new(exporter).open(&resource(), &settings);
    for _ in 0..5 {
        sink.offer(&span("a"));
    }
    let report = sink.counts().report();
    assert_eq!((report.waiting(), report.lost_by(LossReason::QueueFull)), (3, 2));
    drop((starts, release));
    sink.flush(deadline()).await;
    assert!(sink.counts().report().delivered() == 3 && budget.used() == 0);
}

#[tokio::test]
async fn an_exporter_that_cannot_be_built_is_said_and_its_spans_are_counted() {
    let mut warnings = Warnings::new();
    let build = || Err::<InMemorySpanExporter, _>("no endpoint at https://x.example/?api_key=hunter22");
    let mut sink = ForeignExporter::from_fn(build).open(&resource(), &settings(&warnings.report));
    sink.offer(&span("a"));
    sink.flush(deadline()).await;
    let said = warnings.next().await;
    assert!(said.contains("no endpoint") && !said.contains("hunter22"), "{said}");
    assert_eq!(sink.counts().report().lost_by(LossReason::ExporterFailed), 1);
}

#[tokio::test]
async fn an_exporter_that_hangs_is_not_asked_for_every_flush_meanwhile() {
    let (enter, entered) = channel();
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let exporter = Recorder::new(move |_| {
        enter.send(()).unwrap();
        let _ = released.lock().unwrap().recv();
        Ok(())
    });
    let mut sink = start(ForeignExporter::new(exporter.clone()));
    sink.offer(&span("a"));
    sink.flush(Instant::now()).await;
    tokio::task::spawn_blocking(move || entered.recv()).await.unwrap().unwrap();
    for _ in 0..300 {
        sink.flush(Instant::now()).await;
    }
    drop(release);
    sink.shutdown(deadline()).await;
    let flushes = exporter.log().iter().filter(|what| *what == "flush").count();
    assert!((1..=2).contains(&flushes), "{flushes}");
}

#[tokio::test]
async fn an_exporter_is_built_on_the_thread_that_exports() {
    let (built_on, thread) = channel();
    let exporter = InMemorySpanExporter::default();
    let given = exporter.clone();
    let mut sink = start(ForeignExporter::from_fn(move || {
        built_on.send(std::thread::current().name().map(str::to_owned)).unwrap();
        Ok::<_, OTelSdkError>(given)
    }));
    sink.offer(&span("a"));
    sink.flush(deadline()).await;
    assert_eq!(thread.recv().unwrap().as_deref(), Some("tracing-genai-exporter"));
    assert_eq!(names(&exporter), ["a"]);
}

#[cfg(feature = "grpc")]
mod opentelemetry_otlp_exporter {
    use std::collections::HashSet;

    use opentelemetry_otlp::{SpanExporter, WithExportConfig};

    use super::*;
    use crate::export::tests::grpc_peer::GrpcPeer;

    fn exporter(peer: &GrpcPeer) -> SpanExporter {
        SpanExporter::builder().with_tonic().with_endpoint(format!("http://{}", peer.address)).build().unwrap()
    }

    #[tokio::test]
    async fn works_when_built_in_a_current_thread_runtime() {
        let peer = GrpcPeer::start([]).await;
        let mut sink = start(ForeignExporter::new(exporter(&peer)));
        sink.offer(&span("a"));
        sink.flush(deadline()).await;
        assert!(sink.counts().report().is_complete(), "{}", sink.counts().report());
        assert_eq!(peer.names(), ["a"]);
    }

    #[tokio::test]
    async fn a_batch_is_no_larger_than_what_most_peers_take() {
        // The server's own limit is 4 MiB. That exporter gives a refused batch up.
        let peer = GrpcPeer::start([]).await;
        let mut sink = start(ForeignExporter::new(exporter(&peer)));
        for number in 0..512 {
            sink.offer(&span_of(&number.to_string(), 8_400));
        }
        sink.flush(deadline()).await;
        assert!(sink.counts().report().is_complete(), "{}", sink.counts().report());
        let names: HashSet<_> = peer.names().into_iter().collect();
        assert_eq!(names.len(), 512);
    }

    #[test]
    fn works_without_a_runtime_when_built_on_its_thread() {
        // Made where no runtime is; the worker's is the only one.
        let (tell, peer) = tokio::sync::oneshot::channel::<GrpcPeer>();
        let foreign = ForeignExporter::from_fn(move || {
            let peer = peer.blocking_recv().unwrap();
            let exporter = exporter(&peer);
            std::mem::forget(peer);
            Ok::<_, OTelSdkError>(exporter)
        });
        let worker = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        worker.block_on(async {
            let peer = GrpcPeer::start([]).await;
            let seen = peer.log();
            tell.send(peer).ok();
            let mut sink = start(foreign);
            sink.offer(&span("a"));
            sink.flush(deadline()).await;
            assert!(sink.counts().report().is_complete(), "{}", sink.counts().report());
            assert_eq!(seen.lock().unwrap()[0].names, ["a"]);
        });
    }
}
