//! Whose price counts: the user's, the provider's, the catalogue's; and what is said of it.

mod own;
mod properties;

use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::info_span;
use tracing_genai::{Api, Builder, CostKeys, GenAiSpanExt as _, Price, Prices, Usage};

use crate::support::{Memory, get, json, text};

/// A Friday at noon.
const FRIDAY: u64 = 1_795_176_000;

/// What a call of a model holds, with a thousand tokens in and a hundred out.
fn call(provider: &'static str, model: &'static str) -> Vec<KeyValue> {
    vec![
        KeyValue::new("span_type", "llm"),
        KeyValue::new("gen_ai.provider.name", provider),
        KeyValue::new("gen_ai.request.model", model),
        KeyValue::new("gen_ai.usage.input_tokens", 1_000),
        KeyValue::new("gen_ai.usage.output_tokens", 100),
    ]
}

fn send(memory: &Memory, calls: impl IntoIterator<Item = Vec<KeyValue>>) -> Vec<SpanData> {
    send_by(&provider(memory), memory, calls)
}

fn provider(memory: &Memory) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build()
}

/// All that was sent so far.
fn send_by(
    provider: &SdkTracerProvider,
    memory: &Memory,
    calls: impl IntoIterator<Item = Vec<KeyValue>>,
) -> Vec<SpanData> {
    let tracer = provider.tracer("calls");
    let at = UNIX_EPOCH + Duration::from_secs(FRIDAY);
    for attributes in calls {
        let mut span = tracer.span_builder("call").with_start_time(at).with_attributes(attributes).start(&tracer);
        span.end_with_timestamp(at);
    }
    memory.spans()
}

fn one(change: impl FnOnce(Builder) -> Builder, attributes: Vec<KeyValue>) -> SpanData {
    send(&Memory::with(change), [attributes]).remove(0)
}

fn usd(span: &SpanData) -> Option<f64> {
    match get(span, "gen_ai.usage.cost") {
        Some(Value::F64(usd)) => Some(*usd),
        None => None,
        other => panic!("{other:?} is no amount"),
    }
}

fn usd_and_status(span: &SpanData) -> (Option<f64>, String) {
    (usd(span), of(span, "tracing_genai.cost.status"))
}

fn of(span: &SpanData, key: &str) -> String {
    text(span, key).unwrap_or_default()
}

#[test]
fn an_amount_says_where_it_comes_from() {
    let span = one(|builder| builder, call("openai", "gpt-4o-mini-2024-07-18"));
    assert_eq!(usd(&span), Some(0.00021));
    for (key, value) in [
        ("tracing_genai.cost.source", "catalogue"),
        ("tracing_genai.cost.status", "priced"),
        ("tracing_genai.price.model", "gpt-4o-mini"),
        ("tracing_genai.price.match", "exact"),
        ("tracing_genai.price.tier", "standard"),
    ] {
        assert_eq!(of(&span, key), value, "{key}");
    }
    assert!(of(&span, "tracing_genai.price.catalogue").starts_with("genai-prices-0."));
    assert!(get(&span, "tracing_genai.cost.lines").is_none());
}

#[test]
fn prices_of_ones_own_go_before_what_the_provider_says_and_that_before_the_catalogue() {
    let charged = |provider, model| {
        let mut call = call(provider, model);
        call.push(KeyValue::new("gen_ai.usage.cost", 0.5));
        call
    };
    let prices = Prices::new().with_price("gpt-4o-*", Price::new(1.0, 10.0)).with_price_at(
        "azure",
        "gpt-4o-mini",
        Price::new(3.0, 0.0),
    );
    let memory = Memory::with(|builder| builder.with_prices(prices));
    let spans = send(
        &memory,
        [
            charged("openai", "gpt-4o-mini"),
            charged("azure", "gpt-4o-mini"),
            charged("openai", "gpt-4.1"),
            call("openai", "gpt-4.1"),
        ],
    );
    let told: Vec<_> = spans.iter().map(|span| (usd(span).unwrap(), of(span, "tracing_genai.cost.source"))).collect();
    let expected = [(0.002, "override"), (0.003, "override"), (0.5, "provider"), (0.0028, "catalogue")];
    assert_eq!(told, expected.map(|(usd, source)| (usd, source.to_owned())));
    assert_eq!(of(&spans[0], "tracing_genai.price.model"), "gpt-4o-*");
    assert_eq!(of(&spans[0], "tracing_genai.price.match"), "override");
}

#[test]
fn an_amount_that_cannot_be_one_is_no_cost_whoever_told_it() {
    for source in ["catalogue", "override", "provider"] {
        for amount in [f64::NAN, f64::INFINITY, -0.5] {
            let told = |model| {
                let mut call = call("openai", model);
                call.push(KeyValue::new("gen_ai.usage.cost", amount));
                call.push(KeyValue::new("tracing_genai.cost.source", source));
                call
            };
            let span = one(|builder| builder, told("gpt-4.1"));
            assert_eq!((usd(&span), of(&span, "tracing_genai.cost.source")), (Some(0.0028), "catalogue".to_owned()));
            let span = one(|builder| builder, told("a-model-of-nobody"));
            assert_eq!(
                (usd(&span), of(&span, "tracing_genai.cost.source")),
                (None, String::new()),
                "{amount} {source}"
            );
        }
    }
}

#[test]
fn a_model_or_provider_that_is_called_unknown_hides_no_other_name() {
    for nothing in ["unknown", "Unknown", "none", "N/A", ""] {
        for first in [true, false] {
            let mut told = call("OpenAI", "gpt-4.1");
            told[1].key = "gen_ai.system".into();
            let unknown = KeyValue::new("gen_ai.provider.name", nothing);
            told.insert(if first { 0 } else { told.len() }, unknown);
            told.push(KeyValue::new("gen_ai.response.model", nothing));
            let span = one(|builder| builder, told);
            assert_eq!((usd(&span), of(&span, "gen_ai.provider.name")), (Some(0.0028), "openai".to_owned()));
            assert!(get(&span, "gen_ai.response.model").is_none());
        }
        assert_eq!(usd(&one(|builder| builder, call(nothing, "gpt-4.1"))), Some(0.0028), "{nothing}");
    }
}

#[test]
fn tokens_of_images_and_speech_have_their_price_where_the_operation_alone_tells_what_they_are() {
    let of_operation = |operation, provider, model| {
        let mut call = call(provider, model);
        call[0] = KeyValue::new("gen_ai.operation.name", operation);
        call
    };
    for (operation, provider, model, amount, count) in [
        ("image_generation", "gcp.gemini", "gemini-2.5-flash-image", 0.0033, Some("gen_ai.usage.image.output_tokens")),
        ("image_generation", "openai", "gpt-image-1", 0.009, Some("gen_ai.usage.image.output_tokens")),
        ("transcription", "openai", "gpt-4o-transcribe", 0.007, Some("gen_ai.usage.audio.input_tokens")),
        ("audio_generation", "openai", "gpt-4o-mini-tts", 0.0018, Some("gen_ai.usage.audio.output_tokens")),
        ("chat", "gcp.gemini", "gemini-2.5-flash-image", 0.00055, None),
    ] {
        let span = one(|builder| builder, of_operation(operation, provider, model));
        assert_eq!(usd(&span), Some(amount), "{operation} {model}");
        let told = span
            .attributes
            .iter()
            .find(|kv| kv.key.as_str().contains(".image.") || kv.key.as_str().contains(".audio."));
        assert_eq!(told.map(|kv| kv.key.as_str()), count, "{operation} {model}");
    }
    // What is told goes before.
    let mut told = of_operation("image_generation", "gcp.gemini", "gemini-2.5-flash-image");
    told.push(KeyValue::new("gen_ai.usage.image.output_tokens", 40));
    assert_eq!(usd(&one(|builder| builder, told)), Some(0.00165));
    // What is told of the input alone says nothing of the output.
    let mut half = of_operation("image_generation", "openai", "gpt-image-1.5");
    half.push(KeyValue::new("gen_ai.usage.text.input_tokens", 1_000));
    assert_eq!(usd(&one(|builder| builder, half)), Some(0.0082));
    // Thoughts are no image.
    let mut thought = of_operation("image_generation", "gcp.gemini", "gemini-2.5-flash-image");
    thought.push(KeyValue::new("gen_ai.usage.reasoning.output_tokens", 60));
    assert_eq!(usd(&one(|builder| builder, thought)), Some(0.00165));
}

#[test]
fn a_tag_of_ollama_is_no_release_of_a_hosted_model() {
    let mut tagged = call("", "deepseek-r1:latest");
    tagged.remove(1);
    let span = one(|builder| builder, tagged);
    assert_eq!((usd(&span), of(&span, "tracing_genai.cost.status")), (None, "unknown_model".to_owned()));
}

#[test]
fn a_model_at_home_costs_nothing_that_is_known_until_the_user_says_what() {
    let local = || call("ollama", "llama3.2");
    let span = one(|builder| builder, local());
    assert_eq!((usd(&span), of(&span, "tracing_genai.cost.status")), (None, "local_model".to_owned()));
    let prices = Prices::new().with_price_at("ollama", "llama*", Price::new(0.05, 0.05));
    let span = one(|builder| builder.with_prices(prices), local());
    assert_eq!((usd(&span), of(&span, "tracing_genai.cost.source")), (Some(0.000_055), "override".to_owned()));
}

#[test]
fn every_call_without_an_amount_has_a_reason() {
    let without = |keys: &[&str]| -> Vec<KeyValue> {
        call("openai", "gpt-4o").into_iter().filter(|kv| !keys.contains(&kv.key.as_str())).collect()
    };
    let with = |key: &'static str, value: &'static str| {
        let mut call = call("openai", "gpt-4o");
        call.push(KeyValue::new(key, value));
        call
    };
    let cases = [
        (call("openai", "gpt-9"), "unknown_model"),
        (call("acme", "gpt-4o"), "unknown_provider"),
        (without(&["gen_ai.request.model"]), "no_model"),
        (without(&["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"]), "no_usage"),
        (with("server.address", "localhost"), "local_model"),
        (with("tracing_genai.service_tier", "PROVISIONED_THROUGHPUT"), "prepaid"),
        (call("openai", "omni-moderation-latest"), "unknown_model"),
        (call("openai", "tts-1"), "no_price"),
    ];
    let memory = Memory::new();
    let spans = send(&memory, cases.iter().map(|(call, _)| call.clone()));
    for (span, (call, reason)) in spans.iter().zip(&cases) {
        assert_eq!((usd(span), of(span, "tracing_genai.cost.status").as_str()), (None, *reason), "{call:?}");
    }
}

#[test]
fn what_an_agent_says_of_all_its_calls_is_not_priced() {
    let mut agent = call("openai", "gpt-4o");
    agent[0] = KeyValue::new("span_type", "agent");
    let span = one(|builder| builder, agent);
    assert_eq!((usd(&span), get(&span, "tracing_genai.cost.status")), (None, None));
}

#[test]
fn an_answer_that_was_cut_off_is_priced_on_what_it_had_reported() {
    let mut cut = call("openai", "gpt-4.1");
    cut.push(KeyValue::new("tracing_genai.usage.partial", true));
    let span = one(|builder| builder, cut);
    assert_eq!((usd(&span), of(&span, "tracing_genai.cost.status")), (Some(0.0028), "partial".to_owned()));
}

#[test]
fn a_tier_that_is_not_known_costs_the_standard_price_and_says_so() {
    let mut call = call("openai", "gpt-4.1");
    call.push(KeyValue::new("tracing_genai.service_tier", "hyper"));
    let span = one(|builder| builder, call);
    assert_eq!(usd(&span), Some(0.0028));
    assert_eq!(of(&span, "tracing_genai.cost.status"), "tier_unpriced");
    assert_eq!(of(&span, "tracing_genai.price.tier"), "hyper");
}

#[test]
fn a_tier_of_the_provider_whose_models_are_served_is_not_that_of_the_one_who_serves_them() {
    for (provider, model, tier, usd, status) in [
        ("openai", "gpt-5", "priority", 0.004_5, "priced"),
        ("azure", "gpt-5", "priority", 0.002_25, "tier_unpriced"),
        ("azure", "gpt-5", "batch", 0.001_125, "priced"),
        ("azure", "gpt-4o-mini-2024-07-18.ft-0123456789abcdef", "", 0.000_42, "priced"),
        ("azure", "gpt-4.1-2025-04-14.ft-0123456789abcdef-suffix_of_ours", "", 0.004_2, "priced"),
    ] {
        let mut call = call(provider, model);
        call.push(KeyValue::new("service_tier", tier));
        let span = one(|builder| builder, call);
        assert_eq!(usd_and_status(&span), (Some(usd), status.to_owned()), "{provider} {model} {tier}");
    }
}

#[test]
fn a_tier_may_be_named_in_short_and_the_answers_own_counts() {
    let spans = Memory::new().run(|| {
        let body = br#"{"model": "gpt-5", "service_tier": "default", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}"#;
        let call = || info_span!("a", span_type = "llm", provider = "openai", model = "gpt-5", service_tier = "flex");
        call().record_usage(Usage::new(1_000, 100));
        call().record_response(Api::OpenAiChat, body.as_slice());
    });
    let told = |span| (usd(span), of(span, "tracing_genai.service_tier"));
    let expected = [(Some(0.001_125), "flex".to_owned()), (Some(0.002_25), "default".to_owned())];
    assert_eq!(spans.iter().map(told).collect::<Vec<_>>(), expected);
}

#[test]
fn lines_add_up_to_the_amount_and_fees_are_told_apart() {
    let mut call = call("anthropic", "claude-sonnet-4-5");
    call.push(KeyValue::new("gen_ai.usage.cache_read.input_tokens", 400));
    call.push(KeyValue::new("tracing_genai.usage.units.web_searches", 2));
    let span = one(|builder| builder.with_cost_lines(true), call);
    assert_eq!(get(&span, "tracing_genai.cost.tools"), Some(&Value::F64(0.02)));
    let lines = json(&span, "tracing_genai.cost.lines");
    let lines = lines.as_array().unwrap();
    let units: Vec<&str> = lines.iter().map(|line| line["unit"].as_str().unwrap()).collect();
    assert_eq!(units, ["web_searches", "input", "cache_read", "output"]);
    let sum: f64 = lines
        .iter()
        .map(|line| {
            line["quantity"].as_f64().unwrap() * line["rate"].as_str().unwrap().parse::<f64>().unwrap()
                / line["per"].as_f64().unwrap()
        })
        .sum();
    assert!((sum - usd(&span).unwrap()).abs() < 1e-12, "{sum} {lines:?}");
}

#[test]
fn an_amount_leaves_under_the_keys_that_were_asked_for() {
    for (keys, plain, draft) in
        [(CostKeys::Usage, true, false), (CostKeys::Draft, false, true), (CostKeys::Both, true, true)]
    {
        let span = one(|builder| builder.with_cost_keys(keys), call("openai", "gpt-4.1"));
        assert_eq!(
            (usd(&span).is_some(), get(&span, "gen_ai.usage.cost.amount").is_some()),
            (plain, draft),
            "{keys:?}"
        );
        if draft {
            assert_eq!(get(&span, "gen_ai.usage.cost.amount"), Some(&Value::F64(0.0028)));
            assert_eq!(of(&span, "gen_ai.usage.cost.currency"), "USD");
            assert_eq!(of(&span, "gen_ai.usage.cost.source"), "local");
        }
    }
}

#[test]
fn models_have_their_price_under_the_names_that_gateways_and_clients_give_them() {
    let memory = Memory::new();
    let cases = [
        ("openrouter", "openai/gpt-4o:nitro", Some(0.003_5)),
        ("openrouter", "openai/gpt-4o:floor", Some(0.003_5)),
        ("openrouter", "anthropic/claude-sonnet-4.5:thinking", Some(0.004_5)),
        // It searches the web, for a fee.
        ("openrouter", "openai/gpt-4o:online", None),
        ("openrouter", "meta-llama/llama-3.3-70b-instruct:free", Some(0.0)),
        ("openrouter", "vendor/of-tomorrow:free", Some(0.0)),
        ("together", "vendor/of-tomorrow:free", None),
        ("litellm", "gpt-4o", Some(0.003_5)),
        ("litellm", "claude-sonnet-4-5", Some(0.004_5)),
        ("litellm", "my-model", None),
        ("litellm", "ollama/deepseek-chat", None),
        ("anthropic", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some(0.004_95)),
        ("cohere", "embed-multilingual-v3.0", Some(0.000_1)),
        ("voyageai", "rerank-2.5", Some(0.000_05)),
        ("aws.bedrock", "ai21.jamba-1-5-large-v1:0", Some(0.002_8)),
        // It is billed by the character, and tokens do not tell these.
        ("gcp.vertex_ai", "text-embedding-005", None),
    ];
    let spans = send(&memory, cases.map(|(provider, model, _)| call(provider, model)));
    for (span, (provider, model, expected)) in spans.iter().zip(cases) {
        assert_eq!(usd(span), expected, "{provider} {model}: {:?}", text(span, "tracing_genai.cost.status"));
    }
}

#[test]
fn what_was_asked_for_nothing_costs_what_the_model_costs_that_answered_in_its_place() {
    for (asked, answered, usd_of_it) in [
        ("meta-llama/llama-3.3-70b-instruct:free", "meta-llama/llama-3.3-70b-instruct", 0.0),
        ("meta-llama/llama-3.3-70b-instruct:free", "openai/gpt-4o", 0.003_5),
        ("qwen/qwen3-coder:free", "qwen/qwen3-coder-480b-a35b-07-25", 0.0),
        ("vendor/of-tomorrow:free", "vendor/of-tomorrow-2611", 0.0),
        ("deepseek/deepseek-r1:free", "deepseek/deepseek-r1-distill-llama-70b", 0.000_14),
    ] {
        let mut call = call("openrouter", asked);
        call.push(KeyValue::new("gen_ai.response.model", answered));
        assert_eq!(usd(&one(|builder| builder, call)), Some(usd_of_it), "{answered}");
    }
}
