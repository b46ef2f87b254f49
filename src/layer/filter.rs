//! Which spans and events become traces; `RUST_LOG` never touches it.

use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use super::lend;
use crate::conventions;

/// Crates that carry our requests. Tracing them would trace the export of traces.
const TRANSPORT: [&str; 8] = ["h2", "hyper", "hyper_util", "tonic", "reqwest", "rustls", "tower", "tokio_rustls"];
/// Our own events are for the log, not for the trace.
const OWN: &str = "tracing_genai";

/// Directives of the form `info,my_crate=debug,other=off`. GenAI spans pass at every level, with their `err` and
/// `ret`.
#[derive(Clone, Debug)]
pub(crate) struct TraceFilter {
    targets: Targets,
    off: bool,
}

impl TraceFilter {
    /// Everything at `info` and above.
    pub(crate) fn info() -> Self {
        Self { targets: Targets::new().with_default(LevelFilter::INFO), off: false }
    }

    /// Nothing at all, GenAI spans neither.
    pub(crate) fn off() -> Self {
        Self { targets: Targets::new(), off: true }
    }

    pub(crate) fn parse(directives: &str) -> Option<Self> {
        Targets::from_str(directives).ok().map(|targets| Self { targets, off: false })
    }

    fn static_interest(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.off || is_left_out(metadata.target()) {
            return Interest::never();
        }
        if self.targets.would_enable(metadata.target(), metadata.level()) || is_needed(metadata) {
            return Interest::always();
        }
        if metadata.is_event() && is_outcome(metadata) { Interest::sometimes() } else { Interest::never() }
    }
}

/// Whether a target belongs to what carries our requests, or is our own. It is asked for every span and event.
fn is_left_out(target: &str) -> bool {
    let within = |root: &&str| target.strip_prefix(*root).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    target == OWN || TRANSPORT.iter().any(within)
}

impl<S> Filter<S> for TraceFilter
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, ctx: &Context<'_, S>) -> bool {
        if self.off || is_left_out(metadata.target()) {
            return false;
        }
        if self.targets.would_enable(metadata.target(), metadata.level()) || is_needed(metadata) {
            return true;
        }
        metadata.is_event()
            && is_outcome(metadata)
            && ctx.lookup_current().is_some_and(|span| is_gen_ai(span.metadata()))
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.static_interest(metadata)
    }
}

/// Declared by `span_type`, or by a key that only GenAI spans carry.
pub(super) fn is_gen_ai(metadata: &Metadata<'_>) -> bool {
    metadata.fields().iter().any(|field| conventions::is_gen_ai_key(field.name()))
}

/// What is wanted whatever the directives say: GenAI spans, those that lend them a value, events that hold their values,
/// and what goes wrong in a span.
fn is_needed(metadata: &Metadata<'_>) -> bool {
    if metadata.is_span() {
        is_gen_ai(metadata) || lend::is_on_the_way(metadata)
    } else {
        *metadata.level() == Level::ERROR
            || metadata.fields().iter().any(|field| conventions::is_folded_event_key(field.name()))
    }
}

/// What `#[instrument(err, ret)]` emits: one field of a fixed name.
fn is_outcome(metadata: &Metadata<'_>) -> bool {
    let fields = metadata.fields();
    fields.len() == 1 && (fields.field("error").is_some() || fields.field("return").is_some())
}
