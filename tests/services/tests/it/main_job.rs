//! The main job: `support_agent` through a real Collector into a real Jaeger.

use std::process::Command;

use crate::jaeger::{Span, Trace, traces, variable};

/// Runs the example as a user does.
fn support_agent(service: &str, variables: &[(&str, &str)]) {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "support_agent"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .env("OTEL_SERVICE_NAME", service)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(!told.contains("not every span was delivered"), "{told}");
}

fn overlap(a: &Span, b: &Span) -> bool {
    a.start < b.end && b.start < a.end
}

/// What the user finds, with capture off.
fn check(trace: &Trace) {
    let agent = trace.root();
    assert_eq!(agent.name, "invoke_agent support_agent");
    assert_eq!(agent.text("span_type"), Some("agent"));
    assert_eq!(agent.text("gen_ai.conversation.id"), Some("c-1042"));

    let chats = trace.all("chat gpt-4o-mini");
    assert_eq!(chats.len(), 2);
    for (chat, input, output) in [(chats[0], 812, 140), (chats[1], 1_093, 262)] {
        assert_eq!(chat.text("span.kind"), Some("client"));
        assert_eq!(chat.text("gen_ai.operation.name"), Some("chat"));
        assert_eq!(chat.text("gen_ai.provider.name"), Some("openai"));
        assert_eq!(chat.text("gen_ai.request.model"), Some("gpt-4o-mini"));
        assert_eq!(chat.text("gen_ai.response.model"), Some("gpt-4o-mini-2024-07-18"));
        assert_eq!(chat.int("gen_ai.usage.input_tokens"), Some(input));
        assert_eq!(chat.int("gen_ai.usage.output_tokens"), Some(output));
        // 0.15 and 0.60 USD for a million tokens.
        let expected = (input as f64 * 0.15 + output as f64 * 0.60) / 1e6;
        let cost = chat.double("gen_ai.usage.cost").unwrap();
        assert!((cost - expected).abs() < 1e-9, "{cost} {expected}");
    }

    let sum: f64 = chats.iter().map(|chat| chat.double("gen_ai.usage.cost").unwrap()).sum();
    let total = agent.double("tracing_genai.total.cost").unwrap();
    assert!((total - sum).abs() < 1e-12, "{total} {sum}");
    assert_eq!(agent.int("tracing_genai.total.input_tokens"), Some(1_905));
    assert_eq!(agent.int("tracing_genai.total.output_tokens"), Some(402));
    assert_eq!(agent.int("tracing_genai.total.calls"), Some(2));
    assert_eq!(agent.int("tracing_genai.total.unpriced_calls"), Some(0));
    assert!(!agent.tags.contains_key("tracing_genai.total.incomplete"));

    let tools = [trace.span("execute_tool order_lookup"), trace.span("execute_tool refund_status")];
    assert!(overlap(tools[0], tools[1]), "the tools run at the same time");
    for tool in tools {
        assert!(tool.start >= chats[0].end && tool.end <= chats[1].start, "between the two chats");
    }
    let retrieval = trace.span("retrieval policies");
    assert_eq!(retrieval.text("span.kind"), Some("client"));
    let guardrail = trace.span("guardrail pii");

    for span in [chats[0], chats[1], tools[0], tools[1], retrieval, guardrail] {
        assert_eq!(span.parent.as_deref(), Some(agent.id.as_str()), "{}", span.name);
        for content in ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.call.arguments", "input.value"]
        {
            assert_eq!(span.text(content), None, "{}", span.name);
        }
    }
    assert_eq!(trace.spans.iter().filter(|span| span.tags.contains_key("gen_ai.usage.cost")).count(), 2);
    assert_eq!(trace.spans.iter().filter(|span| span.tags.contains_key("tracing_genai.total.cost")).count(), 1);
}

/// The tool fails in one of the two requests, and only there.
fn check_failures(traces: &[Trace]) {
    let failed: Vec<&Span> = traces
        .iter()
        .flat_map(|trace| &trace.spans)
        .filter(|span| span.text("otel.status_code") == Some("ERROR"))
        .collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    let tool = failed[0];
    assert_eq!(tool.name, "execute_tool refund_status");
    assert_eq!(tool.text("error.type"), Some("timeout"));
    assert_eq!(tool.text("otel.status_description"), Some("refund service gave no answer"));
    let exceptions: Vec<_> =
        tool.events.iter().filter(|event| event.get("event").is_some_and(|name| name == "exception")).collect();
    assert_eq!(exceptions.len(), 1, "{:?}", tool.events);
    assert_eq!(exceptions[0]["exception.message"], "refund service gave no answer");
}

fn arrives(service: &str, variables: &[(&str, &str)]) {
    support_agent(service, variables);
    let traces = traces(service, 2, 7);
    assert_eq!(traces.len(), 2);
    for trace in &traces {
        assert_eq!(trace.spans.len(), 7);
        check(trace);
    }
    check_failures(&traces);
}

#[test]
fn through_a_collector_by_grpc() {
    arrives(
        "agent-grpc",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &variable("TEST_COLLECTOR_GRPC")), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
    );
}

#[test]
fn through_a_collector_by_http_with_gzip() {
    arrives(
        "agent-http",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &variable("TEST_COLLECTOR_HTTP")),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ],
    );
}

#[test]
fn straight_into_jaeger() {
    arrives(
        "agent-direct",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &variable("TEST_JAEGER_OTLP_GRPC")), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
    );
}

#[test]
fn with_capture_on_the_messages_are_in_jaeger() {
    let endpoint = variable("TEST_COLLECTOR_HTTP");
    support_agent(
        "agent-content",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY"),
        ],
    );
    for trace in traces("agent-content", 2, 7) {
        let chat = trace.all("chat gpt-4o-mini")[1];
        let messages: serde_json::Value = serde_json::from_str(chat.text("gen_ai.output.messages").unwrap()).unwrap();
        assert_eq!(messages[0]["role"], "assistant");
        assert!(messages[0]["parts"][0]["content"].as_str().unwrap().contains("is on its way"));
        let input = trace.root().text("gen_ai.input.messages").unwrap();
        assert!(input.contains("order"), "{input}");
        assert!(
            trace
                .span("execute_tool order_lookup")
                .text("gen_ai.tool.call.result")
                .unwrap()
                .contains("left the warehouse")
        );
    }
}
