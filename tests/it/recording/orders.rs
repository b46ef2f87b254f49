//! What the trait records does not depend on which field was recorded before or after it, unless that says the same.

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;
use proptest::prelude::*;
use tracing::field::Empty;
use tracing::{Span, info_span};
use tracing_genai::{Content, GenAiSpanExt, Scope, Usage};

use crate::support::Memory;

/// One call of the trait.
#[derive(Clone, Debug)]
enum Step {
    Model(&'static str),
    Provider(&'static str),
    Usage(u64, u64),
    Cost(f64),
    FinishReason(&'static str),
    Input(&'static str),
    Output(&'static str),
    Error,
    ErrorType,
    Attribute(&'static str, Value),
}

#[derive(Clone, Debug)]
enum Value {
    Text(&'static str),
    Number(i64),
}

/// Canonical keys, other spellings of them, keys that mean something on spans of some types, and such of nobody.
const KEYS: [&str; 16] = [
    "gen_ai.request.model",
    "model",
    "llm.model_name",
    "gen_ai.provider.name",
    "provider",
    "gen_ai.usage.input_tokens",
    "input_tokens",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.response.finish_reasons",
    "gen_ai.operation.name",
    "span_type",
    "input",
    "output.value",
    "tool",
    "user.id",
    "app.tier",
];

fn step() -> impl Strategy<Value = Step> {
    let word = || prop_oneof![Just("gpt-4o-mini"), Just("openai"), Just("tool"), Just("12"), Just("")];
    let value = prop_oneof![word().prop_map(Value::Text), (-1..3_000_i64).prop_map(Value::Number)];
    prop_oneof![
        word().prop_map(Step::Model),
        word().prop_map(Step::Provider),
        (0..3_000_u64, 0..3_000_u64).prop_map(|(input, output)| Step::Usage(input, output)),
        (0.0..2.0).prop_map(Step::Cost),
        word().prop_map(Step::FinishReason),
        word().prop_map(Step::Input),
        word().prop_map(Step::Output),
        Just(Step::Error),
        Just(Step::ErrorType),
        (proptest::sample::select(&KEYS[..]), value.clone()).prop_map(|(key, value)| Step::Attribute(key, value)),
        (proptest::sample::select(&KEYS[..]), value).prop_map(|(key, value)| Step::Attribute(key, value)),
    ]
}

impl Step {
    fn record(&self, span: &Span) {
        match *self {
            Self::Model(model) => span.record_model(model),
            Self::Provider(provider) => span.record_provider(provider),
            Self::Usage(input, output) => span.record_usage(Usage::new(input, output)),
            Self::Cost(usd) => span.record_cost(usd),
            Self::FinishReason(reason) => span.record_finish_reason(reason),
            Self::Input(text) => span.record_input(text),
            Self::Output(text) => span.record_output(text),
            Self::Error => span.record_error(&std::fmt::Error),
            Self::ErrorType => span.record_error_type("timeout"),
            Self::Attribute(key, Value::Text(text)) => span.record_attribute(key, text),
            Self::Attribute(key, Value::Number(number)) => span.record_attribute(key, number),
        };
    }
}

fn attributes(span: &SpanData) -> Vec<&KeyValue> {
    let mut attributes: Vec<&KeyValue> = span.attributes.iter().collect();
    attributes.sort_by_key(|kv| kv.key.as_str());
    attributes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_field_of_another_name_may_be_recorded_before_or_after(
        steps in proptest::collection::vec(step(), 1..14),
        declared in any::<bool>(),
        given in any::<bool>(),
        scoped in any::<bool>(),
        field in prop_oneof![Just("app.place"), Just("gen_ai.conversation.id")],
    ) {
        let span = || match (declared, given) {
            (true, true) => {
                info_span!("work", span_type = "llm", model = "own", app.place = Empty, gen_ai.conversation.id = Empty)
            }
            (true, false) => info_span!("work", span_type = "llm", app.place = Empty, gen_ai.conversation.id = Empty),
            (false, true) => {
                let tier = "own";
                info_span!("work", app.tier = tier, input_tokens = 7, app.place = Empty, gen_ai.conversation.id = Empty)
            }
            (false, false) => info_span!("work", app.place = Empty, gen_ai.conversation.id = Empty),
        };
        let make = |field_first: bool| {
            let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
            let scope = Scope::new().with_user("u-1").with_metadata("channel", "web");
            let spans = memory.run(|| {
                let work = || {
                    let span = span();
                    if field_first {
                        span.record(field, "A7");
                    }
                    for step in &steps {
                        step.record(&span);
                    }
                    if !field_first {
                        span.record(field, "A7");
                    }
                };
                if scoped { scope.in_scope(work) } else { work() }
            });
            spans.into_iter().next().unwrap()
        };
        let (before, after) = (make(true), make(false));
        prop_assert_eq!(attributes(&before), attributes(&after));
        prop_assert_eq!((&before.name, &before.status), (&after.name, &after.status));
        prop_assert_eq!(before.events.len(), after.events.len());
    }
}
