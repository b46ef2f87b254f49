//! Tokens on a span are the convention's inclusive totals, whoever reported them, and parts never exceed their wholes.

use opentelemetry::Value;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::info_span;
use tracing_genai::{Api, GenAiSpanExt, Unit, Usage, UsageConvention};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{Memory, get, text};

const READ: &str = "gen_ai.usage.cache_read.input_tokens";
const WRITE: &str = "gen_ai.usage.cache_creation.input_tokens";
const REASONING: &str = "gen_ai.usage.reasoning.output_tokens";

#[track_caller]
fn only(spans: &[SpanData]) -> &SpanData {
    let [span] = spans else { panic!("{} spans", spans.len()) };
    span
}

fn int(span: &SpanData, key: &str) -> Option<i64> {
    match get(span, key) {
        Some(Value::I64(number)) => Some(*number),
        None => None,
        Some(other) => panic!("{key} is {other:?}"),
    }
}

fn totals(span: &SpanData) -> (Option<i64>, Option<i64>) {
    (int(span, "gen_ai.usage.input_tokens"), int(span, "gen_ai.usage.output_tokens"))
}

#[test]
fn every_part_arrives_under_its_own_name_beside_inclusive_totals() {
    let usage = Usage::exclusive(100, 2_000, 300, 90)
        .cache_write_5m(100)
        .cache_write_1h(200)
        .reasoning(40)
        .audio_input(7)
        .web_searches(2)
        .unit(Unit::CodeExecutions, 0);
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm").record_usage(usage);
    });
    let span = only(&spans);
    assert_eq!(totals(span), (Some(2_400), Some(90)));
    assert_eq!((int(span, READ), int(span, WRITE), int(span, REASONING)), (Some(2_000), Some(300), Some(40)));
    assert_eq!(int(span, "tracing_genai.usage.cache_write_5m.input_tokens"), Some(100));
    assert_eq!(int(span, "tracing_genai.usage.cache_write_1h.input_tokens"), Some(200));
    assert_eq!(int(span, "gen_ai.usage.audio.input_tokens"), Some(7));
    assert_eq!(int(span, "tracing_genai.usage.units.web_searches"), Some(2));
    for absent in ["units.code_executions", "convention", "inconsistent"] {
        assert_eq!(get(span, &format!("tracing_genai.usage.{absent}")), None, "{absent}");
    }
}

#[test]
fn a_total_of_which_only_parts_are_told_is_their_sum() {
    let spans = Memory::new().run(|| {
        let usage =
            Usage::new(1_000, 10).cache_write_5m(100).cache_write_1h(200).audio_input(50).cached_audio_input(40);
        info_span!("a", span_type = "llm").record_usage(usage);
    });
    let span = only(&spans);
    assert_eq!((int(span, READ), int(span, WRITE)), (Some(40), Some(300)));
    assert_eq!(totals(span), (Some(1_000), Some(10)));
}

#[test]
fn usage_recorded_again_takes_the_place_of_what_was_there_and_is_never_added() {
    let spans = Memory::new().run(|| {
        let span = info_span!("a", span_type = "llm");
        span.record_usage(Usage::new(10, 1).cache_read(5));
        span.record_usage(Usage::new(10, 4));
        span.record_usage(Usage::new(10, 7).cache_read(6));
    });
    assert_eq!((totals(only(&spans)), int(only(&spans), READ)), ((Some(10), Some(7)), Some(6)));
}

#[test]
fn a_part_above_its_whole_is_cut_to_it_and_said() {
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm").record_usage(Usage::new(10, 5).cache_read(12).reasoning(9));
    });
    let span = only(&spans);
    assert_eq!((totals(span), int(span, READ), int(span, REASONING)), ((Some(10), Some(5)), Some(10), Some(5)));
    assert_eq!(get(span, "tracing_genai.usage.inconsistent"), Some(&Value::Bool(true)));
}

#[test]
fn counts_that_add_up_in_one_way_only_are_made_inclusive() {
    let spans = Memory::new().run(|| {
        // More was cached than went in: input can only be the rest.
        drop(info_span!("a", span_type = "llm", input_tokens = 21, cache_read_tokens = 188_086, output_tokens = 3));
        let total = info_span!("b", span_type = "llm", input_tokens = 50, cache_read_tokens = 40, output_tokens = 10);
        total.record_attribute("gen_ai.usage.total_tokens", 100_i64);
    });
    for (span, input, output) in [(&spans[0], 188_107, 3), (&spans[1], 90, 10)] {
        assert_eq!(totals(span), (Some(input), Some(output)));
        assert_eq!(text(span, "tracing_genai.usage.convention").as_deref(), Some("exclusive"));
    }
}

#[test]
fn counts_that_are_inclusive_or_prove_nothing_stay_as_they_are() {
    let spans = Memory::new().run(|| {
        drop(info_span!("a", span_type = "llm", input_tokens = 50, cache_read_tokens = 40, output_tokens = 10));
        let total = info_span!("b", span_type = "llm", input_tokens = 50, cache_read_tokens = 40, output_tokens = 10);
        total.record_attribute("gen_ai.usage.total_tokens", 60_i64);
        // Ten more may be what was cached or what was thought.
        let either = info_span!(
            "c",
            span_type = "llm",
            input_tokens = 50,
            cache_read_tokens = 10,
            output_tokens = 10,
            reasoning_tokens = 10
        );
        either.record_attribute("gen_ai.usage.total_tokens", 70_i64);
    });
    assert_eq!(spans.len(), 3);
    for span in &spans {
        assert_eq!((totals(span), get(span, "tracing_genai.usage.convention")), ((Some(50), Some(10)), None));
    }
}

#[test]
fn reasoning_above_the_output_is_added_where_the_provider_counts_it_apart_and_cut_elsewhere() {
    let spans = Memory::new().run(|| {
        macro_rules! call {
            ($provider:literal) => {
                info_span!("a", span_type = "llm", provider = $provider, output_tokens = 1, reasoning_tokens = 290)
            };
        }
        drop(call!("xai"));
        drop(call!("openai"));
    });
    let output = |span: &SpanData| (totals(span).1, int(span, REASONING));
    assert_eq!(output(&spans[0]), (Some(291), Some(290)));
    assert_eq!(output(&spans[1]), (Some(1), Some(1)));
}

#[test]
fn raw_counts_of_rig_are_made_inclusive_and_those_of_newer_versions_are_left() {
    let spans = Memory::new().run(|| {
        let anthropic = info_span!(
            target: "rig::completions",
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "anthropic",
            gen_ai.usage.input_tokens = 100_u64,
            gen_ai.usage.output_tokens = 9_u64,
            gen_ai.usage.cache_read.input_tokens = 40_u64,
            gen_ai.usage.cache_creation.input_tokens = 8_u64,
        );
        drop(anthropic);
        let gemini = info_span!(
            target: "rig::completions",
            "generate_content",
            gen_ai.operation.name = "generate_content",
            gen_ai.provider.name = "gcp.gemini",
            gen_ai.usage.input_tokens = 22_u64,
            gen_ai.usage.output_tokens = 590_u64,
            gen_ai.usage.reasoning_tokens = 173_u64,
            gen_ai.usage.tool_use_prompt_tokens = 198_u64,
        );
        drop(gemini);
        let newer = info_span!(
            target: "rig::completions",
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "anthropic",
            rig.provider_request_id = tracing::field::Empty,
            gen_ai.usage.input_tokens = 148_u64,
            gen_ai.usage.output_tokens = 9_u64,
            gen_ai.usage.cache_read.input_tokens = 40_u64,
        );
        drop(newer);
    });
    assert_eq!(totals(&spans[0]), (Some(148), Some(9)));
    assert_eq!(totals(&spans[1]), (Some(220), Some(763)));
    assert_eq!(totals(&spans[2]), (Some(148), Some(9)));
}

#[test]
fn cached_tokens_of_bedrock_by_genai_are_added_to_the_input_and_those_of_others_are_in_it() {
    let spans = Memory::new().run(|| {
        for provider in ["aws.bedrock", "anthropic"] {
            let call = info_span!(
                target: "genai::otel::span",
                "genai.chat",
                gen_ai.operation.name = "chat",
                gen_ai.provider.name = provider,
                gen_ai.usage.input_tokens = 1_000_i64,
                gen_ai.usage.output_tokens = 9_i64,
                gen_ai.usage.cache_read.input_tokens = 400_i64,
                gen_ai.usage.cache_creation.input_tokens = 100_i64,
            );
            drop(call);
        }
    });
    assert_eq!(totals(&spans[0]), (Some(1_500), Some(9)));
    assert_eq!(totals(&spans[1]), (Some(1_000), Some(9)));
}

/// No layer of ours tells then what the span declares, and Gemini's answers have no header for an id.
#[test]
fn counts_of_newer_versions_of_rig_are_left_by_the_processor_alone_too() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(otel), || {
        let call = info_span!(
            target: "rig::completions",
            "generate_content",
            gen_ai.operation.name = "generate_content",
            gen_ai.provider.name = "gcp.gemini",
            gen_ai.request.stream = false,
            rig.provider_request_id = tracing::field::Empty,
            gen_ai.usage.input_tokens = 350_u64,
            gen_ai.usage.output_tokens = 100_u64,
            gen_ai.usage.reasoning_tokens = 90_u64,
            gen_ai.usage.tool_use_prompt_tokens = 30_u64,
        );
        drop(call);
    });
    assert_eq!(totals(only(&memory.spans())), (Some(350), Some(100)));
}

#[test]
fn a_setting_for_a_target_decides_and_the_longest_that_fits_counts() {
    let memory = Memory::with(|builder| {
        builder
            .with_usage_convention("client", UsageConvention::Exclusive)
            .with_usage_convention("client::chat", UsageConvention::Inclusive)
    });
    let spans = memory.run(|| {
        macro_rules! call {
            ($target:literal) => {
                info_span!(target: $target, "a", span_type = "llm", input_tokens = 50, cache_read_tokens = 40)
            };
        }
        drop(call!("client"));
        drop(call!("client::other"));
        drop(call!("client::chat"));
        drop(call!("clients"));
        call!("client").record_usage(Usage::new(50, 0).cache_read(40));
    });
    let inputs: Vec<Option<i64>> = spans.iter().map(|span| totals(span).0).collect();
    assert_eq!(inputs, [Some(90), Some(90), Some(50), Some(50), Some(50)]);
}

#[test]
fn usage_that_is_recorded_later_is_not_priced_by_the_calls_behind_an_earlier_answer() {
    let answer = serde_json::json!({"id": "m", "model": "claude-opus-5", "stop_reason": "end_turn", "usage": {
        "input_tokens": 10, "output_tokens": 5, "iterations": [
            {"type": "compaction", "input_tokens": 60_000, "output_tokens": 500},
            {"type": "message", "input_tokens": 10, "output_tokens": 5}
        ]
    }});
    let call = || info_span!("ask", span_type = "llm", provider = "anthropic", model = "claude-opus-5");
    let spans = Memory::new().run(|| {
        call().record_response(Api::Anthropic, &answer);
        call().record_response(Api::Anthropic, &answer).record_usage(Usage::new(10, 5));
        call().record_usage(Usage::new(10, 5));
    });
    let [answered, later, alone] = spans.as_slice() else { panic!("{} spans", spans.len()) };
    assert!(get(answered, "tracing_genai.usage.iterations").is_some());
    assert_eq!(get(later, "tracing_genai.usage.iterations"), None);
    assert_ne!(get(answered, "gen_ai.usage.cost"), get(alone, "gen_ai.usage.cost"));
    assert_eq!(get(later, "gen_ai.usage.cost"), get(alone, "gen_ai.usage.cost"));
}
