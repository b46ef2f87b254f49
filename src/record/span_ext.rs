//! `GenAiSpanExt`: recording on any `tracing::Span`.

use std::error::Error;

use opentelemetry::{Key, Value};
use serde::Serialize;
use tracing::Span;

use super::steps::{provider_response, with_sources};
use crate::conventions::attribute;
use crate::layer::{self, Recorded};
use crate::payload::Payload;
use crate::response::{Api, ProviderResponse};
use crate::usage::Usage;

/// Records GenAI values on a [`tracing::Span`].
///
/// Works on every span that the telemetry's layer sees, whether or not the field was declared, from any thread,
/// current or not, before or after the span was entered. The last write of a value wins, over fields of
/// `#[instrument]` and `Span::record` too. On a disabled span a call costs one branch; otherwise one look-up by span
/// id and no allocation but for the values themselves.
///
/// Recording never fails, and panics only where the `Display` or `Serialize` of what it is given does: a value that does not
/// fit its attribute is exported under `tracing_genai.invalid.<attribute>`.
pub trait GenAiSpanExt: sealed::Sealed {
    /// Records the tokens that the call used. Recorded again, it takes the place of what was there, count by count.
    fn record_usage(&self, usage: Usage) -> &Self;

    /// Records what a provider's answer says of itself: id, model, finish reasons, tokens, tier, region, the cost that the
    /// provider reports; and of an error its kind and message, as [`record_error`](Self::record_error) does. `body` is
    /// the whole answer: bytes or text, a `serde_json::Value`, or what a client crate made of it. The answer's words are
    /// not recorded.
    ///
    /// The body is read on the caller's thread, in one pass that keeps only names and numbers; on a disabled span it is
    /// not touched. What cannot be read is said in `tracing_genai.response.flaw`. A provider that was recorded otherwise
    /// wins over the one that `api` implies. For streams, and where status and headers are at hand, there is
    /// [`ResponseReader`](crate::ResponseReader), and
    /// [`record_provider_response`](Self::record_provider_response) for what it gives.
    fn record_response<T: Serialize + ?Sized>(&self, api: Api, body: &T) -> &Self;

    /// Records an answer that was read already, as [`record_response`](Self::record_response) does.
    fn record_provider_response(&self, response: &ProviderResponse) -> &Self;

    /// Records what the provider says that the call cost, in USD. It goes before the price list, and prices
    /// of your own before it.
    fn record_cost(&self, usd: f64) -> &Self;

    /// Records the model that was asked for (`gen_ai.request.model`).
    fn record_model(&self, model: impl Into<String>) -> &Self;

    /// Records the model that answered (`gen_ai.response.model`).
    fn record_response_model(&self, model: impl Into<String>) -> &Self;

    /// Records the provider (`gen_ai.provider.name`).
    fn record_provider(&self, provider: impl Into<String>) -> &Self;

    /// Records what went in: text, JSON by [`Payload::json`], or [`Message`](crate::Message)s. It leaves the process only
    /// with content capture on.
    fn record_input(&self, input: impl Into<Payload>) -> &Self;

    /// Records what came out, as [`record_input`](Self::record_input) what went in.
    fn record_output(&self, output: impl Into<Payload>) -> &Self;

    /// Marks the span as failed: status Error, the message with all its sources, one `exception` event and
    /// `error.type` (`_OTHER`, unless [`record_error_type`](Self::record_error_type) says more). Of an `anyhow::Error` or a
    /// boxed one give `error.as_ref()`.
    fn record_error(&self, error: &dyn Error) -> &Self;

    /// Records the kind of error, of low cardinality: a provider's code such as `rate_limit_exceeded`, or `timeout`.
    fn record_error_type(&self, error_type: impl Into<String>) -> &Self;

    /// Adds a finish reason (`stop`, `length`, `tool_call`, …); one for each choice, in order.
    fn record_finish_reason(&self, reason: impl Into<String>) -> &Self;

    /// Records any attribute by its name, short or full. A whole number is an `i64`.
    fn record_attribute(&self, key: impl Into<Key>, value: impl Into<Value>) -> &Self;
}

impl GenAiSpanExt for Span {
    fn record_usage(&self, usage: Usage) -> &Self {
        self.with_subscriber(|(id, dispatch)| {
            let step = |(key, value)| Recorded::Attribute(key, value);
            // Made before a lock is taken.
            let others: Vec<Recorded> =
                if usage.has_other_attributes() { usage.other_attributes().map(step).collect() } else { Vec::new() };
            let counts = usage.count_attributes().chain([Usage::inclusive_mark()]).map(step);
            layer::record_all_in(dispatch, id, counts.chain(others));
        });
        self
    }

    fn record_response<T: Serialize + ?Sized>(&self, api: Api, body: &T) -> &Self {
        if !self.is_disabled() {
            self.record_provider_response(&ProviderResponse::read(api, body));
        }
        self
    }

    fn record_provider_response(&self, response: &ProviderResponse) -> &Self {
        self.with_subscriber(|(id, dispatch)| {
            let steps = provider_response(response);
            layer::record_all_in(dispatch, id, steps.into_iter());
        });
        self
    }

    fn record_cost(&self, usd: f64) -> &Self {
        record(self, || Recorded::attribute(attribute::GEN_AI_USAGE_COST, usd))
    }

    fn record_model(&self, model: impl Into<String>) -> &Self {
        record(self, || Recorded::attribute(attribute::GEN_AI_REQUEST_MODEL, model.into()))
    }

    fn record_response_model(&self, model: impl Into<String>) -> &Self {
        record(self, || Recorded::attribute(attribute::GEN_AI_RESPONSE_MODEL, model.into()))
    }

    fn record_provider(&self, provider: impl Into<String>) -> &Self {
        record(self, || Recorded::attribute(attribute::GEN_AI_PROVIDER_NAME, provider.into()))
    }

    fn record_input(&self, input: impl Into<Payload>) -> &Self {
        record(self, || Recorded::Input(input.into()))
    }

    fn record_output(&self, output: impl Into<Payload>) -> &Self {
        record(self, || Recorded::Output(output.into()))
    }

    fn record_error(&self, error: &dyn Error) -> &Self {
        record(self, || Recorded::Error(with_sources(error)))
    }

    fn record_error_type(&self, error_type: impl Into<String>) -> &Self {
        record(self, || Recorded::attribute(attribute::ERROR_TYPE, error_type.into()))
    }

    fn record_finish_reason(&self, reason: impl Into<String>) -> &Self {
        record(self, || Recorded::FinishReason(reason.into()))
    }

    fn record_attribute(&self, key: impl Into<Key>, value: impl Into<Value>) -> &Self {
        record(self, || Recorded::Attribute(key.into(), value.into()))
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "sealed")]
    pub trait Sealed {}

    impl Sealed for tracing::Span {}
}

/// The value is made before any lock is taken, and not at all on a disabled span.
fn record(span: &Span, step: impl FnOnce() -> Recorded) -> &Span {
    span.with_subscriber(|(id, dispatch)| {
        let step = step();
        layer::record_in(dispatch, id, step);
    });
    span
}
