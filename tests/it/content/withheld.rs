//! With capture off, no text of the flow is found in the bytes that leave.

use crate::support::log::Log;
use crate::support::peer::{Peer, wire_text};
use crate::support::{DEADLINE, agent, builder, deliver};
use tracing_genai::{Content, Destination};
use tracing_subscriber::layer::SubscriberExt as _;

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

#[test]
fn each_function_is_told_that_content_was_withheld_and_the_first_one_how_to_capture_it() {
    let telemetry = builder().build().unwrap();
    let log = Log::default();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer()).with(log.clone());
    tracing::subscriber::with_default(subscriber, || {
        agent::run(SAID);
        agent::run(SAID);
        telemetry.flush(DEADLINE);
    });
    let told = log.lines_with("content was withheld");
    assert!(told.len() > 2, "{told:?}");
    assert!(told[0].contains("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY"), "{told:?}");
    assert!(told[1..].iter().all(|line| line.ends_with(')') && !line.contains("OTEL_")), "{told:?}");
}

/// The first test sees what leaves: the same flow with capture on is full of it.
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
