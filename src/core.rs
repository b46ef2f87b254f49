//! What the doors, the worker and the user's handle share.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::oneshot;

#[cfg(feature = "metrics")]
use crate::export::Meters;
use crate::export::{Counted, DestinationReport, Figures, LossReason, Report};
use crate::layer::{HandOver, LayerCounts, Lives, ScopeValues, ScopedSpans};
use crate::queue::Queue;
use crate::self_report::SelfReport;

/// Requests to the worker that may wait at once, each from a thread of its own; one more to flush is answered with what is
/// known.
const MAX_REQUESTS: usize = 4_096;
/// How long past its deadline an answer of the worker is waited for.
const GRACE: Duration = Duration::from_millis(250);
/// The part of a timeout that spans leave to metrics of our own, which go after them: where spans cannot be delivered
/// there would be no time for what was measured.
#[cfg(feature = "metrics")]
const METRICS_PART: u32 = 8;
/// For a timeout that is no time at all, such as `Duration::MAX`.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3_600);

/// What the worker is asked for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) asked: Instant,
    pub(crate) deadline: Instant,
    /// The last one: nothing is taken in after it.
    pub(crate) shutdown: bool,
    pub(crate) answer: Answer,
}

/// Who waits for the worker.
#[derive(Debug)]
pub(crate) struct Answer(mpsc::SyncSender<()>);

impl Answer {
    pub(crate) fn give(self) {
        // Whoever asked may have stopped waiting.
        let _ = self.0.try_send(());
    }
}

/// The worker's answer, still to come.
#[derive(Debug)]
struct Pending {
    answered: mpsc::Receiver<()>,
    timeout: Duration,
}

impl Pending {
    /// Whether the worker has answered. It does so by the deadline, unless foreign code holds it up.
    fn wait(self) -> bool {
        // The calling thread may drive a runtime of its own; waiting for a channel needs none.
        self.answered.recv_timeout(self.timeout.saturating_add(GRACE)).is_ok()
    }

    /// The same without blocking. The deadline needs a timer that no runtime has to drive: a thread that sleeps.
    async fn wait_async(self) {
        let (done, is_done) = oneshot::channel();
        let waits = std::thread::Builder::new().name("tracing-genai-flush".to_owned()).spawn(move || {
            self.wait();
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        });
        if waits.is_ok() {
            let _ = is_done.await;
        }
    }
}

#[derive(Debug, Default)]
struct Requests {
    waiting: Vec<Request>,
    /// The worker has taken the last ones.
    ended: bool,
}

/// The shared state. The worker holds it too, and lives until it is asked to stop.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) self_report: SelfReport,
    /// Known once the first span has come: the provider's Resource is the one that counts.
    pub(crate) resource: Mutex<Resource>,
    pub(crate) destinations: OnceLock<Vec<Counted>>,
    pub(crate) invalid: Arc<AtomicU64>,
    /// Spans on which a step of the pipeline failed, or that a destination could not take over; they are not exported.
    pub(crate) failed: AtomicU64,
    /// Calls that are missing in a total.
    pub(crate) calls_missed: Arc<AtomicU64>,
    /// Measurements that lost their labels.
    pub(crate) unlabelled: Arc<AtomicU64>,
    /// Spans made by hand that were closed unfinished.
    pub(crate) unfinished: Arc<AtomicU64>,
    /// Values for spans made by hand that found no place.
    pub(crate) values_by_hand: Arc<AtomicU64>,
    pub(crate) scoped: Arc<ScopedSpans>,
    pub(crate) layer_counts: Arc<LayerCounts>,
    /// Spans that are open, where a meter asks for them: those that are sampled, and those that are recorded alone. A span
    /// that started before its processor was there can only end.
    live: Option<[AtomicI64; 2]>,
    requests: Mutex<Requests>,
    /// A shutdown is among them, or was.
    is_to_shut_down: AtomicBool,
}

/// The handle. When the last one goes, with all layers and processors, the worker is stopped.
pub(crate) struct Core {
    id: u64,
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
    worker_thread: Option<ThreadId>,
    shutdown_timeout: Duration,
    _lives: Lives,
    /// Our own, which ends with the telemetry.
    #[cfg(feature = "metrics")]
    meters: Option<Meters>,
}

impl Shared {
    pub(crate) fn new(queue: Queue, self_report: SelfReport, resource: Resource, is_metered: bool) -> Self {
        Self {
            queue,
            self_report,
            resource: Mutex::new(resource),
            destinations: OnceLock::new(),
            invalid: Arc::default(),
            failed: AtomicU64::new(0),
            calls_missed: Arc::default(),
            unlabelled: Arc::default(),
            unfinished: Arc::default(),
            values_by_hand: Arc::default(),
            scoped: Arc::default(),
            layer_counts: Arc::default(),
            live: is_metered.then(Default::default),
            requests: Mutex::default(),
            is_to_shut_down: AtomicBool::new(false),
        }
    }

    /// The provider's Resource is the one that counts.
    pub(crate) fn set_resource(&self, resource: &Resource) {
        *self.resource.lock().unwrap_or_else(PoisonError::into_inner) = resource.clone();
    }

    /// Takes the requests that wait.
    pub(crate) fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }

    /// Whether a shutdown was asked for.
    pub(crate) fn is_to_shut_down(&self) -> bool {
        self.is_to_shut_down.load(Ordering::Relaxed)
    }

    /// Takes the last ones: from now on nobody is waited for.
    pub(crate) fn last_requests(&self) -> Vec<Request> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.ended = true;
        std::mem::take(&mut requests.waiting)
    }

    fn ask(&self, request: Request) -> bool {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        // A shutdown that was not heard would leave the worker at work for ever.
        let most = if request.shutdown { 2 * MAX_REQUESTS } else { MAX_REQUESTS };
        if requests.waiting.len() >= most || requests.ended {
            return false;
        }
        let shutdown = request.shutdown;
        requests.waiting.push(request);
        drop(requests);
        self.is_to_shut_down.fetch_or(shutdown, Ordering::Relaxed);
        self.queue.call();
        true
    }

    /// A span has started, or ended.
    pub(crate) fn count_live(&self, sampled: bool, spans: i64) {
        let Some([exported, recorded]) = &self.live else { return };
        if sampled { exported } else { recorded }.fetch_add(spans, Ordering::Relaxed);
    }

    /// The report, and what metrics tell beside it.
    pub(crate) fn figures(&self) -> Figures {
        let failed = self.failed.load(Ordering::Relaxed);
        let (buffered_bytes, buffer_bytes) = self.queue.bytes();
        Figures {
            live: self.live.as_ref().map_or([0; 2], |live| {
                live.each_ref().map(|spans| spans.load(Ordering::Relaxed).try_into().unwrap_or_default())
            }),
            processed: self.queue.passing.passed_on().saturating_sub(failed),
            queue_capacity: self.queue.max_spans(),
            buffered_bytes,
            buffer_bytes,
            report: self.report(),
        }
    }

    /// What was delivered, waits, and was lost, now.
    pub(crate) fn report(&self) -> Report {
        self.queue.passing.counted(|| self.report_of_now())
    }

    fn report_of_now(&self) -> Report {
        let turned_away = self.layer_counts.values_turned_away() + self.scoped.turned_away();
        let (shed_spans, shed_bytes) = self.queue.shed();
        let queue = DestinationReport::new("queue", 0, self.queue.waiting())
            .with_shed(shed_spans, shed_bytes)
            .with_lost(LossReason::QueueFull, self.queue.lost())
            .with_lost(LossReason::AtShutdown, self.queue.lost_at_shutdown())
            .with_lost(LossReason::PipelinePanicked, self.failed.load(Ordering::Relaxed));
        let destinations = self.destinations.get().into_iter().flatten().map(Counted::report).collect();
        Report::new(queue, destinations)
            .with_values(
                turned_away + self.values_by_hand.load(Ordering::Relaxed),
                self.invalid.load(Ordering::Relaxed),
            )
            .with_unfinished(self.unfinished.load(Ordering::Relaxed))
            .with_open(self.layer_counts.open_at_shutdown())
            .with_unmeasured(self.queue.unmeasured())
            .with_calls_missed(self.calls_missed.load(Ordering::Relaxed))
            .with_unlabelled(self.unlabelled.load(Ordering::Relaxed))
            .with_context(self.layer_counts.scope_values_cut(), self.layer_counts.remote_parents_ignored())
    }
}

/// What the SDK is told of a flush or a shutdown, after which nothing waits: what it had no time for is lost.
pub(crate) fn outcome(report: &Report, timeout: Duration) -> OTelSdkResult {
    if report.waiting() > 0 {
        Err(OTelSdkError::Timeout(timeout))
    } else if report.lost_by(LossReason::AtShutdown) > 0 {
        Err(OTelSdkError::InternalFailure(report.to_string()))
    } else {
        Ok(())
    }
}

impl Core {
    pub(crate) fn new(shared: Arc<Shared>, worker: JoinHandle<()>, shutdown_timeout: Duration) -> Self {
        // A hand-over is for the processor of one telemetry only.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let worker_thread = Some(worker.thread().id());
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            id,
            shared,
            worker: Mutex::new(Some(worker)),
            worker_thread,
            shutdown_timeout,
            _lives: Lives::new(),
            #[cfg(feature = "metrics")]
            meters: None,
        }
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn with_meters(mut self, meters: Option<Meters>) -> Self {
        self.meters = meters;
        self
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Hands an ended span to the worker.
    #[inline]
    pub(crate) fn take_in(&self, span: &mut SpanData, hand_over: Option<HandOver>, scope: Option<Arc<ScopeValues>>) {
        if self.shared.queue.push(span, hand_over, scope) {
            self.say_too_late();
        }
    }

    #[cold]
    fn say_too_late(&self) {
        self.shared.self_report.warn(
            "late span",
            "a span ended after telemetry had been shut down, and is lost. Bind the guard of install to a name \
             (`let _guard`, not `let _`), and let tasks and threads end, and errors go that hold a span (a SpanTrace of \
             tracing-error or color-eyre), before it is dropped or shutdown is called",
        );
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn shared_by_all(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Blocks until all that ended before is delivered or given up, or the time is over.
    pub(crate) fn flush(&self, timeout: Duration) -> Report {
        #[cfg(feature = "metrics")]
        let started = Instant::now();
        if let Some(pending) = self.request(timeout, false) {
            pending.wait();
        }
        #[cfg(feature = "metrics")]
        if let Some(meters) = &self.meters {
            meters.flush(timeout.saturating_sub(started.elapsed()));
        }
        self.shared.report()
    }

    /// As `flush`, and nothing is taken in afterwards.
    pub(crate) fn shutdown(&self, timeout: Duration) -> Report {
        #[cfg(feature = "metrics")]
        let started = Instant::now();
        if self.request(timeout, true).is_some_and(Pending::wait) {
            let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(worker) = worker {
                // It has answered and is about to return.
                let _ = worker.join();
            }
        }
        self.shared.queue.close();
        #[cfg(feature = "metrics")]
        if let Some(meters) = &self.meters {
            meters.shut_down(timeout.saturating_sub(started.elapsed()));
        }
        self.shared.report()
    }

    pub(crate) async fn flush_async(&self, timeout: Duration) -> Report {
        #[cfg(feature = "metrics")]
        let started = Instant::now();
        if let Some(pending) = self.request(timeout, false) {
            pending.wait_async().await;
        }
        #[cfg(feature = "metrics")]
        if let Some(meters) = &self.meters {
            meters.apart(move |meters| meters.flush(timeout.saturating_sub(started.elapsed()))).await;
        }
        self.shared.report()
    }

    pub(crate) async fn shutdown_async(&self, timeout: Duration) -> Report {
        #[cfg(feature = "metrics")]
        let started = Instant::now();
        if let Some(pending) = self.request(timeout, true) {
            pending.wait_async().await;
        }
        self.shared.queue.close();
        #[cfg(feature = "metrics")]
        if let Some(meters) = &self.meters {
            meters.apart(move |meters| meters.shut_down(timeout.saturating_sub(started.elapsed()))).await;
        }
        self.shared.report()
    }

    /// Asks the worker; nothing when it cannot be asked.
    fn request(&self, timeout: Duration, shutdown: bool) -> Option<Pending> {
        if Some(std::thread::current().id()) == self.worker_thread {
            // Asked for on the worker itself, by a foreign callback: it cannot wait for itself.
            return None;
        }
        #[cfg(feature = "metrics")]
        let timeout = if self.meters.is_some() { timeout.saturating_sub(timeout / METRICS_PART) } else { timeout };
        let asked = Instant::now();
        let deadline = asked + timeout.min(LONGEST);
        let (answer, answered) = mpsc::sync_channel(1);
        let is_heard = self.shared.ask(Request { asked, deadline, shutdown, answer: Answer(answer) });
        is_heard.then_some(Pending { answered, timeout })
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.shutdown(self.shutdown_timeout);
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("id", &self.id).finish_non_exhaustive()
    }
}
