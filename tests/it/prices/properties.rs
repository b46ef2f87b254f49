//! What holds of every amount, whatever was used.

use opentelemetry::KeyValue;
use proptest::prelude::*;

use super::{json, send, usd};
use crate::support::Memory;

/// Models whose prices go by the length of the input, and such whose prices do not; with the step of each.
const MODELS: [(&str, &str, i64); 5] = [
    ("openai", "gpt-6.1-sol", 272_000),
    ("anthropic", "claude-sonnet-4-5", 200_000),
    ("google", "gemini-2.5-flash", i64::MAX),
    ("x_ai", "grok-4.7", 199_999),
    ("perplexity", "sonar-deep-research", i64::MAX),
];

/// What was used, each a part of the one before it.
#[derive(Clone, Debug)]
struct Used {
    model: usize,
    input: i64,
    read: i64,
    written: i64,
    output: i64,
    reasoning: i64,
    searches: i64,
}

fn used() -> impl Strategy<Value = Used> {
    (0..MODELS.len(), 1..400_000_i64, 0..=100_i64, 0..=100_i64, 0..100_000_i64, 0..=100_i64, 0..5_i64).prop_map(
        |(model, input, read, written, output, reasoning, searches)| {
            let read = input * read / 100;
            let written = (input - read) * written / 100;
            Used { model, input, read, written, output, reasoning: output * reasoning / 100, searches }
        },
    )
}

impl Used {
    fn attributes(&self) -> Vec<KeyValue> {
        let (provider, model, _) = MODELS[self.model];
        vec![
            KeyValue::new("span_type", "llm"),
            KeyValue::new("gen_ai.provider.name", provider),
            KeyValue::new("gen_ai.response.model", model),
            KeyValue::new("tracing_genai.usage.convention", "inclusive"),
            KeyValue::new("gen_ai.usage.input_tokens", self.input),
            KeyValue::new("gen_ai.usage.cache_read.input_tokens", self.read),
            KeyValue::new("gen_ai.usage.cache_creation.input_tokens", self.written),
            KeyValue::new("gen_ai.usage.output_tokens", self.output),
            KeyValue::new("gen_ai.usage.reasoning.output_tokens", self.reasoning),
            KeyValue::new("tracing_genai.usage.units.web_searches", self.searches),
        ]
    }

    fn is_long(&self) -> bool {
        self.input > MODELS[self.model].2
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_tokens_never_cost_less_within_a_step(used in used(), more in 1..10_000_i64) {
        let larger = [
            Used { input: used.input + more, ..used.clone() },
            Used { output: used.output + more, ..used.clone() },
            Used { output: used.output + more, reasoning: used.reasoning + more, ..used.clone() },
            Used { searches: used.searches + more, ..used.clone() },
        ];
        let larger: Vec<&Used> = larger.iter().filter(|larger| larger.is_long() == used.is_long()).collect();
        let calls = std::iter::once(&used).chain(larger.iter().copied()).map(Used::attributes);
        let costs: Vec<f64> = send(&Memory::new(), calls).iter().map(|span| usd(span).unwrap()).collect();
        for (cost, larger) in costs[1..].iter().zip(larger) {
            prop_assert!(*cost >= costs[0], "{cost} for {larger:?}, {} for {used:?}", costs[0]);
        }
    }

    #[test]
    fn the_lines_are_the_amount(used in used()) {
        let memory = Memory::with(|builder| builder.with_cost_lines(true));
        let span = send(&memory, [used.attributes()]).remove(0);
        // In quadrillionths, exact: rates have twelve decimals at most, here far fewer.
        let mut sum = 0_i128;
        for line in json(&span, "tracing_genai.cost.lines").as_array().unwrap() {
            let rate = line["rate"].as_str().unwrap();
            let (whole, part) = rate.split_once('.').unwrap_or((rate, ""));
            let rate: i128 = format!("{whole}{part:0<9}").parse().unwrap();
            sum += rate * i128::from(line["quantity"].as_i64().unwrap()) * (1_000_000 / i128::from(line["per"].as_i64().unwrap()));
        }
        let cost = usd(&span).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "the amount is a double, too")]
        let sum = sum as f64 / 1e15;
        prop_assert!((cost - sum).abs() <= 5e-13_f64.max(cost * 1e-15), "{cost} {sum}");
    }

    #[test]
    fn the_order_of_attributes_does_not_matter(
        used in used(),
        order in Just((0..10_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let straight = used.attributes();
        let shuffled = order.iter().map(|at| straight[*at].clone()).collect();
        let spans = send(&Memory::new(), [straight, shuffled]);
        prop_assert_eq!(usd(&spans[0]), usd(&spans[1]));
    }
}
