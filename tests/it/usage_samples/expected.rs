//! What a sample is expected to say, key by key.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracing_genai::{ProviderResponse, Unit, Usage};

/// Keys that are no claims about the answer: what is given with it, and remarks.
const GIVEN: [&str; 3] = ["headers", "http_status", "note"];

/// Whether a key names the model that was asked for.
pub(super) fn is_request_model(key: &str) -> bool {
    key.contains("model") && key != "response_model"
}

/// What is wrong. Keys that have no counterpart of ours are put aside.
pub(super) fn compare(
    response: &ProviderResponse,
    expected: &Value,
    not_compared: &mut BTreeSet<String>,
) -> Vec<String> {
    let mut errors = Vec::new();
    for (key, expected) in expected.as_object().expect("a sample's expectation is an object") {
        if GIVEN.contains(&key.as_str()) || is_request_model(key) {
            continue;
        }
        let Some(found) = found(response, key) else {
            not_compared.insert(key.clone());
            continue;
        };
        if !is(key, &found, expected) {
            errors.push(format!("{key} is {found} and not {expected}"));
        }
    }
    if expected["error_type"].is_null() && response.is_error() {
        errors.push(format!("it is no error, and not {:?}", response.error_type()));
    }
    errors
}

fn is(key: &str, found: &Value, expected: &Value) -> bool {
    match key {
        "provider_cost_usd" => match (found.as_f64(), expected.as_str().map(str::parse::<f64>)) {
            (Some(found), Some(Ok(expected))) => (found - expected).abs() < 1e-12,
            _ => found == expected,
        },
        // No reasons are an empty list or none.
        "finish_reasons" => found == expected || (expected.is_null() && *found == json!([])),
        // A count that is not known counts nothing.
        _ => found == expected || (expected.is_null() && *found == json!(0)),
    }
}

/// What the answer says under the key of an expectation.
fn found(response: &ProviderResponse, key: &str) -> Option<Value> {
    Some(match key {
        "provider" => json!(short_provider(response.api().provider())),
        "response_model" => json!(response.model()),
        "response_id" => json!(response.id()),
        "finish_reasons" => json!(response.provider_finish_reasons()),
        "convention_finish_reasons" => json!(response.finish_reasons()),
        "service_tier" | "traffic_type" => json!(response.service_tier()),
        "inference_geo" | "region" => json!(response.region()),
        "speed" => json!(response.speed()),
        "batch" => json!(response.is_batch()),
        "partial" => json!(response.is_partial()),
        "provider_cost_usd" => json!(response.cost()),
        "error_type" => json!(response.error_type()),
        "error_message" => json!(response.error_message()),
        "usage" => response.usage().map_or(Value::Null, |usage| json!(format!("{usage:?}"))),
        "iterations" => iterations(response),
        _ => {
            let usage = response.usage();
            let nothing = Usage::default();
            let number = count(usage.unwrap_or(&nothing), key)?;
            usage.map_or(Value::Null, |_| json!(number))
        }
    })
}

fn count(usage: &Usage, key: &str) -> Option<u64> {
    Some(match key {
        "input_tokens_total" | "billed_input_tokens" => usage.input_tokens(),
        "output_tokens_total" | "billed_output_tokens" => usage.output_tokens(),
        "uncached_input_tokens" => usage.uncached_input_tokens(),
        "cache_read_tokens" => usage.cache_read_tokens(),
        "cache_write_tokens" => usage.cache_write_tokens(),
        "cache_write_5m_tokens" => usage.cache_write_5m_tokens(),
        "cache_write_30m_tokens" => usage.cache_write_30m_tokens(),
        "cache_write_1h_tokens" => usage.cache_write_1h_tokens(),
        "cache_write_12h_tokens" => usage.cache_write_12h_tokens(),
        "reasoning_tokens" => usage.reasoning_tokens(),
        "audio_input_tokens" => usage.audio_input_tokens(),
        "audio_output_tokens" => usage.audio_output_tokens(),
        "image_input_tokens" => usage.image_input_tokens(),
        "image_output_tokens" => usage.image_output_tokens(),
        "cached_audio_tokens" => usage.cached_audio_input_tokens(),
        "cached_image_tokens" => usage.cached_image_input_tokens(),
        "cached_text_tokens" => {
            usage.cache_read_tokens() - usage.cached_audio_input_tokens() - usage.cached_image_input_tokens()
        }
        "citation_tokens" => usage.citation_tokens(),
        "web_search_requests" | "num_search_queries" => usage.units(Unit::WebSearches),
        "x_search_requests" => usage.units(Unit::SocialSearches),
        "file_search_requests" => usage.units(Unit::StorageSearches),
        "rerank_searches" => usage.units(Unit::RerankSearches),
        "code_execution_requests" => usage.units(Unit::CodeExecutions),
        _ => return None,
    })
}

fn iterations(response: &ProviderResponse) -> Value {
    let calls = response.usage().map(Usage::iterations).unwrap_or_default();
    let call = |call: &tracing_genai::Iteration| {
        json!({
            "type": call.kind(),
            "model": call.model().or(response.model()),
            "input": call.usage().input_tokens(),
            "output": call.usage().output_tokens(),
        })
    };
    calls.iter().map(call).collect()
}

/// The samples call providers as price lists do.
fn short_provider(name: &str) -> &str {
    match name {
        "azure.ai.openai" => "azure",
        "aws.bedrock" => "aws",
        "gcp.gemini" => "google",
        "mistral_ai" => "mistral",
        "moonshot_ai" => "moonshotai",
        "x_ai" => "xai",
        other => other,
    }
}
