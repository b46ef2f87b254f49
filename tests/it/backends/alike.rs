//! Destinations beside each other: those that read spans alike share their encoding, and each gets what it gets alone.

use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span;
use tracing_genai::{Compression, Content, Destination, Dialect, Protocol};

use super::sample::{sample, sent_by, variable};
use crate::support::peer::Peer;
use crate::support::{builder, deliver};

/// Twice each, and one that differs from the first two in what is no matter of encoding.
fn destinations() -> Vec<Destination> {
    let plain = || Destination::otlp("http://127.0.0.1:1");
    vec![
        plain().with_dialect(Dialect::Otel),
        plain().with_dialect(Dialect::OpenInference),
        plain().with_dialect(Dialect::Otel).with_content(Content::none()),
        plain().with_dialect(Dialect::Otel).with_max_value_chars(12),
        plain().with_dialect(Dialect::Otel).with_max_age(Duration::from_secs(3_600)),
        plain().with_dialect(Dialect::OpenInference),
        plain().with_dialect(Dialect::Otel).with_content(Content::none()),
        plain().with_dialect(Dialect::Otel).with_max_value_chars(12),
    ]
}

#[test]
fn each_gets_beside_the_others_what_it_gets_alone() {
    let peers: Vec<_> = destinations().iter().map(|_| Peer::start()).collect();
    let together = destinations().into_iter().zip(&peers).enumerate().fold(
        builder().with_env(variable).with_content(Content::span_only()),
        |builder, (number, (destination, peer))| {
            builder.with_destination(
                destination
                    .with_name(format!("peer {number}"))
                    .with_endpoint(peer.endpoint())
                    .with_protocol(Protocol::HttpProtobuf)
                    .with_compression(Compression::None),
            )
        },
    );
    deliver(&together.build().unwrap(), sample);

    let all: Vec<_> = peers.iter().map(|peer| said(peer.spans())).collect();
    for (number, destination) in destinations().into_iter().enumerate() {
        assert_eq!(all[number], said(sent_by(destination)), "peer {number}");
    }
    let [conventions, open_inference, withheld, short, ..] = &all[..] else { panic!("{all:?}") };
    for (one, other) in [(conventions, open_inference), (conventions, withheld), (conventions, short)] {
        assert_ne!(one, other, "what is compared differs");
    }
}

/// What the spans say, but for times and ids.
fn said(mut spans: Vec<Span>) -> Vec<String> {
    spans.sort_by(|a, b| a.name.cmp(&b.name));
    let said = spans.into_iter().map(|span| {
        let events: Vec<_> = span.events.into_iter().map(|event| (event.name, event.attributes)).collect();
        format!("{} {:?} {events:?} {:?}", span.name, span.attributes, span.status)
    });
    said.collect()
}
