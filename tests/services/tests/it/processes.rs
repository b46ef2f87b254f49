//! One trace over two processes: the second is started by the first, and called over HTTP and over gRPC.

use std::process::Command;

use crate::jaeger::{traces, variable};

#[test]
fn two_processes_make_one_trace_with_totals_on_each_local_root() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--all-features", "--example", "propagation"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", variable("TEST_COLLECTOR_GRPC"))
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("over HTTP: answered by post") && told.contains("over gRPC: answered by gRPC"), "{told}");

    let traces = traces("assistant", 1, 7);
    assert_eq!(traces.len(), 1);
    let trace = &traces[0];
    assert_eq!(trace.spans.len(), 7);

    let assistant = trace.root();
    assert_eq!((assistant.service.as_str(), assistant.name.as_str()), ("assistant", "invoke_agent assistant"));
    assert_eq!(assistant.int("tracing_genai.total.input_tokens"), Some(100), "of its own process");
    assert_eq!(assistant.text("tracing_genai.tenant"), Some("acme"));

    let desks = trace.all("invoke_agent desk");
    assert_eq!(desks.len(), 2, "one over HTTP, one over gRPC");
    for desk in desks.iter().chain([&trace.span("execute_tool open_desk")]) {
        assert_eq!(desk.service, "desk");
        assert_eq!(desk.parent.as_deref(), Some(assistant.id.as_str()));
        assert_eq!(desk.text("session.id"), Some("s-42"), "allowed on both sides");
        assert_eq!(desk.text("tracing_genai.tenant"), None, "allowed on none");
    }
    for desk in desks {
        assert_eq!(desk.int("tracing_genai.total.input_tokens"), Some(7));
        assert_eq!(desk.int("tracing_genai.total.output_tokens"), Some(3));
        assert_eq!(desk.int("tracing_genai.total.calls"), Some(1));
        assert!(!desk.tags.contains_key("tracing_genai.total.incomplete"));
    }
}
