//! A destination as the worker sees it: spans are offered, and never come back.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use tokio::time::Instant;

use super::foreign::Foreign;
use super::loss::LossReason;
use super::plan::{Plan, What};
use super::report::DestinationReport;
use super::settings::SinkSettings;
#[cfg(feature = "_otlp")]
use super::sinks::Form;
use super::terminal::TerminalSink;
use crate::content::{Content, narrowed_for_destination};
use crate::span::Span;

/// One destination. What panics in it is counted there and touches nothing else.
#[derive(Debug)]
pub(crate) struct Sink {
    kind: Kind,
    /// What of the content may go there, when that is less than what left the pipeline.
    content: Option<Content>,
    /// Shared with those that read spans alike.
    #[cfg(feature = "_otlp")]
    pub(super) form: Option<usize>,
    counted: Counted,
}

#[derive(Debug)]
enum Kind {
    #[cfg(feature = "_otlp")]
    Otlp(Box<super::sender::Sender>, super::shape::Shape),
    Foreign(Foreign),
    Terminal(Arc<TerminalSink>),
}

/// Comes back when what it stands for is done, or at its deadline.
pub(crate) type Done = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The counters of a sink, for whoever asks how it goes.
#[derive(Clone)]
pub(crate) struct Counted {
    counts: Arc<dyn Fn() -> DestinationReport + Send + Sync>,
    component: &'static str,
}

impl Sink {
    /// Starts what the destination needs in the runtime that is current.
    pub(crate) fn open(plan: Plan, resource: &Resource, settings: &SinkSettings) -> Self {
        let Plan { what, content } = plan;
        let (kind, counted) = match what {
            #[cfg(feature = "_otlp")]
            What::Otlp(prepared) => {
                let counts = prepared.counts.clone();
                let component = prepared.target.wire.component();
                let shape = prepared.shape();
                let sender = super::sender::Sender::to(*prepared, resource, settings);
                (Kind::Otlp(Box::new(sender), shape), Counted::new(component, move || counts.report()))
            }
            What::Foreign(foreign) => {
                let counts = foreign.counts().clone();
                (Kind::Foreign(foreign.open(resource, settings)), Counted::new("", move || counts.report()))
            }
            What::Terminal(name, terminal) => {
                let terminal = Arc::new(terminal);
                let counts = Arc::clone(&terminal);
                (Kind::Terminal(terminal), Counted::new("", move || terminal_report(&name, &counts)))
            }
        };
        Self {
            kind,
            content,
            #[cfg(feature = "_otlp")]
            form: None,
            counted,
        }
    }

    /// Whether the same bytes say the same to both.
    #[cfg(feature = "_otlp")]
    pub(super) fn reads_like(&self, other: &Self) -> bool {
        let (Kind::Otlp(_, shape), Kind::Otlp(_, others)) = (&self.kind, &other.kind) else { return false };
        shape.is_like(others) && self.content == other.content
    }

    /// Takes the span, or counts why not. Never blocks. `form` is that which it shares with others.
    pub(super) fn offer(&mut self, span: &Span, #[cfg(feature = "_otlp")] form: Option<&mut Form>) {
        #[cfg(feature = "_otlp")]
        if let Kind::Otlp(sender, shape) = &mut self.kind
            && let Some(made) = form.as_ref().and_then(|form| form.made())
        {
            if shape.takes(&span.data) {
                sender.offer_contained(&span.data, Some(made));
            }
            return;
        }
        let narrowed =
            self.content.as_ref().and_then(|content| narrowed_for_destination(&span.data, span.gen_ai, content));
        let data = narrowed.as_ref().unwrap_or(&span.data);
        match &mut self.kind {
            #[cfg(feature = "_otlp")]
            Kind::Otlp(sender, shape) => {
                if shape.takes(data)
                    && let Some(shaped) = shape.of(data, span.gen_ai, span.sides)
                {
                    sender.offer_contained(&shaped, form.and_then(|form| form.make(&shaped)));
                }
            }
            Kind::Foreign(foreign) => foreign.offer(data),
            Kind::Terminal(terminal) => terminal.offer(data),
        }
    }

    /// Whether the destination takes spans and has many before it: the next ones had better wait elsewhere. `alone`: there
    /// is no other.
    #[cfg_attr(not(feature = "_otlp"), expect(unused_variables, reason = "an exporter of another crate is not asked"))]
    pub(crate) fn is_behind(&mut self, alone: bool) -> bool {
        match &mut self.kind {
            #[cfg(feature = "_otlp")]
            Kind::Otlp(sender, _) => sender.is_behind(alone),
            Kind::Foreign(foreign) => foreign.is_behind(),
            Kind::Terminal(_) => false,
        }
    }

    /// Sends what was offered until now.
    pub(crate) fn flush(&mut self, deadline: Instant) -> Done {
        match &mut self.kind {
            #[cfg(feature = "_otlp")]
            Kind::Otlp(sender, _) => Box::pin(sender.flush(deadline)),
            Kind::Foreign(foreign) => Box::pin(foreign.flush(deadline)),
            Kind::Terminal(terminal) => {
                let terminal = Arc::clone(terminal);
                Box::pin(async move {
                    let _ = terminal.flush(deadline.into_std()).await;
                })
            }
        }
    }

    /// Flushes, then stops; what is not settled by the deadline is lost.
    pub(crate) fn shutdown(self, deadline: Instant) -> Done {
        match self.kind {
            #[cfg(feature = "_otlp")]
            Kind::Otlp(sender, _) => Box::pin(sender.shutdown(deadline)),
            Kind::Foreign(foreign) => Box::pin(foreign.shutdown(deadline)),
            Kind::Terminal(terminal) => Box::pin(async move {
                let _ = terminal.shutdown(deadline.into_std()).await;
            }),
        }
    }

    /// Its counters, which outlive it.
    pub(crate) fn counted(&self) -> Counted {
        self.counted.clone()
    }
}

impl Counted {
    fn new(component: &'static str, counts: impl Fn() -> DestinationReport + Send + Sync + 'static) -> Self {
        Self { counts: Arc::new(counts), component }
    }

    pub(crate) fn report(&self) -> DestinationReport {
        DestinationReport { component: self.component, ..(self.counts)() }
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report().fmt(f)
    }
}

fn terminal_report(name: &str, terminal: &TerminalSink) -> DestinationReport {
    let counts = terminal.counts();
    DestinationReport::new(name, counts.delivered(), counts.waiting())
        .with_lost(LossReason::QueueFull, counts.turned_away)
        .with_lost(LossReason::Refused, counts.write_failed)
}
