//! `UsageRecord`: one model call, for billing and budgets.

use std::time::{Duration, SystemTime};

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, TraceId};

use crate::conventions::attribute;
use crate::span::{Share, Span};
use crate::usage::Usage;

/// One call of a language, embedding or reranking model, after it was priced.
///
/// It is given to the functions of [`Builder::with_usage_observer`](crate::Builder::with_usage_observer), once for each
/// call. Where your own span is around a client's span for the same call, and it alone knows the usage or the amount, there is
/// a second record, with what the first one lacks, so that sums are right. It holds no prompt and no answer. Ids are as they
/// were recorded: redaction does not run over what stays in the process.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UsageRecord {
    trace_id: TraceId,
    span_id: SpanId,
    ended: SystemTime,
    duration: Duration,
    usage: Option<Usage>,
    cost: Option<f64>,
    tool_cost: Option<f64>,
    operation: Option<String>,
    provider: Option<String>,
    request_model: Option<String>,
    response_model: Option<String>,
    cost_status: Option<String>,
    cost_source: Option<String>,
    error_type: Option<String>,
    conversation_id: Option<String>,
    session_id: Option<String>,
    user_id: Option<String>,
    tenant: Option<String>,
    cost_centre: Option<String>,
    agent_name: Option<String>,
    is_partial: bool,
}

impl UsageRecord {
    pub(super) fn of(span: &Span, share: Share) -> Self {
        let text = |key| span.text(key).map(str::to_owned);
        let amount_of = |key| if share == Share::Tokens { None } else { amount(span, key) };
        let data = &span.data;
        Self {
            trace_id: data.span_context.trace_id(),
            span_id: data.span_context.span_id(),
            ended: data.end_time,
            duration: data.end_time.duration_since(data.start_time).unwrap_or_default(),
            usage: if share == Share::Amount { None } else { Usage::of(span) },
            cost: amount_of(attribute::GEN_AI_USAGE_COST),
            tool_cost: amount_of(attribute::TRACING_GENAI_COST_TOOLS),
            operation: text(attribute::GEN_AI_OPERATION_NAME),
            provider: text(attribute::GEN_AI_PROVIDER_NAME),
            request_model: text(attribute::GEN_AI_REQUEST_MODEL),
            response_model: text(attribute::GEN_AI_RESPONSE_MODEL),
            cost_status: text(attribute::TRACING_GENAI_COST_STATUS),
            cost_source: text(attribute::TRACING_GENAI_COST_SOURCE),
            error_type: text(attribute::ERROR_TYPE),
            conversation_id: text(attribute::GEN_AI_CONVERSATION_ID),
            session_id: text(attribute::SESSION_ID),
            user_id: text(attribute::USER_ID),
            tenant: text(attribute::TRACING_GENAI_TENANT),
            cost_centre: text(attribute::TRACING_GENAI_COST_CENTRE),
            agent_name: text(attribute::GEN_AI_AGENT_NAME),
            is_partial: span.get(attribute::TRACING_GENAI_USAGE_PARTIAL) == Some(&Value::Bool(true)),
        }
    }

    /// The trace that the call belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The call's own span.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// When the call ended.
    pub fn ended(&self) -> SystemTime {
        self.ended
    }

    /// How long it took; zero where the clock went backwards.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// What was used; nothing where the call reported nothing, and in a second record that has the amount alone.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// Whether the answer was cut off, so that the usage is what had been reported by then.
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// What it cost, in USD; nothing where nobody knows, and never zero for that. Tools of the provider are included.
    pub fn cost(&self) -> Option<f64> {
        self.cost
    }

    /// What of the cost was for tools of the provider, such as searches, in USD.
    pub fn tool_cost(&self) -> Option<f64> {
        self.tool_cost
    }

    /// Whether the call was priced, or why not (`tracing_genai.cost.status`).
    pub fn cost_status(&self) -> Option<&str> {
        self.cost_status.as_deref()
    }

    /// Where the amount comes from: `override`, `provider` or `catalogue` (`tracing_genai.cost.source`).
    pub fn cost_source(&self) -> Option<&str> {
        self.cost_source.as_deref()
    }

    /// What was asked for: `chat`, `embeddings`, … (`gen_ai.operation.name`).
    pub fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// The provider, in the conventions' spelling.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// The model that was asked for.
    pub fn request_model(&self) -> Option<&str> {
        self.request_model.as_deref()
    }

    /// The model that answered.
    pub fn response_model(&self) -> Option<&str> {
        self.response_model.as_deref()
    }

    /// The kind of error, where the call failed.
    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }

    /// The conversation, where a [`Scope`](crate::Scope) or the span says so.
    pub fn conversation_id(&self) -> Option<&str> {
        self.conversation_id.as_deref()
    }

    /// The session, where a [`Scope`](crate::Scope) or the span says so.
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// The user, where a [`Scope`](crate::Scope) or the span says so.
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The tenant, where a [`Scope`](crate::Scope) or the span says so.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Who pays for the work, where a [`Scope`](crate::Scope) or the span says so.
    pub fn cost_centre(&self) -> Option<&str> {
        self.cost_centre.as_deref()
    }

    /// The agent, where the call's own span names it: the agent's span has not ended yet.
    pub fn agent_name(&self) -> Option<&str> {
        self.agent_name.as_deref()
    }
}

/// US dollars, finite and not negative.
pub(super) fn amount(span: &Span, key: &str) -> Option<f64> {
    match span.get(key) {
        Some(Value::F64(usd)) if usd.is_finite() && *usd >= 0.0 => Some(*usd),
        _ => None,
    }
}
