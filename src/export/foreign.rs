//! Exporters of other crates: any `SpanExporter`, on a thread of its own.
//!
//! Such an exporter may block, panic, or need a Tokio runtime. It gets one to refer to (the one in which it was built,
//! otherwise the worker's) without being run in it, so that blocking clients work as well as asynchronous ones.

use std::any::type_name;
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::mpsc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::counts::DestinationCounts;
use super::foreign_thread::{ExporterThread, Flush, Message, Settlement};
use super::held::Held;
use super::light::light;
use super::loss::LossReason;
use super::settings::SinkSettings;
use super::words;
use crate::budget::Budget;
use crate::self_report::SelfReport;
use crate::span::size::{Copied, Size};

/// Spans that the SDK hands over at once too, and so what exporters expect.
const BATCH_SPANS: usize = 512;
/// Bytes of a batch, as they are held, which is more than they are encoded: many peers take 4 MiB, and most exporters give a
/// refused batch up.
const BATCH_BYTES: usize = 7 << 19;
/// A `SpanData`, its box, and its place in the channel.
const SPAN_BYTES: usize = 512;
/// An exporter that has settled nothing for so long is not there.
const STALLED: Duration = Duration::from_millis(250);

type Launch = Box<dyn FnOnce(ExporterThread, mpsc::Receiver<Message>) -> io::Result<()> + Send>;

/// An exporter of another crate, not yet started.
pub(crate) struct ForeignExporter {
    counts: DestinationCounts,
    /// The runtime that the exporter may refer to; the worker's where there is none.
    runtime: Option<Handle>,
    launch: Launch,
}

impl ForeignExporter {
    /// An exporter that is there already. It refers to the runtime in which this is called, if any.
    pub(crate) fn new<E: SpanExporter + 'static>(exporter: E) -> Self {
        Self {
            runtime: Handle::try_current().ok(),
            ..Self::from_fn(move || Ok::<_, std::convert::Infallible>(exporter))
        }
    }

    /// An exporter that is built on its own thread, where it can start tasks in the worker's runtime.
    pub(crate) fn from_fn<E, F, B>(build: B) -> Self
    where
        E: SpanExporter + 'static,
        F: Into<Box<dyn Error + Send + Sync>> + 'static,
        B: FnOnce() -> Result<E, F> + Send + 'static,
    {
        let launch = |thread: ExporterThread, messages: mpsc::Receiver<Message>| {
            let build = || build().map_err(Into::into);
            std::thread::Builder::new()
                .name("tracing-genai-exporter".into())
                .spawn(move || thread.run(build, &messages))?;
            Ok(())
        };
        Self { counts: DestinationCounts::new(short_name::<E>()), runtime: None, launch: Box::new(launch) }
    }

    /// Shared with the sink that is opened, for whoever asks how it goes.
    pub(crate) fn counts(&self) -> &DestinationCounts {
        &self.counts
    }

    /// Starts the thread. Must be called in the worker's runtime.
    pub(crate) fn open(self, resource: &Resource, settings: &SinkSettings) -> Foreign {
        let settlement = Settlement::new(self.counts.clone());
        let own = Budget::new(settings.outbox_bytes);
        let thread = ExporterThread {
            settlement: settlement.clone(),
            report: settings.report.clone(),
            resource: resource.clone(),
            delay: settings.delay,
            batch_spans: settings.max_batch_spans.unwrap_or(BATCH_SPANS).max(1),
            // Others find room while it is exported, and before its delay is over.
            batch_bytes: BATCH_BYTES.min(own.part(1, 4)),
            runtime: self.runtime.unwrap_or_else(Handle::current),
        };
        let (messages, received) = mpsc::channel();
        let launched = (self.launch)(thread, received);
        if let Err(error) = &launched {
            let name = self.counts.name();
            settings.report.warn(
                &format!("{name} thread"),
                format_args!("{name}: no thread could be started for the exporter, its spans are lost: {error}"),
            );
        }
        Foreign {
            messages: launched.is_ok().then_some(messages),
            counts: self.counts,
            settlement,
            budget: settings.budget.clone(),
            own,
            report: settings.report.clone(),
            progress: Cell::new((0, std::time::Instant::now())),
            last_flush: None,
        }
    }
}

impl fmt::Debug for ForeignExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignExporter").field("name", &self.counts.name()).finish_non_exhaustive()
    }
}

/// The side of the worker.
#[derive(Debug)]
pub(crate) struct Foreign {
    /// None once it is shut down.
    messages: Option<mpsc::Sender<Message>>,
    counts: DestinationCounts,
    settlement: Settlement,
    budget: Budget,
    own: Budget,
    report: SelfReport,
    /// How many spans were settled when there were last more, and when that was.
    progress: Cell<(u64, std::time::Instant)>,
    /// Behind which no span has come yet.
    last_flush: Option<Flush>,
}

impl Foreign {
    /// Shared with whoever wants to know.
    #[cfg(all(test, feature = "_otlp"))]
    pub(crate) fn counts(&self) -> &DestinationCounts {
        &self.counts
    }

    /// Clones the span for the exporter's thread. Never waits.
    pub(crate) fn offer(&mut self, span: &SpanData) {
        let Some(messages) = &self.messages else {
            return self.counts.turn_away(LossReason::AtShutdown, 1);
        };
        let Some((span, held)) = self.with_room(span) else {
            self.counts.turn_away(LossReason::QueueFull, 1);
            let name = self.counts.name();
            return self.report.warn(
                &format!("{name} full"),
                format_args!("{name}: no room for more spans while it does not take those that wait; they are lost"),
            );
        };
        let settled = self.counts.settled();
        if self.counts.accepted() == settled {
            // It begins anew now.
            self.progress.set((settled, std::time::Instant::now()));
        }
        self.counts.accept();
        self.last_flush = None;
        if messages.send(Message::Span(Box::new(span), held)).is_err() {
            self.counts.lose(LossReason::DestinationPanicked, 1);
        }
    }

    /// Whether the exporter takes spans and has many before it. One that has settled none for a while is not waited for.
    pub(crate) fn is_behind(&self) -> bool {
        if !self.own.is_above(1, 2) {
            return false;
        }
        let settled = self.counts.settled();
        let (before, at) = self.progress.get();
        if settled != before {
            self.progress.set((settled, std::time::Instant::now()));
        }
        settled != before || at.elapsed() < STALLED
    }

    /// A copy of the span, whole where there is much room, and else without its content.
    fn with_room(&self, span: &SpanData) -> Option<(SpanData, Held)> {
        let reserve = |span: &SpanData| Held::reserve(&self.own, &self.budget, SPAN_BYTES + Copied::of_span(span));
        if !self.own.is_above(3, 4)
            && let Some(held) = reserve(span)
        {
            return Some((span.clone(), held));
        }
        let Some((light, missing)) = light(span) else {
            let held = reserve(span)?;
            return Some((span.clone(), held));
        };
        let held = reserve(&light)?;
        self.counts.shed(1, missing);
        let name = self.counts.name();
        self.report.warn(
            &format!("{name} sheds"),
            format_args!(
                "{name}: spans are handed to it without their content (tracing_genai.shed on each), since those that \
                 wait for it leave no room; raise Builder::with_queue_bytes"
            ),
        );
        Some((light, held))
    }

    /// Exports what was offered until now; comes back when that is done, or at the deadline.
    pub(crate) fn flush(&mut self, deadline: Instant) -> impl Future<Output = ()> + Send + use<> {
        let (done, is_done) = oneshot::channel();
        let asked = self.ask_for_flush(done);
        async move {
            if asked {
                let _ = timeout_at(deadline, is_done).await;
            }
        }
    }

    /// Whether the exporter's thread hears of it.
    fn ask_for_flush(&mut self, done: oneshot::Sender<()>) -> bool {
        let Some(messages) = &self.messages else { return false };
        let last = self.last_flush.take();
        let joined = match &last {
            Some(last) => last.join(done),
            None => Err(done),
        };
        let Err(done) = joined else {
            self.last_flush = last;
            return true;
        };
        let flush = Flush::new(done);
        self.last_flush = Some(flush.clone());
        messages.send(Message::Flush(flush)).is_ok()
    }

    /// Exports what was offered and shuts the exporter down; what is not settled by the deadline is lost. An exporter
    /// that still blocks then is left to itself.
    pub(crate) async fn shutdown(mut self, deadline: Instant) {
        let Some(messages) = self.messages.take() else { return };
        let (done, is_done) = oneshot::channel();
        let left = deadline.saturating_duration_since(Instant::now());
        // What the exporter gets for itself, after its last export.
        let patience = left.max(Duration::from_millis(1));
        if messages.send(Message::Shutdown(patience, done)).is_ok() {
            let _ = timeout_at(deadline, is_done).await;
        }
        let lost = self.settlement.close();
        if lost > 0 {
            let name = self.counts.name();
            self.report.warn(
                &format!("{name} at shutdown"),
                format_args!("{name}: {} lost, still waiting at the shutdown's deadline", words::spans(lost)),
            );
        }
    }
}

/// Crate and name of a type, without what stands between.
fn short_name<T>() -> String {
    let name = type_name::<T>();
    let path = name.split('<').next().unwrap_or(name);
    match (path.split("::").next(), path.rsplit("::").next()) {
        (Some(krate), Some(last)) if krate != last => format!("{krate}::{last}"),
        _ => path.to_owned(),
    }
}
