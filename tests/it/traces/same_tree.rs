//! The same work, annotated and by hand, gives the same trace.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use opentelemetry_sdk::trace::SpanData;
use tracing::{Span, instrument};
use tracing_genai::{Content, GenAiSpanExt as _, Message, Scope, SpanType, Telemetry, Usage};

use crate::support::Memory;

fn usage() -> Usage {
    Usage::new(812, 140).cache_read(512)
}

mod annotated {
    use super::*;

    #[instrument(skip_all, fields(span_type = "agent"))]
    pub(super) fn support_agent() {
        Span::current().record_input("Where is order 4711?");
        retrieve();
        plan();
        drop(order_lookup());
        Span::current().record_output("It has left.");
    }

    #[instrument(skip_all, fields(span_type = "retrieval", data_source = "policies"))]
    fn retrieve() {
        Span::current().record_input("Where is order 4711?").record_attribute("top_k", 3);
    }

    #[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
    fn plan() {
        Span::current()
            .record_input([Message::system("You plan."), Message::user("Where is order 4711?")])
            .record_output(Message::assistant("Look it up."))
            .record_response_model("gpt-4o-mini-2024-07-18")
            .record_finish_reason("stop")
            .record_usage(usage());
    }

    #[instrument(skip_all, fields(span_type = "tool"), err)]
    fn order_lookup() -> Result<(), io::Error> {
        Span::current().record_input(r#"{"order":"4711"}"#).record_error_type("timeout");
        Err(io::Error::other("the shop gave no answer"))
    }
}

fn by_hand(telemetry: &Telemetry) {
    let agent = telemetry.trace("support_agent");
    agent.set_span_type(SpanType::Agent).set_input("Where is order 4711?");

    let search = agent.span(SpanType::Retrieval, "retrieve");
    search.set_attribute("data_source", "policies").set_input("Where is order 4711?").set_attribute("top_k", 3);
    search.complete();

    let plan = agent.span(SpanType::Llm, "plan");
    plan.set_provider("openai")
        .set_model("gpt-4o-mini")
        .set_input([Message::system("You plan."), Message::user("Where is order 4711?")])
        .set_output(Message::assistant("Look it up."))
        .set_response_model("gpt-4o-mini-2024-07-18")
        .set_finish_reason("stop")
        .set_usage(usage());
    plan.complete();

    let lookup = agent.span(SpanType::Tool, "order_lookup");
    lookup.set_input(r#"{"order":"4711"}"#).set_error_type("timeout");
    lookup.fail(&io::Error::other("the shop gave no answer"));

    agent.set_output("It has left.").complete();
}

/// Each span by its way from the root: kind, status, attributes and events, as text.
fn tree(spans: &[SpanData]) -> BTreeMap<String, String> {
    let path = |of: &SpanData| -> String {
        let mut span = of.clone();
        let mut path = vec![span.name.to_string()];
        while let Some(parent) = spans.iter().find(|other| other.span_context.span_id() == span.parent_span_id) {
            path.push(parent.name.to_string());
            span = parent.clone();
        }
        path.reverse();
        path.join(" > ")
    };
    let tell = |span: &SpanData| {
        // The function is what a span by hand has not.
        let attributes: BTreeSet<String> = span
            .attributes
            .iter()
            .filter(|kv| kv.key.as_str() != "code.function.name")
            .map(|kv| format!("{} = {} of {:?}", kv.key, kv.value, std::mem::discriminant(&kv.value)))
            .collect();
        let events: Vec<String> = span
            .events
            .iter()
            .map(|event| {
                let attributes: BTreeSet<String> = event
                    .attributes
                    .iter()
                    .filter(|kv| kv.key.as_str() == "exception.message")
                    .map(|kv| format!("{:?}", kv.value))
                    .collect();
                format!("{} {attributes:?}", event.name)
            })
            .collect();
        format!("{:?} {:?} {attributes:#?} {events:?}", span.span_kind, span.status)
    };
    spans.iter().map(|span| (path(span), tell(span))).collect()
}

#[test]
fn a_flow_by_hand_gives_the_trace_of_the_annotated_flow() {
    let memory = || Memory::with(|builder| builder.with_content(Content::span_only()));
    let scope = || Scope::new().with_conversation("c-17").with_user("u-3");
    let (first, second) = (memory(), memory());
    let annotated = first.run(|| scope().in_scope(annotated::support_agent));
    scope().in_scope(|| by_hand(&second.telemetry));
    let by_hand = second.spans();
    assert_eq!(annotated.len(), 4);
    let (annotated, by_hand) = (tree(&annotated), tree(&by_hand));
    assert_eq!(annotated.keys().collect::<Vec<_>>(), by_hand.keys().collect::<Vec<_>>());
    for (path, told) in &annotated {
        assert_eq!(told, &by_hand[path], "{path}");
    }
    let agent = &by_hand["invoke_agent support_agent"];
    assert!(agent.contains("tracing_genai.total.cost") && agent.contains("c-17"), "{agent}");
}
