//! What answers say beside tokens of text, at the price of what it is.

use opentelemetry::Value as Attribute;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use tracing::info_span;
use tracing_genai::{Api, GenAiSpanExt as _};

use crate::support::{Memory, get, text};

/// The span of a call of `model` with an answer.
fn answered(api: Api, model: &str, body: &Value) -> SpanData {
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm", gen_ai.request.model = model).record_response(api, body);
    });
    assert_eq!(text(&spans[0], "tracing_genai.response.flaw"), None, "{model}");
    spans[0].clone()
}

fn costs(span: &SpanData, usd: f64) {
    assert_eq!(text(span, "tracing_genai.cost.status").as_deref(), Some("priced"), "{:?}", span.attributes);
    assert_eq!(get(span, "gen_ai.usage.cost"), Some(&Attribute::F64(usd)), "{:?}", span.attributes);
}

#[test]
fn spoken_chat_has_the_price_of_audio_in_every_snapshot() {
    let body = json!({"id": "c", "choices": [{"index": 0, "finish_reason": "stop"}], "usage": {
        "prompt_tokens": 1_000, "prompt_tokens_details": {"audio_tokens": 600, "text_tokens": 400},
        "completion_tokens": 500, "completion_tokens_details": {"audio_tokens": 400, "text_tokens": 100}, "total_tokens": 1_500
    }});
    for (model, usd) in [
        ("gpt-4o-audio-preview", 0.058),
        ("gpt-4o-audio-preview-2025-06-03", 0.058),
        ("gpt-4o-audio-preview-2024-10-01", 0.142),
        ("gpt-4o-mini-audio-preview", 0.014_12),
        ("gpt-4o-mini-audio-preview-2024-12-17", 0.014_12),
        ("gpt-audio-2025-08-28", 0.046_8),
    ] {
        costs(&answered(Api::OpenAiChat, model, &body), usd);
        costs(&answered(Api::AzureOpenAi, model, &body), usd);
    }
}

#[test]
fn a_rerank_costs_its_searches() {
    let body = json!({"id": "r", "results": [], "meta": {"billed_units": {"search_units": 3}}});
    for (model, usd) in [("rerank-v3.5", 0.006), ("rerank-v4.0-fast", 0.006), ("rerank-v4.0-pro", 0.007_5)] {
        costs(&answered(Api::Cohere, model, &body), usd);
    }
}
