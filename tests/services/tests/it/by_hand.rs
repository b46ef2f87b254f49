//! Work that is annotated, and the same work by hand: Jaeger shows the same tree of the same spans.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing_genai::{Content, Destination, Scope, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use self::flows::{annotated, by_hand};
use crate::jaeger::{Span, Trace, traces, variable};

#[path = "../../../it/traces/flows.rs"]
mod flows;

/// The trace of a service that does the work, as Jaeger shows it.
fn shown(service: &str, work: impl FnOnce(&Telemetry)) -> Trace {
    let telemetry = tracing_genai::builder(service)
        .without_env()
        .with_content(Content::span_only())
        .with_destination(Destination::jaeger().with_endpoint(variable("TEST_JAEGER_OTLP_GRPC")))
        .build()
        .unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        Scope::new().with_conversation("c-17").with_user("u-3").in_scope(|| work(&telemetry));
    });
    assert!(telemetry.shutdown(Duration::from_secs(20)).is_complete());
    let mut traces = traces(service, 1, 4);
    assert_eq!(traces.len(), 1);
    traces.remove(0)
}

/// Each span by its way from the root: its tags with their types, status and kind among them, and its events.
fn tree(trace: &Trace) -> BTreeMap<String, String> {
    let path = |of: &Span| -> String {
        let mut path = of.name.clone();
        let mut span = of;
        while let Some(parent) = trace.spans.iter().find(|other| Some(&other.id) == span.parent.as_ref()) {
            path = format!("{} > {path}", parent.name);
            span = parent;
        }
        path
    };
    let tell = |span: &Span| {
        // The function is what a span by hand has not.
        let tags: BTreeMap<_, _> = span.tags.iter().filter(|(key, _)| *key != "code.function.name").collect();
        let events: Vec<_> =
            span.events.iter().map(|event| (event.get("event"), event.get("exception.message"))).collect();
        format!("{tags:#?} {events:?}")
    };
    trace.spans.iter().map(|span| (path(span), tell(span))).collect()
}

#[test]
fn a_flow_by_hand_is_in_jaeger_what_the_annotated_flow_is() {
    let annotated = tree(&shown("flow-annotated", |_| annotated::support_agent()));
    let by_hand = tree(&shown("flow-by-hand", by_hand));
    assert_eq!(annotated.keys().collect::<Vec<_>>(), by_hand.keys().collect::<Vec<_>>());
    assert_eq!(annotated.len(), 4);
    for (path, told) in &annotated {
        assert_eq!(told, &by_hand[path], "{path}");
    }
    let call = &by_hand["invoke_agent support_agent > chat gpt-4o-mini"];
    for part in ["gen_ai.usage.cost", "gen_ai.input.messages", "\"client\"", "\"c-17\""] {
        assert!(call.contains(part), "{part} in {call}");
    }
    let tool = &by_hand["invoke_agent support_agent > execute_tool order_lookup"];
    assert!(tool.contains("\"ERROR\"") && tool.contains("the shop gave no answer"), "{tool}");
}
