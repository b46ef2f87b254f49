//! A secret that stands on every surface is found nowhere in the bytes that leave.

use std::borrow::Cow;

use opentelemetry_sdk::trace::InMemorySpanExporter;
use tracing_genai::{Content, Redaction};

use crate::support::peer::Peer;
use crate::support::{builder, deliver, surfaces};

const KEY: &str = "sk-proj-Zx81kQv3LmN0pRtUwYbC5dEfGhJ7aSdF9qWeRtYu";
/// Spans that `surfaces::fill` makes.
const SPANS: usize = 6;
/// What no pattern knows.
const WORD: &str = "Projekt-Nachtigall";

fn nightingale(text: &str) -> Cow<'_, str> {
    if text.contains(WORD) { Cow::Owned(text.replace(WORD, "[project]")) } else { Cow::Borrowed(text) }
}

#[test]
fn a_secret_on_every_surface_is_found_nowhere_in_what_leaves() {
    let peer = Peer::start();
    let memory = InMemorySpanExporter::default();
    let telemetry = builder()
        .with_content(Content::span_and_event())
        .with_redaction(Redaction::patterns().with_function(|_, text| nightingale(text)))
        .with_destination(peer.destination())
        .with_span_exporter(memory.clone())
        .build()
        .unwrap();
    deliver(&telemetry, || surfaces::fill(&format!("{KEY} of {WORD}")));

    let spans = memory.get_finished_spans().unwrap();
    assert_eq!(spans.len(), SPANS);
    assert_eq!(peer.spans().len(), SPANS);
    for secret in [KEY, WORD, "Nachtigall", &KEY[8..]] {
        let found = spans.iter().find(|span| format!("{span:?}").contains(secret));
        assert!(found.is_none(), "{secret}: {found:#?}");
        assert!(!peer.has_seen(secret), "{secret}");
    }
    // Taken out, and not by leaving everything out.
    let left = format!("{spans:?}");
    assert!(left.matches("[project]").count() > 30, "{left}");
    assert!(left.matches("[redacted:").count() > 30, "{left}");
}

/// The test above sees what leaves: without redaction the secret is on each of its surfaces.
#[test]
fn without_redaction_the_secret_is_everywhere() {
    let peer = Peer::start();
    let telemetry = builder()
        .with_content(Content::span_and_event())
        .with_redaction(Redaction::none())
        .with_destination(peer.destination())
        .build()
        .unwrap();
    deliver(&telemetry, || surfaces::fill(WORD));
    let spans = peer.spans();
    let left = format!("{spans:?}");
    assert!(left.matches(WORD).count() > 50, "{left}");
    let agent = spans.iter().find(|span| span.name == WORD && !span.links.is_empty()).expect("a name and a link");
    assert!(format!("{:?}", agent.links).contains(WORD));
    assert!(agent.events.iter().any(|event| event.name == WORD), "an event's name");
    assert!(spans.iter().any(|span| span.status.as_ref().is_some_and(|status| status.message.contains(WORD))));
}

#[test]
fn a_function_that_panics_withholds_the_text_and_the_span_still_leaves() {
    let peer = Peer::start();
    let telemetry = builder()
        .with_content(Content::span_and_event())
        .with_redaction(Redaction::none().with_function(|_, text| {
            assert!(!text.contains(WORD), "cannot");
            Cow::Borrowed(text)
        }))
        .with_destination(peer.destination())
        .build()
        .unwrap();
    deliver(&telemetry, || surfaces::fill(WORD));
    assert_eq!(peer.spans().len(), SPANS);
    assert!(!peer.has_seen(WORD));
    assert!(peer.has_seen("[redaction failed]"));
}
