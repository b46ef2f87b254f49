//! What is set on purpose is left, and each repair can be switched off.

use opentelemetry::trace::{SpanKind, Status};
use tracing::field::Empty;
use tracing::info_span;
use tracing_genai::Repair;

use super::{CALL, Is, V};
use crate::support::{Memory, get, named};

/// rig's span of a call.
fn rig() {
    let span = info_span!(
        target: "rig::completions", "chat",
        gen_ai.operation.name = "chat", gen_ai.provider.name = "openai", gen_ai.request.model = "gpt-4o",
        gen_ai.usage.input_tokens = Empty, gen_ai.usage.output_tokens = Empty, error.type = Empty,
    );
    span.record("gen_ai.usage.input_tokens", 3_u64).record("error.type", "timeout");
}

#[test]
fn without_repairs_counts_are_right_and_the_rest_is_as_it_came() {
    let spans = Memory::with(|builder| builder.with_repair(Repair::none())).run(rig);
    Is {
        name: "chat",
        kind: SpanKind::Internal,
        has: &[("gen_ai.usage.input_tokens", V::Int(3)), ("span_type", V::Text("llm"))],
        lacks: &["tracing_genai.original_name"],
        ..CALL
    }
    .check(&spans);
}

#[test]
fn each_repair_stands_alone() {
    let with = |repair: Repair| Memory::with(|builder| builder.with_repair(repair)).run(rig);
    let none = || Is { name: "chat", kind: SpanKind::Internal, ..CALL };
    Is { name: "chat gpt-4o", ..none() }.check(&with(Repair::none().names()));
    Is { kind: SpanKind::Client, ..none() }.check(&with(Repair::none().kinds()));
    Is { status: Status::error(""), ..none() }.check(&with(Repair::none().status()));
}

#[test]
fn a_name_a_kind_and_a_status_set_on_purpose_are_left() {
    let spans = Memory::new().run(|| {
        info_span!(
            "call",
            otel.name = "ours",
            otel.kind = "internal",
            otel.status_code = "OK",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = "gpt-4o",
        );
    });
    Is { name: "ours", kind: SpanKind::Internal, status: Status::Ok, lacks: &["tracing_genai.original_name"], ..CALL }
        .check(&spans);
    assert_eq!(get(named(&spans, "ours"), "error.type"), None);
}
