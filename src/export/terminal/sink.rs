//! The destination: takes spans on the worker and hands them to a thread of its own.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;

use super::artist::{Artist, Message};
use super::counts::{Counters, Counts, add};
use super::entry::Entry;
use super::screen::Stderr;
use super::style::Style;
use super::trace_table::{Limits, TraceTable};
use crate::self_report::SelfReport;

/// Spans that wait for the thread; each holds a few hundred bytes, seven KiB at most.
const QUEUE: usize = 4_096;
/// Draws each trace when its root has ended.
///
/// Dropping it lets the thread draw what is left and end by itself; to wait for that there is
/// [`TerminalSink::shutdown`].
#[derive(Debug)]
pub(crate) struct TerminalSink {
    inbox: mpsc::Sender<Message>,
    counters: Arc<Counters>,
    report: SelfReport,
}

impl TerminalSink {
    /// Draws on this process's stderr, in the style that the environment asks for (see [`Style::from_env`]).
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub(crate) fn stderr(var: &dyn Fn(&str) -> Option<String>, report: SelfReport) -> io::Result<Self> {
        Self::start(Style::of_stderr(var), Limits::default(), Box::new(Stderr), report)
    }

    /// Draws in `style` into `writer`, by one `write_all` for each tree.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub(crate) fn start(
        style: Style,
        limits: Limits,
        writer: Box<dyn Write + Send>,
        report: SelfReport,
    ) -> io::Result<Self> {
        let (inbox, messages) = mpsc::channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let artist = Artist {
            table: TraceTable::new(limits),
            style,
            writer,
            counters: Arc::clone(&counters),
            report: report.clone(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        thread::Builder::new()
            .name("tracing-genai-terminal".to_owned())
            .spawn(move || runtime.block_on(artist.run(messages)))?;
        Ok(Self { inbox, counters, report })
    }

    /// Takes in what is shown of `span`. Never waits: when the terminal is too slow the span is turned away, counted.
    pub(crate) fn offer(&self, span: &SpanData) {
        add(&self.counters.offered, 1);
        let Ok(permit) = self.inbox.try_reserve() else {
            add(&self.counters.turned_away, 1);
            if !self.inbox.is_closed() {
                self.report.warn(
                    "terminal_queue",
                    "stderr takes the trace trees too slowly, so that some spans are not drawn; send stderr to a file, \
                     or set OTEL_TRACES_EXPORTER=otlp (or none)",
                );
            }
            return;
        };
        permit.send(Message::Span(Box::new(Entry::of(span))));
    }

    /// Draws all that was offered, also trees whose root has not ended and late spans.
    ///
    /// False when that was not done by `deadline`.
    pub(crate) async fn flush(&self, deadline: Instant) -> bool {
        self.ask(Message::Flush, deadline).await
    }

    /// Flushes and ends the thread. What is offered afterwards is turned away.
    ///
    /// False when that was not done by `deadline`; the thread goes on by itself then.
    pub(crate) async fn shutdown(&self, deadline: Instant) -> bool {
        self.ask(Message::Shutdown, deadline).await
    }

    /// What became of the spans that were offered.
    pub(crate) fn counts(&self) -> Counts {
        self.counters.read()
    }

    async fn ask(&self, message: fn(oneshot::Sender<()>) -> Message, deadline: Instant) -> bool {
        if self.inbox.is_closed() {
            return self.counts().waiting() == 0;
        }
        let (done, finished) = oneshot::channel();
        let answer = async { self.inbox.send(message(done)).await.is_ok() && finished.await.is_ok() };
        timeout_at(deadline.into(), answer).await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::sync::{Mutex, PoisonError, mpsc as std_mpsc};
    use std::time::Duration;

    use tracing::Dispatch;

    use super::*;
    use crate::export::terminal::sample::{Sample, support_agent};
    use crate::export::terminal::style::{Charset, Width};

    const STYLE: Style = Style { width: Width::Fixed(100), charset: Charset::Unicode, colour: false };

    /// Keeps each write apart from the others.
    #[derive(Clone, Default)]
    struct Writes(Arc<Mutex<Vec<String>>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            writes.push(String::from_utf8(bytes.to_vec()).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Writes {
        fn seen(&self) -> Vec<String> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }
    }

    fn sink(writer: impl Write + Send + 'static) -> TerminalSink {
        TerminalSink::start(STYLE, Limits::default(), Box::new(writer), SelfReport::default()).unwrap()
    }

    fn in_a_minute() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn concurrent_requests_print_whole_trees() {
        let writes = Writes::default();
        let sink = sink(writes.clone());
        for sample in support_agent() {
            for trace in 1..=50 {
                sink.offer(&sample.clone().in_trace(trace).data());
            }
        }
        assert!(sink.shutdown(in_a_minute()).await);
        let seen = writes.seen();
        assert_eq!(seen.len(), 50, "one write for each tree");
        for tree in &seen {
            assert!(tree.starts_with("invoke_agent support_agent") && tree.ends_with("▏\n"), "{tree}");
            assert_eq!(tree.lines().count(), 7);
        }
        assert_eq!((sink.counts().delivered(), sink.counts().lost(), sink.counts().waiting()), (350, 0, 0));
    }

    #[tokio::test]
    async fn a_flush_draws_what_waits_for_its_root() {
        let writes = Writes::default();
        let sink = sink(writes.clone());
        sink.offer(&Sample::new(2, 1).data());
        assert!(sink.flush(in_a_minute()).await);
        assert!(writes.seen()[0].starts_with("unfinished trace"));
        sink.offer(&Sample::root(1).data());
        sink.offer(&Sample::new(3, 1).data());
        assert!(sink.flush(in_a_minute()).await);
        let seen = writes.seen();
        assert!(seen[1].starts_with("span 1 ") && seen[1].contains("└ span 2 "), "{}", seen[1]);
        assert!(seen[2].starts_with("late spans ") && seen[2].contains("└ span 3 "), "{}", seen[2]);
        assert_eq!(sink.counts().drawn, 3, "each is counted once");
    }

    #[test]
    fn it_works_on_a_runtime_that_somebody_else_drives() {
        let writes = Writes::default();
        let sink = sink(writes.clone());
        sink.offer(&Sample::root(1).data());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        assert!(runtime.block_on(sink.shutdown(in_a_minute())));
        assert_eq!(writes.seen().len(), 1);
        sink.offer(&Sample::root(2).data());
        assert!(runtime.block_on(sink.shutdown(in_a_minute())), "a second time changes nothing");
        assert_eq!((sink.counts().drawn, sink.counts().turned_away), (1, 1));
    }

    /// Writes when it is allowed to, and says when it begins to wait for that.
    struct Gate {
        waits: std_mpsc::Sender<()>,
        opened: std_mpsc::Receiver<()>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.waits.send(()).ok();
            self.opened.recv().ok();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_stderr_that_blocks_holds_nobody_up() {
        let (waits, waiting) = std_mpsc::channel();
        let (open, opened) = std_mpsc::channel();
        let sink = sink(Gate { waits, opened });
        sink.offer(&Sample::root(1).data());
        waiting.recv().unwrap();
        let queue = u64::try_from(QUEUE).unwrap();
        for id in 2..queue + 12 {
            sink.offer(&Sample::root(id).data());
        }
        assert_eq!(sink.counts().turned_away, 10);
        assert!(!sink.flush(Instant::now()).await, "the deadline holds");
        drop(open);
        assert!(sink.shutdown(in_a_minute()).await);
        assert_eq!((sink.counts().drawn, sink.counts().lost()), (queue + 1, 10));
    }

    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_closed_stderr_is_said_once_and_counted() {
        let log = Writes::default();
        let make = {
            let log = log.clone();
            move || log.clone()
        };
        let dispatch = Dispatch::new(tracing_subscriber::fmt().with_ansi(false).with_writer(make).finish());
        let report = SelfReport::default();
        report.speak_through(&dispatch);
        let sink = TerminalSink::start(STYLE, Limits::default(), Box::new(Broken), report).unwrap();
        for trace in 1..=3 {
            sink.offer(&Sample::root(1).in_trace(trace).data());
        }
        assert!(sink.shutdown(in_a_minute()).await);
        assert_eq!((sink.counts().write_failed, sink.counts().drawn), (3, 0));
        let said = log.seen().concat();
        assert_eq!(said.matches("cannot write trace trees to stderr").count(), 1, "{said}");
        assert!(said.contains("OTEL_TRACES_EXPORTER"), "{said}");
    }

    #[tokio::test]
    async fn spans_beyond_the_bound_are_counted_as_told() {
        let limits = Limits { spans_per_trace: 2, ..Limits::default() };
        let writes = Writes::default();
        let sink = TerminalSink::start(STYLE, limits, Box::new(writes.clone()), SelfReport::default()).unwrap();
        for id in 2..=11 {
            sink.offer(&Sample::new(id, 1).data());
        }
        sink.offer(&Sample::root(1).data());
        assert!(sink.shutdown(in_a_minute()).await);
        assert!(writes.seen()[0].ends_with("└ … and 8 more spans\n"));
        assert_eq!((sink.counts().drawn, sink.counts().summed, sink.counts().waiting()), (3, 8, 0));
    }
}
