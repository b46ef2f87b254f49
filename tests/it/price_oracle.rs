//! Every name in the price list is found, and priced, as the list's own engine does it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use genai_prices::{Calculator, PriceRequest, Usage, UsageKey};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::Value;

use crate::support::{Memory, text};

const INPUT: u32 = 300_000;
const OUTPUT: u32 = 500;
const CACHE_READ: u32 = 200;
const CACHE_WRITE: u32 = 100;

#[test]
fn every_name_of_the_price_list_costs_what_the_lists_own_engine_says() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("conventions/prices/genai-prices.json");
    let list: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let oracle = Calculator::from_json(list["providers"].to_string()).unwrap();
    let names = names(&list);
    assert!(names.len() > 3_000, "{} names", names.len());

    let mut differences = Vec::new();
    let mut compared = 0;
    // A day before many of today's prices, and a working day outside of every provider's peak.
    for day in [20_300, 20_777] {
        let at = UNIX_EPOCH + Duration::from_secs(day * 86_400 + 43_200);
        let ours = priced(&names, at);
        for (place, (provider, name)) in names.iter().enumerate() {
            let expected = expected(&oracle, provider, name, at);
            let (usd, model, status) = &ours[&place];
            let same = match (&expected, usd) {
                (Some((expected_usd, expected_model)), Some(usd)) => {
                    (expected_usd - usd).abs() < 1e-9 && expected_model.to_lowercase() == *model
                }
                // Nothing that was used has a price.
                (Some((0.0, _)), None) => status == "no_price",
                (None, usd) => usd.is_none(),
                _ => false,
            };
            compared += 1;
            if !same {
                differences.push(format!("{day} {provider} {name}: {expected:?}; ours {usd:?} {model} {status}"));
            }
        }
    }
    assert!(differences.is_empty(), "{} of {compared}: {differences:#?}", differences.len());
}

/// Provider and name, for each whole name in the list.
fn names(list: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for provider in list["providers"].as_array().unwrap() {
        for model in provider["models"].as_array().unwrap() {
            let mut whole = Vec::new();
            collect(&model["match"], &mut whole);
            found.extend(whole.into_iter().map(|name| (provider["id"].as_str().unwrap().to_owned(), name)));
        }
    }
    found
}

fn collect(rule: &Value, found: &mut Vec<String>) {
    for (operation, argument) in rule.as_object().unwrap() {
        match operation.as_str() {
            "and" | "or" => argument.as_array().unwrap().iter().for_each(|rule| collect(rule, found)),
            "regex" => {}
            _ => found.extend(completed(argument.as_str().unwrap())),
        }
    }
}

/// A beginning or a part of a name as a whole one.
fn completed(literal: &str) -> Option<String> {
    let literal = literal.trim_start_matches('/');
    let more = match literal {
        // Free models of which there are no rates.
        "gemma-3-" => return None,
        _ if literal.ends_with("-2024-") => "08-06:acme::abc",
        _ if literal.ends_with("-2025") => "0514",
        _ if literal.ends_with('@') => "20250514",
        _ if literal.ends_with(".ft-") => "4711",
        _ if literal.ends_with('-') => "2025-08-07",
        "ft:gpt-4-0" => "613:acme::abc",
        "gemini-2.0-flash-0" => "01",
        _ => "",
    };
    Some(format!("{literal}{more}"))
}

/// The overlay has rates for cached tokens of these, and the list has none.
fn cache_read(name: &str) -> u32 {
    if name.starts_with("ft:gpt-4o") { 0 } else { CACHE_READ }
}

fn expected(oracle: &Calculator, provider: &str, name: &str, at: SystemTime) -> Option<(f64, String)> {
    let usage = Usage::from([
        (UsageKey::INPUT_TOKENS, f64::from(INPUT)),
        (UsageKey::OUTPUT_TOKENS, f64::from(OUTPUT)),
        (UsageKey::CACHE_READ_TOKENS, f64::from(cache_read(name))),
        (UsageKey::CACHE_WRITE_TOKENS, f64::from(CACHE_WRITE)),
    ]);
    let request = PriceRequest::new(name, &usage).with_provider_id(provider).with_timestamp(at);
    let price = oracle.calculate(&request).ok()?;
    Some((price.total_price, price.model_id))
}

/// Amount, model and status of each name, by its place.
fn priced(names: &[(String, String)], at: SystemTime) -> BTreeMap<usize, (Option<f64>, String, String)> {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("names");
    for (place, (provider, name)) in names.iter().enumerate() {
        let attributes = vec![
            KeyValue::new("span_type", "llm"),
            KeyValue::new("gen_ai.provider.name", provider.clone()),
            KeyValue::new("gen_ai.response.model", name.clone()),
            KeyValue::new("gen_ai.usage.input_tokens", i64::from(INPUT)),
            KeyValue::new("gen_ai.usage.output_tokens", i64::from(OUTPUT)),
            KeyValue::new("gen_ai.usage.cache_read.input_tokens", i64::from(cache_read(name))),
            KeyValue::new("gen_ai.usage.cache_creation.input_tokens", i64::from(CACHE_WRITE)),
            KeyValue::new("app.place", i64::try_from(place).unwrap()),
        ];
        let mut span = tracer.span_builder("name").with_start_time(at).with_attributes(attributes).start(&tracer);
        span.end_with_timestamp(at);
    }
    let spans = memory.spans();
    assert_eq!(spans.len(), names.len());
    spans
        .iter()
        .map(|span| {
            let of = |key: &str| text(span, key).unwrap_or_default();
            let usd = text(span, "gen_ai.usage.cost").map(|usd| usd.parse().unwrap());
            let place = of("app.place").parse().unwrap();
            (place, (usd, of("tracing_genai.price.model"), of("tracing_genai.cost.status")))
        })
        .collect()
}

#[test]
fn no_model_takes_the_price_of_another_because_its_name_begins_alike() {
    let names = [
        ("anthropic", "claude-sonnet-4-50"),
        ("anthropic", "claude-sonnet-4-5-turbo"),
        ("anthropic", "claude-opus-50-20260724"),
        ("anthropic", "claude-zzz-9"),
        ("aws", "us.anthropic.claude-sonnet-4-50-20260101-v1:0"),
        ("aws", "amazon.nova-pro-v2:0"),
        ("azure", "my-o4-mini"),
        ("google", "gemini-2.5-pro-ultra"),
        ("google", "gemini-3.6-flash-lite"),
        ("google", "not-claude-sonnet-4-5"),
        ("openai", "gpt-4o-minimal"),
        ("openai", "gpt-4.1-mega"),
        ("openai", "gpt-9"),
        ("openai", "gpt-5-nano-2"),
        ("deepseek", "deepseek-v4-flash-max"),
    ];
    let names: Vec<(String, String)> = names.map(|(provider, name)| (provider.to_owned(), name.to_owned())).into();
    for (place, (usd, model, status)) in priced(&names, UNIX_EPOCH + Duration::from_secs(20_777 * 86_400)) {
        assert_eq!((usd, status.as_str()), (None, "unknown_model"), "{:?} as {model}", names[place]);
    }
}
