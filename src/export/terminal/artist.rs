//! The thread that collects, draws and writes: stderr may block, and then only this thread waits.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;

use super::counts::{Counters, add};
use super::entry::Entry;
use super::piece::Piece;
use super::style::Style;
use super::trace_table::TraceTable;
use super::tree::draw;
use crate::self_report::SelfReport;

/// How often traces are looked through for those that were quiet too long.
const SWEEP: Duration = Duration::from_secs(1);

/// What the sink sends to the thread.
pub(crate) enum Message {
    Span(Box<Entry>),
    Flush(oneshot::Sender<()>),
    Shutdown(oneshot::Sender<()>),
}

/// What lives on the thread.
pub(crate) struct Artist {
    pub(crate) table: TraceTable,
    pub(crate) style: Style,
    pub(crate) writer: Box<dyn Write + Send>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) report: SelfReport,
}

impl Artist {
    pub(crate) async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut next_sweep = Instant::now() + SWEEP;
        loop {
            let message = if self.table.is_empty() {
                messages.recv().await
            } else {
                let Ok(message) = timeout_at(next_sweep.into(), messages.recv()).await else {
                    self.sweep(&mut next_sweep);
                    continue;
                };
                message
            };
            match message {
                Some(Message::Span(entry)) => {
                    self.insert(*entry);
                    // A busy inbox never lets the wait above time out.
                    if Instant::now() >= next_sweep {
                        self.sweep(&mut next_sweep);
                    }
                }
                Some(Message::Flush(done)) => {
                    self.flush();
                    let _ = done.send(());
                }
                Some(Message::Shutdown(done)) => {
                    messages.close();
                    let others = self.drain(&mut messages);
                    self.flush();
                    for done in others.into_iter().chain([done]) {
                        let _ = done.send(());
                    }
                    return;
                }
                None => return self.flush(),
            }
        }
    }

    /// Takes what was sent between the request to shut down and the closing of the inbox; who else waits for it.
    fn drain(&mut self, messages: &mut mpsc::Receiver<Message>) -> Vec<oneshot::Sender<()>> {
        let mut others = Vec::new();
        while let Ok(message) = messages.try_recv() {
            match message {
                Message::Span(entry) => self.insert(*entry),
                Message::Flush(done) | Message::Shutdown(done) => others.push(done),
            }
        }
        others
    }

    fn insert(&mut self, entry: Entry) {
        let summed = self.table.summed();
        let pieces = self.table.insert(entry, Instant::now());
        add(&self.counters.summed, self.table.summed() - summed);
        self.write(&pieces);
    }

    fn sweep(&mut self, next_sweep: &mut Instant) {
        let now = Instant::now();
        let pieces = self.table.sweep(now);
        self.write(&pieces);
        *next_sweep = now + SWEEP;
    }

    fn flush(&mut self) {
        let pieces = self.table.flush();
        self.write(&pieces);
    }

    fn write(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            let fresh = u64::try_from(piece.fresh).unwrap_or(u64::MAX);
            let drawing = draw(piece, &self.style);
            match self.writer.write_all(drawing.as_bytes()).and_then(|()| self.writer.flush()) {
                Ok(()) => add(&self.counters.drawn, fresh),
                Err(error) => {
                    add(&self.counters.write_failed, fresh);
                    self.report.warn(
                        "terminal_write",
                        format_args!(
                            "cannot write trace trees to stderr: {error}; open stderr, or set OTEL_TRACES_EXPORTER=otlp \
                             (or none)"
                        ),
                    );
                }
            }
        }
    }
}
