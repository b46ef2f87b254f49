//! The eleven span types: operation, kind and name of each, declared by `span_type` in any spelling.

use opentelemetry::trace::SpanKind;
use tracing::{info_span, instrument};

use crate::support::{Memory, named, text};

#[test]
fn each_span_type_has_its_operation_its_kind_and_its_name() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        drop(info_span!("a", span_type = "llm", model = "gpt-4o-mini"));
        drop(info_span!("b", span_type = "generation", model = "g", operation = "generate_content"));
        drop(info_span!("c", span_type = "EMBEDDING", model = "text-embedding-3-small"));
        drop(info_span!("d", span_type = "retriever", data_source = "policies"));
        drop(info_span!("e", span_type = "Reranker", model = "rerank-v3.5"));
        drop(info_span!("f", span_type = "tool", tool = "order_lookup"));
        drop(info_span!("g", span_type = "agent", agent = "support"));
        drop(info_span!("h", span_type = "agent", agent = "remote", server.address = "agents.example"));
        drop(info_span!("i", span_type = "workflow", workflow = "triage"));
        drop(info_span!("j", span_type = "plan", agent = "planner"));
        drop(info_span!("k", span_type = "memory", operation = "search_memory"));
        drop(info_span!("l", span_type = "guardrail", guardrail = "pii"));
        drop(info_span!("m", span_type = "evaluator", evaluator = "faithfulness"));
    });
    assert_eq!(spans.len(), 13);
    let expected = [
        ("chat gpt-4o-mini", "llm", Some("chat"), SpanKind::Client),
        ("generate_content g", "llm", Some("generate_content"), SpanKind::Client),
        ("embeddings text-embedding-3-small", "embedding", Some("embeddings"), SpanKind::Client),
        ("retrieval policies", "retrieval", Some("retrieval"), SpanKind::Client),
        ("rerank rerank-v3.5", "rerank", None, SpanKind::Client),
        ("execute_tool order_lookup", "tool", Some("execute_tool"), SpanKind::Internal),
        ("invoke_agent support", "agent", Some("invoke_agent"), SpanKind::Internal),
        ("invoke_agent remote", "agent", Some("invoke_agent"), SpanKind::Client),
        ("invoke_workflow triage", "chain", Some("invoke_workflow"), SpanKind::Internal),
        ("plan planner", "plan", Some("plan"), SpanKind::Internal),
        ("search_memory", "memory", Some("search_memory"), SpanKind::Client),
        ("guardrail pii", "guardrail", None, SpanKind::Internal),
        ("evaluate faithfulness", "evaluator", None, SpanKind::Internal),
    ];
    for (name, span_type, operation, kind) in expected {
        let span = named(&spans, name);
        assert_eq!(text(span, "span_type").as_deref(), Some(span_type), "{name}");
        assert_eq!(text(span, "gen_ai.operation.name").as_deref(), operation, "{name}");
        assert_eq!(span.span_kind, kind, "{name}");
    }
}

#[test]
fn a_name_is_repaired_also_when_the_model_became_known_only_inside() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("call", span_type = "llm", model = tracing::field::Empty);
        let _entered = span.enter();
        tracing::Span::current().record("model", "late-model");
    });
    assert_eq!(named(&spans, "chat late-model").span_kind, SpanKind::Client);
}

#[test]
fn a_function_that_is_named_as_an_operation_of_another_type_keeps_its_name() {
    #[instrument(fields(span_type = "tool"))]
    fn search_memory() {}
    #[instrument(fields(span_type = "chain"))]
    fn chat() {}
    #[instrument(fields(span_type = "tool"))]
    fn execute_tool() {}

    let spans = Memory::new().run(|| {
        search_memory();
        chat();
        execute_tool();
    });
    assert_eq!(text(named(&spans, "execute_tool search_memory"), "gen_ai.tool.name").as_deref(), Some("search_memory"));
    assert_eq!(text(named(&spans, "invoke_workflow chat"), "gen_ai.workflow.name").as_deref(), Some("chat"));
    // Which frameworks have for what they do, and not for whom.
    assert_eq!(text(named(&spans, "execute_tool"), "gen_ai.tool.name"), None);
}

#[test]
fn repairs_can_be_switched_off_one_by_one() {
    let memory = Memory::with(|builder| builder.with_repair(tracing_genai::Repair::none().kinds()));
    let spans = memory.run(|| drop(info_span!("mine", span_type = "llm", model = "m")));
    assert_eq!(named(&spans, "mine").span_kind, SpanKind::Client);
}

#[test]
fn the_kinds_of_other_tools_are_understood_and_what_is_none_of_ours_stays_theirs() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        drop(info_span!("a", openinference.span.kind = "LLM", llm.model_name = "m"));
        drop(info_span!("b", openinference.span.kind = "UNKNOWN"));
    });
    assert_eq!(text(named(&spans, "chat m"), "span_type").as_deref(), Some("llm"));
    let unknown = named(&spans, "b");
    assert_eq!(text(unknown, "openinference.span.kind").as_deref(), Some("UNKNOWN"));
    assert_eq!(text(unknown, "span_type"), None);
}

#[test]
fn a_span_that_does_not_say_what_it_is_shows_it_by_what_it_carries() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        drop(info_span!("a", gen_ai.request.model = "text-embedding-3-small", input_tokens = 1_000_000));
        drop(info_span!("b", gen_ai.request.model = "Cohere.Embed-v4:0", input_tokens = 9, output_tokens = 0));
        drop(info_span!("c", gen_ai.response.model = "gpt-4o-mini", input_tokens = 9, output_tokens = 9));
        drop(info_span!("d", gen_ai.tool.name = "weather"));
        drop(info_span!("f", gen_ai.request.model = "m", output_tokens = 9, gen_ai.operation.name = "unknown"));
        drop(info_span!("e", gen_ai.tool.call.id = "call_1"));
        drop(info_span!("g", gen_ai.request.model = "gpt-4o", output_tokens = 9, gen_ai.operation.name = "responses"));
        drop(info_span!("h", gen_ai.request.model = "embed-1", input_tokens = 9, gen_ai.operation.name = "index"));
        // None of them says enough, or it says something else.
        drop(info_span!("count", gen_ai.request.model = "gpt-4o-mini", input_tokens = 9));
        drop(info_span!("sum", gen_ai.agent.name = "a", input_tokens = 9, output_tokens = 9));
        drop(info_span!("tools/call t", gen_ai.tool.name = "t", mcp.method.name = "tools/call"));
        drop(info_span!("own", gen_ai.tool.name = "t", gen_ai.operation.name = "check"));
    });
    for (name, span_type) in [
        ("embeddings text-embedding-3-small", Some("embedding")),
        ("embeddings Cohere.Embed-v4:0", Some("embedding")),
        ("chat", Some("llm")),
        ("chat m", Some("llm")),
        ("execute_tool weather", Some("tool")),
        ("execute_tool e", Some("tool")),
        ("responses gpt-4o", Some("llm")),
        ("index embed-1", Some("embedding")),
        ("count", None),
        ("sum", None),
        ("tools/call t", None),
        ("own", None),
    ] {
        assert_eq!(text(named(&spans, name), "span_type").as_deref(), span_type, "{name}");
    }
    let cost = |name| text(named(&spans, name), "gen_ai.usage.cost");
    assert_eq!(cost("embeddings text-embedding-3-small").as_deref(), Some("0.02"));
    assert!(cost("chat").is_some());
    assert!(cost("responses gpt-4o").is_some());
}

#[test]
fn an_operation_may_be_spelled_in_any_way() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        drop(info_span!("a", gen_ai.operation.name = "Chat", gen_ai.request.model = "a"));
        drop(info_span!("b", gen_ai.operation.name = "TEXT-COMPLETION", gen_ai.request.model = "b"));
        drop(info_span!("c", gen_ai.operation.name = "Chat Completion", gen_ai.request.model = "c"));
        drop(info_span!("d", gen_ai.operation.name = "Invoke_Agent", gen_ai.agent.name = "d"));
    });
    for (name, span_type) in
        [("chat a", "llm"), ("text_completion b", "llm"), ("chat c", "llm"), ("invoke_agent d", "agent")]
    {
        assert_eq!(text(named(&spans, name), "span_type").as_deref(), Some(span_type), "{name}");
    }
}

#[test]
fn a_stream_of_an_older_rig_that_told_no_tokens_is_a_chat() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        for (operation, model) in
            [("chat_streaming", "a"), ("interactions", "b"), ("interactions_streaming", "c"), ("chat.completions", "d")]
        {
            drop(info_span!("x", gen_ai.operation.name = operation, gen_ai.request.model = model));
        }
    });
    for model in ["a", "b", "c", "d"] {
        let span = named(&spans, &format!("chat {model}"));
        assert_eq!(text(span, "span_type").as_deref(), Some("llm"), "{model}");
        assert_eq!(span.span_kind, SpanKind::Client, "{model}");
        assert_eq!(text(span, "tracing_genai.total.calls").as_deref(), Some("1"), "{model}");
    }
}

#[test]
fn a_call_of_a_model_for_speech_or_images_is_one_without_tokens_too_and_says_why_it_has_no_amount() {
    let memory = Memory::new();
    let operations = ["transcription", "image_generation", "audio_generation"];
    let spans = memory.run(|| {
        for operation in operations {
            drop(info_span!("a", gen_ai.operation.name = operation, gen_ai.request.model = "gpt-image-1"));
        }
    });
    for operation in operations {
        let span = named(&spans, &format!("{operation} gpt-image-1"));
        assert_eq!(text(span, "span_type").as_deref(), Some("llm"), "{operation}");
        assert_eq!(text(span, "tracing_genai.cost.status").as_deref(), Some("no_usage"), "{operation}");
    }
}
