//! The measured work: one trace of a root and nine children, ten attributes on each span.

use std::hint::black_box;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use tracing_genai::{GenAiSpanExt, Usage};

/// Spans of one trace.
pub const SPANS: u64 = 10;

/// Polls of one future.
pub const POLLS: u64 = 11;

/// The ten values.
pub const PROVIDER: &str = "openai";
pub const MODEL: &str = "gpt-4o-mini";
pub const RESPONSE_MODEL: &str = "gpt-4o-mini-2024-07-18";
pub const RESPONSE_ID: &str = "chatcmpl-9J3uQz0aTn4K";
pub const CONVERSATION: &str = "conv_5j66UpCpwteGg4YSxUnt7lPY";
pub const INPUT: u32 = 812;
pub const CACHED: u32 = 512;
pub const OUTPUT: u32 = 140;
pub const TEMPERATURE: f64 = 0.2;
pub const STOP: &str = "stop";
/// What a support bot is asked, and what it answers: 1.2 KB together.
const ASKED: &str = r#"[{"role":"system","parts":[{"type":"text","content":"You are the support agent of a shop for bicycles. Answer in the language of the customer, in at most five sentences. Look an order up before you say anything of it. Never promise a date of delivery that the carrier has not confirmed.\nWhen you do not know, say so and hand over to a person."}]},{"role":"user","parts":[{"type":"text","content":"Hello, I ordered a rear wheel last Tuesday and the confirmation said \"two to three working days\". It is Monday now and the tracking page has not changed since Wednesday. Could you tell me where it is, and whether I can still change the address?"}]}]"#;
const ANSWERED: &str = r#"[{"role":"assistant","parts":[{"type":"text","content":"I am sorry for the wait. The carrier scanned your rear wheel in its centre on Wednesday evening and has not scanned it since, which usually means that it is on a truck. I have asked them to look for it and you will hear from us by tomorrow noon. The address can still be changed until it is out for delivery: tell me the new one and I will pass it on."}],"finish_reason":"stop"}]"#;

/// How the ten values come to the span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Declared, and recorded by `Span::record`.
    Record,
    /// Given when the span is created.
    Initial,
    /// Recorded by `GenAiSpanExt`.
    Typed,
    /// A whole model call: the ten, `span_type` and the messages, all recorded by `Span::record`.
    Call,
    /// The ten, and a prompt of 8 KB.
    Large,
    /// No values, and each span around a future that is polled ten times more than once.
    Polls,
    /// No values.
    Plain,
}

impl Load {
    /// The load of a name, as the loads of variants are named.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "record" => Self::Record,
            "initial" => Self::Initial,
            "typed" => Self::Typed,
            "call" => Self::Call,
            "8kb" => Self::Large,
            "polls" => Self::Polls,
            "plain" => Self::Plain,
            _ => return None,
        })
    }

    /// Makes one trace under the current dispatcher.
    pub fn trace(self) {
        match self {
            Self::Record => tree(declared, record),
            Self::Initial => tree(initial, |_| ()),
            Self::Typed => tree(plain, typed),
            Self::Call => tree(declared_call, call),
            Self::Large => tree(declared_call, large),
            Self::Polls => (0..SPANS).for_each(|_| polls()),
            Self::Plain => tree(plain, |_| ()),
        }
    }
}

fn tree(span: fn() -> Span, values: fn(&Span)) {
    let root = span();
    let _root = root.enter();
    values(&root);
    for _ in 1..SPANS {
        let child = span();
        let _child = child.enter();
        values(&child);
    }
}

fn plain() -> Span {
    tracing::info_span!("chat")
}

fn declared() -> Span {
    tracing::info_span!(
        "chat",
        gen_ai.provider.name = Empty,
        gen_ai.request.model = Empty,
        gen_ai.response.model = Empty,
        gen_ai.response.id = Empty,
        gen_ai.conversation.id = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.cache_read.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        gen_ai.request.temperature = Empty,
        gen_ai.response.finish_reasons = Empty,
    )
}

fn declared_call() -> Span {
    tracing::info_span!(
        "chat",
        span_type = "llm",
        gen_ai.provider.name = Empty,
        gen_ai.request.model = Empty,
        gen_ai.response.model = Empty,
        gen_ai.response.id = Empty,
        gen_ai.conversation.id = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.cache_read.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        gen_ai.request.temperature = Empty,
        gen_ai.response.finish_reasons = Empty,
        gen_ai.input.messages = Empty,
        gen_ai.output.messages = Empty,
    )
}

fn call(span: &Span) {
    record(span);
    span.record("gen_ai.input.messages", black_box(ASKED));
    span.record("gen_ai.output.messages", black_box(ANSWERED));
}

fn large(span: &Span) {
    static PROMPT: LazyLock<String> = LazyLock::new(|| "Where is the rear wheel that I have ordered? ".repeat(182));
    record(span);
    span.record("gen_ai.input.messages", black_box(PROMPT.as_str()));
}

fn polls() {
    let mut left = POLLS;
    let pending = std::future::poll_fn(move |_| {
        left -= 1;
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    });
    let mut future = pin!(pending.instrument(plain()));
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}

/// Token counts are signed here: the stock stack makes text of unsigned ones, which is dearer still.
fn record(span: &Span) {
    span.record("gen_ai.provider.name", black_box(PROVIDER));
    span.record("gen_ai.request.model", black_box(MODEL));
    span.record("gen_ai.response.model", black_box(RESPONSE_MODEL));
    span.record("gen_ai.response.id", black_box(RESPONSE_ID));
    span.record("gen_ai.conversation.id", black_box(CONVERSATION));
    span.record("gen_ai.usage.input_tokens", i64::from(black_box(INPUT)));
    span.record("gen_ai.usage.cache_read.input_tokens", i64::from(black_box(CACHED)));
    span.record("gen_ai.usage.output_tokens", i64::from(black_box(OUTPUT)));
    span.record("gen_ai.request.temperature", black_box(TEMPERATURE));
    span.record("gen_ai.response.finish_reasons", black_box(STOP));
}

fn initial() -> Span {
    tracing::info_span!(
        "chat",
        gen_ai.provider.name = black_box(PROVIDER),
        gen_ai.request.model = black_box(MODEL),
        gen_ai.response.model = black_box(RESPONSE_MODEL),
        gen_ai.response.id = black_box(RESPONSE_ID),
        gen_ai.conversation.id = black_box(CONVERSATION),
        gen_ai.usage.input_tokens = i64::from(black_box(INPUT)),
        gen_ai.usage.cache_read.input_tokens = i64::from(black_box(CACHED)),
        gen_ai.usage.output_tokens = i64::from(black_box(OUTPUT)),
        gen_ai.request.temperature = black_box(TEMPERATURE),
        gen_ai.response.finish_reasons = black_box(STOP),
    )
}

fn typed(span: &Span) {
    span.record_provider(black_box(PROVIDER))
        .record_model(black_box(MODEL))
        .record_response_model(black_box(RESPONSE_MODEL))
        .record_attribute("gen_ai.response.id", black_box(RESPONSE_ID))
        .record_attribute("gen_ai.conversation.id", black_box(CONVERSATION))
        .record_usage(
            Usage::new(black_box(INPUT).into(), black_box(OUTPUT).into()).cache_read(black_box(CACHED).into()),
        )
        .record_attribute("gen_ai.request.temperature", black_box(TEMPERATURE))
        .record_finish_reason(black_box(STOP));
}
