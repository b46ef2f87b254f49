//! `ProviderResponse`: what an answer says of itself.

use std::mem::take;

use opentelemetry::{Array, KeyValue, StringValue, Value};
use serde::Serialize;

use super::cost::usd;
use super::failure::Failure;
use super::fields::Fields;
use super::reader::ResponseReader;
use super::shape::Field;
use super::{Api, finish, sums};
use crate::conventions::attribute;
use crate::usage::{Count, Usage};

/// What a provider's answer says of itself: who answered, why it ended, what it used, or how it failed.
///
/// Of a body that is cut short, of another shape or not sane it holds what can be known, and
/// [`flaw`](Self::flaw) says what is wrong with it.
///
/// ```
/// use tracing_genai::{Api, ProviderResponse};
///
/// let body = br#"{"id": "msg_1", "model": "claude-sonnet-5-5", "stop_reason": "end_turn",
///     "usage": {"input_tokens": 21, "cache_read_input_tokens": 188086, "output_tokens": 393}}"#;
/// let response = ProviderResponse::read(Api::Anthropic, body.as_slice());
/// assert_eq!(response.finish_reasons(), ["stop"]);
/// assert_eq!(response.usage().map(|usage| usage.input_tokens()), Some(188_107));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is told by itself")]
pub struct ProviderResponse {
    api: Api,
    id: Option<String>,
    model: Option<String>,
    provider_finish_reasons: Vec<String>,
    calls_tool: bool,
    usage: Option<Usage>,
    ended: bool,
    partial: bool,
    service_tier: Option<String>,
    speed: Option<String>,
    region: Option<String>,
    cost: Option<f64>,
    failure: Option<Failure>,
    flaw: Option<String>,
    batched: bool,
}

/// What is known of an answer beside its body.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) status: Option<u16>,
    pub(super) request_model: Option<String>,
    pub(super) streamed: bool,
    pub(super) done: bool,
    /// Nobody waited for the body.
    pub(super) unread: bool,
    region: Option<String>,
    cost: Option<f64>,
    exception: Option<String>,
    counts: Vec<(Count, u64)>,
}

impl Known {
    /// Takes a header that says something.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        const COUNTS: [(&str, Count); 6] = [
            ("x-amzn-bedrock-input-token-count", Count::Input),
            ("x-amzn-bedrock-output-token-count", Count::Output),
            ("x-amzn-bedrock-cache-read-input-token-count", Count::CacheRead),
            ("x-amzn-bedrock-cache-write-input-token-count", Count::CacheWrite),
            ("fireworks-prompt-tokens", Count::Input),
            ("fireworks-cached-prompt-tokens", Count::CacheRead),
        ];
        let value = value.trim();
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("x-ms-region") && !value.is_empty() {
            self.region = Some(value.to_owned());
        } else if is("x-litellm-response-cost") {
            // The proxy says 0 of a model that it does not know.
            self.cost = value.parse().ok().and_then(usd).filter(|usd| *usd > 0.0);
        } else if is("x-amzn-errortype") {
            self.exception = Some(value.to_owned());
        } else if let Some((_, count)) = COUNTS.iter().find(|(known, _)| is(known))
            && let Ok(number) = value.parse()
        {
            self.counts.push((*count, number));
        }
    }
}

impl ProviderResponse {
    /// Reads a whole body: bytes or text, a `serde_json::Value`, or anything that serializes as the provider's JSON. A
    /// stream that was kept whole is read as well, and a line of a batch's results, whose call is then one of a batch. With
    /// status or headers at hand use [`ResponseReader`].
    pub fn read<T: Serialize + ?Sized>(api: Api, body: &T) -> Self {
        let mut reader = ResponseReader::new(api);
        reader.push_event(body);
        reader.finish()
    }

    pub(super) fn new(api: Api, mut fields: Fields, known: Known) -> Self {
        for (count, number) in known.counts {
            fields.reported.take_repeated(Field::Tokens(count), number);
        }
        fields.settle_total(api.shape());
        let streamed = known.streamed || fields.chunked;
        let models = [known.request_model.as_deref(), fields.model.as_deref()];
        let sums = sums::of(api, models, streamed);
        let usage = sums::usage(sums, take(&mut fields.reported), take(&mut fields.iterations));
        let failure = Failure::complete(fields.failure.take(), known.status, known.exception.as_deref());
        let ended = known.done || fields.ended || fields.is_finished();
        let partial = streamed && usage.is_some() && (failure.is_some() || !ended);
        let nothing = fields.id.is_none()
            && fields.model.is_none()
            && usage.is_none()
            && failure.is_none()
            && !ended
            && fields.finish.is_empty();
        if nothing && !known.unread {
            fields.note(format!("nothing in the body is of an answer of {}", api.as_str()));
        }
        Self {
            api,
            id: fields.id,
            model: fields.model,
            calls_tool: fields.calls_tool,
            provider_finish_reasons: fields.finish.into_iter().flatten().collect(),
            usage,
            ended,
            partial,
            service_tier: fields.tier,
            speed: fields.speed.filter(|speed| speed != "standard"),
            region: fields.region.filter(|region| region != "not_available").or(known.region),
            cost: fields.cost.or(known.cost),
            failure,
            flaw: fields.flaw,
            batched: fields.batched,
        }
    }

    /// The API that it was read as.
    pub fn api(&self) -> Api {
        self.api
    }

    /// The answer's id.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The model that answered.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Why generation ended, one for each answer in order, in the convention's words: `stop`, `length`, `tool_call`,
    /// `content_filter`, `compaction`, `error`, or the provider's own in lower case.
    pub fn finish_reasons(&self) -> Vec<String> {
        let reason = |word: &String| match word.as_str() {
            // A status, which is the same where the answer is a call of a tool.
            "completed" if self.calls_tool => finish::reason("tool_call"),
            word => finish::reason(word),
        };
        self.provider_finish_reasons.iter().map(reason).collect()
    }

    /// Why generation ended, in the provider's words.
    pub fn provider_finish_reasons(&self) -> &[String] {
        &self.provider_finish_reasons
    }

    /// What was used, or nothing when the answer did not say.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// Whether the usage is that of a stream that was cut off or failed.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// Whether it has said that it is over.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended && !self.partial
    }

    /// The tier that answered, in the provider's word.
    pub fn service_tier(&self) -> Option<&str> {
        self.service_tier.as_deref()
    }

    /// Whether the call was part of a batch job.
    pub fn is_batch(&self) -> bool {
        self.batched || is_batch(self.service_tier(), self.model())
    }

    /// The speed that is billed, where it is another than the usual.
    pub fn speed(&self) -> Option<&str> {
        self.speed.as_deref()
    }

    /// The region or geography that served the call.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// What the provider or the proxy before it says that the call cost, in USD.
    pub fn cost(&self) -> Option<f64> {
        self.cost
    }

    /// Whether the answer is an error, or a stream that ended with one.
    pub fn is_error(&self) -> bool {
        self.failure.is_some()
    }

    /// The kind of error: the provider's word or code, or else the HTTP status.
    pub fn error_type(&self) -> Option<&str> {
        self.failure.as_ref()?.kind.as_deref()
    }

    /// What the error says.
    pub fn error_message(&self) -> Option<&str> {
        self.failure.as_ref()?.message.as_deref()
    }

    /// Why the answer could not be read whole; the first of several reasons.
    pub fn flaw(&self) -> Option<&str> {
        self.flaw.as_deref()
    }

    /// All of it as attributes of a span, for spans that are made by the OpenTelemetry API. The error's message is none:
    /// it belongs into the span's status.
    pub fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = vec![KeyValue::new(attribute::TRACING_GENAI_API, self.api.as_str())];
        let mut text = |key: &'static str, value: Option<&str>| {
            attributes.extend(value.map(|value| KeyValue::new(key, value.to_owned())));
        };
        text(attribute::GEN_AI_RESPONSE_ID, self.id());
        text(attribute::GEN_AI_RESPONSE_MODEL, self.model());
        text(attribute::TRACING_GENAI_SERVICE_TIER, self.service_tier());
        text(attribute::TRACING_GENAI_SPEED, self.speed());
        text(attribute::TRACING_GENAI_REGION, self.region());
        text(attribute::ERROR_TYPE, self.error_type());
        text(attribute::TRACING_GENAI_RESPONSE_FLAW, self.flaw());
        if matches!(self.api, Api::OpenAiChat | Api::OpenAiResponses | Api::AzureOpenAi) {
            text(attribute::OPENAI_RESPONSE_SERVICE_TIER, self.service_tier());
        }
        if !self.provider_finish_reasons.is_empty() {
            let reasons: Vec<StringValue> = self.finish_reasons().into_iter().map(StringValue::from).collect();
            let reasons = Value::Array(Array::String(reasons));
            attributes.push(KeyValue::new(attribute::GEN_AI_RESPONSE_FINISH_REASONS, reasons));
        }
        if let Some(usage) = &self.usage {
            let counts = usage.attributes().chain([Usage::inclusive_mark()]);
            attributes.extend(counts.map(|(key, value)| KeyValue::new(key, value)));
        }
        let mut flag = |key: &'static str, set: bool| attributes.extend(set.then(|| KeyValue::new(key, true)));
        flag(attribute::TRACING_GENAI_USAGE_PARTIAL, self.partial);
        flag(attribute::TRACING_GENAI_BATCH, self.is_batch());
        attributes.extend(self.cost.map(|usd| KeyValue::new(attribute::GEN_AI_USAGE_COST, usd)));
        attributes
    }
}

/// Anthropic's tier, Vertex AI's traffic, `OpenRouter`'s variants of models.
fn is_batch(tier: Option<&str>, model: Option<&str>) -> bool {
    let traffic = |tier: &str| tier.split('_').any(|part| part.eq_ignore_ascii_case("batch"));
    tier.is_some_and(traffic) || model.is_some_and(|model| model.ends_with(":batch"))
}
