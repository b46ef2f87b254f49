//! A debug aid: model calls whose counts were lost before anybody could see them.
//!
//! `Span::record` of a field that the span does not declare is dropped by `tracing` itself, so that no layer hears of it:
//! older versions of rig lose their counts so in a user's span. What can be seen is what is missing in the end.

use std::collections::HashSet;
use std::fmt;

use opentelemetry::trace::Status;
use tracing::Metadata;
use tracing::callsite::Identifier;

use crate::conventions::{self, SpanType, attribute};
use crate::layer::Open;
use crate::self_report::SelfReport;
use crate::span::{Share, Span};

/// Call sites that are remembered. Of more, none is told.
const MAX_CALL_SITES: usize = 256;
/// Fields by which counts can be recorded.
const COUNTS: [&str; 3] =
    [attribute::GEN_AI_USAGE_INPUT_TOKENS, attribute::GEN_AI_USAGE_OUTPUT_TOKENS, attribute::GEN_AI_USAGE_TOTAL_TOKENS];

/// Tells of each call site once, in debug builds.
#[derive(Debug, Default)]
pub(crate) struct Undeclared {
    told: HashSet<Identifier>,
}

impl Undeclared {
    /// A wrapper around a call has no `share` of its own.
    pub(super) fn look_at(&mut self, span: &Span, share: Share, open: &Open, say: &SelfReport) {
        if !cfg!(debug_assertions) || share != Share::Call {
            return;
        }
        let is_call = matches!(span.span_type(), Some(SpanType::Llm | SpanType::Embedding));
        let failed = open.panicked || open.cancelled || matches!(span.data.status, Status::Error { .. });
        if !is_call || failed || COUNTS.iter().any(|key| span.get(key).is_some()) {
            return;
        }
        let site = Site(open.metadata);
        match &open.stream {
            Some(end) if end.usage_not_asked && self.is_new(open) => say.inform(
                &format!("usage not asked for {site}"),
                format_args!(
                    "a stream ended without usage, and so without cost: {site}. This API tells the usage of a stream \
                     only when it is asked to: put \"stream_options\": {{\"include_usage\": true}} into the request, and \
                     read the stream to its end"
                ),
            ),
            None if lacks_a_field(span, open) && self.is_new(open) => say.inform(
                &format!("undeclared usage {site}"),
                format_args!(
                    "a model call ended without usage, and so without cost: {site} declares no field for it, and tracing \
                     drops what Span::record is given for a field that is not declared. Declare input_tokens and \
                     output_tokens as tracing::field::Empty, or use GenAiSpanExt::record_usage, which needs no field. A \
                     call that was dropped before its answer came, as by a timeout, has no usage"
                ),
            ),
            _ => {}
        }
    }

    fn is_new(&mut self, open: &Open) -> bool {
        self.told.len() < MAX_CALL_SITES && self.told.insert(open.metadata.callsite())
    }
}

/// Whether a field is what was missing. What an answer lacks that was read as a whole, none would have got.
fn lacks_a_field(span: &Span, open: &Open) -> bool {
    let declares_counts = open.metadata.fields().iter().any(|field| {
        let canonical = conventions::alias(field.name()).map_or(field.name(), |alias| alias.canonical);
        COUNTS.contains(&canonical) || conventions::bag(canonical).is_some()
    });
    !declares_counts && span.get(attribute::TRACING_GENAI_API).is_none()
}

/// A call site, as a log tells it.
struct Site(&'static Metadata<'static>);

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line) = (self.0.file().unwrap_or("unknown file"), self.0.line().unwrap_or_default());
        write!(f, "span {:?} ({file}:{line})", self.0.name())
    }
}
