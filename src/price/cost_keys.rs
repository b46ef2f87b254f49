//! Under which keys an amount leaves.

use opentelemetry::Value;

use crate::conventions::attribute;
use crate::span::Span;

/// The keys of an amount. Defaults to [`Usage`](Self::Usage).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CostKeys {
    /// `gen_ai.usage.cost`, a double in US dollars, which several backends read today.
    #[default]
    Usage,
    /// `gen_ai.usage.cost.amount`, `.currency` and `.source`, as the draft of the convention has them. Some backends
    /// take every number under `gen_ai.usage.` for a count of tokens.
    Draft,
    /// Both.
    Both,
}

impl CostKeys {
    /// The last word on an amount: until here it stands under `gen_ai.usage.cost`, whatever leaves.
    pub(crate) fn apply(self, span: &mut Span) {
        if self == Self::Usage {
            return;
        }
        let amount = match span.get(attribute::GEN_AI_USAGE_COST) {
            Some(Value::F64(usd)) => *usd,
            _ => return,
        };
        let source = match span.text(attribute::TRACING_GENAI_COST_SOURCE) {
            Some("provider") => "provider",
            _ => "local",
        };
        span.set(attribute::GEN_AI_USAGE_COST_AMOUNT, amount);
        span.set(attribute::GEN_AI_USAGE_COST_CURRENCY, "USD");
        span.set(attribute::GEN_AI_USAGE_COST_SOURCE, source);
        if self == Self::Draft {
            span.remove(attribute::GEN_AI_USAGE_COST);
        }
    }
}
