//! With capture off, no text of the flow is found in the bytes that leave.

use crate::support::peer::{Peer, wire_text};
use crate::support::{agent, builder, deliver};
use tracing_genai::{Content, Destination};

/// No pattern of redaction knows it.
const SAID: &str = "hush-my-dear";

#[test]
fn with_capture_off_no_text_of_the_flow_leaves() {
    let peer = Peer::start();
    let telemetry = builder().with_destination(peer.destination()).build().unwrap();
    deliver(&telemetry, || agent::run(SAID));

    let spans = peer.spans();
    assert_eq!(spans.len(), 13, "{:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    assert!(!peer.has_seen(SAID), "{:#?}", spans.iter().find(|span| format!("{span:?}").contains(SAID)));
    // What says what happened is there all the same.
    for text in ["gpt-4o-mini", "order_lookup", "policies", "tracing_genai.withheld", "gen_ai.usage.cost"] {
        assert!(peer.has_seen(text), "{text}");
    }
    let refund = spans.iter().find(|span| span.name == "execute_tool refund_status").unwrap();
    let message = &refund.status.as_ref().unwrap().message;
    assert!(message.starts_with("refund service gave no answer..."), "{message}");
    assert!(message.len() < 300 && message.contains("…[+"), "{message}");
    assert_eq!(wire_text(&refund.events[0].attributes, "exception.message").as_ref(), Some(message));
}

/// The test above sees what leaves: the same flow with capture on is full of it.
#[test]
fn with_capture_on_the_texts_of_the_flow_leave() {
    let peer = Peer::start();
    let telemetry =
        builder().with_content(Content::span_and_event()).with_destination(peer.destination()).build().unwrap();
    deliver(&telemetry, || agent::run(SAID));
    for span in peer.spans().iter().filter(|span| !span.name.starts_with("theirs")) {
        assert!(format!("{span:?}").contains(SAID), "{span:#?}");
    }
}

#[test]
fn prompts_go_to_one_backend_and_not_to_another() {
    let (trusted, other) = (Peer::start(), Peer::start());
    let telemetry = builder()
        .with_content(Content::span_and_event())
        .with_destination(trusted.destination())
        .with_destination(other.destination().with_content(Content::none()))
        .build()
        .unwrap();
    deliver(&telemetry, || agent::run(SAID));
    assert!(trusted.has_seen(SAID));
    assert_eq!(other.spans().len(), trusted.spans().len());
    assert!(!other.has_seen(SAID), "{:#?}", other.spans().iter().find(|span| format!("{span:?}").contains(SAID)));
}

#[test]
fn a_destination_cannot_widen_what_is_captured() {
    let peer = Peer::start();
    let wide = |destination: Destination| destination.with_content(Content::span_and_event());
    let telemetry = builder().with_destination(wide(peer.destination())).build().unwrap();
    deliver(&telemetry, || agent::run(SAID));
    assert!(!peer.has_seen(SAID));
}
