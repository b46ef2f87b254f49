//! Sends to one OTLP destination: one task, one request at a time, until the peer has taken or refused it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::encode;
use super::loss::LossReason;
use super::outbox::Outbox;
use super::outcome::{Outcome, Transport};
use super::pack::{Batch, PackLimits};
use super::prepared::Prepared;
use super::protocol::Wire;
use super::report::DestinationCounts;
use super::retry::Backoff;
use super::settings::SinkSettings;
use super::words;
use crate::budget::Budget;
use crate::self_report::SelfReport;

/// The side of the worker: takes spans, encoded at once, and asks for flush and shutdown.
#[derive(Debug)]
pub(crate) struct Sender {
    outbox: Arc<Outbox>,
    counts: DestinationCounts,
    report: SelfReport,
    settled: watch::Receiver<u64>,
    task: JoinHandle<()>,
    encoded: Vec<u8>,
}

impl Sender {
    /// Starts the task in the runtime that is current. `open` makes the transport, anew after a panic in it; one
    /// request takes at most `request_timeout`.
    pub(crate) fn start<T: Transport>(
        open: impl Fn() -> T + Send + 'static,
        outbox: Outbox,
        request_timeout: Duration,
        counts: DestinationCounts,
        report: SelfReport,
    ) -> Self {
        let outbox = Arc::new(outbox);
        let (settle, settled) = watch::channel(0);
        let task = Task {
            transport: open(),
            open,
            outbox: Arc::clone(&outbox),
            request_timeout,
            counts: counts.clone(),
            report: report.clone(),
            settle,
        };
        let task = tokio::spawn(task.run());
        Self { outbox, counts, report, settled, task, encoded: Vec::new() }
    }

    /// Encodes the span and keeps it until it is sent. Never waits.
    pub(crate) fn offer(&mut self, span: &SpanData) {
        let context = &span.span_context;
        if context.trace_id() == TraceId::INVALID || context.span_id() == SpanId::INVALID {
            // Peers refuse the whole request for one such span.
            return self.counts.turn_away(LossReason::InvalidId, 1);
        }
        self.encoded.clear();
        encode::span(span, &mut self.encoded);
        // Before it can be sent, so that it is never settled before it was accepted.
        self.counts.accept();
        if !self.outbox.push(&span.instrumentation_scope, &self.encoded) {
            // Not as a loss of what was accepted: that would settle, for a flush, a span that still waits.
            self.counts.refuse();
            let name = self.counts.name();
            self.report.warn(
                &format!("{name} full"),
                format_args!("{name}: no room for more spans while it does not take those that wait; they are lost"),
            );
        }
        if self.encoded.capacity() > 1 << 20 {
            self.encoded = Vec::new();
        }
    }

    /// Shared with whoever wants to know.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> &DestinationCounts {
        &self.counts
    }

    /// As `offer`; a panic is counted and goes no further.
    pub(crate) fn offer_contained(&mut self, span: &SpanData) {
        if std::panic::catch_unwind(AssertUnwindSafe(|| self.offer(span))).is_err() {
            self.counts.turn_away(LossReason::DestinationPanicked, 1);
        }
    }

    /// Sends what was offered until now; comes back when all of it is settled, or at the deadline.
    pub(crate) fn flush(&self, deadline: Instant) -> impl Future<Output = ()> + Send + use<> {
        let goal = self.counts.accepted();
        self.outbox.hurry(deadline);
        let (counts, mut settled) = (self.counts.clone(), self.settled.clone());
        async move {
            let _ = timeout_at(deadline, settled.wait_for(|_| counts.settled() >= goal)).await;
        }
    }

    /// Flushes, then stops; what is not settled by the deadline is lost.
    pub(crate) async fn shutdown(mut self, deadline: Instant) {
        self.flush(deadline).await;
        self.task.abort();
        let _ = (&mut self.task).await;
        self.outbox.clear();
        let left = self.counts.accepted().saturating_sub(self.counts.settled());
        if left > 0 {
            self.counts.lose(LossReason::AtShutdown, left);
            let report = self.counts.report();
            let name = self.counts.name();
            let why = report.last_problem().map(|problem| format!(": {problem}")).unwrap_or_default();
            self.report.warn(
                &format!("{name} at shutdown"),
                format_args!("{name}: {} lost, still waiting at the shutdown's deadline{why}", words::spans(left)),
            );
        }
    }
}

/// The way to the destination that was checked.
impl Sender {
    pub(crate) fn to(prepared: Prepared, resource: &Resource, settings: &SinkSettings) -> Self {
        let Prepared { target, counts } = prepared;
        if let Some(useless) = target.useless {
            let name = counts.name();
            settings.report.warn(&format!("{name} settings"), format_args!("{name}: {useless}"));
        }
        let limits = PackLimits {
            bytes: target.max_request_bytes,
            spans: settings.max_batch_spans.unwrap_or(usize::MAX).max(1),
        };
        let own = Budget::new(settings.outbox_bytes);
        let outbox = Outbox::new(resource, limits, settings.delay, settings.budget.clone(), own);
        let timeout = settings.export_timeout.map_or(target.timeout, |most| most.min(target.timeout));
        let report = settings.report.clone();
        match target.wire {
            #[cfg(feature = "grpc")]
            Wire::Grpc => Self::start(move || super::grpc::Grpc::open(&target), outbox, timeout, counts, report),
            #[cfg(feature = "http")]
            Wire::Http => Self::start(move || super::http::Http::open(&target), outbox, timeout, counts, report),
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Task<T, F> {
    transport: T,
    open: F,
    outbox: Arc<Outbox>,
    request_timeout: Duration,
    counts: DestinationCounts,
    report: SelfReport,
    settle: watch::Sender<u64>,
}

impl<T: Transport, F: Fn() -> T> Task<T, F> {
    async fn run(mut self) {
        loop {
            let batch = self.outbox.next().await;
            self.deliver(batch).await;
        }
    }

    /// Sends a batch, or the parts of it that the peer takes.
    async fn deliver(&mut self, batch: Batch) {
        let mut parts = vec![batch];
        while let Some(batch) = parts.pop() {
            let spans = batch.spans() as u64;
            match self.send(&batch).await {
                Some(Outcome::Accepted { rejected, message }) => self.accepted(spans, rejected, &message),
                Some(Outcome::TooLarge { message }) => {
                    self.outbox.shrink_below(batch.bytes());
                    match batch.split() {
                        Ok((first, second)) => parts.extend([second, first]),
                        Err(_) => self.lost(
                            LossReason::TooLarge,
                            spans,
                            &format!(
                                "a single span is larger than the peer takes: {message}; raise the peer's limit, or \
                                 lower the limits on what spans carry"
                            ),
                        ),
                    }
                }
                // `send` never comes back with "again".
                Some(Outcome::Refused { message } | Outcome::Retry { message, .. }) => {
                    self.lost(LossReason::Refused, spans, &message);
                }
                None => self.lost(LossReason::DestinationPanicked, spans, "panicked; this is a bug, please report it"),
            }
        }
    }

    /// Sends one request until there is an answer other than "again". Nothing when the transport panicked.
    async fn send(&mut self, batch: &Batch) -> Option<Outcome> {
        let body = match self.transport.body(batch.encode()) {
            Ok(body) => body,
            Err(error) => return Some(Outcome::Refused { message: format!("cannot be compressed: {error}") }),
        };
        let mut backoff = Backoff::default();
        loop {
            let attempt = AssertUnwindSafe(self.attempt(body.clone())).catch_unwind().await;
            let Ok(outcome) = attempt else {
                self.transport = (self.open)();
                return None;
            };
            let Outcome::Retry { after, message } = outcome else { return Some(outcome) };
            self.say("retries", &format!("{message}; spans wait and are sent again"));
            let wait = backoff.next(after);
            match after {
                Some(_) => tokio::time::sleep(wait).await,
                None => self.outbox.pause(wait).await,
            }
        }
    }

    async fn attempt(&mut self, body: Bytes) -> Outcome {
        let within = self.request_timeout;
        timeout(within, self.transport.send(body)).await.unwrap_or_else(|_| Outcome::Retry {
            after: None,
            message: format!(
                "no answer within {within:?}; if it is slow and not away, raise OTEL_EXPORTER_OTLP_TIMEOUT or \
                 Destination::with_timeout"
            ),
        })
    }

    fn accepted(&self, spans: u64, rejected: u64, message: &str) {
        self.counts.deliver(spans, rejected);
        self.settle.send_replace(self.counts.settled());
        if rejected > 0 {
            self.say("rejects", &format!("{rejected} of {} rejected: {message}", words::spans(spans)));
        } else if !message.is_empty() {
            self.say("warns", &format!("took the spans and says: {message}"));
        }
    }

    fn lost(&self, reason: LossReason, spans: u64, message: &str) {
        self.counts.lose(reason, spans);
        self.settle.send_replace(self.counts.settled());
        self.say(reason.as_str(), &format!("{} lost: {message}", words::spans(spans)));
    }

    fn say(&self, what: &str, message: &str) {
        let name = self.counts.name();
        self.counts.problem(message);
        self.report.warn(&format!("{name} {what}"), format_args!("{name}: {message}"));
    }
}
