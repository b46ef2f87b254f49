//! What the tree keeps of a span: a few hundred bytes, safe to print.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, Status, TraceId};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::preview::Preview;
use super::style::Colour;
use super::text::printable;
use super::totals::Totals;
use crate::conventions::attribute::{
    ERROR_TYPE, EXCEPTION_MESSAGE, GEN_AI_EVALUATION_SCORE_LABEL, GEN_AI_EVALUATION_SCORE_VALUE, GEN_AI_OPERATION_NAME,
    GEN_AI_REQUEST_MODEL, GEN_AI_RESPONSE_MODEL, GEN_AI_USAGE_COST, GEN_AI_USAGE_COST_AMOUNT,
    GEN_AI_USAGE_INPUT_TOKENS, GEN_AI_USAGE_OUTPUT_TOKENS, SPAN_TYPE, TRACING_GENAI_CANCELLED,
    TRACING_GENAI_COST_TOOLS, TRACING_GENAI_TOTAL_CALLS, TRACING_GENAI_TOTAL_COST, TRACING_GENAI_TOTAL_INCOMPLETE,
    TRACING_GENAI_TOTAL_INPUT_TOKENS, TRACING_GENAI_TOTAL_OUTPUT_TOKENS, TRACING_GENAI_TOTAL_UNPRICED_CALLS,
};

/// Longest name and model, in characters.
const NAME_LENGTH: usize = 200;
/// Longest error message, in characters.
const ERROR_LENGTH: usize = 400;

/// One span as it is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent_span_id: SpanId,
    /// Has no parent in this process.
    pub(crate) is_local_root: bool,
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
    /// The model, where the name does not tell it.
    pub(crate) model: Option<String>,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    /// US dollars, finite and not negative.
    pub(crate) cost: Option<f64>,
    /// What of the cost is for tools of the provider, in US dollars.
    pub(crate) tool_cost: Option<f64>,
    /// What the span and all below it add up to, where the span tells it.
    pub(crate) total: Option<Totals>,
    /// What an evaluator found, as a number, a word or both.
    pub(crate) score: Option<String>,
    /// Type and message; empty when the span failed and did not say how.
    pub(crate) error: Option<String>,
    pub(crate) is_cancelled: bool,
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
}

/// What a span is to the totals and to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A call to a model, which is what is counted.
    Call,
    /// An agent, chain or plan: its usage, if it has one, sums up what is below it.
    Container,
    Lookup,
    /// A call to a model that is drawn as a look-up.
    Rerank,
    Tool,
    Other,
}

impl Entry {
    /// Reads `span` once and copies what is shown. Costs little where no content is captured; messages are parsed.
    pub(crate) fn of(span: &SpanData) -> Self {
        let mut read = Read::default();
        for attribute in &span.attributes {
            read.take(attribute);
        }
        let name = printable(&span.name, NAME_LENGTH);
        let (input, output) = read.preview.into_lines();
        Self {
            trace_id: span.span_context.trace_id(),
            span_id: span.span_context.span_id(),
            parent_span_id: span.parent_span_id,
            is_local_root: span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote,
            role: read.span_type.and_then(Role::of_span_type).or(read.operation).unwrap_or(Role::Other),
            model: model_beside(&name, read.request_model, read.response_model),
            name,
            start: span.start_time,
            end: span.end_time,
            input_tokens: read.input_tokens,
            output_tokens: read.output_tokens,
            cost: read.cost,
            tool_cost: read.tool_cost,
            total: read.has_total.then_some(read.total),
            score: score_of(read.score, read.score_label),
            error: error_of(span, read.error_type),
            is_cancelled: read.is_cancelled,
            input,
            output,
        }
    }

    /// Nothing when the clock went backwards.
    pub(crate) fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }

    pub(crate) fn has_tokens(&self) -> bool {
        self.input_tokens.is_some() || self.output_tokens.is_some()
    }

    /// Bytes that it holds, near enough for a bound.
    pub(crate) fn bytes(&self) -> usize {
        let optional = [&self.model, &self.score, &self.error, &self.input, &self.output];
        size_of::<Self>() + self.name.len() + optional.into_iter().flatten().map(String::len).sum::<usize>()
    }
}

/// The attributes that are looked at.
#[derive(Default)]
struct Read<'a> {
    span_type: Option<&'a str>,
    operation: Option<Role>,
    request_model: Option<&'a str>,
    response_model: Option<&'a str>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cost: Option<f64>,
    tool_cost: Option<f64>,
    total: Totals,
    has_total: bool,
    score: Option<f64>,
    score_label: Option<&'a str>,
    error_type: Option<&'a str>,
    is_cancelled: bool,
    preview: Preview<'a>,
}

impl<'a> Read<'a> {
    fn take(&mut self, attribute: &'a KeyValue) {
        let value = &attribute.value;
        match attribute.key.as_str() {
            SPAN_TYPE => self.span_type = text(value),
            GEN_AI_OPERATION_NAME => self.operation = text(value).and_then(Role::of_operation),
            GEN_AI_REQUEST_MODEL => self.request_model = text(value),
            GEN_AI_RESPONSE_MODEL => self.response_model = text(value),
            GEN_AI_USAGE_INPUT_TOKENS => self.input_tokens = count(value),
            GEN_AI_USAGE_OUTPUT_TOKENS => self.output_tokens = count(value),
            GEN_AI_USAGE_COST | GEN_AI_USAGE_COST_AMOUNT => self.cost = amount(value),
            TRACING_GENAI_COST_TOOLS => self.tool_cost = amount(value),
            TRACING_GENAI_TOTAL_CALLS => {
                self.has_total = true;
                self.total.calls = count(value).unwrap_or_default();
            }
            TRACING_GENAI_TOTAL_INPUT_TOKENS => self.total.input_tokens = count(value),
            TRACING_GENAI_TOTAL_OUTPUT_TOKENS => self.total.output_tokens = count(value),
            TRACING_GENAI_TOTAL_COST => self.total.cost = amount(value),
            TRACING_GENAI_TOTAL_UNPRICED_CALLS => self.total.unpriced = count(value).unwrap_or_default(),
            TRACING_GENAI_TOTAL_INCOMPLETE => self.total.is_incomplete = *value == Value::Bool(true),
            GEN_AI_EVALUATION_SCORE_VALUE => self.score = number(value),
            GEN_AI_EVALUATION_SCORE_LABEL => self.score_label = text(value),
            ERROR_TYPE => self.error_type = text(value),
            TRACING_GENAI_CANCELLED => self.is_cancelled = *value == Value::Bool(true),
            key => self.preview.take(key, value),
        }
    }
}

impl Role {
    fn of_span_type(span_type: &str) -> Option<Self> {
        Some(match span_type.to_ascii_lowercase().as_str() {
            "llm" | "embedding" => Self::Call,
            "agent" | "chain" | "plan" => Self::Container,
            "retrieval" | "memory" => Self::Lookup,
            "rerank" => Self::Rerank,
            "tool" => Self::Tool,
            _ => return None,
        })
    }

    /// For spans of other crates, which have no `span_type`.
    fn of_operation(operation: &str) -> Option<Self> {
        Some(match operation {
            "chat" | "generate_content" | "text_completion" | "embeddings" => Self::Call,
            "invoke_agent" | "invoke_workflow" | "plan" => Self::Container,
            "retrieval" | "search_memory" => Self::Lookup,
            "execute_tool" => Self::Tool,
            _ => return None,
        })
    }

    pub(crate) fn colour(self) -> Colour {
        match self {
            Self::Call => Colour::Call,
            Self::Container => Colour::Container,
            Self::Lookup | Self::Rerank => Colour::Lookup,
            Self::Tool => Colour::Tool,
            Self::Other => Colour::Plain,
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) if !text.as_str().is_empty() => Some(text.as_str()),
        _ => None,
    }
}

fn count(value: &Value) -> Option<u64> {
    match value {
        Value::I64(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn amount(value: &Value) -> Option<f64> {
    match value {
        // `abs` because a negative zero would be printed with its sign.
        Value::F64(amount) if amount.is_finite() && *amount >= 0.0 => Some(amount.abs()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        _ => None,
    }
}

/// `0.92`, `pass`, `0.92 pass`.
fn score_of(number: Option<f64>, label: Option<&str>) -> Option<String> {
    let label = label.map(|label| printable(label, NAME_LENGTH));
    match (number, label) {
        (Some(number), Some(label)) => Some(format!("{number} {label}")),
        (number, label) => number.map(|number| number.to_string()).or(label),
    }
}

/// The requested model unless the name has it; then the answering one, unless it is the same under a longer name.
fn model_beside(name: &str, requested: Option<&str>, answered: Option<&str>) -> Option<String> {
    let is_news = |model: &&str| !name.contains(*model) && !model.is_empty();
    let requested_news = requested.filter(is_news);
    let answered_news = || answered.filter(is_news).filter(|model| requested.is_none_or(|r| !model.contains(r)));
    requested_news.or_else(answered_news).map(|model| printable(model, NAME_LENGTH))
}

fn error_of(span: &SpanData, error_type: Option<&str>) -> Option<String> {
    let Status::Error { description } = &span.status else { return None };
    let message = match description.as_ref() {
        "" => exception_message(span).unwrap_or_default(),
        description => description,
    };
    // `_OTHER` is the conventions' word for a type that is not known.
    let kind = error_type.filter(|kind| *kind != "_OTHER" && !message.starts_with(*kind));
    let message = printable(message, ERROR_LENGTH);
    Some(match kind {
        None => message,
        Some(kind) if message.is_empty() => printable(kind, NAME_LENGTH),
        Some(kind) => format!("{}: {message}", printable(kind, NAME_LENGTH)),
    })
}

fn exception_message(span: &SpanData) -> Option<&str> {
    let attributes = span.events.iter().flat_map(|event| &event.attributes);
    attributes.filter(|attribute| attribute.key.as_str() == EXCEPTION_MESSAGE).find_map(|found| text(&found.value))
}
