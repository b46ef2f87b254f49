//! A task that sends to one OTLP destination: one request at a time, until the peer has taken or refused it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::batch::Batch;
use super::body::Body;
use super::clerk::stopped;
use super::counts::DestinationCounts;
use super::loss::LossReason;
#[cfg(not(feature = "spool"))]
use super::no_spool::{Reading, Shelf};
use super::outbox::Outbox;
use super::outcome::{Outcome, Transport};
use super::parts::{Parcel, Parts};
use super::request_size::SMALLEST;
use super::retry::{self, Backoff};
#[cfg(feature = "spool")]
use super::spool::{Reading, Shelf};
use super::suspects::Suspects;
use super::trial::Trial;
use super::words::{self, shown};
use crate::self_report::SelfReport;

/// The task's state.
pub(crate) struct Task<T, F> {
    pub(crate) transport: T,
    /// Makes a transport anew, after a panic in it or a connection that does not answer.
    pub(crate) open: F,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) shelf: Option<Shelf>,
    pub(crate) request_timeout: Duration,
    pub(crate) counts: DestinationCounts,
    pub(crate) report: SelfReport,
    pub(crate) settle: watch::Sender<u64>,
    pub(crate) stop: watch::Receiver<bool>,
    /// What broke its connection. Shared with the destination's other tasks.
    pub(crate) suspects: Suspects,
    /// Taken off the disk, and too much for the request before it.
    pub(crate) next_old: Option<Parcel>,
    /// What is old and what is new take turns, so that neither keeps the other from leaving.
    pub(crate) old_first: bool,
    /// What was sent last broke its connection: another one comes next.
    pub(crate) has_failed: bool,
    /// Until the peer answers.
    pub(crate) backoff: Backoff,
    /// Being taken off the disk. What is new goes on meanwhile.
    pub(crate) reading: Option<Reading>,
}

/// What came of sending one request.
enum Sent {
    Answered(Outcome),
    Panicked,
    /// No answer, after so long.
    Broken {
        message: String,
        took: Duration,
    },
    /// It broke its connection before, and is not to use up the time that others have until the end.
    Yielded,
    /// The task is to stop; nobody knows whether the peer has it.
    Stopped,
}

impl<T: Transport, F: Fn() -> T> Task<T, F> {
    /// Until it is told to stop; gives what it had in its hands.
    pub(crate) async fn run(mut self) -> Vec<Parts> {
        loop {
            let Some(mut parts) = self.next().await else { return self.in_hand(None).await };
            match self.deliver(&mut parts).await {
                Ok(()) => self.is_done(parts),
                Err(Sent::Broken { message, took }) => {
                    if let Some(parts) = self.set_aside(parts, &message, took).await {
                        return self.in_hand(Some(parts)).await;
                    }
                }
                Err(Sent::Yielded) => self.yield_to_others(parts),
                Err(_) => return self.in_hand(Some(parts)).await,
            }
        }
    }

    /// Nothing of it is left to be sent.
    pub(super) fn is_done(&self, parts: Parts) {
        // Its number goes before it is told.
        drop(parts);
        self.settle.send_replace(self.counts.settled());
    }

    async fn in_hand(mut self, parts: Option<Parts>) -> Vec<Parts> {
        if let Some(shelf) = &self.shelf
            && let Some(reading) = self.reading.take()
            && let Some(kept) = reading.end().await
        {
            shelf.release(vec![kept.ticket]).await;
        }
        parts.into_iter().chain(self.next_old.map(Parts::of)).collect()
    }

    /// Sends a batch, or the parts of it that the peer takes. What keeps it from all of it is the error.
    async fn deliver(&mut self, parts: &mut Parts) -> Result<(), Sent> {
        while let Some(sent) = self.send(parts).await {
            if matches!(sent, Sent::Broken { .. } | Sent::Yielded | Sent::Stopped) {
                return Err(sent);
            }
            let Some(part) = parts.take() else { break };
            let spans = part.spans() as u64;
            match sent {
                Sent::Answered(Outcome::Accepted { rejected, message }) => {
                    parts.taken();
                    self.suspects.passed(&parts.trial);
                    self.has_failed = false;
                    self.outbox.was_taken(part);
                    // Noted before it is told: whoever waits for it may end the process then.
                    let delivered = Delivered { counts: self.counts.clone(), spans, rejected };
                    self.note(parts).await;
                    drop(delivered);
                    self.accepted(spans, rejected, &message);
                }
                Sent::Answered(Outcome::TooLarge { message }) => {
                    self.outbox.was_refused(part.bytes());
                    if let Err(single) = parts.halve(part) {
                        self.shorten(single, parts, &message);
                    }
                }
                Sent::Answered(Outcome::Refused { message }) => {
                    if let Err(refused) = parts.isolate(part) {
                        self.refused(&refused, &message);
                    }
                }
                Sent::Answered(Outcome::Denied { message }) => self.lost(LossReason::Refused, spans, &message),
                // `send` comes back with these only when there is something to divide.
                Sent::Answered(
                    Outcome::Strained { message } | Outcome::Broken { message } | Outcome::Retry { message, .. },
                ) => {
                    if parts.halve(part).is_err() {
                        self.lost(LossReason::Refused, spans, &message);
                    }
                }
                Sent::Panicked | Sent::Broken { .. } | Sent::Yielded | Sent::Stopped => {
                    self.lost(LossReason::DestinationPanicked, spans, "panicked; this is a bug, please report it");
                }
            }
        }
        self.note(parts).await;
        Ok(())
    }

    /// Takes what is settled off the disk.
    pub(super) async fn note(&mut self, parts: &mut Parts) {
        let tickets = parts.settled_tickets();
        if let Some(shelf) = &self.shelf
            && !tickets.is_empty()
        {
            shelf.remove(tickets).await;
        }
    }

    /// Sends the part that is next until there is an answer other than "again", or the connection breaks.
    async fn send(&mut self, parts: &mut Parts) -> Option<Sent> {
        let all = parts.spans();
        let batch = parts.current()?;
        let body = match self.transport.body(batch.lend()) {
            Ok(body) => body,
            Err(error) => {
                return Some(Sent::Answered(Outcome::Denied { message: format!("cannot be compressed: {error}") }));
            }
        };
        let may_be_divided = batch.spans() > 1 && batch.bytes() > SMALLEST;
        let trial = &mut parts.trial;
        let mut stop = self.stop.clone();
        loop {
            let begin = Instant::now();
            let end = self.end_for(trial, all);
            let attempt = AssertUnwindSafe(self.attempt(body.clone())).catch_unwind();
            let attempt = tokio::select! {
                biased;
                () = stopped(&mut stop) => return Some(Sent::Stopped),
                attempt = attempt => attempt,
                () = end => return Some(Sent::Yielded),
            };
            let Ok(outcome) = attempt else {
                self.transport = (self.open)();
                return Some(Sent::Panicked);
            };
            let (asked, message) = match outcome {
                Outcome::Broken { message } => return Some(Sent::Broken { message, took: begin.elapsed() }),
                Outcome::Retry { after, message } => (after, message),
                Outcome::Strained { message } => {
                    if trial.strain() && may_be_divided {
                        trial.next_part();
                        return Some(Sent::Answered(Outcome::Strained { message }));
                    }
                    (None, message)
                }
                answer => {
                    self.outbox.set_away(false);
                    self.backoff = Backoff::default();
                    trial.next_part();
                    return Some(Sent::Answered(answer));
                }
            };
            self.outbox.set_away(true);
            self.tells_again(&message);
            let pause = self.backoff.next();
            let waited = async {
                // Nobody's hurry makes that shorter.
                sleep(retry::kept(asked)).await;
                self.outbox.pause(pause).await;
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return Some(Sent::Stopped),
                () = waited => {}
            }
        }
    }

    /// When what broke its connection before, so many spans, is to make room for others, which have until the end only.
    fn end_for(&self, trial: &Trial, spans: usize) -> impl Future<Output = ()> + Send + use<T, F> {
        let is_open = trial.is_open() && !self.suspects.is_ending();
        let ended = is_open.then(|| (self.suspects.clone(), Arc::clone(&self.outbox), self.counts.clone()));
        let may_be_written = self.shelf.as_ref().is_some_and(Shelf::writes_ahead);
        async move {
            if let Some((suspects, outbox, counts)) = ended {
                suspects.ended().await;
                // The clerk may have some in its hands.
                let is_written = || may_be_written && counts.waiting() > (spans + suspects.spans()) as u64;
                if outbox.has_waiting() || counts.spooled() > 0 || is_written() {
                    return;
                }
            }
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn tells_again(&self, message: &str) {
        self.settle.send_replace(self.counts.settled());
        // What is told of spans that are lost in the end has the reason alone.
        self.counts.problem(message);
        self.warn("retries", &format!("{message}; spans wait and are sent again"));
    }

    async fn attempt(&mut self, body: Body) -> Outcome {
        let within = self.request_timeout;
        if let Ok(outcome) = timeout(within, self.transport.send(body)).await {
            return outcome;
        }
        // The connection may be half open: the peer is gone and nobody has said so. The next attempt makes a new one.
        self.transport = (self.open)();
        Outcome::Broken {
            message: format!(
                "no answer within {within:?}; if it is slow and not away, raise OTEL_EXPORTER_OTLP_TIMEOUT or \
                 Destination::with_timeout"
            ),
        }
    }

    fn accepted(&self, spans: u64, rejected: u64, message: &str) {
        self.settle.send_replace(self.counts.settled());
        if rejected > 0 {
            self.say("rejects", &format!("{rejected} of {} rejected: {message}", words::spans(spans)));
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

    pub(super) fn lost(&self, reason: LossReason, spans: u64, message: &str) {
        self.counts.lose(reason, spans);
        self.settle.send_replace(self.counts.settled());
        self.say(reason.as_str(), &format!("{} lost: {message}", words::spans(spans)));
    }

    pub(super) fn say(&self, what: &str, message: &str) {
        self.counts.problem(message);
        self.warn(what, message);
    }

    fn warn(&self, what: &str, message: &str) {
        let name = self.counts.name();
        self.report.warn(&format!("{name} {what}"), format_args!("{name}: {message}"));
    }
}

/// What the peer has taken. Counted on drop: also when the task is given up because the disk is too slow to note it.
struct Delivered {
    counts: DestinationCounts,
    spans: u64,
    rejected: u64,
}

impl Drop for Delivered {
    fn drop(&mut self) {
        self.counts.deliver(self.spans, self.rejected);
    }
}
