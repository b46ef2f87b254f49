//! The conventions' client metrics, and what money adds to them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider};
use opentelemetry::trace::SpanKind;
use opentelemetry::{InstrumentationScope, KeyValue, Value};

use super::call::{CallInstruments, totals, with};
use super::contain::contain;
use super::instrument::{Instrument, Maker};
use super::record::amount;
use crate::conventions::{SCHEMA_URL, SpanType, attribute, metric, value};
use crate::self_report::SelfReport;
use crate::span::{Share, Span};

const SCOPE: &str = "tracing-genai";

/// What every measurement of a call is labelled with, where the span has it.
const LABELS: [&str; 6] = [
    attribute::GEN_AI_OPERATION_NAME,
    attribute::GEN_AI_PROVIDER_NAME,
    attribute::GEN_AI_REQUEST_MODEL,
    attribute::GEN_AI_RESPONSE_MODEL,
    attribute::SERVER_ADDRESS,
    attribute::SERVER_PORT,
];
/// The same for money.
const MONEY_LABELS: [&str; 3] =
    [attribute::GEN_AI_PROVIDER_NAME, attribute::GEN_AI_REQUEST_MODEL, attribute::GEN_AI_RESPONSE_MODEL];

/// Bytes up to which a text is a label: one that is longer is no name but a message, and each series would keep it.
const LONGEST: usize = 512;

/// The instruments.
#[derive(Debug)]
pub(crate) struct Metrics {
    duration: Instrument<Histogram<f64>>,
    calls: CallInstruments,
    cost: Instrument<Counter<f64>>,
    unpriced_tokens: Instrument<Counter<u64>>,
}

impl Metrics {
    /// Instruments of `meter`'s making. `unlabelled` counts measurements that lost their labels; `newer` takes the names
    /// that came after 1.41.
    pub(crate) fn new(meter: &Meter, unlabelled: &Arc<AtomicU64>, newer: bool) -> Self {
        let maker = Maker { meter, unlabelled };
        Self {
            duration: maker.seconds(metric::GEN_AI_CLIENT_OPERATION_DURATION),
            calls: CallInstruments::new(&maker, newer),
            cost: maker.amount(metric::TRACING_GENAI_COST),
            unpriced_tokens: maker.count(metric::TRACING_GENAI_UNPRICED_TOKENS),
        }
    }

    /// Measures what of `span` no other one tells.
    pub(crate) fn measure(&mut self, span: &Span, share: Share, self_report: &SelfReport) {
        if share == Share::Nothing && !is_other_operation(span) {
            return;
        }
        contain(self_report, "the meter provider", || {
            let labels = if share == Share::Amount { Vec::new() } else { labels(span, &LABELS) };
            if matches!(share, Share::Nothing | Share::Call) {
                self.measure_duration(span, share == Share::Call, &labels);
            }
            if matches!(share, Share::Tokens | Share::Figures | Share::Call) {
                self.measure_answer(span, &labels);
            }
            if matches!(share, Share::Amount | Share::Figures | Share::Call) {
                self.measure_cost(span);
            }
        });
    }

    fn measure_duration(&mut self, span: &Span, is_call: bool, labels: &[KeyValue]) {
        let seconds = span.data.end_time.duration_since(span.data.start_time).unwrap_or_default().as_secs_f64();
        let failure = label(span, attribute::ERROR_TYPE);
        let is_inference = is_call && span.span_type() == Some(SpanType::Llm);
        let own = if is_inference { self.calls.duration() } else { None };
        own.unwrap_or(&mut self.duration).record(seconds, labels.iter().cloned().chain(failure).collect());
    }

    /// Its chunks and its tokens.
    fn measure_answer(&mut self, span: &Span, labels: &[KeyValue]) {
        if let Some(Value::F64(seconds)) = span.get(attribute::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK)
            && seconds.is_finite()
            && *seconds >= 0.0
        {
            self.calls.first_chunk(*seconds, labels.to_vec());
        }
        if let Some(chunks) = &span.chunks {
            self.calls.further_chunks(chunks, labels);
        }
        self.calls.tokens(span, labels);
    }

    fn measure_cost(&mut self, span: &Span) {
        let mut labels = labels(span, &MONEY_LABELS);
        if let Some(usd) = amount(span, attribute::GEN_AI_USAGE_COST) {
            labels.extend(label(span, attribute::TRACING_GENAI_COST_SOURCE));
            self.cost.add(usd, labels);
        } else {
            labels.extend(label(span, attribute::TRACING_GENAI_COST_STATUS));
            for (token_type, tokens) in totals(span) {
                self.unpriced_tokens.add(tokens, with(&labels, attribute::GEN_AI_TOKEN_TYPE, token_type));
            }
        }
    }
}

/// The meter that the instruments are made with.
pub(crate) fn meter(provider: &dyn MeterProvider) -> Meter {
    let scope =
        InstrumentationScope::builder(SCOPE).with_version(env!("CARGO_PKG_VERSION")).with_schema_url(SCHEMA_URL);
    provider.meter_with_scope(scope.build())
}

/// An operation of a client that calls no model: a retrieval, a memory, a remote agent. Tools that a client of MCP calls
/// have another metric in the conventions.
fn is_other_operation(span: &Span) -> bool {
    let is_other = || {
        let span_type = span.span_type();
        !matches!(span_type, Some(SpanType::Llm | SpanType::Embedding | SpanType::Rerank | SpanType::Tool))
    };
    span.gen_ai
        && span.data.span_kind == SpanKind::Client
        && span.get(attribute::GEN_AI_OPERATION_NAME).is_some()
        && is_other()
}

fn labels(span: &Span, keys: &[&'static str]) -> Vec<KeyValue> {
    keys.iter().filter_map(|key| label(span, key)).collect()
}

/// What a long text stands for is told by none, but of an error that it was one.
fn label(span: &Span, key: &'static str) -> Option<KeyValue> {
    match span.get(key)? {
        Value::String(text) if text.as_str().len() > LONGEST => {
            (key == attribute::ERROR_TYPE).then(|| KeyValue::new(key, value::error_type::OTHER))
        }
        value => Some(KeyValue::new(key, value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::sample;

    #[test]
    fn a_long_text_is_no_label() {
        let long = "the prompt was: ".repeat(100);
        let mut span = Span::new(sample::data(Vec::new()), false);
        span.set(attribute::GEN_AI_PROVIDER_NAME, "openai");
        span.set(attribute::GEN_AI_REQUEST_MODEL, long.clone());
        span.set(attribute::ERROR_TYPE, long);
        assert_eq!(labels(&span, &LABELS), [KeyValue::new(attribute::GEN_AI_PROVIDER_NAME, "openai")]);
        assert_eq!(label(&span, attribute::ERROR_TYPE), Some(KeyValue::new(attribute::ERROR_TYPE, "_OTHER")));
    }
}
