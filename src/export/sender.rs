//! One OTLP destination from the worker's side: takes spans, encoded at once; flush and shutdown.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::aside::last_words;
use super::clerk::{Clerk, put_away};
use super::counts::DestinationCounts;
use super::encode;
use super::loss::LossReason;
#[cfg(not(feature = "spool"))]
use super::no_spool::Shelf;
use super::outbox::Outbox;
use super::outcome::Transport;
use super::parts::Parts;
use super::request_size::SMALLEST;
use super::retry::Backoff;
use super::sending::Task;
use super::shed::shed_span;
use super::shorten::shorten_span;
#[cfg(feature = "spool")]
use super::spool::Shelf;
use super::suspects::Suspects;
use super::words;
use crate::self_report::SelfReport;

/// How long a task that is told to stop may take for it.
const STOP: Duration = Duration::from_millis(50);
/// What is kept of a shutdown's time for the disk, at most; and no more than a quarter of it.
const FOR_THE_DISK: Duration = Duration::from_secs(2);
/// A peer that is behind and has settled nothing for so long is not waited for by other destinations.
const STALLED: Duration = Duration::from_secs(1);
/// The longest wait of a batch that is written ahead.
const WRITE_AHEAD_DELAY: Duration = Duration::from_millis(250);

/// The side of the worker: takes spans, encoded at once, and asks for flush and shutdown.
#[derive(Debug)]
pub(crate) struct Sender {
    outbox: Arc<Outbox>,
    counts: DestinationCounts,
    report: SelfReport,
    settled: watch::Receiver<u64>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<Vec<Parts>>>,
    suspects: Suspects,
    shelf: Option<Shelf>,
    clerk: Option<JoinHandle<()>>,
    encoded: Vec<u8>,
    /// A span was accepted, and is neither kept nor refused yet.
    has_one_in_hand: bool,
    /// While the peer is behind: how many spans were settled when that began, or when it was last more than before; and when
    /// that was.
    progress: Option<(u64, Instant)>,
}

impl Sender {
    /// Starts the tasks in the runtime that is current, `concurrency` of them to send. `open` makes a transport, anew
    /// after a panic in it; one request takes at most `request_timeout`.
    pub(crate) fn start<T: Transport>(
        open: impl Fn() -> T + Clone + Send + 'static,
        concurrency: usize,
        outbox: Outbox,
        shelf: Option<Shelf>,
        request_timeout: Duration,
        counts: DestinationCounts,
        report: SelfReport,
    ) -> Self {
        let outbox = match &shelf {
            Some(shelf) if shelf.writes_ahead() => outbox.in_two_steps(WRITE_AHEAD_DELAY),
            _ => outbox,
        };
        let outbox = Arc::new(outbox);
        let (settle, settled) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let suspects = Suspects::new(outbox.room_aside());
        let clerk = shelf.clone().map(|shelf| Clerk {
            shelf,
            outbox: Arc::clone(&outbox),
            suspects: suspects.clone(),
            counts: counts.clone(),
            settle: settle.clone(),
            stop: stopped.clone(),
            owes: false,
        });
        let tasks = (0..concurrency.max(1)).map(|_| Task {
            transport: open(),
            open: open.clone(),
            outbox: Arc::clone(&outbox),
            shelf: shelf.clone(),
            request_timeout,
            counts: counts.clone(),
            report: report.clone(),
            settle: settle.clone(),
            stop: stopped.clone(),
            suspects: suspects.clone(),
            next_old: None,
            old_first: true,
            has_failed: false,
            backoff: Backoff::default(),
            reading: None,
        });
        let tasks = tasks.map(|task| tokio::spawn(task.run())).collect();
        let clerk = clerk.map(|clerk| tokio::spawn(clerk.run()));
        Self {
            outbox,
            counts,
            report,
            settled,
            stop,
            tasks,
            suspects,
            shelf,
            clerk,
            encoded: Vec::new(),
            has_one_in_hand: false,
            progress: None,
        }
    }

    /// Encodes the span and keeps it until it is sent. Never waits.
    #[cfg(test)]
    pub(crate) fn offer(&mut self, span: &SpanData) {
        self.take_in(span, None);
    }

    /// The same of one that may be `encoded` already.
    fn take_in(&mut self, span: &SpanData, encoded: Option<&[u8]>) {
        let context = &span.span_context;
        if context.trace_id() == TraceId::INVALID || context.span_id() == SpanId::INVALID {
            // Peers refuse the whole request for one such span.
            return self.counts.turn_away(LossReason::InvalidId, 1);
        }
        // Before it can be sent, so that it is never settled before it was accepted.
        self.counts.accept();
        self.has_one_in_hand = true;
        // Nearly always it can be written where it is to stand.
        let write = |out: &mut Vec<u8>| match encoded {
            Some(encoded) => out.extend_from_slice(encoded),
            None => encode::span(span, out),
        };
        let scope = &span.instrumentation_scope;
        let is_written = !self.is_tight() && self.outbox.write(scope, write);
        let is_kept = is_written || self.keep(scope, write);
        self.has_one_in_hand = false;
        if !is_kept {
            // Not as a loss of what was accepted: that would settle, for a flush, a span that still waits.
            self.counts.refuse(LossReason::QueueFull);
            let name = self.counts.name();
            self.report.warn(
                &format!("{name} full"),
                format_args!(
                    "{name}: no room for more spans while it does not take those that wait; they are lost; {}",
                    words::more_room(self.shelf.is_some())
                ),
            );
        }
        if self.encoded.capacity() > 1 << 20 {
            self.encoded = Vec::new();
        }
    }

    /// Whether spans are to come without content. With a spool whose disk answers, room is made by what goes there.
    fn is_tight(&self) -> bool {
        self.outbox.is_tight() && self.shelf.as_ref().is_none_or(Shelf::hangs)
    }

    /// Puts the span into the outbox in a form that fits there; while there is no room, content goes before spans.
    fn keep(&mut self, scope: &InstrumentationScope, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.encoded.clear();
        write(&mut self.encoded);
        self.fit(scope);
        if !self.is_tight() && self.outbox.push(scope, &self.encoded) {
            return true;
        }
        let missing = shed_span(&self.encoded).map(|(short, missing)| {
            self.encoded = short;
            missing
        });
        let mut kept = self.outbox.push(scope, &self.encoded);
        if !kept && let Some((spans, bytes)) = self.outbox.lighten().or_else(|| self.suspects.lighten()) {
            self.counts.shed(spans, bytes);
            kept = self.outbox.push(scope, &self.encoded);
        }
        if let Some(missing) = missing.filter(|_| kept) {
            self.has_one_in_hand = false;
            self.counts.shed(1, missing);
            let name = self.counts.name();
            self.report.warn(
                &format!("{name} sheds"),
                format_args!(
                    "{name}: spans are kept without their content (tracing_genai.shed on each), since those that wait \
                     for it leave no room; {}",
                    words::more_room(self.shelf.is_some())
                ),
            );
        }
        kept
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
                    "{name}: a span of {bytes} bytes was cut to {}, so that a request can hold it; lower Limits or \
                     raise Destination::with_max_request_bytes",
                    short.len()
                ),
            );
            self.encoded = short;
        }
    }

    /// Whether the peer takes what it is sent and should be given the time for it. One that does not answer is only found to
    /// be away when its first request has timed out: others are not to wait that long.
    pub(crate) fn is_behind(&mut self, alone: bool) -> bool {
        if !self.outbox.is_behind(alone, self.suspects.held()) {
            self.progress = None;
            return false;
        }
        let settled = self.counts.settled();
        let progress = self.progress.filter(|(before, _)| *before == settled);
        let (_, since) = *self.progress.insert(progress.unwrap_or_else(|| (settled, Instant::now())));
        alone || since.elapsed() < STALLED
    }

    /// Shared with whoever wants to know.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> &DestinationCounts {
        &self.counts
    }

    /// Keeps the span, encoded, until it is sent. Never waits. A panic is counted and goes no further.
    pub(crate) fn offer_contained(&mut self, span: &SpanData, encoded: Option<&[u8]>) {
        let offered = std::panic::catch_unwind(AssertUnwindSafe(|| self.take_in(span, encoded)));
        if offered.is_err() && std::mem::take(&mut self.has_one_in_hand) {
            self.counts.refuse(LossReason::DestinationPanicked);
        }
    }

    /// Sends what was offered until now, and what lies in the spool, also of ended processes; comes back when all of it is
    /// settled, or the peer does not take what lies there or the disk does not give it, or at the deadline.
    pub(crate) fn flush(&self, deadline: Instant) -> impl Future<Output = ()> + Send + use<> {
        let goal = self.counts.accepted();
        let later = self.outbox.hurry(deadline);
        self.shelf.iter().for_each(|shelf| shelf.hurry(deadline));
        let (counts, mut settled, in_flight) = (self.counts.clone(), self.settled.clone(), self.outbox.in_flight());
        let (spool, outbox, suspects) = (self.shelf.clone(), Arc::clone(&self.outbox), self.suspects.clone());
        let sent = async move {
            // As many may have been settled, and one that came before still be on its way.
            let is_done = |_: &u64| counts.are_settled(goal) && !in_flight.any_before(later);
            let _ = settled.wait_for(is_done).await;
            if let Some(spool) = spool {
                let left = || counts.waiting() + counts.spooled();
                spool.is_sent(settled, is_done, || outbox.is_away() || suspects.are_all_of(left())).await;
            }
        };
        async move { _ = timeout_at(deadline, sent).await }
    }

    /// Flushes, then stops; what is not settled by the deadline goes to disk where there is a spool, or is lost.
    pub(crate) async fn shutdown(mut self, deadline: Instant) {
        // Counted also where this is waited for no longer: large spans may hold up the thread beyond the deadline.
        let _left = Left { counts: self.counts.clone(), report: self.report.clone(), outbox: Arc::clone(&self.outbox) };
        let left = deadline.saturating_duration_since(Instant::now());
        let for_the_disk = if self.shelf.is_some() { FOR_THE_DISK.min(left / 4) } else { Duration::ZERO };
        let flushed = self.flush(deadline - for_the_disk);
        self.suspects.end();
        self.unless_in_vain(flushed).await;
        let end = deadline.max(Instant::now() + STOP);
        self.shelf.iter().for_each(|shelf| shelf.goes_at(end));
        self.stop.send_replace(true);
        let mut in_hand = self.stopped(end).await;
        in_hand.extend(self.suspects.all());
        if let Some(shelf) = self.shelf.take() {
            let put_away = put_away(&shelf, &self.outbox, in_hand);
            let _ = timeout_at(end.max(Instant::now()) + STOP, put_away).await;
            let _ = timeout_at(end.max(Instant::now()) + STOP, shelf.close()).await;
        } else {
            for parts in &mut in_hand {
                self.lose_alone(parts);
            }
        }
    }

    /// Waits for it, but no longer than there is something to send beside spans that have broken their connection again.
    async fn unless_in_vain(&self, flushed: impl Future<Output = ()>) {
        let (counts, mut settled) = (&self.counts, self.settled.clone());
        tokio::select! {
            () = flushed => {}
            _ = settled.wait_for(|_| self.suspects.were_tried(counts.waiting() + counts.spooled())) => {}
        }
    }

    /// It is known why this one did not arrive.
    fn lose_alone(&self, parts: &mut Parts) {
        let Some(why) = last_words(parts) else { return };
        self.counts.lose(LossReason::BreaksConnection, 1);
        self.counts.problem(&why);
        let name = self.counts.name();
        self.report.warn(&format!("{name} at shutdown"), format_args!("{name}: 1 span lost: {why}"));
    }

    /// Waits for the tasks to stop; gives what was being sent.
    async fn stopped(&mut self, deadline: Instant) -> Vec<Parts> {
        // Each gives back what it has when the disk does not answer until then.
        let end = deadline + STOP;
        if let Some(clerk) = &mut self.clerk
            && timeout_at(end, &mut *clerk).await.is_err()
        {
            clerk.abort();
        }
        let mut in_hand = Vec::new();
        for task in &mut self.tasks {
            if let Ok(stopped) = timeout_at(end, &mut *task).await {
                in_hand.extend(stopped.into_iter().flatten());
            } else {
                task.abort();
                // It counts what it was told of before it goes.
                let _ = task.await;
            }
        }
        in_hand
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        if let Some(clerk) = &self.clerk {
            clerk.abort();
        }
    }
}

/// What a shutdown leaves behind is lost, and counted when this goes.
struct Left {
    counts: DestinationCounts,
    report: SelfReport,
    outbox: Arc<Outbox>,
}

impl Drop for Left {
    fn drop(&mut self) {
        self.outbox.all();
        let left = self.counts.waiting();
        if left > 0 {
            self.counts.lose(LossReason::AtShutdown, left);
            let why = self.counts.report().last_problem().map(|problem| format!(": {problem}")).unwrap_or_default();
            let name = self.counts.name();
            self.report.warn(
                &format!("{name} at shutdown"),
                format_args!("{name}: {} lost, still waiting at the shutdown's deadline{why}", words::spans(left)),
            );
        }
    }
}
