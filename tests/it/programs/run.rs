//! What runs a program: tasks, threads, streams, and whatever else makes and carries spans.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::{FutureExt as _, StreamExt as _, stream};
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::timeout;
use tracing::field::Empty;
use tracing::{Dispatch, Instrument as _, Span, debug, debug_span, info, info_span};
use tracing_genai::{
    Attempts, GenAiSpanExt as _, GenAiStreamExt as _, InWorkContext as _, Scope, SpanType, Telemetry, Usage,
    WorkContext,
};

use super::program::{Kind, Made, Start, Work};

/// Of each stream.
pub(super) const CHUNKS: i64 = 3;

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the program runs.
pub(super) struct World {
    pub(super) telemetry: Telemetry,
    pub(super) dispatch: Dispatch,
    /// For spans of its API.
    pub(super) provider: Option<SdkTracerProvider>,
}

/// Comes back when all of it has ended, also what nobody waited for.
pub(super) fn run(world: World, program: &[Arc<Work>]) {
    let dispatch = world.dispatch.clone();
    let on_each_thread = move || std::mem::forget(tracing::dispatcher::set_default(&dispatch));
    let runtime =
        Builder::new_multi_thread().worker_threads(3).enable_all().on_thread_start(on_each_thread).build().unwrap();
    let (running, mut end) = channel(1);
    let here = Here { world: Arc::new(world), _running: running };
    for work in program {
        let (here, work) = (here.clone(), Arc::clone(work));
        runtime.spawn(async move { here.work(work).await });
    }
    drop(here);
    if runtime.block_on(async { timeout(Duration::from_secs(60), end.recv()).await }).is_err() {
        runtime.shutdown_background();
        panic!("the program has not come to its end within a minute: {program:?}");
    }
    // Waits for those that have just said that they are at their end.
    drop(runtime);
}

/// Whoever runs has one.
#[derive(Clone)]
struct Here {
    world: Arc<World>,
    _running: Sender<()>,
}

impl Here {
    fn work(self, work: Arc<Work>) -> Running {
        let limit = work.cancelled_after;
        let scope = scope(&work);
        let running = scope.attach(self.made(work, None));
        Box::pin(async move {
            match limit {
                None => running.await,
                Some(turns) => {
                    let deadline = async {
                        for _ in 0..turns {
                            yield_now().await;
                        }
                    };
                    tokio::select! { biased; () = running => {} () = deadline => {} }
                }
            }
        })
    }

    fn made(self, work: Arc<Work>, span: Option<Span>) -> Running {
        match work.made {
            Made::Attempt => Box::pin(async move {
                let mut attempts = Attempts::new();
                let span = attempts.next(span_of(&work));
                self.recorded(work).instrument(span).await;
            }),
            Made::Stream => Box::pin(async move {
                let chunks = stream::iter(0..CHUNKS).then(|chunk| yield_now().map(move |()| chunk));
                let span = if work.is_logged { self.logged(&work) } else { span_of(&work) };
                let mut chunks = pin!(chunks.in_genai_span(span));
                while chunks.next().await.is_some() {}
            }),
            Made::ByHand => Box::pin(self.by_hand(work)),
            Made::Api if self.world.provider.is_some() => Box::pin(self.by_api(work)),
            Made::Tracing | Made::Api => {
                let span = span.unwrap_or_else(|| span_of(&work));
                Box::pin(self.recorded(work).instrument(span))
            }
        }
    }

    async fn recorded(self, work: Arc<Work>) {
        Span::current().record("declared", work.id);
        let logged = if work.is_logged { debug_span!("for the log") } else { Span::none() };
        if self.world.provider.is_some() {
            // The log's span is one like any other there.
            record(&work, &Span::current());
            self.below(work).instrument(logged).await;
        } else {
            let recorded = async {
                record(&work, &Span::current());
                self.below(work).await;
            };
            recorded.instrument(logged).await;
        }
    }

    /// A span that the log alone sees inside of the span of `work`, where it has begun.
    fn logged(&self, work: &Work) -> Span {
        let span = span_of(work);
        span.record("declared", work.id);
        span.in_scope(|| {
            let logged = if self.world.provider.is_some() { Span::none() } else { debug_span!("for the log") };
            logged.in_scope(|| {
                record(work, &Span::current());
                Span::current()
            })
        })
    }

    async fn by_hand(self, work: Arc<Work>) {
        let trace = self.world.telemetry.trace("by hand");
        let span = trace.span(span_type(work.kind), "work");
        span.set_attribute("app.work", work.id).set_attribute("declared", work.id);
        if work.kind == Kind::Llm {
            span.set_model("gpt-4o-mini").set_provider("openai").set_usage(usage(&work));
        }
        span.attach(self.below(work)).await;
        span.complete();
        trace.complete();
    }

    async fn by_api(self, work: Arc<Work>) {
        let Some(provider) = &self.world.provider else { return };
        let tracer = provider.tracer("api");
        let mut attributes = vec![KeyValue::new("app.work", work.id), KeyValue::new("declared", work.id)];
        attributes.extend(work.kind.span_type().map(|span_type| KeyValue::new("span_type", span_type)));
        if work.kind == Kind::Llm {
            attributes.extend([
                KeyValue::new("gen_ai.request.model", "gpt-4o-mini"),
                KeyValue::new("gen_ai.provider.name", "openai"),
                KeyValue::new("gen_ai.usage.input_tokens", i64::from(work.tokens.0)),
                KeyValue::new("gen_ai.usage.output_tokens", i64::from(work.tokens.1)),
            ]);
        }
        let span = tracer.span_builder("work").with_attributes(attributes).start(&tracer);
        self.below(work).with_context(Context::current_with_span(span)).await;
    }

    async fn below(self, work: Arc<Work>) {
        for _ in 0..work.yields {
            yield_now().await;
        }
        let mut together = Vec::new();
        let mut tasks = Vec::new();
        for below in &work.below {
            let here = self.clone();
            let below = Arc::clone(below);
            match below.start {
                Start::Await => here.work(below).await,
                Start::Join => together.push(here.work(below)),
                Start::Spawn => tasks.push(tokio::spawn(here.work(below).in_work_context())),
                Start::SpawnWithSpan => {
                    let scope = scope(&below);
                    let span = (below.made == Made::Tracing).then(|| scope.in_scope(|| span_of(&below)));
                    tasks.push(tokio::spawn(scope.attach(here.made(below, span)).in_work_context()));
                }
                Start::Blocking => {
                    let (context, runtime) = (WorkContext::current(), Handle::current());
                    let run = move || context.in_scope(|| runtime.block_on(here.work(below)));
                    tasks.push(spawn_blocking(run));
                }
                Start::Thread => {
                    // As an actor has it, in whose loop the spans of its callers are entered. What the API of
                    // OpenTelemetry makes there is the loop's own: it sees no span of the log.
                    let is_told = work.is_logged && work.made == Made::Tracing;
                    let (caller, actor) = if is_told && !matches!(below.made, Made::ByHand | Made::Api) {
                        (Span::current(), info_span!(parent: None, "loop"))
                    } else {
                        (Span::none(), Span::none())
                    };
                    let (context, runtime) = (actor.in_scope(WorkContext::current), Handle::current());
                    let dispatch = self.world.dispatch.clone();
                    let run = move || {
                        context.in_scope(|| caller.in_scope(|| runtime.block_on(here.work(below))));
                    };
                    let thread = std::thread::spawn(move || tracing::dispatcher::with_default(&dispatch, run));
                    tasks.push(spawn_blocking(|| thread.join().unwrap_or_default()));
                }
            }
        }
        join_all(together).await;
        join_all(tasks).await;
        if work.panics {
            // Without the message.
            std::panic::resume_unwind(Box::new("as it was told"));
        }
    }
}

fn span_of(work: &Work) -> Span {
    if let Some(span_type) = work.kind.span_type() {
        info_span!("work", span_type, app.work = number(work), declared = Empty)
    } else {
        info_span!("work", app.work = number(work), declared = Empty)
    }
}

/// It may be traced itself, while the span that it is for is made.
fn number(work: &Work) -> i64 {
    if work.is_logged {
        info_span!("number").in_scope(|| info!("here it is"));
        debug!("that was all");
    }
    work.id
}

/// Without a user it says nothing.
fn scope(work: &Work) -> Scope {
    match work.user {
        Some(user) => Scope::new().with_user(user.to_string()),
        None => Scope::new(),
    }
}

fn record(work: &Work, span: &Span) {
    if work.kind == Kind::Llm {
        span.record_model("gpt-4o-mini").record_provider("openai").record_usage(usage(work));
    }
}

fn usage(work: &Work) -> Usage {
    Usage::new(u64::from(work.tokens.0), u64::from(work.tokens.1))
}

fn span_type(kind: Kind) -> SpanType {
    match kind {
        Kind::Llm => SpanType::Llm,
        Kind::Tool => SpanType::Tool,
        Kind::Agent => SpanType::Agent,
        Kind::Chain | Kind::Plain => SpanType::Chain,
    }
}
