//! What a network and a peer in trouble do, over gRPC, HTTP and TLS: nothing is lost, as read back at the peer.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::Response;
use http_body_util::Full;
use tonic::{Code, Status};

use super::cable::{Cable, Fault, Seen};
use super::grpc_peer::GrpcPeer;
use super::http_peer::{HttpPeer, answer};
use super::{deadline, names, open, span_of};
use crate::export::destination::{Destination, Protocol};
use crate::export::report::DestinationReport;

const FAULTS: [Fault; 7] = [
    Fault::ResetAfter(0),
    Fault::ResetAfter(10),
    Fault::ResetAfter(20_000),
    Fault::ResetInAnswer,
    Fault::CloseInAnswer,
    Fault::HalfOpen,
    Fault::Drip,
];
const SPANS: usize = 40;

/// Sends `SPANS` spans of a kilobyte and tells what the report says.
async fn send(destination: Destination) -> DestinationReport {
    let mut sink = open(&destination.with_timeout(Duration::from_secs(1)));
    for number in 0..SPANS {
        sink.offer(&span_of(&number.to_string(), 1_000));
    }
    sink.flush(deadline()).await;
    sink.counts().report()
}

fn grpc(address: SocketAddr) -> Destination {
    Destination::otlp(format!("http://{address}")).with_protocol(Protocol::Grpc)
}

fn http(address: SocketAddr) -> Destination {
    Destination::otlp(format!("http://{address}")).with_protocol(Protocol::HttpProtobuf)
}

fn all() -> BTreeSet<String> {
    (0..SPANS).map(|number| number.to_string()).collect()
}

fn arrived(peer: &HttpPeer) -> BTreeSet<String> {
    peer.seen().iter().flat_map(|seen| names(&seen.body)).collect()
}

#[tokio::test]
async fn a_broken_connection_loses_nothing_over_grpc() {
    for fault in FAULTS {
        let peer = GrpcPeer::start([]).await;
        let log = peer.log();
        let seen: Seen = Arc::new(move || !log.lock().unwrap().is_empty());
        let cable = Cable::to(peer.address, &[fault], seen).await;
        let report = send(grpc(cable.address)).await;
        assert!(report.is_complete() && cable.is_mended(), "{fault:?}: {report}");
        assert_eq!(peer.names().into_iter().collect::<BTreeSet<_>>(), all(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_broken_connection_loses_nothing_over_http() {
    for fault in FAULTS {
        let peer = HttpPeer::start([]).await;
        let log = peer.log();
        let seen: Seen = Arc::new(move || !log.lock().unwrap().is_empty());
        let cable = Cable::to(peer.address, &[fault], seen).await;
        let report = send(http(cable.address)).await;
        assert!(report.is_complete() && cable.is_mended(), "{fault:?}: {report}");
        assert_eq!(arrived(&peer), all(), "{fault:?}");
    }
}

#[tokio::test]
async fn where_each_large_request_breaks_the_connection_smaller_ones_arrive() {
    const LARGEST: usize = 150_000;
    let (over_grpc, over_http) = (GrpcPeer::start([]).await, HttpPeer::start([]).await);
    let near = Cable::always(over_grpc.address, Fault::ResetAfter(LARGEST)).await;
    let far = Cable::always(over_http.address, Fault::ResetAfter(LARGEST)).await;
    for destination in [grpc(near.address), http(far.address)] {
        let mut sink = open(&destination);
        for number in 0..4 {
            sink.offer(&span_of(&number.to_string(), 70_000));
        }
        sink.flush(deadline()).await;
        assert!(sink.counts().report().is_complete(), "{}", sink.counts().report());
    }
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_cut_tls_connection_loses_nothing() {
    use tonic::transport::{Identity, ServerTlsConfig};

    use super::certificates::Ca;

    let ca = Ca::new();
    let (certificate, key) = ca.issue("localhost");
    // In the handshake, and in the request.
    for fault in [Fault::ResetAfter(50), Fault::ResetAfter(20_000), Fault::CloseInAnswer] {
        let tls = ServerTlsConfig::new().identity(Identity::from_pem(&certificate, &key));
        let peer = GrpcPeer::at("127.0.0.1:0", [], Some(tls)).await;
        let log = peer.log();
        let seen: Seen = Arc::new(move || !log.lock().unwrap().is_empty());
        let cable = Cable::to(peer.address, &[fault], seen).await;
        let destination = Destination::otlp(format!("https://localhost:{}", cable.address.port()))
            .with_protocol(Protocol::Grpc)
            .with_ca_certificate(ca.pem());
        let report = send(destination).await;
        assert!(report.is_complete() && cable.is_mended(), "{fault:?}: {report}");
        assert_eq!(peer.names().into_iter().collect::<BTreeSet<_>>(), all(), "{fault:?}");
    }
}

#[tokio::test]
async fn what_collectors_say_in_trouble_loses_nothing_over_grpc() {
    let troubles = [
        Status::new(Code::Unavailable, "data refused due to high memory usage"),
        Status::new(Code::ResourceExhausted, "data refused due to high memory usage"),
        Status::new(Code::ResourceExhausted, "grpc: received message larger than max (9000000 vs. 4194304)"),
        Status::new(Code::ResourceExhausted, "grpc: received message after decompression larger than max 4194304"),
        Status::new(Code::OutOfRange, "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes"),
        Status::new(Code::DeadlineExceeded, "context deadline exceeded"),
    ];
    for trouble in troubles {
        let peer = GrpcPeer::start([Err(trouble.clone())]).await;
        let report = send(grpc(peer.address)).await;
        assert!(report.is_complete(), "{trouble}: {report}");
        assert_eq!(peer.names().into_iter().collect::<BTreeSet<_>>(), all(), "{trouble}");
    }
}

#[tokio::test]
async fn what_collectors_say_in_trouble_loses_nothing_over_http() {
    let closing = Response::builder().status(503).header("connection", "close").body(Full::from("memory")).unwrap();
    let troubles = [closing, answer(429, ""), answer(502, ""), answer(504, ""), answer(408, ""), answer(413, "")];
    for trouble in troubles {
        let status = trouble.status();
        let peer = HttpPeer::start([trouble]).await;
        let report = send(http(peer.address)).await;
        assert!(report.is_complete(), "{status}: {report}");
        assert_eq!(arrived(&peer), all(), "{status}");
    }
}
