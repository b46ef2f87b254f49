//! The one thread that does everything after a span has ended, with a runtime of its own.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Dispatch, dispatcher};

use crate::core::{Request, Shared};
use crate::export::{Plan, Sink, SinkSettings};
use crate::pipeline::Pipeline;
use crate::queue::Ended;

/// Spans taken from the queue at once.
const TAKE: usize = 256;
/// After work, how long the worker stays awake: an application that is busy need not wake it for each span.
const LINGER: Duration = Duration::from_millis(10);
/// What a destination may take after the deadline of a shutdown to count what it still had.
const SETTLE: Duration = Duration::from_millis(100);

/// What the worker works with.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pipeline: Pipeline,
    /// Made into sinks when the first span comes, under the Resource that counts by then.
    pub(crate) destinations: Vec<Plan>,
    pub(crate) settings: SinkSettings,
}

impl Worker {
    /// Starts the thread.
    pub(crate) fn spawn(self) -> io::Result<JoinHandle<()>> {
        let runtime = runtime()?;
        std::thread::Builder::new().name("tracing-genai".to_owned()).spawn(move || {
            // Nothing that happens on this thread is traced or logged by the application's subscriber: exports
            // would trace themselves. Kept until the runtime is gone.
            let quiet = dispatcher::set_default(&Dispatch::none());
            runtime.block_on(self.run());
            // A name look-up may hang in the blocking pool; it is not waited for.
            runtime.shutdown_background();
            drop(quiet);
        })
    }

    async fn run(mut self) {
        let mut sinks: Vec<Sink> = Vec::new();
        let mut batch = Vec::with_capacity(TAKE);
        loop {
            self.shared.queue.wait().await;
            self.shared.self_report.say_held();
            if !self.destinations.is_empty() {
                sinks = self.start_sinks();
            }
            // Taken before the queue is drained: what ended before a request is in it.
            let requests = self.shared.requests();
            self.drain(&mut sinks, &mut batch).await;
            let (last, flushes): (Vec<Request>, Vec<Request>) =
                requests.into_iter().partition(|request| request.shutdown);
            let asked = !flushes.is_empty();
            for request in flushes {
                begin_flush(&mut sinks, request);
            }
            if !last.is_empty() {
                self.shut_down(sinks, batch, last).await;
                return;
            }
            if !asked {
                sleep(LINGER).await;
            }
        }
    }

    /// Runs what is in the queue through the pipeline.
    async fn drain(&mut self, sinks: &mut [Sink], batch: &mut Vec<Ended>) {
        loop {
            self.shared.queue.take(TAKE, batch);
            if batch.is_empty() {
                return;
            }
            for ended in batch.drain(..) {
                self.process(ended, sinks);
                self.shared.queue.passed_on();
            }
            // The destinations' tasks share this thread.
            tokio::task::yield_now().await;
        }
    }

    /// No input may stop the worker: a span on which a step fails is counted and left out.
    fn process(&mut self, ended: Ended, sinks: &mut [Sink]) {
        let pipeline = &mut self.pipeline;
        if let Ok(span) = catch_unwind(AssertUnwindSafe(|| pipeline.run(ended))) {
            for sink in sinks {
                sink.offer(&span);
            }
        } else {
            self.shared.failed.fetch_add(1, Ordering::Relaxed);
            self.shared.self_report.warn(
                "pipeline panic",
                "a step of the pipeline panicked; the span was left out. Please report this as a bug",
            );
        }
    }

    fn start_sinks(&mut self) -> Vec<Sink> {
        let resource = self.shared.resource.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let sinks: Vec<Sink> =
            self.destinations.drain(..).map(|plan| Sink::open(plan, &resource, &self.settings)).collect();
        // Set once: the destinations are drained by then.
        let _ = self.shared.destinations.set(sinks.iter().map(Sink::counted).collect());
        sinks
    }

    async fn shut_down(mut self, mut sinks: Vec<Sink>, mut batch: Vec<Ended>, mut requests: Vec<Request>) {
        self.shared.queue.close();
        self.drain(&mut sinks, &mut batch).await;
        let Some(soonest) = requests.iter().map(|request| request.deadline).min() else { return };
        let deadline = Instant::from_std(soonest);
        // All at once: one that is away must not use up the others' time. Each keeps the deadline itself, and counts
        // then what it could not deliver; the bound holds for one that does not come back.
        let _ = timeout_at(deadline + SETTLE, join_all(sinks.into_iter().map(|sink| sink.shutdown(deadline)))).await;
        // One may have come while the last spans were sent.
        requests.extend(self.shared.requests());
        for request in requests {
            request.answer.give();
        }
    }
}

/// Asks every destination at once, and answers when all have; meanwhile the worker goes on.
fn begin_flush(sinks: &mut [Sink], request: Request) {
    let deadline = Instant::from_std(request.deadline);
    let done: Vec<_> = sinks.iter_mut().map(|sink| sink.flush(deadline)).collect();
    tokio::spawn(async move {
        let _ = timeout_at(deadline, join_all(done)).await;
        request.answer.give();
    });
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_start(|| {
            // Name look-ups run on the runtime's blocking threads. The guard would restore what was there before;
            // such a thread has nothing before and nothing after.
            std::mem::forget(dispatcher::set_default(&Dispatch::none()));
        })
        .build()
}
