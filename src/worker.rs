//! The one thread that does everything after a span has ended, with a runtime of its own.

mod loss_notices;

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

use loss_notices::LossNotices;

use crate::core::{Request, Shared};
use crate::export::{Plan, SinkSettings, Sinks};
use crate::pipeline::Pipeline;
use crate::queue::Ended;

/// Spans taken from the queue at once, and put into order.
const TAKE: usize = 1_024;
/// Spans after which the destinations' tasks have their turn.
const TURN: usize = 256;
/// How long an idle worker that was woken lets spans gather: an application that is busy need not wake it for each
/// span, and a parent finds children beside it that ended on other threads.
const GATHER: Duration = Duration::from_millis(100);
/// How long spans may be held back after each turn for a destination that is behind: so often so long.
const PATIENCE: u32 = 20;
const BREATH: Duration = Duration::from_millis(5);
/// How long after the deadline of a shutdown a span may end that was begun before, if it is as slow as the slowest.
const LATE: Duration = Duration::from_millis(100);
/// What a destination may take after the deadline of a shutdown to count what it still had.
const SETTLE: Duration = Duration::from_millis(200);

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
        let mut sinks = Sinks::default();
        let mut batch = Vec::new();
        let (mut idle, mut busy) = (true, false);
        let mut unanswered = Vec::new();
        let mut notices = LossNotices::default();
        loop {
            // More will come: the first of them need not wake a worker that gathers.
            if !busy {
                self.shared.queue.wait().await;
            }
            self.shared.self_report.say_held();
            if !self.destinations.is_empty() {
                sinks = self.start_sinks();
            }
            if idle {
                self.shared.queue.gather(GATHER).await;
            }
            // Taken before the queue is drained: what ended before a request is in it.
            let mut requests = self.shared.requests();
            requests.append(&mut unanswered);
            if requests.iter().any(|request| request.shutdown) {
                self.shut_down(sinks, batch, requests, notices).await;
                return;
            }
            busy = self.shared.queue.len() > 0;
            let all = self.drain(&mut sinks, &mut batch, None).await;
            notices.tell(&self.shared);
            idle = self.shared.queue.len() == 0;
            if all {
                for request in requests {
                    begin_flush(&mut sinks, request);
                }
            } else {
                unanswered = requests;
            }
        }
    }

    /// Runs what is in the queue now through the pipeline, until the end where there is one. What comes meanwhile is for
    /// the next time: an application that never pauses must not keep a request waiting. Whether it came through all of it:
    /// a shutdown, which has an end, does not wait for that, and finds the rest in `batch`.
    async fn drain(&mut self, sinks: &mut Sinks, batch: &mut Vec<Vec<Ended>>, mut end: Option<End>) -> bool {
        let mut left = self.shared.queue.len();
        // What a spool is to take has to leave the queue in time for that.
        let until = end.as_ref().map(|end| end.deadline - end.deadline.duration_since(Instant::now()) / 2);
        let mut taken = batch.iter().map(Vec::len).sum();
        while taken > 0 || (left > 0 && end.as_ref().is_none_or(|end| !end.is_near())) {
            if taken == 0 {
                taken = self.shared.queue.take(TAKE.min(left), batch);
                if taken == 0 {
                    break;
                }
                left -= taken;
                self.pipeline.arrange(batch);
            }
            let mut done = 0;
            // Where they are: each is large to move.
            for ended in batch.iter_mut().flatten() {
                // Each may hold megabytes.
                if end.as_ref().map_or_else(|| self.shared.is_to_shut_down(), End::is_near) {
                    break;
                }
                let begin = end.is_some().then(Instant::now);
                self.process(ended, sinks);
                if let (Some(end), Some(begin)) = (&mut end, begin) {
                    end.slowest = end.slowest.max(begin.elapsed());
                }
                done += 1;
                if done % TURN == 0 {
                    tokio::task::yield_now().await;
                    self.let_catch_up(sinks, until).await;
                }
            }
            if done < taken && end.is_none() {
                remove_first(done, batch);
                return false;
            }
            self.shared.queue.give_up_taken(batch.iter_mut().flatten().skip(done));
            self.shared.queue.take_back(batch);
            taken = 0;
            // The destinations' tasks share this thread.
            tokio::task::yield_now().await;
        }
        true
    }

    /// A destination that takes spans, but not as fast as they come, is given a little time, `until` then. One that takes
    /// none is not waited for. Where there are others, none is waited for once there is little room in the queue.
    async fn let_catch_up(&self, sinks: &mut Sinks, until: Option<Instant>) {
        let alone = sinks.is_one();
        for _ in 0..PATIENCE {
            let may_wait = until.is_none_or(|until| Instant::now() < until) && (alone || self.shared.queue.has_room());
            if !may_wait || !sinks.are_behind() {
                return;
            }
            sleep(BREATH).await;
        }
    }

    /// No input may stop the worker: a span on which a step fails is counted and left out. One that is lost already
    /// goes nowhere; what it used is added up all the same.
    fn process(&mut self, ended: &mut Ended, sinks: &mut Sinks) {
        let Self { pipeline, shared, .. } = self;
        let lost = ended.lost;
        let mut is_handed_over = false;
        // What a panic leaves unused is made anew for the next span. The span stays inside: it is large to move.
        let ran = catch_unwind(AssertUnwindSafe(|| {
            // While it has its scope still.
            ended.settle();
            let mut span = pipeline.run(ended);
            ended.give_back();
            if !lost {
                is_handed_over = true;
                shared.queue.passing.hand_over();
                sinks.offer(&span);
            }
            pipeline.take_back(&mut span);
        }));
        if ran.is_err() {
            ended.give_back();
            if !lost {
                if !is_handed_over {
                    shared.queue.passing.hand_over();
                }
                shared.failed.fetch_add(1, Ordering::Relaxed);
            }
            shared.self_report.warn(
                "pipeline panic",
                "a step of the pipeline panicked, or a destination that took a span; the span was left out. Please report \
                 this as a bug",
            );
        }
        if !lost {
            shared.queue.passing.pass_on();
        }
    }

    fn start_sinks(&mut self) -> Sinks {
        let resource = self.shared.resource.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let sinks = Sinks::open(self.destinations.drain(..), &resource, &self.settings);
        // Set once: the destinations are drained by then.
        let _ = self.shared.destinations.set(sinks.counted());
        sinks
    }

    async fn shut_down(
        mut self,
        mut sinks: Sinks,
        mut batch: Vec<Vec<Ended>>,
        mut requests: Vec<Request>,
        mut notices: LossNotices,
    ) {
        self.shared.queue.close();
        let last = requests.iter().filter(|request| request.shutdown);
        let Some(soonest) = last.min_by_key(|request| request.deadline) else { return };
        let deadline = Instant::from_std(soonest.deadline);
        // What has held this up may do so again.
        let end = End { deadline, slowest: soonest.asked.elapsed() };
        self.drain(&mut sinks, &mut batch, Some(end)).await;
        self.shared.queue.give_up();
        notices.tell(&self.shared);
        let open = self.shared.layer_counts.count_open();
        if open > 0 {
            self.shared.self_report.warn(
                "open spans",
                format_args!(
                    "GenAI spans that are still open at shutdown, and are lost when they end: {open}. Let tasks and threads \
                     end, and drop entered spans, before the guard of install is dropped or shutdown is called"
                ),
            );
        }
        // At the same time: one that is away must not use up the others' time.
        let _ = timeout_at(deadline + SETTLE, join_all(sinks.shutdown(deadline))).await;
        // More may have come while the last spans were sent: who asks a second time waits as well.
        requests.extend(self.shared.last_requests());
        for request in requests {
            request.answer.give();
        }
    }
}

/// When a shutdown takes no more spans.
struct End {
    deadline: Instant,
    /// How long one took, as far as that is known.
    slowest: Duration,
}

impl End {
    /// Whether one more that is as slow would end too late for what comes after it.
    fn is_near(&self) -> bool {
        let now = Instant::now();
        now >= self.deadline || now + self.slowest > self.deadline + LATE
    }
}

/// Takes the first `count` out.
fn remove_first(mut count: usize, batch: &mut [Vec<Ended>]) {
    for together in batch {
        let here = count.min(together.len());
        together.drain(..here);
        count -= here;
    }
}

/// Asks every destination at once, and answers when all have; meanwhile the worker goes on.
fn begin_flush(sinks: &mut Sinks, request: Request) {
    let deadline = Instant::from_std(request.deadline);
    let done = sinks.flush(deadline);
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
