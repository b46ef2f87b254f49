//! The conventions' client metrics, and what money adds to them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider};
use opentelemetry::trace::SpanKind;
use opentelemetry::{InstrumentationScope, KeyValue, Value};

use super::contain::contain;
use super::record::amount;
use super::series::Series;
use crate::conventions::metric::{self, MetricDef};
use crate::conventions::{SCHEMA_URL, SpanType, attribute, value};
use crate::self_report::SelfReport;
use crate::span::Span;

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

/// The instruments.
#[derive(Debug)]
pub(crate) struct Metrics {
    duration: Instrument<Histogram<f64>>,
    first_chunk: Instrument<Histogram<f64>>,
    tokens: Instrument<Histogram<u64>>,
    cost: Instrument<Counter<f64>>,
    unpriced_tokens: Instrument<Counter<u64>>,
}

#[derive(Debug)]
struct Instrument<T> {
    instrument: T,
    series: Series,
}

impl Metrics {
    /// Instruments of `provider`'s making. `unlabelled` counts measurements that lost their labels.
    pub(crate) fn new(meter: &Meter, unlabelled: &Arc<AtomicU64>) -> Self {
        let seconds = |def: MetricDef| {
            let histogram = meter.f64_histogram(def.name).with_unit(def.unit).with_description(def.brief);
            Instrument::new(histogram.with_boundaries(def.buckets.to_vec()).build(), unlabelled)
        };
        let tokens = metric::GEN_AI_CLIENT_TOKEN_USAGE;
        let cost = metric::TRACING_GENAI_COST;
        let unpriced = metric::TRACING_GENAI_UNPRICED_TOKENS;
        Self {
            duration: seconds(metric::GEN_AI_CLIENT_OPERATION_DURATION),
            first_chunk: seconds(metric::GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK),
            tokens: Instrument::new(
                meter
                    .u64_histogram(tokens.name)
                    .with_unit(tokens.unit)
                    .with_description(tokens.brief)
                    .with_boundaries(tokens.buckets.to_vec())
                    .build(),
                unlabelled,
            ),
            cost: Instrument::new(
                meter.f64_counter(cost.name).with_unit(cost.unit).with_description(cost.brief).build(),
                unlabelled,
            ),
            unpriced_tokens: Instrument::new(
                meter.u64_counter(unpriced.name).with_unit(unpriced.unit).with_description(unpriced.brief).build(),
                unlabelled,
            ),
        }
    }

    /// Measures `span`. `is_call`: it is a model call that no other span tells of.
    pub(crate) fn measure(&mut self, span: &Span, is_call: bool, self_report: &SelfReport) {
        if is_call || is_other_operation(span) {
            contain(self_report, "the meter provider", || self.measure_operation(span, is_call));
        }
    }

    fn measure_operation(&mut self, span: &Span, is_call: bool) {
        let labels = labels(span, &LABELS);
        let seconds = span.data.end_time.duration_since(span.data.start_time).unwrap_or_default().as_secs_f64();
        let failure = label(span, attribute::ERROR_TYPE);
        self.duration.record(seconds, labels.iter().cloned().chain(failure).collect());
        if !is_call {
            return;
        }
        if let Some(Value::F64(seconds)) = span.get(attribute::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK)
            && seconds.is_finite()
            && *seconds >= 0.0
        {
            self.first_chunk.record(*seconds, labels.clone());
        }
        let of_type = |labels: &[KeyValue], token_type: &'static str| {
            let token_type = KeyValue::new(attribute::GEN_AI_TOKEN_TYPE, token_type);
            labels.iter().cloned().chain([token_type]).collect::<Vec<_>>()
        };
        for (token_type, tokens) in usage(span) {
            self.tokens.record(tokens, of_type(&labels, token_type));
        }
        let mut labels = self::labels(span, &MONEY_LABELS);
        if let Some(usd) = amount(span, attribute::GEN_AI_USAGE_COST) {
            labels.extend(label(span, attribute::TRACING_GENAI_COST_SOURCE));
            self.cost.add(usd, labels);
        } else {
            labels.extend(label(span, attribute::TRACING_GENAI_COST_STATUS));
            for (token_type, tokens) in usage(span) {
                self.unpriced_tokens.add(tokens, of_type(&labels, token_type));
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

impl<T> Instrument<T> {
    fn new(instrument: T, unlabelled: &Arc<AtomicU64>) -> Self {
        Self { instrument, series: Series::new(Arc::clone(unlabelled)) }
    }
}

impl<T> Instrument<Histogram<T>> {
    fn record(&mut self, value: T, labels: Vec<KeyValue>) {
        self.instrument.record(value, &self.series.admit(labels));
    }
}

impl<T> Instrument<Counter<T>> {
    fn add(&mut self, value: T, labels: Vec<KeyValue>) {
        self.instrument.add(value, &self.series.admit(labels));
    }
}

/// An operation of a client that calls no model: a retrieval, a memory, a remote agent.
fn is_other_operation(span: &Span) -> bool {
    let calls_model = || {
        let span_type = span.text(attribute::SPAN_TYPE).and_then(SpanType::parse);
        matches!(span_type, Some(SpanType::Llm | SpanType::Embedding | SpanType::Rerank))
    };
    span.gen_ai
        && span.data.span_kind == SpanKind::Client
        && span.get(attribute::GEN_AI_OPERATION_NAME).is_some()
        && !calls_model()
}

fn labels(span: &Span, keys: &[&'static str]) -> Vec<KeyValue> {
    keys.iter().filter_map(|key| label(span, key)).collect()
}

fn label(span: &Span, key: &'static str) -> Option<KeyValue> {
    span.get(key).map(|value| KeyValue::new(key, value.clone()))
}

/// The tokens that are known, by their type.
fn usage(span: &Span) -> impl Iterator<Item = (&'static str, u64)> {
    [
        (value::token_type::INPUT, attribute::GEN_AI_USAGE_INPUT_TOKENS),
        (value::token_type::OUTPUT, attribute::GEN_AI_USAGE_OUTPUT_TOKENS),
    ]
    .into_iter()
    .filter_map(|(token_type, key)| Some((token_type, u64::try_from(span.int(key)?).ok()?)))
}
