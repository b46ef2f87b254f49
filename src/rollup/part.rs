//! What one span is to the totals.

use opentelemetry::Value;
use opentelemetry::trace::Status;

use super::money::Money;
use crate::conventions::{SpanType, attribute, operation, value};
use crate::span::Span;

/// A span's own part.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Call(Call),
    /// Gets a total; its own figures sum up what is below it.
    Agent,
    /// Its own figures sum up what is below it.
    Container,
    /// A step with a fee of its own, where it has one.
    Step(Option<Money>),
    /// No GenAI span.
    None,
}

/// A call of a model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) kind: CallKind,
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    pub(super) cost: Option<Money>,
    /// Failed without usage: providers do not charge for it.
    pub(super) free: bool,
    /// Its operation is none of the conventions': where calls are below it, it sums them up.
    pub(super) is_own: bool,
}

/// Calls of different kinds are never the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallKind {
    Llm,
    Embedding,
    Rerank,
}

impl Part {
    pub(super) fn of(span: &Span) -> Self {
        if !span.gen_ai {
            return Self::None;
        }
        let kind = match span.span_type() {
            Some(SpanType::Llm) => CallKind::Llm,
            Some(SpanType::Embedding) => CallKind::Embedding,
            Some(SpanType::Rerank) => CallKind::Rerank,
            Some(SpanType::Agent) => return Self::Agent,
            Some(SpanType::Chain | SpanType::Plan) => return Self::Container,
            _ => return Self::Step(cost(span)),
        };
        let call = Call::of(span, kind);
        // Asks for an answer that another call has made; usage that stands on it has been reported nowhere else.
        let fetches = span.text(attribute::GEN_AI_OPERATION_NAME) == Some(value::operation::FETCH_RESPONSE);
        if fetches && !call.has_tokens() { Self::Step(call.cost) } else { Self::Call(call) }
    }

    /// Whether a figure depends on all below it being there before it: an agent's total, and what is counted of a call or
    /// a fee.
    pub(super) fn needs_all(&self) -> bool {
        matches!(self, Self::Agent | Self::Call(_) | Self::Step(Some(_)))
    }
}

impl Call {
    fn of(span: &Span, kind: CallKind) -> Self {
        let tokens = |key| span.int(key).and_then(|tokens| u64::try_from(tokens).ok());
        let mut call = Self {
            kind,
            input: tokens(attribute::GEN_AI_USAGE_INPUT_TOKENS),
            output: tokens(attribute::GEN_AI_USAGE_OUTPUT_TOKENS),
            cost: cost(span),
            free: false,
            is_own: span.text(attribute::GEN_AI_OPERATION_NAME).is_some_and(|name| operation(name).is_none()),
        };
        call.free = !call.has_tokens() && matches!(span.data.status, Status::Error { .. });
        call
    }

    /// Whether it tells what was used. A source that knows nothing may write noughts.
    pub(super) fn has_tokens(&self) -> bool {
        self.input.is_some_and(|tokens| tokens > 0) || self.output.is_some_and(|tokens| tokens > 0)
    }

    /// Cost something that nobody knows.
    pub(super) fn is_unpriced(&self) -> bool {
        self.cost.is_none() && !self.free
    }
}

fn cost(span: &Span) -> Option<Money> {
    match span.get(attribute::GEN_AI_USAGE_COST) {
        Some(Value::F64(usd)) => Money::of_usd(*usd),
        _ => None,
    }
}
