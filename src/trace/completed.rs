//! `CompletedSpan`: work that is known only afterwards.

use std::error::Error;
use std::time::{Duration, SystemTime};

use opentelemetry::{Key, Value};

use super::span_ref::SpanRef;
use crate::conventions::{SpanType, attribute};
use crate::layer::{Open, Recorded, open_by_hand};
use crate::payload::Payload;
use crate::record;
use crate::response::ProviderResponse;
use crate::usage::Usage;

/// A span that has ended, for [`SpanRef::add_span`]. Its id is made when it is added, so that no span can be its own
/// ancestor.
///
/// Times that cannot be told are cut, and the span is marked with `tracing_genai.time_flaw`: one that ended before it
/// started has no duration, one from before 1970 starts there, one that ends after April 2262 ends there. A duration of
/// years is one.
#[derive(Debug)]
#[must_use = "it is a span once it was added"]
pub struct CompletedSpan {
    pub(super) span_type: SpanType,
    pub(super) name: String,
    pub(super) started_at: SystemTime,
    pub(super) duration: Duration,
    pub(super) ended_at: Option<SystemTime>,
    pub(super) parent: Option<SpanRef>,
    pub(super) open: Open,
}

impl CompletedSpan {
    /// A span of this type and name.
    pub fn new(span_type: SpanType, name: impl Into<String>, started_at: SystemTime, duration: Duration) -> Self {
        Self { span_type, name: name.into(), started_at, duration, ended_at: None, parent: None, open: open_by_hand() }
    }

    /// When it ended, in place of the duration.
    pub fn with_end(mut self, ended_at: SystemTime) -> Self {
        self.ended_at = Some(ended_at);
        self
    }

    /// The span that it stands below, in place of the one that it is added to. A parent of another trace becomes a link.
    pub fn with_parent(mut self, parent: &SpanRef) -> Self {
        self.parent = Some(parent.clone());
        self
    }

    /// What went in.
    pub fn with_input(self, input: impl Into<Payload>) -> Self {
        self.with(Recorded::Input(input.into()))
    }

    /// What came out.
    pub fn with_output(self, output: impl Into<Payload>) -> Self {
        self.with(Recorded::Output(output.into()))
    }

    /// The tokens that the call used.
    #[expect(clippy::needless_pass_by_value, reason = "as on spans")]
    pub fn with_usage(self, usage: Usage) -> Self {
        record::usage(&usage).fold(self, Self::with)
    }

    /// What a provider's answer says of itself.
    pub fn with_provider_response(self, response: &ProviderResponse) -> Self {
        record::provider_response(response).into_iter().fold(self, Self::with)
    }

    /// What the provider says that the call cost, in USD.
    pub fn with_cost(self, usd: f64) -> Self {
        self.with(Recorded::attribute(attribute::GEN_AI_USAGE_COST, usd))
    }

    /// The model that was asked for.
    pub fn with_model(self, model: impl Into<String>) -> Self {
        self.with(Recorded::attribute(attribute::GEN_AI_REQUEST_MODEL, model.into()))
    }

    /// The provider.
    pub fn with_provider(self, provider: impl Into<String>) -> Self {
        self.with(Recorded::attribute(attribute::GEN_AI_PROVIDER_NAME, provider.into()))
    }

    /// Marks the span as failed.
    pub fn with_error(self, error: &dyn Error) -> Self {
        self.with(Recorded::Error(record::with_sources(error)))
    }

    /// The kind of error, of low cardinality.
    pub fn with_error_type(self, error_type: impl Into<String>) -> Self {
        self.with(Recorded::attribute(attribute::ERROR_TYPE, error_type.into()))
    }

    /// Any attribute by its name, short or full.
    pub fn with_attribute(self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.with(Recorded::Attribute(key.into(), value.into()))
    }

    fn with(mut self, step: Recorded) -> Self {
        self.open.keep(step);
        self
    }
}
