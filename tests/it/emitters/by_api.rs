//! Crates that write by the OpenTelemetry API, past every layer.

use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};

use super::{CALL, Is, SECRET, V, nothing_leaks};
use crate::support::{Memory, get};

fn through_the_api(name: &'static str, kind: SpanKind, attributes: Vec<KeyValue>) -> Vec<SpanData> {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("theirs");
    let mut span = tracer.span_builder(name).with_kind(kind).start(&tracer);
    for kv in attributes {
        span.set_attribute(kv);
    }
    span.end();
    memory.spans()
}

#[test]
fn openinference_instrumentation() {
    let spans = through_the_api(
        "llm gpt-4o",
        SpanKind::Internal,
        vec![
            KeyValue::new("openinference.span.kind", "LLM"),
            KeyValue::new("llm.model_name", "gpt-4o"),
            KeyValue::new("llm.provider", "openai"),
            KeyValue::new("llm.system", "openai"),
            KeyValue::new("input.value", SECRET),
            KeyValue::new("llm.input_messages.0.message.role", "user"),
            KeyValue::new("llm.input_messages.0.message.content", SECRET),
            KeyValue::new("llm.tools.0.tool.json_schema", SECRET),
            KeyValue::new("llm.invocation_parameters", SECRET),
            KeyValue::new("gen_ai.request.model", "gpt-4o"),
            KeyValue::new("gen_ai.system", "openai"),
            KeyValue::new("llm.token_count.prompt", 100),
            KeyValue::new("llm.token_count.completion", 20),
            KeyValue::new("llm.token_count.total", 120),
            KeyValue::new("gen_ai.usage.input_tokens", 100),
            KeyValue::new("gen_ai.usage.output_tokens", 20),
            KeyValue::new("exception.type", "RateLimit"),
            KeyValue::new("exception.message", "slow down"),
        ],
    );
    Is {
        name: "chat gpt-4o",
        status: Status::error("slow down"),
        has: &[
            ("span_type", V::Text("llm")),
            ("error.type", V::Text("RateLimit")),
            ("gen_ai.provider.name", V::Text("openai")),
            ("gen_ai.usage.input_tokens", V::Int(100)),
            ("gen_ai.usage.cost", V::Some),
            ("tracing_genai.original_name", V::Text("llm gpt-4o")),
        ],
        lacks: &["llm.model_name", "llm.provider", "llm.token_count.prompt", "gen_ai.system", "exception.message"],
        ..CALL
    }
    .check(&spans);
    nothing_leaks(&spans);
}

#[test]
fn names_that_stand_in_no_convention_mean_the_same() {
    for (read, written) in [
        ("gen_ai.usage.cached_tokens", "gen_ai.usage.cache_write_tokens"),
        ("gen_ai.usage.cached_input_tokens", "gen_ai.usage.cache_write_input_tokens"),
    ] {
        let mut attributes = vec![
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.system", "anthropic"),
            KeyValue::new("gen_ai.request.model", "claude-sonnet-4-5"),
            KeyValue::new("gen_ai.usage.input_tokens", 1_000),
            KeyValue::new(read, 500),
            KeyValue::new(written, 100),
            KeyValue::new("gen_ai.usage.output_tokens", 10),
            KeyValue::new("gen_ai.usage.reasoning_output_tokens", 4),
        ];
        let content = [
            "gen_ai.tool.arguments",
            "gen_ai.tool.result",
            "gen_ai.request.prompt",
            "gen_ai.request.body",
            "gen_ai.request.tools",
            "gen_ai.response.content",
            "gen_ai.response.reasoning",
            "gen_ai.system_prompt",
            "gen_ai.agent.input",
            "gen_ai.output",
            "gen_ai.messages",
            "llm.prompt",
            "tool.input",
            "tool.output",
        ];
        attributes.extend(content.map(|key| KeyValue::new(key, SECRET)));
        let spans = through_the_api("chat", SpanKind::Client, attributes);
        Is {
            name: "chat claude-sonnet-4-5",
            has: &[
                ("gen_ai.usage.cache_read.input_tokens", V::Int(500)),
                ("gen_ai.usage.cache_creation.input_tokens", V::Int(100)),
                ("gen_ai.usage.reasoning.output_tokens", V::Int(4)),
                // 400 at 3, 500 at 0.3, 100 at 3.75 and 10 at 15 dollars a million.
                ("gen_ai.usage.cost", V::Double(0.001_875)),
            ],
            lacks: &[read, written],
            ..CALL
        }
        .check(&spans);
        nothing_leaks(&spans);
    }
}

#[test]
fn a_name_that_is_empty_says_nothing() {
    let spans = through_the_api(
        "call",
        SpanKind::Internal,
        vec![
            KeyValue::new("openinference.span.kind", "LLM"),
            KeyValue::new("llm.model_name", "gpt-4o"),
            KeyValue::new("llm.provider", "openai"),
            KeyValue::new("gen_ai.provider.name", ""),
            KeyValue::new("gen_ai.request.model", ""),
            KeyValue::new("gen_ai.response.model", ""),
            KeyValue::new("gen_ai.response.id", ""),
            KeyValue::new("llm.token_count.prompt", 100),
            KeyValue::new("llm.token_count.completion", 20),
            KeyValue::new("error.type", ""),
        ],
    );
    Is {
        name: "chat gpt-4o",
        has: &[
            ("gen_ai.provider.name", V::Text("openai")),
            ("gen_ai.request.model", V::Text("gpt-4o")),
            ("gen_ai.usage.cost", V::Some),
        ],
        lacks: &["gen_ai.response.model", "gen_ai.response.id", "error.type"],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn names_that_were_printed_are_the_names() {
    let spans = through_the_api(
        "call",
        SpanKind::Internal,
        vec![
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.provider.name", r#"Some("openai")"#),
            KeyValue::new("gen_ai.request.model", r#""gpt-4o""#),
            KeyValue::new("gen_ai.response.model", "None"),
            KeyValue::new("gen_ai.agent.name", r#""Trip planner""#),
            KeyValue::new("gen_ai.conversation.id", r#"Some("")"#),
            KeyValue::new("gen_ai.response.finish_reasons", r#""stop""#),
            KeyValue::new("gen_ai.usage.input_tokens", 100),
            KeyValue::new("gen_ai.usage.output_tokens", 20),
            KeyValue::new("gen_ai.agent.description", r#""quoted""#),
        ],
    );
    Is {
        name: "chat gpt-4o",
        has: &[
            ("gen_ai.provider.name", V::Text("openai")),
            ("gen_ai.agent.name", V::Text("Trip planner")),
            ("gen_ai.agent.description", V::Text(r#""quoted""#)),
            ("gen_ai.response.finish_reasons", V::List(&["stop"])),
            ("gen_ai.usage.cost", V::Some),
        ],
        lacks: &["gen_ai.response.model", "gen_ai.conversation.id"],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn a_failure_that_an_error_message_tells_of() {
    let spans = through_the_api(
        "chat gpt-4o",
        SpanKind::Client,
        vec![
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.request.model", "gpt-4o"),
            KeyValue::new("error.type", "timeout"),
            KeyValue::new("error.message", "too slow"),
        ],
    );
    let status = Status::error("too slow");
    Is { name: "chat gpt-4o", status, has: &[("error.type", V::Text("timeout"))], lacks: &["error.message"], ..CALL }
        .check(&spans);
}

#[test]
fn costs_without_a_total_are_added_up_and_printed_reasons_are_words() {
    let spans = through_the_api(
        "call",
        SpanKind::Internal,
        vec![
            KeyValue::new("langfuse.observation.type", "generation"),
            KeyValue::new("langfuse.observation.model.name", "our-own"),
            KeyValue::new("langfuse.observation.usage_details", r#"{"input":10,"output":5}"#),
            KeyValue::new("langfuse.observation.cost_details", r#"{"input":0.25,"output":0.5}"#),
            KeyValue::new("gen_ai.response.finish_reasons", r#"[Some(Stop), None, Some("length")]"#),
        ],
    );
    Is {
        name: "chat our-own",
        has: &[
            ("tracing_genai.cost.estimate", V::Double(0.75)),
            ("gen_ai.response.finish_reasons", V::List(&["Stop", "length"])),
        ],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn langfuses_counts_exclude_each_other() {
    for (usage, input, output) in [
        (r#"{"input":800,"input_cached_tokens":512,"output":100,"output_reasoning_tokens":40}"#, 1312, 140),
        (r#"{"input_tokens":8,"cache_creation_input_tokens":2,"output_tokens":1}"#, 10, 1),
        (r#"{"prompt_tokens":80,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":50}}"#, 80, 9),
        (r#"{"input":80,"cached_tokens":50,"output":9,"total":89}"#, 80, 9),
    ] {
        let spans = through_the_api(
            "call",
            SpanKind::Internal,
            vec![
                KeyValue::new("langfuse.observation.type", "generation"),
                KeyValue::new("langfuse.observation.model.name", "gpt-4o"),
                KeyValue::new("langfuse.observation.usage_details", usage),
            ],
        );
        let has = &[("gen_ai.usage.input_tokens", V::Int(input)), ("gen_ai.usage.output_tokens", V::Int(output))];
        Is { name: "chat gpt-4o", has, ..CALL }.check(&spans);
    }
}

#[test]
fn tensorzero_in_both_of_its_formats() {
    let spans = through_the_api(
        "model_provider_inference",
        SpanKind::Internal,
        vec![
            KeyValue::new("provider_name", "anthropic-main"),
            KeyValue::new("stream", false),
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.system", "anthropic"),
            KeyValue::new("gen_ai.request.model", "claude-sonnet-4-5"),
            KeyValue::new("gen_ai.usage.input_tokens", 100),
            KeyValue::new("gen_ai.usage.output_tokens", 20),
        ],
    );
    let is = |has| Is { name: "chat claude-sonnet-4-5", has, lacks: &["gen_ai.system"], ..CALL };
    is(&[("gen_ai.usage.cost", V::Some), ("gen_ai.usage.input_tokens", V::Int(100))]).check(&spans);
    let spans = through_the_api(
        "model_provider_inference",
        SpanKind::Internal,
        vec![
            KeyValue::new("openinference.span.kind", "LLM"),
            KeyValue::new("llm.system", "anthropic"),
            KeyValue::new("llm.model_name", "claude-sonnet-4-5"),
            KeyValue::new("llm.token_count.prompt", 100),
            KeyValue::new("llm.token_count.completion", 20),
            KeyValue::new("input.mime_type", "application/json"),
            KeyValue::new("input.value", SECRET),
        ],
    );
    is(&[("gen_ai.provider.name", V::Text("anthropic")), ("gen_ai.usage.cost", V::Some)]).check(&spans);
    nothing_leaks(&spans);
}

#[test]
fn rust_llm_with_spans_of_its_own() {
    let spans = through_the_api(
        "chat gemini-2.5-flash",
        SpanKind::Client,
        vec![
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.provider.name", "gcp.gen_ai"),
            KeyValue::new("gen_ai.request.model", "gemini-2.5-flash"),
            KeyValue::new("gen_ai.response.finish_reasons", Value::Array(Array::String(vec!["stop".into()]))),
            KeyValue::new("gen_ai.usage.input_tokens", 500),
            KeyValue::new("gen_ai.usage.output_tokens", 60),
            KeyValue::new("gen_ai.usage.cache_read.input_tokens", 256),
            KeyValue::new("gen_ai.usage.cache_write.input_tokens", 0),
            KeyValue::new("gen_ai.usage.reasoning.output_tokens", 30),
        ],
    );
    Is {
        name: "chat gemini-2.5-flash",
        has: &[
            ("gen_ai.provider.name", V::Text("gcp.gen_ai")),
            ("gen_ai.usage.cache_read.input_tokens", V::Int(256)),
            ("gen_ai.response.finish_reasons", V::List(&["stop"])),
            ("gen_ai.usage.cost", V::Some),
        ],
        lacks: &["tracing_genai.original_name", "gen_ai.usage.cache_write.input_tokens"],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn tiers_and_lifetimes_of_a_cache_in_names_of_their_own() {
    let call = |more: &[(&'static str, Value)]| {
        let mut attributes = vec![
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.usage.input_tokens", 1_000),
            KeyValue::new("gen_ai.usage.output_tokens", 100),
        ];
        attributes.extend(more.iter().map(|(key, value)| KeyValue::new(*key, value.clone())));
        let spans = through_the_api("call", SpanKind::Client, attributes);
        get(&spans[0], "gen_ai.usage.cost").cloned()
    };
    let anthropic = call(&[
        ("gen_ai.request.model", "claude-opus-4-8".into()),
        ("gen_ai.provider.name", "anthropic".into()),
        ("gen_ai.usage.cache_creation.input_tokens", 800.into()),
        ("anthropic.usage.cache_creation.ephemeral_5m_input_tokens", 300.into()),
        ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", 500.into()),
        ("anthropic.response.service_tier", "batch".into()),
        ("anthropic.request.service_tier", "auto".into()),
    ]);
    assert_eq!(anthropic, Some(Value::F64(0.005_187_5)));
    let openai = [("gen_ai.request.model", "gpt-5".into()), ("gen_ai.provider.name", "openai".into())];
    for (tiers, usd) in [
        (&[("gen_ai.request.service_tier", "flex")][..], 0.001_125),
        (&[("gen_ai.response.service_tier", "default"), ("gen_ai.request.service_tier", "flex")], 0.002_25),
        (&[("gen_ai.request.service_tier", "auto"), ("openai.response.service_tier", "flex")], 0.001_125),
        (&[("gen_ai.request.service_tier", "flex"), ("openai.response.service_tier", "default")], 0.002_25),
    ] {
        let tiers = tiers.iter().map(|(key, tier)| (*key, Value::from(*tier)));
        let given: Vec<_> = openai.iter().cloned().chain(tiers).collect();
        assert_eq!(call(&given), Some(Value::F64(usd)), "{given:?}");
    }
}
