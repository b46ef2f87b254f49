//! What is measured of a model call, in the names of one release of the conventions.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram};

use super::instrument::{Instrument, Maker};
use crate::chunks::Chunks;
use crate::conventions::value::token_modality::{AUDIO, IMAGE, TEXT};
use crate::conventions::{attribute, metric, value};
use crate::span::Span;
use crate::usage::Usage;

/// Chunks of one bucket that are measured for one stream: the worker has other things to do.
const MAX_CHUNKS: u32 = 10_000;

/// Instruments for tokens and first chunks, and the duration of inference where it has a name of its own.
#[derive(Debug)]
pub(super) enum CallInstruments {
    Released(Box<Released>),
    Newer(Box<Newer>),
}

/// Of release 1.41.
#[derive(Debug)]
pub(super) struct Released {
    first_chunk: Instrument<Histogram<f64>>,
    further_chunk: Instrument<Histogram<f64>>,
    tokens: Instrument<Histogram<u64>>,
}

/// The family `gen_ai.client.inference`.
#[derive(Debug)]
pub(super) struct Newer {
    duration: Instrument<Histogram<f64>>,
    first_chunk: Instrument<Histogram<f64>>,
    further_chunk: Instrument<Histogram<f64>>,
    input: Instrument<Counter<u64>>,
    cache_read: Instrument<Counter<u64>>,
    cache_write: Instrument<Counter<u64>>,
    output: Instrument<Counter<u64>>,
    reasoning: Instrument<Counter<u64>>,
    input_of_call: Instrument<Histogram<u64>>,
    output_of_call: Instrument<Histogram<u64>>,
}

impl CallInstruments {
    pub(super) fn new(maker: &Maker<'_>, newer: bool) -> Self {
        if newer { Self::Newer(Box::new(Newer::new(maker))) } else { Self::Released(Box::new(Released::new(maker))) }
    }

    /// The histogram of durations that a call of a language model belongs to, where it is not that of all operations.
    pub(super) fn duration(&mut self) -> Option<&mut Instrument<Histogram<f64>>> {
        match self {
            Self::Released(_) => None,
            Self::Newer(newer) => Some(&mut newer.duration),
        }
    }

    pub(super) fn first_chunk(&mut self, seconds: f64, labels: Vec<KeyValue>) {
        match self {
            Self::Released(released) => released.first_chunk.record(seconds, labels),
            Self::Newer(newer) => newer.first_chunk.record(seconds, labels),
        }
    }

    /// How long each chunk after the first took.
    pub(super) fn further_chunks(&mut self, chunks: &Chunks, labels: &[KeyValue]) {
        let histogram = match self {
            Self::Released(released) => &mut released.further_chunk,
            Self::Newer(newer) => &mut newer.further_chunk,
        };
        for (count, seconds) in chunks.gaps() {
            histogram.record_times(count.min(MAX_CHUNKS), seconds, labels.to_vec());
        }
    }

    pub(super) fn tokens(&mut self, span: &Span, labels: &[KeyValue]) {
        match self {
            Self::Released(released) => {
                for (token_type, tokens) in totals(span) {
                    released.tokens.record(tokens, with(labels, attribute::GEN_AI_TOKEN_TYPE, token_type));
                }
            }
            Self::Newer(newer) => newer.tokens(span, labels),
        }
    }
}

impl Released {
    fn new(maker: &Maker<'_>) -> Self {
        Self {
            first_chunk: maker.seconds(metric::GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK),
            further_chunk: maker.seconds(metric::GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK),
            tokens: maker.sizes(metric::GEN_AI_CLIENT_TOKEN_USAGE),
        }
    }
}

impl Newer {
    fn new(maker: &Maker<'_>) -> Self {
        Self {
            duration: maker.seconds(metric::GEN_AI_CLIENT_INFERENCE_DURATION),
            first_chunk: maker.seconds(metric::GEN_AI_CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK),
            further_chunk: maker.seconds(metric::GEN_AI_CLIENT_INFERENCE_TIME_PER_OUTPUT_CHUNK),
            input: maker.count(metric::GEN_AI_CLIENT_INFERENCE_USAGE_INPUT_TOKENS),
            cache_read: maker.count(metric::GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS),
            cache_write: maker.count(metric::GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS),
            output: maker.count(metric::GEN_AI_CLIENT_INFERENCE_USAGE_OUTPUT_TOKENS),
            reasoning: maker.count(metric::GEN_AI_CLIENT_INFERENCE_USAGE_REASONING_OUTPUT_TOKENS),
            input_of_call: maker.sizes(metric::GEN_AI_CLIENT_INFERENCE_OPERATION_INPUT_TOKENS),
            output_of_call: maker.sizes(metric::GEN_AI_CLIENT_INFERENCE_OPERATION_OUTPUT_TOKENS),
        }
    }

    /// Totals hold their parts, as the attributes do. For video the conventions have no word: it counts as text.
    fn tokens(&mut self, span: &Span, labels: &[KeyValue]) {
        let Some(usage) = Usage::of(span) else { return };
        let parts = usage.parts();
        let (read, written) = (parts.cache_read, parts.cache_write.total());
        let input = [
            (TEXT, [parts.input.video, read.text, written].into_iter().fold(parts.input.text, u64::saturating_add)),
            (AUDIO, parts.input.audio.saturating_add(read.audio)),
            (IMAGE, parts.input.image.saturating_add(read.image)),
        ];
        let output = [
            (TEXT, parts.output.text.saturating_add(parts.output.video).saturating_add(parts.reasoning)),
            (AUDIO, parts.output.audio),
            (IMAGE, parts.output.image),
        ];
        add(&mut self.input, &input, labels);
        add(&mut self.cache_read, &[(TEXT, read.text), (AUDIO, read.audio), (IMAGE, read.image)], labels);
        add(&mut self.cache_write, &[(TEXT, written)], labels);
        add(&mut self.output, &output, labels);
        add(&mut self.reasoning, &[(TEXT, parts.reasoning)], labels);
        for (token_type, tokens) in totals(span) {
            let of_call = match token_type {
                value::token_type::INPUT => &mut self.input_of_call,
                _ => &mut self.output_of_call,
            };
            of_call.record(tokens, labels.to_vec());
        }
    }
}

/// The tokens that are known, by their type.
pub(super) fn totals(span: &Span) -> impl Iterator<Item = (&'static str, u64)> {
    [
        (value::token_type::INPUT, attribute::GEN_AI_USAGE_INPUT_TOKENS),
        (value::token_type::OUTPUT, attribute::GEN_AI_USAGE_OUTPUT_TOKENS),
    ]
    .into_iter()
    .filter_map(|(token_type, key)| Some((token_type, u64::try_from(span.int(key)?).ok()?)))
}

pub(super) fn with(labels: &[KeyValue], key: &'static str, label: &'static str) -> Vec<KeyValue> {
    labels.iter().cloned().chain([KeyValue::new(key, label)]).collect()
}

fn add(counter: &mut Instrument<Counter<u64>>, tokens: &[(&'static str, u64)], labels: &[KeyValue]) {
    for (modality, tokens) in tokens.iter().filter(|(_, tokens)| *tokens > 0) {
        counter.add(*tokens, with(labels, attribute::GEN_AI_TOKEN_MODALITY, modality));
    }
}
