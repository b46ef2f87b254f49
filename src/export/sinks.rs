//! All destinations of a telemetry, as the worker sees them.

#[cfg(feature = "_otlp")]
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry_sdk::Resource;
#[cfg(feature = "_otlp")]
use opentelemetry_sdk::trace::SpanData;
use tokio::time::Instant;

#[cfg(feature = "_otlp")]
use super::encode;
use super::plan::Plan;
use super::settings::SinkSettings;
use super::sink::{Counted, Done, Sink};
use crate::span::Span;

/// Bytes of memory that is kept of a form for the next span.
#[cfg(feature = "_otlp")]
const MAX_SPARE: usize = 64 << 10;

/// The destinations, each on its own but for this: those that read a span alike share its encoding.
#[derive(Debug, Default)]
pub(crate) struct Sinks {
    all: Vec<Sink>,
    #[cfg(feature = "_otlp")]
    forms: Vec<Form>,
}

impl Sinks {
    /// Starts what the destinations need in the runtime that is current.
    pub(crate) fn open(plans: impl Iterator<Item = Plan>, resource: &Resource, settings: &SinkSettings) -> Self {
        let all: Vec<_> = plans.map(|plan| Sink::open(plan, resource, settings)).collect();
        #[cfg(feature = "_otlp")]
        let mut all = all;
        Self {
            #[cfg(feature = "_otlp")]
            forms: shared_by(&mut all),
            all,
        }
    }

    /// Takes the span to each, or counts why not. Never blocks.
    pub(crate) fn offer(&mut self, span: &Span) {
        // Also where one before has panicked half-way.
        #[cfg(feature = "_otlp")]
        self.forms.iter_mut().for_each(Form::clear);
        for sink in &mut self.all {
            #[cfg(feature = "_otlp")]
            sink.offer(span, sink.form.and_then(|form| self.forms.get_mut(form)));
            #[cfg(not(feature = "_otlp"))]
            sink.offer(span);
        }
        // The next span may come late, and this one have been large.
        #[cfg(feature = "_otlp")]
        self.forms.iter_mut().for_each(Form::clear);
    }

    /// Whether there is only one.
    pub(crate) fn is_one(&self) -> bool {
        self.all.len() == 1
    }

    /// Whether one of them takes spans and has many before it: the next ones had better wait elsewhere.
    pub(crate) fn are_behind(&mut self) -> bool {
        let alone = self.is_one();
        self.all.iter_mut().any(|sink| sink.is_behind(alone))
    }

    /// Each sends what it was offered until now.
    pub(crate) fn flush(&mut self, deadline: Instant) -> Vec<Done> {
        self.all.iter_mut().map(|sink| sink.flush(deadline)).collect()
    }

    /// Each flushes, then stops; what is not settled by the deadline is lost.
    pub(crate) fn shutdown(self, deadline: Instant) -> Vec<Done> {
        self.all.into_iter().map(|sink| sink.shutdown(deadline)).collect()
    }

    /// Their counters, which outlive them.
    pub(crate) fn counted(&self) -> Vec<Counted> {
        self.all.iter().map(Sink::counted).collect()
    }
}

/// A form for all that read spans alike, where there are several.
#[cfg(feature = "_otlp")]
fn shared_by(mut sinks: &mut [Sink]) -> Vec<Form> {
    let mut forms = Vec::new();
    while let Some((first, others)) = sinks.split_first_mut() {
        // Those that are like one of them have it already.
        if first.form.is_none() {
            let form = others.iter().any(|other| first.reads_like(other)).then_some(forms.len());
            forms.extend(form.map(|_| Form::default()));
            others.iter_mut().filter(|other| first.reads_like(other)).for_each(|other| other.form = form);
            first.form = form;
        }
        sinks = others;
    }
    forms
}

/// The span that is being offered, encoded as several destinations read it. A destination that is like no other has none: it
/// writes where the span is to stand.
#[cfg(feature = "_otlp")]
#[derive(Debug, Default)]
pub(super) struct Form {
    encoded: Vec<u8>,
    is_made: bool,
}

#[cfg(feature = "_otlp")]
impl Form {
    fn clear(&mut self) {
        self.is_made = false;
        self.encoded.clear();
        self.encoded.shrink_to(MAX_SPARE);
    }

    /// What another destination has made.
    pub(super) fn made(&self) -> Option<&[u8]> {
        self.is_made.then_some(&self.encoded)
    }

    /// Makes it. Nothing where that panics: who is to encode the span then counts that for itself.
    pub(super) fn make(&mut self, shaped: &SpanData) -> Option<&[u8]> {
        let encoded = &mut self.encoded;
        // Where another one's panicked, some of it may be left.
        encoded.clear();
        self.is_made = catch_unwind(AssertUnwindSafe(|| encode::span(shaped, encoded))).is_ok();
        self.made()
    }
}
