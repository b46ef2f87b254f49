//! Sends to one OTLP destination: one task, one request at a time, until the peer has taken or refused it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::encode;
use super::outbox::{Outbox, SMALLEST};
use super::outcome::{Outcome, Transport};
use super::pack::{Batch, PackLimits};
use super::parts::Parts;
use super::prepared::Prepared;
use super::protocol::Wire;
use super::report::{DestinationCounts, LossReason};
use super::retry::Backoff;
use super::settings::SinkSettings;
use super::shorten::shorten_span;
use super::words::shown;
use crate::budget::Budget;
use crate::self_report::SelfReport;

/// How often a request is sent as it is to a peer that may find it too large, or has no time for it.
const STRAINED_AT_MOST: u32 = 8;

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
        self.fit(&span.instrumentation_scope);
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

    /// A span that no request can hold is cut to what one can.
    fn fit(&mut self, scope: &InstrumentationScope) {
        if self.encoded.len() < SMALLEST {
            return;
        }
        let room = self.outbox.room(scope);
        let bytes = self.encoded.len();
        if bytes > room
            && let Some(short) = shorten_span(&self.encoded, room)
        {
            let name = self.counts.name();
            self.report.warn(
                &format!("{name} shortens"),
                format_args!(
                    "{name}: a span of {bytes} bytes was cut to {}, so that a request can hold it; lower Limits or                      raise Destination::with_max_request_bytes",
                    short.len()
                ),
            );
            self.encoded = short;
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
                format_args!("{name}: {left} spans were still waiting at the shutdown's deadline and are lost{why}"),
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
        let mut parts = Parts::of(batch);
        while let Some(part) = parts.next() {
            let spans = part.spans() as u64;
            match self.send(&part).await {
                Some(Outcome::Accepted { rejected, message }) => {
                    parts.taken();
                    self.accepted(spans, rejected, &message);
                }
                Some(Outcome::TooLarge { message }) => {
                    self.outbox.shrink_below(part.bytes());
                    if let Err(single) = parts.halve(part) {
                        self.shorten(single, &mut parts, &message);
                    }
                }
                Some(Outcome::Refused { message }) => {
                    if let Err(refused) = parts.isolate(part) {
                        self.refused(&refused, &message);
                    }
                }
                Some(Outcome::Denied { message }) => self.lost(LossReason::Refused, spans, &message),
                // `send` comes back with these only when there is something to divide.
                Some(Outcome::Strained { message } | Outcome::Retry { message, .. }) => {
                    if parts.halve(part).is_err() {
                        self.lost(LossReason::Refused, spans, &message);
                    }
                }
                None => self.lost(LossReason::DestinationPanicked, spans, "panicked; this is a bug, please report it"),
            }
        }
    }

    /// Sends one request until there is an answer other than "again". Nothing when the transport panicked.
    async fn send(&mut self, batch: &Batch) -> Option<Outcome> {
        let body = match self.transport.body(batch.encode()) {
            Ok(body) => body,
            Err(error) => return Some(Outcome::Denied { message: format!("cannot be compressed: {error}") }),
        };
        let may_be_divided = batch.spans() > 1 && batch.bytes() > SMALLEST;
        let mut strained = 0;
        let mut backoff = Backoff::default();
        loop {
            let attempt = AssertUnwindSafe(self.attempt(body.clone())).catch_unwind().await;
            let Ok(outcome) = attempt else {
                self.transport = (self.open)();
                return None;
            };
            let (after, message) = match outcome {
                Outcome::Retry { after, message } => (after, message),
                Outcome::Strained { message } => {
                    strained += 1;
                    if may_be_divided && strained >= STRAINED_AT_MOST {
                        return Some(Outcome::Strained { message });
                    }
                    (None, message)
                }
                other => return Some(other),
            };
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
        if let Ok(outcome) = timeout(within, self.transport.send(body)).await {
            return outcome;
        }
        // The connection may be half open: the peer is gone and nobody has said so. The next attempt makes a new one.
        self.transport = (self.open)();
        Outcome::Strained {
            message: format!(
                "no answer within {within:?}; if it is slow and not away, raise OTEL_EXPORTER_OTLP_TIMEOUT or \
                 Destination::with_timeout"
            ),
        }
    }

    fn accepted(&self, spans: u64, rejected: u64, message: &str) {
        self.counts.deliver(spans, rejected);
        self.settle.send_replace(self.counts.settled());
        if rejected > 0 {
            self.say("rejects", &format!("{rejected} of {spans} spans were rejected: {message}"));
        } else if !message.is_empty() {
            self.say("warns", &format!("took the spans and says: {message}"));
        }
    }

    /// What the peer takes in no request is cut, as long as there is something to cut.
    fn shorten(&self, single: Batch, parts: &mut Parts, message: &str) {
        const REMEDY: &str = "raise the peer's limit, or lower Limits";
        let bytes = single.bytes();
        if let Some(short) = single.shortened() {
            self.say(
                "shortens",
                &format!(
                    "a span of {bytes} bytes was cut to {}, since the peer says: {message}; {REMEDY}",
                    short.bytes()
                ),
            );
            parts.put_back(short);
        } else {
            let why = format!("a single span is larger than the peer takes: {message}; {REMEDY}");
            self.lost(LossReason::TooLarge, 1, &why);
        }
    }

    /// The one span that the peer does not take, or several when it seems to take none.
    fn refused(&self, refused: &Batch, message: &str) {
        let which = match refused.span_name() {
            Some(name) => format!("the span {:?} is refused: {message}", shown(&name)),
            None => message.to_owned(),
        };
        self.lost(LossReason::Refused, refused.spans() as u64, &which);
    }

    fn lost(&self, reason: LossReason, spans: u64, message: &str) {
        self.counts.lose(reason, spans);
        self.settle.send_replace(self.counts.settled());
        self.say(reason.as_str(), &format!("{spans} spans are lost: {message}"));
    }

    fn say(&self, what: &str, message: &str) {
        let name = self.counts.name();
        self.counts.problem(message);
        self.report.warn(&format!("{name} {what}"), format_args!("{name}: {message}"));
    }
}
