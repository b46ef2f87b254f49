//! One trace of known numbers, as it leaves for a destination.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use tracing::info_span;
use tracing_genai::{Content, Destination, GenAiSpanExt, Message, Payload, Scope, Usage};

use crate::support::peer::Peer;
use crate::support::{builder, deliver};

/// Secrets that every preset finds.
pub(super) fn variable(name: &str) -> Option<String> {
    let secret = ["KEY", "TOKEN", "ID", "ENDPOINT"].iter().any(|end| name.ends_with(end));
    (!name.starts_with("OTEL_") && !name.starts_with("TRACING_GENAI_") && secret).then(|| "hunter2".to_owned())
}

/// The spans of the sample, sent to a peer by `destination`, which is pointed at it.
pub(super) fn sent_by(destination: Destination) -> Vec<Span> {
    sent(destination, sample)
}

/// The spans that `work` makes, as they leave.
pub(super) fn sent(destination: Destination, work: impl FnOnce()) -> Vec<Span> {
    let peer = Peer::start();
    let destination = destination
        .with_endpoint(peer.endpoint())
        .with_protocol(tracing_genai::Protocol::HttpProtobuf)
        .with_compression(tracing_genai::Compression::None);
    let telemetry =
        builder().with_env(variable).with_content(Content::span_only()).with_destination(destination).build().unwrap();
    deliver(&telemetry, work);
    peer.spans()
}

/// An agent with a search, a model call, a tool, a guardrail and a call that fails. The agent and the tool carry a model
/// and usage, as frameworks put them there.
pub(super) fn sample() {
    let scope = Scope::new().with_conversation("c-17").with_user("u-18");
    scope.in_scope(|| {
        let agent =
            info_span!("run", span_type = "agent", agent = "support", model = "gpt-4o-mini", input_tokens = 812);
        agent.record_input(&[Message::user("Where is my order?")]);
        agent.record_output(&[Message::assistant("It arrives today.").with_finish_reason("stop")]);
        agent.in_scope(|| {
            let search = info_span!("find", span_type = "retrieval", data_source = "policies");
            search.record_input("refund rules");
            search.record_output(Payload::json(
                r#"[{"id":"p-1","score":0.5,"content":"30 days"},{"id":2,"content":"no score"}]"#,
            ));
            let chat = info_span!(
                "plan",
                span_type = "llm",
                provider = "openai",
                model = "gpt-4o-mini",
                agent = "support",
                tool = "stray",
                app.plan = "premium",
                temperature = 0.2,
            );
            chat.record_input(&[Message::system("Be brief."), Message::user("Where is my order?")]);
            chat.record_output(&[Message::assistant("I look it up.").with_finish_reason("stop")]);
            chat.record_response_model("gpt-4o-mini-2024-07-18");
            chat.record_usage(Usage::new(812, 140).cache_read(512).reasoning(40));
            chat.record_cost(0.0125);
            let tool = info_span!("lookup", span_type = "tool", tool = "order_lookup", model = "gpt-4o-mini");
            tool.record_input(Payload::json(r#"{"order":4711}"#))
                .record_output(Payload::json(r#"{"status":"shipped"}"#));
            let check = info_span!("check", span_type = "guardrail", guardrail = "pii");
            check.record_input("It arrives today.").record_output("passed");
            let failed = info_span!("retry", span_type = "llm", provider = "openai", model = "gpt-4o");
            failed.record_input(&[Message::user("again")]);
            failed.record_error(&std::io::Error::other("too many requests")).record_error_type("rate_limit");
        });
    });
}

/// The span that a row of the expectations calls `name`.
pub(super) fn span_of<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let exported = match name {
        "agent" => "invoke_agent support",
        "search" => "retrieval policies",
        "chat" => "chat gpt-4o-mini",
        "tool" => "execute_tool order_lookup",
        "check" => "guardrail pii",
        "failed" => "chat gpt-4o",
        other => panic!("no sample span is called {other}"),
    };
    spans.iter().find(|span| span.name == exported).unwrap_or_else(|| {
        panic!("{exported} has not left: {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>())
    })
}

/// The value of an attribute on the wire, which stands there once.
pub(super) fn attribute<'s>(span: &'s Span, key: &str) -> Option<&'s Value> {
    let mut found = span.attributes.iter().filter(|attribute| attribute.key == key);
    let first = found.next();
    assert!(found.next().is_none(), "{key} stands twice on {}", span.name);
    first?.value.as_ref()?.value.as_ref()
}

/// The attribute's text.
pub(super) fn text<'s>(span: &'s Span, key: &str) -> &'s str {
    match attribute(span, key) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{key} of {} is {other:?}", span.name),
    }
}
