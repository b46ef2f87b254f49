//! What of a span decides its price.

use std::time::SystemTime;

use opentelemetry::Value;

use super::clock::Moment;
use crate::conventions::{SpanType, attribute};
use crate::span::Span;

/// Texts that a price depends on.
pub(super) const KEY_PARTS: usize = 9;

/// A model call as its span tells it. What is absent is empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) provider: &'a str,
    pub(super) address: &'a str,
    pub(super) request: &'a str,
    pub(super) response: &'a str,
    pub(super) tier: &'a str,
    pub(super) speed: &'a str,
    pub(super) region: &'a str,
    pub(super) batch: bool,
    pub(super) partial: bool,
    /// An amount in US dollars that came with the span, if it can be one.
    pub(super) reported: Option<f64>,
    pub(super) source: &'a str,
    /// When it was completed: providers whose prices have hours go by that.
    pub(super) ended: SystemTime,
}

impl<'a> Call<'a> {
    /// Nothing where the span is none of a model call: an agent's usage is that of the calls below it.
    pub(super) fn of(span: &'a Span) -> Option<Self> {
        if !matches!(span.span_type(), Some(SpanType::Llm | SpanType::Embedding | SpanType::Rerank)) {
            return None;
        }
        let text = |key| span.text(key).unwrap_or_default();
        let is = |key| matches!(span.get(key), Some(Value::Bool(true)));
        // The tier that served the call, or else the one that was asked for.
        let tiers = [
            attribute::OPENAI_RESPONSE_SERVICE_TIER,
            attribute::TRACING_GENAI_SERVICE_TIER,
            attribute::OPENAI_REQUEST_SERVICE_TIER,
        ];
        Some(Self {
            provider: text(attribute::GEN_AI_PROVIDER_NAME),
            address: text(attribute::SERVER_ADDRESS),
            request: text(attribute::GEN_AI_REQUEST_MODEL),
            response: text(attribute::GEN_AI_RESPONSE_MODEL),
            // `auto` is what was asked for, and none.
            tier: tiers.into_iter().map(text).find(|tier| !matches!(*tier, "" | "auto")).unwrap_or_default(),
            speed: text(attribute::TRACING_GENAI_SPEED),
            region: text(attribute::TRACING_GENAI_REGION),
            batch: is(attribute::TRACING_GENAI_BATCH),
            partial: is(attribute::TRACING_GENAI_USAGE_PARTIAL),
            reported: match span.get(attribute::GEN_AI_USAGE_COST) {
                Some(Value::F64(usd)) => Some(*usd),
                #[expect(clippy::cast_precision_loss, reason = "whole dollars")]
                Some(Value::I64(usd)) => Some(*usd as f64),
                _ => None,
            }
            .filter(|usd| usd.is_finite() && *usd >= 0.0),
            source: text(attribute::TRACING_GENAI_COST_SOURCE),
            ended: span.data.end_time,
        })
    }

    /// When it was completed, as prices ask.
    pub(super) fn at(&self) -> Moment {
        self.ended.into()
    }

    /// What the price depends on, time apart.
    #[inline]
    pub(super) fn key_parts<'p>(&'p self, model: Option<&'p str>) -> [&'p str; KEY_PARTS] {
        [
            self.provider,
            self.address,
            self.request,
            self.response,
            self.tier,
            self.speed,
            self.region,
            if self.batch { "batch" } else { "" },
            model.unwrap_or_default(),
        ]
    }
}
