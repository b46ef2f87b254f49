//! The same work, annotated and by hand, gives the same trace.

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry_sdk::trace::SpanData;
use tracing_genai::{Content, Scope};

use super::flows::{annotated, by_hand};
use crate::support::Memory;

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
