//! Spans for tests: made in one line, by numbers.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::entry::{Entry, Role};
use crate::conventions::attribute::{
    ERROR_TYPE, GEN_AI_USAGE_COST, GEN_AI_USAGE_INPUT_TOKENS, GEN_AI_USAGE_OUTPUT_TOKENS, SPAN_TYPE,
    TRACING_GENAI_TOTAL_CALLS, TRACING_GENAI_TOTAL_COST, TRACING_GENAI_TOTAL_INPUT_TOKENS,
    TRACING_GENAI_TOTAL_OUTPUT_TOKENS,
};
use crate::span::sample;

/// A span in the making; times are milliseconds since the same moment.
#[derive(Clone)]
pub(crate) struct Sample {
    data: SpanData,
}

impl Sample {
    pub(crate) fn new(id: u64, parent: u64) -> Self {
        let context = SpanContext::new(trace(1), SpanId::from(id), TraceFlags::SAMPLED, false, TraceState::NONE);
        let data = SpanData {
            span_context: context,
            parent_span_id: SpanId::from(parent),
            name: format!("span {id}").into(),
            start_time: moment(0),
            end_time: moment(1_000),
            ..sample::data(Vec::new())
        };
        Self { data }
    }

    pub(crate) fn root(id: u64) -> Self {
        Self::new(id, 0)
    }

    pub(crate) fn in_trace(mut self, id: u128) -> Self {
        let context = &self.data.span_context;
        self.data.span_context =
            SpanContext::new(trace(id), context.span_id(), TraceFlags::SAMPLED, false, TraceState::NONE);
        self
    }

    pub(crate) fn remote_parent(mut self) -> Self {
        self.data.parent_span_is_remote = true;
        self
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.data.name = name.to_owned().into();
        self
    }

    pub(crate) fn at(self, start: u64, end: u64) -> Self {
        self.at_micros(start * 1_000, end * 1_000)
    }

    pub(crate) fn at_micros(mut self, start: u64, end: u64) -> Self {
        self.data.start_time = moment(start);
        self.data.end_time = moment(end);
        self
    }

    pub(crate) fn role(self, role: Role) -> Self {
        let span_type = match role {
            Role::Call => "llm",
            Role::Container => "agent",
            Role::Lookup => "retrieval",
            Role::Rerank => "rerank",
            Role::Tool => "tool",
            Role::Other => "guardrail",
        };
        self.with(SPAN_TYPE, span_type)
    }

    pub(crate) fn usage(self, input: u64, output: u64) -> Self {
        let number = |tokens| i64::try_from(tokens).unwrap_or(i64::MAX);
        let span = self.with(GEN_AI_USAGE_INPUT_TOKENS, number(input));
        span.with(GEN_AI_USAGE_OUTPUT_TOKENS, number(output))
    }

    pub(crate) fn cost(self, amount: f64) -> Self {
        self.with(GEN_AI_USAGE_COST, amount)
    }

    /// What the worker puts on agents and roots.
    pub(crate) fn total(self, calls: i64, input: i64, output: i64, cost: f64) -> Self {
        let span = self.with(TRACING_GENAI_TOTAL_CALLS, calls).with(TRACING_GENAI_TOTAL_COST, cost);
        span.with(TRACING_GENAI_TOTAL_INPUT_TOKENS, input).with(TRACING_GENAI_TOTAL_OUTPUT_TOKENS, output)
    }

    pub(crate) fn error(mut self, message: &str) -> Self {
        self.data.status = Status::error(message.to_owned());
        self
    }

    pub(crate) fn error_type(self, error_type: &str) -> Self {
        self.with(ERROR_TYPE, error_type.to_owned())
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.data.attributes.push(KeyValue::new(key, value.into()));
        self
    }

    pub(crate) fn data(self) -> SpanData {
        self.data
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::of(&self.data)
    }
}

fn trace(id: u128) -> TraceId {
    TraceId::from(id)
}

fn moment(micros: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) + Duration::from_micros(micros)
}

/// The guide's request: six spans below an agent.
pub(crate) fn support_agent() -> Vec<Sample> {
    vec![
        Sample::new(2, 1).named("retrieval policies").role(Role::Lookup).at(3, 14),
        Sample::new(3, 1).named("chat gpt-4o-mini").role(Role::Call).at(14, 716).usage(812, 140).cost(0.000_206),
        Sample::new(5, 1)
            .named("execute_tool refund_status")
            .role(Role::Tool)
            .at(717, 937)
            .error("refund service gave no answer")
            .error_type("timeout"),
        Sample::new(4, 1).named("execute_tool order_lookup").role(Role::Tool).at(716, 1_026),
        Sample::new(6, 1).named("chat gpt-4o-mini").role(Role::Call).at(1_027, 1_912).usage(1_093, 262).cost(0.000_321),
        Sample::new(7, 1).named("guardrail pii").role(Role::Other).at(1_915, 1_916),
        Sample::root(1).named("invoke_agent support_agent").role(Role::Container).at(0, 1_920),
    ]
}
