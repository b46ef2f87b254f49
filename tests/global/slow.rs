//! A peer that takes what it is sent, but slowly: what it has not taken by the end of the program lies on disk.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tracing::Dispatch;
use tracing_genai::{Destination, Protocol, Spool, Telemetry};
use tracing_subscriber::prelude::*;

use crate::Case;
use crate::peer::{Deed, Peer};

/// Some six requests.
const SPANS: u64 = 20_000;

pub(crate) const ALL: &[Case] = &[Case {
    name: "what_a_slow_peer_has_not_taken_by_the_deadline_is_spooled_and_nothing_is_lost",
    variables: &[],
    run: end_before_it_has_all,
    check: |_| {},
}];

/// Makes spans of these ids.
fn make(peer: &Peer, dir: &Path, ids: std::ops::Range<u64>) -> Telemetry {
    let telemetry = tracing_genai::builder("test")
        .with_destination(Destination::otlp(&peer.endpoint).with_protocol(Protocol::HttpProtobuf).with_name("peer"))
        .with_spool(Spool::in_dir(dir))
        .build()
        .unwrap();
    let dispatch: Dispatch = tracing_subscriber::registry().with(telemetry.layer()).into();
    tracing::dispatcher::with_default(&dispatch, || {
        for id in ids {
            drop(tracing::info_span!("work", app.id = id.cast_signed(), app.rows = "0123456789abcdef".repeat(16)));
        }
    });
    telemetry
}

fn end_before_it_has_all() {
    let dir = tempfile::tempdir().unwrap();
    let peer = Peer::start();
    peer.does(|_| Deed::TakeLate(3_000));
    let report = make(&peer, dir.path(), 0..SPANS).shutdown(Duration::from_secs(8));
    assert_eq!((report.lost(), report.waiting()), (0, 0), "{report}");
    assert_eq!(report.delivered() + report.spooled(), SPANS, "{report}");
    assert!(report.spooled() > 0, "it was too fast for this to say anything: {report}");

    peer.does(|_| Deed::Take);
    let left = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let heir = make(&peer, dir.path(), SPANS..SPANS + 1);
    // It is there until all in it is sent.
    while left.exists() {
        heir.flush(Duration::from_millis(200));
    }
    let report = heir.shutdown(Duration::from_secs(10));
    let arrived: BTreeSet<u64> = peer.taken().into_iter().flatten().collect();
    assert_eq!(arrived.len() as u64, SPANS + 1, "{report}");
}
