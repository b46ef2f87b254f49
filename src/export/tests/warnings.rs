//! What the program's log would show of our own warnings.

use std::fmt;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, registry};

use crate::self_report::SelfReport;

pub(in crate::export) struct Warnings {
    pub(in crate::export) report: SelfReport,
    said: UnboundedReceiver<String>,
    _log: Dispatch,
}

impl Warnings {
    pub(in crate::export) fn new() -> Self {
        let (say, said) = unbounded_channel();
        let log = Dispatch::new(registry().with(Log(say)));
        let report = SelfReport::default();
        report.speak_through(&log);
        Self { report, said, _log: log }
    }

    /// What was said until now.
    pub(in crate::export) fn said(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.said.try_recv().ok()).collect()
    }

    pub(in crate::export) async fn next(&mut self) -> String {
        self.said.recv().await.expect("the log is there")
    }
}

struct Log(UnboundedSender<String>);

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Message(&self.0));
    }
}

struct Message<'a>(&'a UnboundedSender<String>);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.send(format!("{value:?}")).ok();
        }
    }
}
