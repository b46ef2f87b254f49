//! Whose price counts: the user's, the provider's, the catalogue's; and what is said of it.

mod properties;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::info_span;
use tracing_genai::{Api, Builder, CostKeys, GenAiSpanExt as _, Price, Prices, Usage};

use crate::support::{Memory, builder, get, json, text, variables};

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
fn an_alias_says_what_a_deployment_is_and_a_discount_what_of_the_price_is_paid() {
    let prices = Prices::new()
        .with_alias("my-prod", "gpt-4.1")
        .with_alias("gateway-*", "anthropic/claude-opus-5")
        .with_discount("azure", 0.5)
        .with_model_discount("azure", "my-prod", 0.85);
    let memory = Memory::with(|builder| builder.with_prices(prices));
    let spans = send(
        &memory,
        [call("azure", "my-prod"), call("acme", "gateway-a"), call("azure", "gpt-4.1"), call("openai", "gpt-4.1")],
    );
    let told: Vec<_> = spans.iter().map(|span| (usd(span).unwrap(), of(span, "tracing_genai.price.match"))).collect();
    let expected = [(0.00238, "alias"), (0.0075, "alias"), (0.0014, "fallback"), (0.0028, "exact")];
    assert_eq!(told, expected.map(|(usd, how)| (usd, how.to_owned())));
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
fn what_the_provider_charged_stands_where_a_price_of_ones_own_gives_no_amount() {
    let own = |builder: Builder| builder.with_prices(Prices::new().with_price("m", Price::new(1.0, 2.0)));
    let mut call = call("openai", "m");
    call.push(KeyValue::new("gen_ai.usage.cost", 0.5));
    assert_eq!(usd(&one(own, call.clone())), Some(0.0012));
    call.retain(|kv| !kv.key.as_str().ends_with("_tokens"));
    let span = one(own, call);
    assert_eq!((usd(&span), of(&span, "tracing_genai.cost.source").as_str()), (Some(0.5), "provider"));
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

/// A file of one test, which goes with it.
struct File(PathBuf);

impl File {
    fn new(name: &str, content: &str) -> Self {
        let file = Self(std::env::temp_dir().join(format!("tracing-genai-{}-{name}", std::process::id())));
        file.write(content);
        file
    }

    fn write(&self, content: &str) {
        fs::write(&self.0, content).unwrap();
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // It may never have been written.
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_price_file_counts_from_the_start_and_again_when_it_is_read_anew() {
    let row = |input: &str| format!("[[price]]\nmodel = \"gpt-4.1\"\ninput = {input}\noutput = 0\n");
    let file = File::new("reload.toml", &row("1"));
    let memory = Memory::with(|builder| builder.with_price_file(&file.0));
    let provider = provider(&memory);
    assert_eq!(usd(&send_by(&provider, &memory, [call("openai", "gpt-4.1")])[0]), Some(0.001));

    file.write(&row("5"));
    memory.telemetry.reload_prices().unwrap();
    assert_eq!(usd(&send_by(&provider, &memory, [call("openai", "gpt-4.1")])[1]), Some(0.005));

    file.write(&row("-5"));
    let error = memory.telemetry.reload_prices().unwrap_err().to_string();
    for words in [file.0.to_str().unwrap(), "line 3", "not negative"] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(
        usd(&send_by(&provider, &memory, [call("openai", "gpt-4.1")])[2]),
        Some(0.005),
        "the last good one stays in force"
    );
}

#[test]
fn code_goes_before_the_file_and_the_file_of_the_environment_is_read_where_code_names_none() {
    let file = File::new(
        "both.json",
        r#"{"price": [{"model": "gpt-4.1", "input": 1, "output": 0}, {"model": "gpt-4o", "input": 2, "output": 0}]}"#,
    );
    let named = [("TRACING_GENAI_PRICES", file.0.to_str().unwrap())];
    let memory = Memory::with(|builder| {
        builder.with_env(variables(named)).with_prices(Prices::new().with_price("gpt-4.1", Price::new(7.0, 0.0)))
    });
    let spans = send(&memory, [call("openai", "gpt-4.1"), call("openai", "gpt-4o")]);
    assert_eq!(spans.iter().map(|span| usd(span).unwrap()).collect::<Vec<_>>(), [0.007, 0.002]);
}

#[test]
fn prices_that_cannot_be_used_are_an_error_with_its_remedy() {
    let missing = [("TRACING_GENAI_PRICES", "/no/such/prices.toml")];
    for (builder, words) in [
        (builder().with_env(variables(missing)), ["TRACING_GENAI_PRICES", "/no/such/prices.toml", "TOML or JSON"]),
        (
            builder().with_prices(Prices::new().with_price("x", Price::new(-1.0, 0.0))),
            ["\"x\"", "input is -1", "such as 2.5"],
        ),
        (builder().with_prices(Prices::new().with_discount("openai", 0.0)), ["discount 0", "0.85", "15 % less"]),
        (builder().with_prices(Prices::new().with_alias(" ", "gpt-4.1")), ["no name", "gpt-4o*", "gpt-4o"]),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.is_prices());
        for words in words {
            assert!(error.to_string().contains(words), "{error}");
        }
    }
    let error = Memory::new().telemetry.reload_prices().unwrap_err().to_string();
    assert!(error.contains("TRACING_GENAI_PRICES") && error.contains("with_price_file"), "{error}");
}
