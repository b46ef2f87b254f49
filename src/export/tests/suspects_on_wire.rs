//! A firewall that reads along and cuts what it does not like, over gRPC and HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::cable::{Cable, Fault};
use super::grpc_peer::GrpcPeer;
use super::http_peer::HttpPeer;
use super::{deadline, names, resource, settings, span};
use crate::export::destination::{Destination, Protocol};
use crate::export::loss::LossReason;
use crate::export::report::DestinationReport;
use crate::export::sender::Sender;
use crate::export::settings::SinkSettings;
use crate::self_report::SelfReport;

const SPANS: usize = 300;

/// Sends many spans, one of which is cut off, until all others have arrived.
async fn send(address: SocketAddr, protocol: Protocol, concurrency: usize) -> DestinationReport {
    let destination = Destination::otlp(format!("http://{address}")).with_protocol(protocol);
    let destination = destination.with_concurrency(concurrency).prepare().unwrap().unwrap();
    let settings = SinkSettings { max_batch_spans: Some(20), ..settings(&SelfReport::default()) };
    let mut sink = Sender::to(destination, &resource(), &settings);
    let counts = sink.counts().clone();
    for number in 0..SPANS {
        if number == 31 {
            sink.offer(&span("poison"));
        }
        sink.offer(&span(&number.to_string()));
    }
    let end = deadline();
    while counts.report().delivered() < SPANS as u64 && Instant::now() < end {
        sleep(Duration::from_millis(10)).await;
    }
    let before = counts.report();
    assert_eq!((before.delivered(), before.lost(), before.waiting()), (SPANS as u64, 0, 1), "{before}");
    sink.shutdown(Instant::now() + Duration::from_secs(1)).await;
    counts.report()
}

fn check(report: &DestinationReport, mut arrived: Vec<String>) {
    assert_eq!((report.lost_by(LossReason::BreaksConnection), report.lost()), (1, 1), "{report}");
    assert!(report.last_problem().unwrap().contains("the span \"poison\""), "{report}");
    arrived.sort_by_key(|name| name.parse::<usize>().unwrap());
    assert_eq!(arrived, (0..SPANS).map(|number| number.to_string()).collect::<Vec<_>>(), "each once");
}

#[tokio::test]
async fn all_others_arrive_over_grpc_where_one_span_is_cut_off() {
    for concurrency in [1, 4] {
        let peer = GrpcPeer::start([]).await;
        let cable = Cable::always(peer.address, Fault::ResetOn(b"poison")).await;
        let report = send(cable.address, Protocol::Grpc, concurrency).await;
        check(&report, peer.names());
    }
}

#[tokio::test]
async fn all_others_arrive_over_http_where_one_span_is_cut_off() {
    for concurrency in [1, 4] {
        let peer = HttpPeer::start([]).await;
        let cable = Cable::always(peer.address, Fault::ResetOn(b"poison")).await;
        let report = send(cable.address, Protocol::HttpProtobuf, concurrency).await;
        check(&report, peer.seen().iter().flat_map(|seen| names(&seen.body)).collect());
    }
}
