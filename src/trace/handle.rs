//! `SpanHandle`: a span made by hand.

use std::error::Error;
use std::ops::Deref;
use std::time::Duration;

use opentelemetry::{Key, Value};
use serde::Serialize;

use super::span_ref::SpanRef;
use super::work::{ClosedBy, Ending};
use crate::conventions::{SpanType, attribute};
use crate::layer::Recorded;
use crate::payload::Payload;
use crate::record;
use crate::response::{Api, ProviderResponse};
use crate::usage::Usage;

/// A span made by hand, while it is open; derefs to [`SpanRef`], which has its ids and adds spans below it.
///
/// Begun by [`Trace`](crate::Trace), [`span`](SpanRef::span), or taken up by [`SpanRef::update`]. It may move between
/// threads. It ends by [`complete`](Self::complete), [`complete_after`](Self::complete_after), [`fail`](Self::fail) or
/// [`cancel`](Self::cancel), whoever calls it first; ended, it stays as it is, and values that come later are counted in
/// [`Report::values_turned_away`](crate::Report::values_turned_away). Where the one who began it drops the handle, it is
/// closed and marked with `tracing_genai.closed_by = "drop"`; by a panic, it is an error.
///
/// What is set means what it means on [`GenAiSpanExt`](crate::GenAiSpanExt). Setting takes one lock that no foreign code
/// runs under, and never fails.
#[derive(Debug)]
#[must_use = "dropping a handle closes its span"]
pub struct SpanHandle {
    span: SpanRef,
    /// Began it, and has not let it go.
    owns: bool,
}

impl SpanHandle {
    pub(super) fn owning(span: SpanRef) -> Self {
        Self { span, owns: true }
    }

    pub(super) fn borrowing(span: SpanRef) -> Self {
        Self { span, owns: false }
    }

    /// Sets what went in. It leaves the process only with content capture on.
    pub fn set_input(&self, input: impl Into<Payload>) -> &Self {
        self.set(Recorded::Input(input.into()))
    }

    /// Sets what came out. It leaves the process only with content capture on.
    pub fn set_output(&self, output: impl Into<Payload>) -> &Self {
        self.set(Recorded::Output(output.into()))
    }

    /// Sets the tokens that the call used.
    #[expect(clippy::needless_pass_by_value, reason = "as on spans")]
    pub fn set_usage(&self, usage: Usage) -> &Self {
        record::usage(&usage).fold(self, Self::set)
    }

    /// Sets what a provider's answer says of itself; see
    /// [`record_response`](crate::GenAiSpanExt::record_response).
    pub fn set_response<T: Serialize + ?Sized>(&self, api: Api, body: &T) -> &Self {
        self.set_provider_response(&ProviderResponse::read(api, body))
    }

    /// Sets what an answer says that was read already.
    pub fn set_provider_response(&self, response: &ProviderResponse) -> &Self {
        record::provider_response(response).into_iter().fold(self, Self::set)
    }

    /// Sets what the provider says that the call cost, in USD.
    pub fn set_cost(&self, usd: f64) -> &Self {
        self.set(Recorded::attribute(attribute::GEN_AI_USAGE_COST, usd))
    }

    /// Sets the model that was asked for.
    pub fn set_model(&self, model: impl Into<String>) -> &Self {
        self.set(Recorded::attribute(attribute::GEN_AI_REQUEST_MODEL, model.into()))
    }

    /// Sets the model that answered.
    pub fn set_response_model(&self, model: impl Into<String>) -> &Self {
        self.set(Recorded::attribute(attribute::GEN_AI_RESPONSE_MODEL, model.into()))
    }

    /// Sets the provider.
    pub fn set_provider(&self, provider: impl Into<String>) -> &Self {
        self.set(Recorded::attribute(attribute::GEN_AI_PROVIDER_NAME, provider.into()))
    }

    /// Adds a finish reason.
    pub fn set_finish_reason(&self, reason: impl Into<String>) -> &Self {
        self.set(Recorded::FinishReason(reason.into()))
    }

    /// Sets another type than the one that the span was begun with.
    pub fn set_span_type(&self, span_type: SpanType) -> &Self {
        self.set(Recorded::attribute(attribute::SPAN_TYPE, span_type.as_str()))
    }

    /// Sets the kind of error, of low cardinality.
    pub fn set_error_type(&self, error_type: impl Into<String>) -> &Self {
        self.set(Recorded::attribute(attribute::ERROR_TYPE, error_type.into()))
    }

    /// Sets any attribute by its name, short or full.
    pub fn set_attribute(&self, key: impl Into<Key>, value: impl Into<Value>) -> &Self {
        self.set(Recorded::Attribute(key.into(), value.into()))
    }

    /// Ends the span now. Nothing happens where it has ended.
    pub fn complete(&self) {
        self.end(Ending::Now);
    }

    /// Ends the span as if it had lasted so long. What cannot be told is cut; see
    /// [`CompletedSpan`](crate::CompletedSpan).
    pub fn complete_after(&self, duration: Duration) {
        self.end(Ending::After(duration));
    }

    /// Ends the span now, as failed: status Error, the message with its sources, one `exception` event and `error.type`.
    pub fn fail(&self, error: &dyn Error) {
        self.set(Recorded::Error(record::with_sources(error)));
        self.end(Ending::Now);
    }

    /// Ends the span now, marked with `tracing_genai.cancelled`. Its status is left alone.
    pub fn cancel(&self) {
        self.end(Ending::Cancelled);
    }

    /// Lets the span stay open without this handle, until it is completed through
    /// [`Telemetry::span_by_id`](crate::Telemetry::span_by_id); gives its id.
    pub fn detach(mut self) -> String {
        self.owns = false;
        self.id()
    }

    fn set(&self, step: Recorded) -> &Self {
        if let Some(work) = self.span.work()
            && !work.keep(step)
        {
            self.span.traces().turn_away(work);
        }
        self
    }

    fn end(&self, ending: Ending) {
        if let Some(work) = self.span.work() {
            self.span.traces().end(work, ending);
        }
    }
}

impl Deref for SpanHandle {
    type Target = SpanRef;

    fn deref(&self) -> &SpanRef {
        &self.span
    }
}

impl Drop for SpanHandle {
    fn drop(&mut self) {
        if self.owns {
            self.end(Ending::Closed(ClosedBy::Drop));
        }
    }
}
