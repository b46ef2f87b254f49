//! Canonical spans for tests, by numbers.

use opentelemetry::Value;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions::attribute;
use crate::span::{Span, sample};

/// A span of no kind in trace 1.
pub(super) fn plain(id: u64, parent: u64) -> Span {
    let trace = TraceId::from(1_u128);
    let data = SpanData {
        span_context: SpanContext::new(trace, SpanId::from(id), TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id: SpanId::from(parent),
        ..sample::data(Vec::new())
    };
    Span::new(data, false)
}

/// A GenAI span.
pub(super) fn step(span_type: &'static str, id: u64, parent: u64) -> Span {
    let mut span = plain(id, parent);
    span.gen_ai = true;
    span.set(attribute::SPAN_TYPE, span_type);
    span
}

/// A priced call of a language model.
pub(super) fn chat(id: u64, parent: u64, input: i64, output: i64, usd: f64) -> Span {
    let mut span = used(id, parent, input, output);
    span.set(attribute::GEN_AI_USAGE_COST, usd);
    span.set(attribute::TRACING_GENAI_COST_SOURCE, "catalogue");
    span
}

/// A call of a language model without an amount.
pub(super) fn used(id: u64, parent: u64, input: i64, output: i64) -> Span {
    let mut span = step("llm", id, parent);
    span.set(attribute::GEN_AI_USAGE_INPUT_TOKENS, input);
    span.set(attribute::GEN_AI_USAGE_OUTPUT_TOKENS, output);
    span
}

pub(super) fn in_trace(mut span: Span, trace: u128) -> Span {
    let id = span.data.span_context.span_id();
    span.data.span_context = SpanContext::new(TraceId::from(trace), id, TraceFlags::SAMPLED, false, TraceState::NONE);
    span
}

pub(super) fn remote_parent(mut span: Span) -> Span {
    span.data.parent_span_is_remote = true;
    span
}

/// Calls, input, output, unpriced calls, whether incomplete; nothing where there is no total.
pub(super) fn counts(span: &Span) -> Option<(i64, i64, i64, i64, bool)> {
    let int = |key| span.int(key);
    Some((
        int(attribute::TRACING_GENAI_TOTAL_CALLS)?,
        int(attribute::TRACING_GENAI_TOTAL_INPUT_TOKENS).unwrap_or(-1),
        int(attribute::TRACING_GENAI_TOTAL_OUTPUT_TOKENS).unwrap_or(-1),
        int(attribute::TRACING_GENAI_TOTAL_UNPRICED_CALLS)?,
        span.get(attribute::TRACING_GENAI_TOTAL_INCOMPLETE) == Some(&Value::Bool(true)),
    ))
}

pub(super) fn total_cost(span: &Span) -> Option<f64> {
    match span.get(attribute::TRACING_GENAI_TOTAL_COST)? {
        Value::F64(usd) => Some(*usd),
        other => panic!("{other:?}"),
    }
}
