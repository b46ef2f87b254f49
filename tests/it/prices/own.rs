//! Prices of the user's own: in code and in a file, their names, aliases, discounts and steps.

use std::fs;
use std::path::PathBuf;

use opentelemetry::KeyValue;
use tracing_genai::{Builder, Price, Prices};

use super::{call, of, one, provider, send, send_by, usd, usd_and_status};
use crate::support::{Memory, builder, variables};

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
fn an_alias_may_stand_for_a_price_of_ones_own_and_for_what_another_provider_serves() {
    let prices = Prices::new()
        .with_price("my-llama-*", Price::new(1.0, 2.0))
        .with_alias("at-home", "my-llama-70b")
        .with_alias("by-proxy", "anthropic/claude-opus-5")
        .with_alias("team", "anthropic/claude-sonnet-4-5")
        .with_price("claude-sonnet-4-5", Price::new(1.0, 2.0));
    let memory = Memory::with(|builder| builder.with_prices(prices));
    let calls =
        [call("ollama", "at-home"), call("openai", "by-proxy"), call("openai", "gpt-4.1"), call("azure", "team")];
    let spans = send(&memory, calls);
    let told: Vec<_> = spans.iter().map(|span| (usd(span), of(span, "tracing_genai.price.match"))).collect();
    let expected = [(0.0012, "override"), (0.0075, "alias"), (0.0028, "exact"), (0.0012, "override")];
    assert_eq!(told, expected.map(|(usd, how)| (Some(usd), how.to_owned())));
}

#[test]
fn an_alias_of_an_alias_is_followed_to_a_name_that_has_a_price() {
    let prices = Prices::new()
        .with_alias("prod", "current")
        .with_alias("current", "Stable")
        .with_alias("stable", "gpt-4.1")
        // Both have a price: each stands for the other.
        .with_alias("gpt-4o", "gpt-4o-mini")
        .with_alias("gpt-4o-mini", "gpt-4o")
        .with_alias("round", "robin")
        .with_alias("robin", "round");
    let memory = Memory::with(|builder| builder.with_prices(prices));
    let models = ["prod", "current", "gpt-4o", "gpt-4o-mini", "round"];
    let spans = send(&memory, models.map(|model| call("azure", model)));
    let told: Vec<_> = spans.iter().map(usd_and_status).collect();
    let expected = [Some(0.002_8), Some(0.002_8), Some(0.000_21), Some(0.003_5), None];
    assert_eq!(told, expected.map(|usd| (usd, usd.map_or("unknown_model", |_| "priced").to_owned())));
}

#[test]
fn an_alias_with_a_star_is_for_what_is_called_and_not_for_what_another_alias_says() {
    let prices = Prices::new().with_alias("*", "gpt-4.1").with_alias("home", "ollama/llama3");
    let memory = Memory::with(|builder| builder.with_prices(prices));
    let spans = send(&memory, ["anything", "home"].map(|model| call("openai", model)));
    let told: Vec<_> = spans.iter().map(usd_and_status).collect();
    assert_eq!(told, [(Some(0.002_8), "priced".to_owned()), (None, "unknown_model".to_owned())]);
}

#[test]
fn litellm_names_the_provider_before_the_model_that_was_asked_for() {
    for (asked, answered) in [("openai/gpt-4.1", None), ("openai/gpt-4.1", Some("gpt-4.1-2025-04-14"))] {
        let mut call = call("litellm", asked);
        call.push(KeyValue::new("server.address", "localhost"));
        call.extend(answered.map(|model| KeyValue::new("gen_ai.response.model", model)));
        assert_eq!(usd(&one(|builder| builder, call)), Some(0.0028), "{answered:?}");
    }
    let mut at_home = call("litellm", "ollama/llama3");
    at_home.push(KeyValue::new("server.address", "localhost"));
    assert_eq!(usd(&one(|builder| builder, at_home)), None);
}

#[test]
fn a_provider_is_meant_by_each_of_its_names_and_all_by_a_star() {
    for (named, factor) in [("google", 0.5), ("Gemini", 0.5), ("gcp.*", 0.5), ("*", 0.5), ("openai", 1.0)] {
        let span = one(
            |builder| builder.with_prices(Prices::new().with_discount(named, 0.5)),
            call("gcp.gemini", "gemini-2.5-flash"),
        );
        assert_eq!(usd(&span), Some(0.00055 * factor), "{named}");
    }
    let prices = Prices::new().with_discount("openai", 0.5).with_discount("*", 0.9);
    assert_eq!(usd(&one(|builder| builder.with_prices(prices), call("openai", "gpt-4.1"))), Some(0.0014));
}

#[test]
fn of_steps_within_a_step_and_of_the_same_one_none_is_lost() {
    let price = |more: Price| Price::new(1.0, 0.0).above(100, more);
    for (price, usd_for_a_thousand) in [
        (price(Price::new(2.0, 0.0).above(500, Price::new(3.0, 0.0))), 0.003),
        (price(Price::new(2.0, 0.0).above(5_000, Price::new(3.0, 0.0))), 0.002),
        (price(Price::new(2.0, 0.0)).above(100, Price::new(4.0, 0.0)), 0.004),
    ] {
        let span = one(|builder| builder.with_prices(Prices::new().with_price("m", price)), call("acme", "m"));
        assert_eq!(usd(&span), Some(usd_for_a_thousand));
    }
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
fn that_an_input_has_no_price_is_told_also_where_its_characters_are_known() {
    let file = File::new("output.json", r#"{"price": [{"model": "gpt-4.1", "output": 2}]}"#);
    let memory =
        Memory::with(|builder| builder.with_env(variables([("TRACING_GENAI_PRICES", file.0.to_str().unwrap())])));
    let mut counted = call("openai", "gpt-4.1");
    counted.push(KeyValue::new("tracing_genai.usage.units.input_characters", 4_000));
    for span in send(&memory, [call("openai", "gpt-4.1"), counted]) {
        assert_eq!(usd_and_status(&span), (Some(0.000_2), "unit_unpriced".to_owned()));
    }
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
