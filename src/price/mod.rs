//! What a model call cost: on the worker, from its canonical usage.
//!
//! The amount stands on the span that made the call and nowhere else. What the provider itself reported goes first;
//! a model that the catalogue does not know gets no amount, and a reason.

use std::cell::OnceCell;

use genai_prices::{Calculator, ErrorKind, PriceRequest, Usage, UsageKey};

use crate::conventions::{SpanType, attribute};
use crate::span::Span;

/// The step. The catalogue is decoded when the first call is priced, on the worker.
#[derive(Debug, Default)]
pub(crate) struct Prices {
    catalogue: OnceCell<&'static Calculator>,
}

impl Prices {
    pub(crate) fn apply(&self, span: &mut Span) {
        let priced = matches!(
            span.text(attribute::SPAN_TYPE).and_then(SpanType::parse),
            Some(SpanType::Llm | SpanType::Embedding)
        );
        if !span.gen_ai || !priced {
            return;
        }
        if span.get(attribute::GEN_AI_USAGE_COST).is_some() {
            if span.get(attribute::TRACING_GENAI_COST_SOURCE).is_none() {
                span.set(attribute::TRACING_GENAI_COST_SOURCE, "provider");
            }
            return;
        }
        match price(self.catalogue.get_or_init(Calculator::bundled), span) {
            Ok(usd) => {
                span.set(attribute::GEN_AI_USAGE_COST, usd);
                span.set(attribute::TRACING_GENAI_COST_SOURCE, "catalogue");
            }
            Err(reason) => span.set(attribute::TRACING_GENAI_COST_STATUS, reason),
        }
    }
}

/// USD for the span's tokens, or why there is none.
fn price(catalogue: &Calculator, span: &Span) -> Result<f64, &'static str> {
    let model = span
        .text(attribute::GEN_AI_RESPONSE_MODEL)
        .or_else(|| span.text(attribute::GEN_AI_REQUEST_MODEL))
        .ok_or("no_model")?;
    let usage = usage(span).ok_or("no_usage")?;
    let mut request = PriceRequest::new(model, &usage).with_timestamp(span.data.end_time);
    if let Some(provider) = span.text(attribute::GEN_AI_PROVIDER_NAME) {
        request = request.with_provider_id(catalogue_provider(provider));
    }
    let price = catalogue.calculate(&request).map_err(|error| match error.kind() {
        ErrorKind::ModelNotFound => "unknown_model",
        ErrorKind::ProviderNotFound => "unknown_provider",
        _ => "no_price",
    })?;
    if price.total_price.is_finite() { Ok(price.total_price) } else { Err("no_price") }
}

fn usage(span: &Span) -> Option<Usage> {
    let pairs = [
        (UsageKey::INPUT_TOKENS, attribute::GEN_AI_USAGE_INPUT_TOKENS),
        (UsageKey::OUTPUT_TOKENS, attribute::GEN_AI_USAGE_OUTPUT_TOKENS),
        (UsageKey::CACHE_READ_TOKENS, attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS),
        (UsageKey::CACHE_WRITE_TOKENS, attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS),
    ];
    let mut usage = Usage::new();
    for (unit, key) in pairs {
        if let Some(tokens) = span.int(key) {
            #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
            usage.insert(unit, tokens as f64);
        }
    }
    (!usage.is_empty()).then_some(usage)
}

/// The catalogue's own ids, where they differ from the conventions' names.
fn catalogue_provider(provider: &str) -> &str {
    match provider {
        "aws.bedrock" => "aws",
        "azure.ai.inference" | "azure.ai.openai" => "azure",
        "gcp.gemini" | "gcp.gen_ai" | "gcp.vertex_ai" => "google",
        "mistral_ai" => "mistral",
        "moonshot_ai" => "moonshotai",
        "x_ai" => "x-ai",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use genai_prices::Calculator;

    use super::catalogue_provider;

    #[test]
    fn every_provider_of_the_conventions_that_the_catalogue_has_is_found() {
        let providers = Calculator::bundled();
        for name in
            ["aws.bedrock", "azure.ai.openai", "gcp.gemini", "mistral_ai", "moonshot_ai", "x_ai", "openai", "anthropic"]
        {
            assert!(providers.find_provider(Some(catalogue_provider(name)), None).unwrap().is_some(), "{name}");
        }
    }
}
