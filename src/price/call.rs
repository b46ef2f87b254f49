//! What of a span decides its price, in one pass over its attributes.

use opentelemetry::Value;

use super::clock::Moment;
use crate::conventions::{SpanType, attribute};
use crate::span::Span;

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
    /// An amount in US dollars that came with the span.
    pub(super) reported: Option<f64>,
    pub(super) source: &'a str,
    /// Keys that are written here stand on the span already.
    pub(super) has_outcome: bool,
    /// When it was completed: providers whose prices have hours go by that.
    pub(super) at: Moment,
}

impl<'a> Call<'a> {
    /// Nothing where the span is none of a model call: an agent's usage is that of the calls below it.
    pub(super) fn of(span: &'a Span) -> Option<Self> {
        let span_type = span.text(attribute::SPAN_TYPE).and_then(SpanType::parse)?;
        if !matches!(span_type, SpanType::Llm | SpanType::Embedding | SpanType::Rerank) {
            return None;
        }
        let mut call = Self {
            provider: "",
            address: "",
            request: "",
            response: "",
            tier: "",
            speed: "",
            region: "",
            batch: false,
            partial: false,
            reported: None,
            source: "",
            has_outcome: false,
            at: span.data.end_time.into(),
        };
        let (mut echoed, mut asked) = ("", "");
        for kv in &span.data.attributes {
            let key = kv.key.as_str();
            call.has_outcome |= is_outcome(key);
            match (key, &kv.value) {
                (attribute::GEN_AI_PROVIDER_NAME, Value::String(text)) => call.provider = text.as_str(),
                (attribute::SERVER_ADDRESS, Value::String(text)) => call.address = text.as_str(),
                (attribute::GEN_AI_REQUEST_MODEL, Value::String(text)) => call.request = text.as_str(),
                (attribute::GEN_AI_RESPONSE_MODEL, Value::String(text)) => call.response = text.as_str(),
                (attribute::TRACING_GENAI_SERVICE_TIER, Value::String(text)) => call.tier = text.as_str(),
                (attribute::OPENAI_RESPONSE_SERVICE_TIER, Value::String(text)) => echoed = text.as_str(),
                (attribute::OPENAI_REQUEST_SERVICE_TIER, Value::String(text)) => asked = text.as_str(),
                (attribute::TRACING_GENAI_SPEED, Value::String(text)) => call.speed = text.as_str(),
                (attribute::TRACING_GENAI_REGION, Value::String(text)) => call.region = text.as_str(),
                (attribute::TRACING_GENAI_COST_SOURCE, Value::String(text)) => call.source = text.as_str(),
                (attribute::TRACING_GENAI_BATCH, Value::Bool(batch)) => call.batch = *batch,
                (attribute::TRACING_GENAI_USAGE_PARTIAL, Value::Bool(partial)) => call.partial = *partial,
                (attribute::GEN_AI_USAGE_COST, Value::F64(usd)) => call.reported = Some(*usd),
                (attribute::GEN_AI_USAGE_COST, Value::I64(usd)) => {
                    #[expect(clippy::cast_precision_loss, reason = "whole dollars")]
                    let usd = *usd as f64;
                    call.reported = Some(usd);
                }
                _ => {}
            }
        }
        // The tier that served the call, or else the one that was asked for.
        call.tier = [call.tier, echoed, asked].into_iter().find(|tier| !tier.is_empty()).unwrap_or_default();
        Some(call)
    }

    /// What the price depends on, time apart, as one text.
    pub(super) fn write_key(&self, model: Option<&str>, key: &mut String) {
        key.clear();
        let parts = [
            self.provider,
            self.address,
            self.request,
            self.response,
            self.tier,
            self.speed,
            self.region,
            if self.batch { "batch" } else { "" },
            model.unwrap_or_default(),
        ];
        for part in parts {
            key.push_str(part);
            key.push('\u{1f}');
        }
    }
}

/// Whether a key is one of those that say what a call cost.
fn is_outcome(key: &str) -> bool {
    key.strip_prefix("tracing_genai.").is_some_and(|own| own.starts_with("cost.") || own.starts_with("price."))
        || key == attribute::GEN_AI_USAGE_COST
}
