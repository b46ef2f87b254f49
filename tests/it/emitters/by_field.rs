//! Crates that say what they have to say by fields of `tracing` spans.

use opentelemetry::trace::{SpanKind, Status};
use tracing::field::{Empty, debug, display};
use tracing::{info_span, trace_span};

use super::{CALL, Is, SECRET, V, nothing_leaks};
use crate::support::{Memory, get, named};

#[test]
fn langchain_rust_is_known_by_its_target_and_fields() {
    let spans = Memory::new().run(|| {
        let run = info_span!(target: "langchain_rust::agent::executor", "agent.run", max_iterations = 3_u64, steps = Empty, total_tokens = Empty, error = Empty);
        run.record("steps", 1_u64).record("total_tokens", 46_u64);
        let _in_run = run.enter();
        info_span!(target: "langchain_rust::agent::executor", "agent.plan", step = 0_u64).in_scope(|| {
            info_span!(target: "langchain_rust::chain::llm_chain", "chain.call", chain = "llm_chain", error = Empty)
                .in_scope(|| {
                    let call = info_span!(
                        target: "langchain_rust::observability", "llm.generate",
                        provider = "openai", model = "gpt-4o-mini", stream = false, prompt_tokens = Empty,
                        completion_tokens = Empty, total_tokens = Empty, tool_calls = Empty, error = Empty,
                    );
                    call.record("prompt_tokens", 31_u32).record("completion_tokens", 15_u32);
                    call.record("total_tokens", 46_u32).record("tool_calls", 1_u64);
                });
        });
        info_span!(target: "langchain_rust::agent::executor", "tool.call", tool = display("weather"), error = Empty)
            .record("error", display("no such city"));
        let failed = info_span!(
            target: "langchain_rust::observability", "llm.generate",
            provider = "anthropic", model = "claude-sonnet-4-5", stream = true, prompt_tokens = Empty,
            completion_tokens = Empty, total_tokens = Empty, tool_calls = Empty, error = Empty,
        );
        failed.record("error", display("overloaded"));
        info_span!(
            target: "langchain_rust::observability", "embed.documents",
            provider = "openai", model = "text-embedding-3-small", count = 2_u64, error = Empty,
        );
    });
    Is {
        name: "chat gpt-4o-mini",
        has: &[
            ("span_type", V::Text("llm")),
            ("gen_ai.provider.name", V::Text("openai")),
            ("gen_ai.usage.input_tokens", V::Int(31)),
            ("gen_ai.usage.output_tokens", V::Int(15)),
            ("gen_ai.usage.cost", V::Some),
            ("tracing_genai.original_name", V::Text("llm.generate")),
        ],
        lacks: &["prompt_tokens", "completion_tokens", "provider", "model"],
        ..CALL
    }
    .check(&spans);
    Is {
        name: "chat claude-sonnet-4-5",
        status: Status::error("overloaded"),
        has: &[("error.type", V::Text("_OTHER"))],
        lacks: &["error"],
        ..CALL
    }
    .check(&spans);
    Is { name: "embeddings text-embedding-3-small", has: &[("span_type", V::Text("embedding"))], ..CALL }.check(&spans);
    let inside = |name, span_type, status| {
        let is = Is {
            name,
            kind: SpanKind::Internal,
            status,
            has: &[("span_type", V::Text(span_type))],
            lacks: &["gen_ai.usage.cost"],
        };
        is.check(&spans);
    };
    inside("execute_tool weather", "tool", Status::error("no such city"));
    inside("invoke_workflow llm_chain", "chain", Status::Unset);
    inside("plan", "plan", Status::Unset);
    inside("invoke_agent", "agent", Status::Unset);
    assert!(get(named(&spans, "invoke_agent"), "tracing_genai.total.cost").is_some(), "the run's total");
}

#[test]
fn goose_generation_with_json_fields() {
    let spans = Memory::new().run(|| {
        let span = info_span!(
            target: "goose::tracing::provider_generation", "provider_generation",
            observation_type = "GENERATION", observation_id = "7f", session.id = "s-1", provider = "anthropic",
            model = "claude-sonnet-4-5", model_parameters_json = Empty, input_json = Empty, output_json = Empty,
            usage_details_json = Empty, cost_details_json = Empty, completion_start_time = Empty,
            status_message = Empty,
        );
        span.record("input_json", format!(r#"{{"system":"{SECRET}"}}"#))
            .record("output_json", format!(r#"["{SECRET}"]"#));
        let usage =
            r#"{"input":1200,"output":80,"total":1280,"cache_read_input_tokens":1000,"cache_write_input_tokens":100}"#;
        span.record("usage_details_json", usage).record("cost_details_json", r#"{"total":0.0042}"#);
    });
    Is {
        name: "chat claude-sonnet-4-5",
        has: &[
            ("span_type", V::Text("llm")),
            ("session.id", V::Text("s-1")),
            ("gen_ai.usage.input_tokens", V::Int(1200)),
            ("gen_ai.usage.output_tokens", V::Int(80)),
            ("gen_ai.usage.cache_read.input_tokens", V::Int(1000)),
            ("gen_ai.usage.cache_creation.input_tokens", V::Int(100)),
            ("gen_ai.usage.cost", V::Some),
            ("tracing_genai.cost.estimate", V::Double(0.0042)),
        ],
        lacks: &["usage_details_json", "cost_details_json", "observation_type"],
        ..CALL
    }
    .check(&spans);
    nothing_leaks(&spans);
}

#[test]
fn goose_chat_keeps_what_it_records() {
    let spans = Memory::new().run(|| {
        let span = info_span!(
            target: "goose::state_machine", "chat",
            gen_ai.operation.name = "chat", gen_ai.provider.name = "xai", gen_ai.request.model = "grok-3-mini",
            gen_ai.request.temperature = Empty, gen_ai.request.max_tokens = Empty, gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty, gen_ai.response.id = Empty, gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty, goose.chat.purpose = "reply", error.type = Empty, session.id = "s-2",
        );
        span.record("gen_ai.usage.input_tokens", 900_u64).record("gen_ai.usage.output_tokens", 40_u64);
        span.record("gen_ai.response.finish_reasons", debug(["stop"])).record("error.type", "rate_limit");
    });
    Is {
        name: "chat grok-3-mini",
        status: Status::error(""),
        has: &[
            ("gen_ai.provider.name", V::Text("x_ai")),
            ("gen_ai.usage.input_tokens", V::Int(900)),
            ("gen_ai.response.finish_reasons", V::List(&["stop"])),
            ("error.type", V::Text("rate_limit")),
        ],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn codex_counts_borrow_the_model_of_the_request_above_at_trace_level() {
    let spans = Memory::new().run(|| {
        let request = trace_span!(target: "codex_core::session::turn", "try_run_sampling_request", turn_id = "t-1", model = display("gpt-5-mini"));
        let _in_request = request.enter();
        let receiving = trace_span!(target: "codex_core::session::turn", "receiving_stream");
        for (event, counts) in [("response.created", None), ("response.completed", Some((5_000_i64, 4_096_i64, 300_i64, 128_i64)))] {
            let span = trace_span!(
                target: "codex_core::session::turn", parent: &receiving, "handle_responses",
                otel.name = Empty, tool_name = Empty, from = Empty, codex.request.reasoning_effort = display("medium"),
                gen_ai.usage.input_tokens = Empty, gen_ai.usage.cache_read.input_tokens = Empty,
                gen_ai.usage.cache_write.input_tokens = Empty, gen_ai.usage.output_tokens = Empty,
                codex.usage.reasoning_output_tokens = Empty, codex.usage.total_tokens = Empty,
            );
            span.in_scope(|| {});
            span.record("otel.name", event).record("from", event);
            if let Some((input, cached, output, reasoning)) = counts {
                span.record("gen_ai.usage.input_tokens", input).record("gen_ai.usage.output_tokens", output);
                span.record("gen_ai.usage.cache_read.input_tokens", cached);
                span.record("codex.usage.reasoning_output_tokens", reasoning);
                span.record("codex.usage.total_tokens", input + output);
            }
        }
    });
    Is {
        name: "chat gpt-5-mini",
        has: &[
            ("gen_ai.request.model", V::Text("gpt-5-mini")),
            ("gen_ai.request.reasoning.level", V::Text("medium")),
            ("gen_ai.usage.input_tokens", V::Int(5_000)),
            ("gen_ai.usage.cache_read.input_tokens", V::Int(4_096)),
            ("gen_ai.usage.reasoning.output_tokens", V::Int(128)),
            ("gen_ai.usage.cost", V::Some),
        ],
        lacks: &["codex.usage.total_tokens", "codex.usage.reasoning_output_tokens"],
        ..CALL
    }
    .check(&spans);
    let request = named(&spans, "try_run_sampling_request");
    let receiving = named(&spans, "receiving_stream");
    assert_eq!(receiving.parent_span_id, request.span_context.span_id());
    let call = named(&spans, "chat gpt-5-mini");
    assert_eq!(call.parent_span_id, receiving.span_context.span_id(), "the trace is whole");
    // An event of the stream without counts is no call, and borrows nothing.
    assert_eq!(get(named(&spans, "handle_responses"), "gen_ai.request.model"), None);
}

#[test]
fn nobody_else_borrows_a_model() {
    let spans = Memory::new().run(|| {
        let request = trace_span!(target: "codex_core::session::turn", "try_run_sampling_request", turn_id = "t-1", model = display("gpt-5-mini"));
        let _in_request = request.enter();
        info_span!("theirs", gen_ai.usage.input_tokens = 1_i64, gen_ai.usage.output_tokens = 1_i64);
        // Alike, but of another crate.
        trace_span!(target: "codex_corelib", "lookalike", turn_id = "t-1", model = "m");
    });
    assert_eq!(get(named(&spans, "theirs"), "gen_ai.request.model"), None);
    assert!(!spans.iter().any(|span| span.name == "lookalike"), "{spans:?}");
}

#[test]
fn liter_llm_with_reasons_in_one_text() {
    let spans = Memory::new().run(|| {
        let span = info_span!(
            target: "liter_llm::tower::tracing", "gen_ai",
            gen_ai.operation.name = "chat", gen_ai.request.model = display("openai/gpt-4o"), gen_ai.system = "openai",
            gen_ai.usage.input_tokens = Empty, gen_ai.usage.output_tokens = Empty, gen_ai.response.id = Empty,
            gen_ai.response.model = Empty, gen_ai.usage.cost = Empty, gen_ai.response.finish_reasons = Empty,
            error.type = Empty,
        );
        span.record("gen_ai.response.id", "r-1").record("gen_ai.response.model", "gpt-4o");
        span.record("gen_ai.response.finish_reasons", "stop tool_calls").record("gen_ai.usage.cost", 0.0125);
        span.record("gen_ai.usage.input_tokens", 1_000_u64).record("gen_ai.usage.output_tokens", 1_000_u64);
        info_span!(
            target: "liter_llm::tower::tracing", "gen_ai",
            gen_ai.operation.name = "rerank", gen_ai.request.model = display("rerank-v3.5"), gen_ai.system = "cohere",
            error.type = Empty,
        )
        .record("error.type", "ServiceUnavailable");
    });
    Is {
        name: "chat openai/gpt-4o",
        has: &[
            ("gen_ai.provider.name", V::Text("openai")),
            ("gen_ai.response.finish_reasons", V::List(&["stop", "tool_calls"])),
            ("gen_ai.usage.input_tokens", V::Int(1_000)),
            ("gen_ai.usage.cost", V::Double(0.0125)),
            ("tracing_genai.cost.source", V::Text("provider")),
        ],
        lacks: &["gen_ai.system"],
        ..CALL
    }
    .check(&spans);
    Is {
        name: "rerank rerank-v3.5",
        status: Status::error(""),
        has: &[("span_type", V::Text("rerank")), ("error.type", V::Text("ServiceUnavailable"))],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn llmprism_with_options_as_text() {
    let spans = Memory::new().run(|| {
        let (temperature, max_tokens, top_p) = (Some(0.7_f64), Some(256_u32), None::<f64>);
        let span = info_span!(
            target: "llmprism::tracing_middleware", "gen_ai.structured_output",
            "gen_ai.operation.name" = "structured_output", "gen_ai.provider.name" = "mistral",
            "gen_ai.request.model" = display("mistral-small-latest"), "gen_ai.request.temperature" = ?temperature,
            "gen_ai.request.max_tokens" = ?max_tokens, "gen_ai.request.top_p" = ?top_p, "gen_ai.response.model" = Empty,
            "gen_ai.usage.input_tokens" = Empty, "gen_ai.usage.output_tokens" = Empty,
        );
        span.record("gen_ai.usage.input_tokens", 10_u64).record("gen_ai.usage.output_tokens", 5_u64);
    });
    Is {
        name: "chat mistral-small-latest",
        has: &[
            ("gen_ai.provider.name", V::Text("mistral_ai")),
            ("gen_ai.operation.name", V::Text("chat")),
            ("gen_ai.request.temperature", V::Double(0.7)),
            ("gen_ai.request.max_tokens", V::Int(256)),
            ("gen_ai.usage.output_tokens", V::Int(5)),
        ],
        lacks: &["gen_ai.request.top_p", "tracing_genai.invalid.gen_ai.request.top_p"],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn adk_with_names_of_its_own() {
    let spans = Memory::new().run(|| {
        let span = info_span!(
            target: "adk_telemetry::spans", "gen_ai.generate",
            gen_ai.system = display("gemini"), gen_ai.request.model = display("gemini-2.5-flash"),
            gen_ai.request.stream = true, gen_ai.usage.input_tokens = Empty, gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.total_tokens = Empty, gen_ai.usage.cache_read_tokens = Empty,
            gen_ai.usage.cache_creation_tokens = Empty, gen_ai.usage.thinking_tokens = Empty,
            gen_ai.usage.audio_input_tokens = Empty, gen_ai.usage.audio_output_tokens = Empty, otel.kind = "client",
        );
        span.record("gen_ai.usage.input_tokens", 400_i64).record("gen_ai.usage.output_tokens", 50_i64);
        span.record("gen_ai.usage.total_tokens", 570_i64).record("gen_ai.usage.thinking_tokens", 120_i64);
        span.record("gen_ai.usage.cache_read_tokens", 300_i64);
        info_span!(target: "adk_telemetry::spans", "tool.execute", tool.name = "search", otel.kind = "internal");
        info_span!(target: "adk_telemetry::spans", "agent.run", agent.name = "helper", invocation.id = "i-1", otel.kind = "internal");
    });
    Is {
        name: "chat gemini-2.5-flash",
        has: &[
            ("gen_ai.provider.name", V::Text("gcp.gemini")),
            ("gen_ai.usage.input_tokens", V::Int(400)),
            // The total says that thinking is counted beside the output.
            ("gen_ai.usage.output_tokens", V::Int(170)),
            ("gen_ai.usage.reasoning.output_tokens", V::Int(120)),
            ("gen_ai.usage.cache_read.input_tokens", V::Int(300)),
            ("gen_ai.usage.cost", V::Some),
        ],
        lacks: &["gen_ai.system", "gen_ai.usage.thinking_tokens", "gen_ai.usage.cache_read_tokens"],
        ..CALL
    }
    .check(&spans);
    let inside = |name| Is { name, kind: SpanKind::Internal, ..CALL }.check(&spans);
    inside("execute_tool search");
    inside("invoke_agent helper");
}

#[test]
fn agent_framework_with_a_status_message() {
    let spans = Memory::new().run(|| {
        let span = info_span!(
            target: "agent_framework_core::observability", "chat",
            otel.name = "chat gpt-4o", gen_ai.operation.name = "chat", gen_ai.system = Empty,
            gen_ai.provider.name = "azure.openai", gen_ai.request.model = "gpt-4o", error.type = Empty,
            otel.status_code = Empty, otel.status_message = Empty,
        );
        span.record("error.type", "ServiceResponse").record("otel.status_code", "ERROR");
        span.record("otel.status_message", "the deployment is gone");
    });
    Is {
        name: "chat gpt-4o",
        status: Status::error("the deployment is gone"),
        has: &[("gen_ai.provider.name", V::Text("azure.ai.openai")), ("error.type", V::Text("ServiceResponse"))],
        lacks: &["otel.status_message", "otel.status_description"],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn edgequake_with_operations_of_its_own() {
    let spans = Memory::new().run(|| {
        let span = info_span!(
            target: "edgequake_llm::providers::tracing", "gen_ai.chat_with_tools",
            "gen_ai.operation.name" = "chat_with_tools", "gen_ai.system" = "openai", "gen_ai.request.model" = "gpt-4o-mini",
            "gen_ai.request.max_tokens" = 100_i64, message_count = 2_u64, tool_count = 1_u64,
            "gen_ai.response.model" = Empty, "gen_ai.usage.input_tokens" = Empty, "gen_ai.usage.output_tokens" = Empty,
            "gen_ai.usage.reasoning_tokens" = Empty, "gen_ai.response.finish_reasons" = Empty, "gen_ai.prompt" = Empty,
            "gen_ai.completion.content" = Empty, "gen_ai.reasoning.content" = Empty,
            "langfuse.observation.input" = Empty, "langfuse.observation.output" = Empty,
            "langfuse.observation.type" = "generation",
        );
        for key in ["gen_ai.prompt", "gen_ai.completion.content", "gen_ai.reasoning.content", "langfuse.observation.input", "langfuse.observation.output"] {
            span.record(key, SECRET);
        }
        span.record("gen_ai.usage.input_tokens", 20_i64).record("gen_ai.usage.output_tokens", 9_i64);
        span.record("gen_ai.usage.reasoning_tokens", 3_i64).record("gen_ai.response.finish_reasons", "stop");
    });
    Is {
        name: "chat gpt-4o-mini",
        has: &[
            ("gen_ai.operation.name", V::Text("chat")),
            ("gen_ai.usage.reasoning.output_tokens", V::Int(3)),
            ("gen_ai.response.finish_reasons", V::List(&["stop"])),
            ("gen_ai.usage.cost", V::Some),
            ("tracing_genai.original_name", V::Text("gen_ai.chat_with_tools")),
        ],
        lacks: &["langfuse.observation.type", "gen_ai.usage.reasoning_tokens"],
        ..CALL
    }
    .check(&spans);
    nothing_leaks(&spans);
}

#[test]
fn an_evaluation_of_genai_has_no_operation() {
    let spans = Memory::new().run(|| {
        info_span!(
            target: "genai::otel::events", "genai.evaluation.result",
            otel.name = "gen_ai.evaluation.result", otel.kind = "internal", otel.status_code = Empty,
            gen_ai.evaluation.name = "Relevance", gen_ai.evaluation.score.value = 0.5,
            gen_ai.evaluation.score.label = "pass", gen_ai.evaluation.explanation = SECRET, error.type = Empty,
        );
    });
    let has = &[
        ("span_type", V::Text("evaluator")),
        ("gen_ai.evaluation.score.value", V::Double(0.5)),
        ("gen_ai.evaluation.score.label", V::Text("pass")),
    ];
    Is { name: "gen_ai.evaluation.result", kind: SpanKind::Internal, has, ..CALL }.check(&spans);
    nothing_leaks(&spans);
}
