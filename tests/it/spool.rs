//! Requests on disk, as a user of the library sees them.

use std::net::TcpListener;
use std::time::Duration;

use tracing::{info_span, subscriber};
use tracing_genai::{Destination, Protocol, Spool, SpoolMode, Telemetry};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::support::peer::Peer;

const SHORT: Duration = Duration::from_secs(2);

/// A process that makes three spans and ends.
fn live(telemetry: &Telemetry) -> String {
    let log = registry().with(telemetry.layer());
    subscriber::with_default(log, || (0..3).for_each(|_| drop(info_span!("work", span_type = "tool"))));
    let report = telemetry.shutdown(SHORT);
    assert!(report.is_complete(), "{report}");
    report.to_string()
}

/// Under the address that the later one listens at.
fn destination(peer: &Peer) -> Destination {
    Destination::otlp_traces_url(format!("{}/v1/traces", peer.endpoint())).with_protocol(Protocol::HttpProtobuf)
}

#[test]
fn a_directory_in_the_environment_keeps_what_a_peer_that_is_away_did_not_take_for_the_next_process() {
    let dir = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let path = dir.path().to_str().unwrap().to_owned();
    let start = || {
        let path = path.clone();
        let lookup = move |name: &str| match name {
            "TRACING_GENAI_SPOOL_DIR" => Some(path.clone()),
            "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(format!("http://{address}")),
            _ => None,
        };
        tracing_genai::builder("test").with_env(lookup).build().unwrap()
    };
    assert_eq!(live(&start()), "0 delivered, 0 waiting, 3 spooled, 0 lost");
    let peer = Peer::at(address);
    // However short its life is.
    assert_eq!(live(&start()), "6 delivered, 0 waiting, 0 lost");
    assert_eq!(peer.spans().len(), 6);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn with_a_peer_nothing_stays_on_disk_in_either_mode() {
    for mode in [SpoolMode::OnFailure, SpoolMode::WriteAhead] {
        let dir = tempfile::tempdir().unwrap();
        let peer = Peer::start();
        let telemetry = tracing_genai::builder("test")
            .without_env()
            .with_destination(destination(&peer))
            .with_spool(Spool::in_dir(dir.path()).with_mode(mode))
            .build()
            .unwrap();
        assert_eq!(live(&telemetry), "3 delivered, 0 waiting, 0 lost");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
