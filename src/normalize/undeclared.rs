//! A debug aid: model calls whose counts were lost before anybody could see them.
//!
//! `Span::record` of a field that the span does not declare is dropped by `tracing` itself, so that no layer hears of it:
//! older versions of rig lose their counts so in a user's span. What can be seen is what is missing in the end.

use std::collections::HashSet;

use opentelemetry::trace::Status;
use tracing::callsite::Identifier;

use crate::conventions::{self, SpanType, attribute};
use crate::layer::Open;
use crate::self_report::SelfReport;
use crate::span::Span;

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
    pub(super) fn look_at(&mut self, span: &Span, span_type: Option<SpanType>, open: &Open, say: &SelfReport) {
        let is_call = matches!(span_type, Some(SpanType::Llm | SpanType::Embedding));
        let failed = open.panicked || open.cancelled || matches!(span.data.status, Status::Error { .. });
        if !cfg!(debug_assertions) || !is_call || failed || COUNTS.iter().any(|key| span.get(key).is_some()) {
            return;
        }
        let declares_counts = open.metadata.fields().iter().any(|field| {
            let canonical = conventions::alias(field.name()).map_or(field.name(), |alias| alias.canonical);
            COUNTS.contains(&canonical) || conventions::bag(canonical).is_some()
        });
        if declares_counts || self.told.len() >= MAX_CALL_SITES || !self.told.insert(open.metadata.callsite()) {
            return;
        }
        let (name, file, line) = (open.metadata.name(), open.metadata.file(), open.metadata.line());
        let (file, line) = (file.unwrap_or("unknown file"), line.unwrap_or_default());
        say.inform(
            &format!("undeclared usage {file}:{line}"),
            format_args!(
                "a model call ended without usage, and so without cost: span {name:?} ({file}:{line}) declares no field \
                 for it, and tracing drops what Span::record is given for a field that is not declared. Declare \
                 input_tokens and output_tokens as tracing::field::Empty, or use GenAiSpanExt::record_usage, which \
                 needs no field"
            ),
        );
    }
}
