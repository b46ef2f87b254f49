//! Adjudicated cases of what a call cost: each goes the way of a user's span, from the provider's answer to the exporter.
//!
//! Every `*.json` under `tests/data/cost_cases/` is judged. Cases that are not adjudicated are told and do not fail.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::Value;
use tracing_genai::{Api, ProviderResponse};

use crate::support::{Memory, text};

#[test]
fn cost_cases() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/cost_cases");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for file in files {
        let document: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let tolerance: f64 = document["meta"]["tolerance_usd"].as_str().map_or(5e-9, |text| text.parse().unwrap());
        let cases = document["cases"].as_array().unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let mut right = 0;
        for case in cases {
            match judge(case, tolerance) {
                Ok(()) => right += 1,
                Err(what) if case["adjudicated"] == true => wrong.push(format!("{name}: {what}")),
                Err(what) => println!("cost_cases {name}: not adjudicated: {what}"),
            }
        }
        println!("cost_cases {name}: {right} of {}", cases.len());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether the span of a case leaves with the amount that is expected, or without one and with a reason.
fn judge(case: &Value, tolerance: f64) -> Result<(), String> {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let at = completed(case);
    let mut span = provider
        .tracer("cases")
        .span_builder("call")
        .with_start_time(at - Duration::from_secs(2))
        .with_attributes(attributes(case))
        .start(&provider.tracer("cases"));
    span.end_with_timestamp(at);
    let spans = memory.spans();
    let span = &spans[0];
    assert_eq!(spans.len(), 1);
    let of = |key: &str| text(span, key).unwrap_or_default();
    let usd = text(span, "gen_ai.usage.cost").map(|usd| usd.parse::<f64>().unwrap());
    let id = case["id"].as_str().unwrap();
    let told = format!(
        "{id}: {usd:?} by {} ({}, {}, {}, {}); expected {}",
        of("tracing_genai.cost.source"),
        of("tracing_genai.cost.status"),
        of("tracing_genai.price.model"),
        of("tracing_genai.price.match"),
        of("tracing_genai.price.tier"),
        case["expected_usd"]
    );
    let right = match (case["expected_usd"].as_str(), usd) {
        (None, None) => !of("tracing_genai.cost.status").is_empty(),
        (Some(expected), Some(usd)) => (usd - expected.parse::<f64>().unwrap()).abs() <= tolerance,
        _ => false,
    };
    if right { Ok(()) } else { Err(told) }
}

fn completed(case: &Value) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(case["timestamp_unix"].as_u64().expect("a time"))
}

/// What a user's span holds: what the answer says, the model that was asked for, and what is known of the request.
fn attributes(case: &Value) -> Vec<KeyValue> {
    let (api, provider) = api(case);
    let response = ProviderResponse::read(api, &case["response"]);
    let mut attributes = response.attributes();
    let mut add = |key: &'static str, value: &str| attributes.push(KeyValue::new(key, value.to_owned()));
    add("span_type", "llm");
    add("gen_ai.provider.name", provider);
    add("gen_ai.request.model", case["model"].as_str().expect("a model"));
    // What an answer says itself is not said again.
    let known = |place: &str| case.pointer(place).and_then(Value::as_str);
    if let Some(url) = known("/api_url").or(known("/litellm_args/api_base")) {
        add("server.address", url);
    }
    let tier = known("/price_context/service_tier").or(known("/litellm_args/service_tier"));
    if let Some(tier) = tier.filter(|_| response.service_tier().is_none()) {
        add("tracing_genai.service_tier", tier);
    }
    if let Some(speed) = known("/price_context/speed").filter(|_| response.speed().is_none()) {
        add("tracing_genai.speed", speed);
    }
    let region = known("/litellm_args/data_residency").or(known("/litellm_args/vertex_location"));
    // The data zone of a deployment of Azure stands in no answer, and in these cases in their names alone.
    let zone = known("/id").filter(|id| provider == "azure" && id.contains("datazone")).map(|_| "datazone");
    if let Some(region) = region.or(zone).filter(|_| response.region().is_none()) {
        add("tracing_genai.region", region);
    }
    let batch = known("/price_context/processing") == Some("batch") || case["litellm_args"]["batch"] == true;
    if batch && !response.is_batch() {
        attributes.push(KeyValue::new("tracing_genai.batch", true));
    }
    attributes
}

/// The API that the answer is of, and the provider's name on the span.
fn api(case: &Value) -> (Api, &str) {
    let provider = case["provider"].as_str().expect("a provider");
    let api = match (provider, case["api_flavor"].as_str().unwrap_or_default()) {
        ("x-ai", "responses") => Api::XaiResponses,
        (_, "responses" | "images") => Api::OpenAiResponses,
        (_, "realtime") => Api::OpenAiRealtime,
        ("x-ai", _) => Api::XaiChat,
        ("google" | "aws", _) if case["response"].get("choices").is_some() => Api::OpenAiChat,
        ("google", "interactions") => Api::GeminiInteractions,
        ("aws", "anthropic" | "invoke") => Api::BedrockInvoke,
        ("aws", _) => Api::BedrockConverse,
        ("anthropic", _) | (_, "anthropic") => Api::Anthropic,
        ("google", _) => Api::GeminiGenerateContent,
        ("azure", _) => Api::AzureOpenAi,
        ("mistral", _) => Api::Mistral,
        ("cohere", _) => Api::Cohere,
        ("groq", _) => Api::Groq,
        ("deepseek", _) => Api::DeepSeek,
        ("together", _) => Api::Together,
        ("fireworks", _) => Api::Fireworks,
        ("openrouter", _) => Api::OpenRouter,
        ("perplexity", _) => Api::Perplexity,
        ("moonshotai", _) => Api::Moonshot,
        ("ollama", _) if case["response"].get("prompt_eval_count").is_some() => Api::OllamaNative,
        ("ollama", _) => Api::OllamaCompatible,
        ("vllm", _) => Api::Vllm,
        _ => Api::OpenAiChat,
    };
    (api, provider)
}
