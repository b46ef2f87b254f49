//! The thread on which an exporter of another crate lives.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::{Dispatch, dispatcher};

use super::counts::DestinationCounts;
use super::held::Held;
use super::loss::LossReason;
use super::words;
use crate::self_report::SelfReport;

/// What the thread is told, in order.
#[derive(Debug)]
pub(crate) enum Message {
    Span(Box<SpanData>, Held),
    /// Export all that came before, then say so.
    Flush(Flush),
    /// Export all that came before, shut the exporter down, which may take so long, then say so and end.
    Shutdown(Duration, oneshot::Sender<()>),
}

/// Who waits until all that came before is exported: one message for all between two spans, since an exporter may hang, and
/// flushes go on.
#[derive(Clone, Debug)]
pub(crate) struct Flush(Arc<Mutex<Option<Vec<oneshot::Sender<()>>>>>);

impl Flush {
    pub(crate) fn new(done: oneshot::Sender<()>) -> Self {
        Self(Arc::new(Mutex::new(Some(vec![done]))))
    }

    /// Gives `done` back when this one is answered already.
    pub(crate) fn join(&self, done: oneshot::Sender<()>) -> Result<(), oneshot::Sender<()>> {
        match &mut *self.waiting() {
            Some(waiting) => {
                // Most have given up where many come.
                waiting.retain(|earlier| !earlier.is_closed());
                waiting.push(done);
                Ok(())
            }
            None => Err(done),
        }
    }

    fn answer(&self) {
        for done in self.waiting().take().into_iter().flatten() {
            // Who asked may have given up.
            let _ = done.send(());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Vec<oneshot::Sender<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts what becomes of accepted spans, until it is closed: a thread that comes back later changes nothing.
#[derive(Clone, Debug)]
pub(crate) struct Settlement {
    counts: DestinationCounts,
    closed: Arc<Mutex<bool>>,
}

impl Settlement {
    pub(crate) fn new(counts: DestinationCounts) -> Self {
        Self { counts, closed: Arc::default() }
    }

    /// What is not settled is lost; the number of such spans.
    pub(crate) fn close(&self) -> u64 {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        *closed = true;
        let left = self.counts.waiting();
        if left > 0 {
            self.counts.lose(LossReason::AtShutdown, left);
        }
        left
    }

    fn settle(&self, settle: impl FnOnce(&DestinationCounts)) {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if !*closed {
            settle(&self.counts);
        }
    }
}

/// What the thread needs beside the exporter.
#[derive(Debug)]
pub(crate) struct ExporterThread {
    pub(crate) settlement: Settlement,
    pub(crate) report: SelfReport,
    pub(crate) resource: Resource,
    pub(crate) delay: Duration,
    pub(crate) batch_spans: usize,
    pub(crate) batch_bytes: usize,
    pub(crate) runtime: Handle,
}

impl ExporterThread {
    /// Builds the exporter and serves it until shutdown, or until nobody can send any more.
    pub(crate) fn run<E: SpanExporter>(
        self,
        build: impl FnOnce() -> Result<E, Box<dyn Error + Send + Sync>>,
        messages: &Receiver<Message>,
    ) {
        // What the exporter does is not traced.
        let _silent = dispatcher::set_default(&Dispatch::none());
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let runtime = self.runtime.clone();
        let _entered = runtime.enter();
        // The error's words are foreign code as well.
        let build = || build().map_err(|error| words::shown(&error.to_string()));
        let exporter = match catch_unwind(AssertUnwindSafe(build)) {
            Ok(Ok(exporter)) => Some(exporter),
            Ok(Err(error)) => {
                self.say("build", &format!("the exporter could not be built, its spans are lost: {error}"));
                None
            }
            Err(_) => {
                self.say("build", "the exporter panicked while it was built, its spans are lost");
                None
            }
        };
        let mut at_work = AtWork { thread: self, exporter, batch: Vec::new(), held: Vec::new(), bytes: 0, due: None };
        at_work.set_resource();
        while at_work.hear(messages) {}
    }

    fn say(&self, what: &str, message: &str) {
        let counts = &self.settlement.counts;
        counts.problem(message);
        let name = counts.name();
        self.report.warn(&format!("{name} {what}"), format_args!("{name}: {message}"));
    }
}

struct AtWork<E> {
    thread: ExporterThread,
    /// None when it could not be built.
    exporter: Option<E>,
    batch: Vec<SpanData>,
    held: Vec<Held>,
    bytes: usize,
    /// When the batch leaves though it is not full.
    due: Option<Instant>,
}

impl<E: SpanExporter> AtWork<E> {
    fn set_resource(&mut self) {
        let Self { thread, exporter: Some(exporter), .. } = self else { return };
        if catch_unwind(AssertUnwindSafe(|| exporter.set_resource(&thread.resource))).is_err() {
            thread.say("resource", "the exporter panicked when it was given the resource");
        }
    }

    /// Does what the next message says, or what is due; `false` when that was the last.
    fn hear(&mut self, messages: &Receiver<Message>) -> bool {
        let message = match self.due {
            Some(due) => messages.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match message {
            Ok(Message::Span(span, held)) => {
                if self.bytes + held.bytes() > self.thread.batch_bytes {
                    self.export();
                }
                self.bytes += held.bytes();
                self.due.get_or_insert_with(|| Instant::now() + self.thread.delay);
                self.batch.push(*span);
                self.held.push(held);
                if self.batch.len() >= self.thread.batch_spans {
                    self.export();
                }
            }
            Ok(Message::Flush(flush)) => {
                self.export();
                self.ask("flush", E::force_flush);
                flush.answer();
            }
            Ok(Message::Shutdown(patience, done)) => {
                self.shutdown(patience);
                let _ = done.send(());
                return false;
            }
            Err(RecvTimeoutError::Timeout) => self.export(),
            Err(RecvTimeoutError::Disconnected) => {
                self.shutdown(Duration::from_secs(1));
                return false;
            }
        }
        true
    }

    fn export(&mut self) {
        (self.due, self.bytes) = (None, 0);
        let batch = std::mem::take(&mut self.batch);
        let held = std::mem::take(&mut self.held);
        let spans = batch.len() as u64;
        if spans == 0 {
            return;
        }
        let Some(exporter) = &self.exporter else {
            return self.thread.settlement.settle(|counts| counts.lose(LossReason::ExporterFailed, spans));
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| futures_executor::block_on(exporter.export(batch))));
        self.thread.settlement.settle(|counts| match &outcome {
            Ok(Ok(())) => counts.deliver(spans, 0),
            Ok(Err(_)) => counts.lose(LossReason::ExporterFailed, spans),
            Err(_) => counts.lose(LossReason::DestinationPanicked, spans),
        });
        drop(held);
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                self.thread
                    .say("export", &format!("{} lost: {}", words::spans(spans), words::shown(&error.to_string())));
            }
            Err(_) => self.thread.say("panic", &format!("the exporter panicked, {} lost", words::spans(spans))),
        }
    }

    fn shutdown(&mut self, patience: Duration) {
        self.export();
        self.ask("shutdown", |exporter| exporter.shutdown_with_timeout(patience));
    }

    fn ask(&self, what: &str, ask: impl FnOnce(&E) -> opentelemetry_sdk::error::OTelSdkResult) {
        let Some(exporter) = &self.exporter else { return };
        match catch_unwind(AssertUnwindSafe(|| ask(exporter))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.thread.say(what, &format!("{what} failed: {}", words::shown(&error.to_string()))),
            Err(_) => self.thread.say(what, &format!("the exporter panicked at {what}")),
        }
    }
}
