//! OTLP over gRPC against a real server.

use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tonic::{Code, Status};

use super::grpc_peer::{Answer, GrpcPeer};
use super::warnings::Warnings;
use super::{deadline, open, open_prepared, problem_of, span, span_of};
use crate::export::destination::{Destination, Protocol};
use crate::export::loss::LossReason;
use crate::export::report::DestinationReport;
use crate::export::wire::Writer;

fn destination(address: impl std::fmt::Display) -> Destination {
    Destination::otlp(format!("http://{address}")).with_protocol(Protocol::Grpc)
}

/// Sends spans `0..count` of `bytes` bytes each and flushes.
async fn send(destination: &Destination, count: usize, bytes: usize) -> DestinationReport {
    let mut sink = open(destination);
    for number in 0..count {
        sink.offer(&span_of(&number.to_string(), bytes));
    }
    sink.flush(deadline()).await;
    sink.counts().report()
}

fn retry_info(seconds: u64, nanos: u64) -> Vec<u8> {
    let mut status = Vec::new();
    Writer::new(&mut status).message(3, |any| {
        any.string(1, "type.googleapis.com/google.rpc.RetryInfo");
        any.message(2, |info| {
            info.message(1, |delay| {
                delay.uint(1, seconds);
                delay.uint(2, nanos);
            });
        });
    });
    status
}

#[tokio::test]
async fn spans_arrive_with_headers_and_a_deadline() {
    let peer = GrpcPeer::start([]).await;
    let report = send(&destination(peer.address).with_header("X-Token", "t"), 3, 10).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.delivered(), 3);
    let [seen] = &peer.seen()[..] else { panic!("one request") };
    assert_eq!(seen.names, ["0", "1", "2"]);
    assert_eq!(seen.token.as_deref(), Some("t"));
    assert!(seen.timeout.is_some());
    assert_eq!(seen.encoding, None);
}

#[cfg(all(feature = "gzip", feature = "zstd"))]
#[tokio::test]
async fn requests_are_compressed_when_asked() {
    use crate::export::destination::Compression;

    for (compression, encoding) in [(Compression::Gzip, "gzip"), (Compression::Zstd, "zstd")] {
        let peer = GrpcPeer::start([]).await;
        let report = send(&destination(peer.address).with_compression(compression), 1, 10_000).await;
        assert_eq!(report.delivered(), 1, "{report}");
        assert_eq!(peer.seen()[0].encoding.as_deref(), Some(encoding));
    }
}

#[tokio::test]
async fn what_is_larger_than_the_peer_takes_arrives_in_parts_and_the_giant_without_its_content() {
    // The server's own limit is 4 MiB; our requests are told to be larger.
    let peer = GrpcPeer::start([]).await;
    let destination = destination(peer.address).with_max_request_bytes(64 << 20);
    let mut sink = open(&destination);
    for number in 0..5 {
        sink.offer(&span_of(&number.to_string(), 1 << 20));
    }
    sink.offer(&span_of("giant", 5 << 20));
    sink.flush(deadline()).await;
    let report = sink.counts().report();
    assert!(report.is_complete(), "{report}");
    let mut names = peer.names();
    names.sort();
    assert_eq!(names, ["0", "1", "2", "3", "4", "giant"]);
    assert!(report.last_problem().unwrap().contains("was cut to"), "{report}");
}

#[tokio::test]
async fn a_partial_success_is_reported_and_not_sent_again() {
    let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "bad attribute".into() };
    let peer = GrpcPeer::start([Ok(ExportTraceServiceResponse { partial_success: Some(partial) })]).await;
    let report = send(&destination(peer.address), 3, 10).await;
    assert_eq!((report.delivered(), report.rejected(), report.lost()), (1, 2, 0));
    assert!(report.last_problem().unwrap().contains("bad attribute"));
    assert_eq!(peer.seen().len(), 1);
}

#[tokio::test]
async fn what_was_taken_is_not_sent_again_because_the_answer_is_long() {
    let partial = ExportTracePartialSuccess { rejected_spans: 0, error_message: "x".repeat(10 << 20) };
    let peer = GrpcPeer::start([Ok(ExportTraceServiceResponse { partial_success: Some(partial) })]).await;
    let report = send(&destination(peer.address), 3, 10).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!(peer.seen().len(), 1);
}

#[tokio::test]
async fn what_may_be_tried_again_is_tried_until_it_is_taken() {
    // Of a memory limiter: neither a wait nor a word of size.
    let exhausted = Status::new(Code::ResourceExhausted, "data refused due to high memory usage");
    // With a wait, whatever the words.
    let slow_down = ["slow down", "the rate of requests exceeds the limit"]
        .map(|words| Status::with_details(Code::ResourceExhausted, words, retry_info(0, 1_000).into()));
    let codes =
        [Code::Unavailable, Code::Aborted, Code::Cancelled, Code::DeadlineExceeded, Code::OutOfRange, Code::DataLoss];
    for status in codes.map(|code| Status::new(code, "later")).into_iter().chain(slow_down).chain([exhausted]) {
        let peer = GrpcPeer::start([Err(status)]).await;
        let report = send(&destination(peer.address), 1, 10).await;
        assert!(report.is_complete(), "{report}");
        assert_eq!(peer.names(), ["0", "0"]);
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_lost_with_the_peers_words_and_a_remedy() {
    let refusals = [
        (Code::Unauthenticated, "OTEL_EXPORTER_OTLP_HEADERS"),
        (Code::PermissionDenied, "OTEL_EXPORTER_OTLP_HEADERS"),
        (Code::Unimplemented, "Destination::otlp"),
        (Code::InvalidArgument, "not today"),
        (Code::Internal, "not today"),
    ];
    for (code, remedy) in refusals {
        let answers = (0..3).map(|_| -> Answer { Err(Status::new(code, "not today")) });
        let peer = GrpcPeer::start(answers).await;
        let report = send(&destination(peer.address), 2, 10).await;
        assert_eq!((report.lost_by(LossReason::Refused), report.waiting()), (2, 0), "{report}");
        let problem = report.last_problem().unwrap();
        assert!(problem.contains("not today") && problem.contains(remedy), "{problem}");
        // What would be refused whatever is in it is not divided.
        let blames_the_spans = matches!(code, Code::InvalidArgument | Code::Internal);
        assert_eq!(peer.seen().len(), if blames_the_spans { 3 } else { 1 });
    }
}

#[tokio::test]
async fn a_refusal_in_many_words_is_one_too() {
    // Escaped, which makes it three times as long.
    let words = "ü".repeat(50_000);
    let peer = GrpcPeer::start([Err(Status::new(Code::InvalidArgument, words))]).await;
    let report = send(&destination(peer.address), 1, 10).await;
    assert_eq!((report.lost_by(LossReason::Refused), report.waiting()), (1, 0), "{report}");
    assert_eq!(peer.seen().len(), 1);
}

#[tokio::test]
async fn spans_wait_for_a_peer_that_is_not_there_yet() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let mut warnings = Warnings::new();
    let mut sink = open_prepared(destination(address).prepare().unwrap().unwrap(), &warnings.report);
    sink.offer(&span("a"));
    let warning = tokio::select! {
        () = sink.flush(deadline()) => panic!("nothing to flush to"),
        warning = warnings.next() => warning,
    };
    assert!(warning.contains("nothing listens there"), "{warning}");
    assert!(warning.contains("host and port in Destination::otlp"), "{warning}");
    assert_eq!(sink.counts().report().waiting(), 1);

    let peer = GrpcPeer::at(&address.to_string(), [], None).await;
    sink.flush(deadline()).await;
    assert_eq!(peer.names(), ["a"]);
    assert!(sink.counts().report().is_complete());
}

#[tokio::test]
async fn an_http_port_is_recognized_and_the_remedy_named() {
    // What Go's HTTP server, and so the Collector, answers to the first bytes of HTTP/2.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (mut peer, _) = listener.accept().await.unwrap();
            let mut preface = [0; 24];
            peer.read_exact(&mut preface).await.unwrap();
            peer.write_all(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n404 page not found").await.unwrap();
        }
    });
    let problem = problem_of(&destination(address)).await;
    assert!(problem.contains("OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"), "{problem}");
    server.abort();
}

#[tokio::test]
async fn a_peer_that_never_answers_ends_with_the_deadline_and_the_spans_are_counted() {
    // Accepted by the kernel, never served.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut sink = open(&destination(listener.local_addr().unwrap()).with_timeout(Duration::from_millis(20)));
    sink.offer(&span("a"));
    let counts = sink.counts().clone();
    sink.shutdown(tokio::time::Instant::now() + Duration::from_millis(100)).await;
    let report = counts.report();
    assert_eq!((report.lost_by(LossReason::AtShutdown), report.waiting()), (1, 0), "{report}");
    assert!(report.last_problem().unwrap().contains("OTEL_EXPORTER_OTLP_TIMEOUT"), "{report}");
}

#[tokio::test]
async fn spans_of_very_many_scopes_arrive_and_no_peer_takes_their_frames_for_an_attack() {
    for (peer, scopes, bytes) in [
        (GrpcPeer::with_window(65_535).await, 200, 1),
        (GrpcPeer::with_window(65_535).await, 200, 5_000),
        (GrpcPeer::start([]).await, 8_000, 1),
    ] {
        let mut sink = open(&destination(peer.address));
        for number in 0..scopes {
            let mut span = span_of(&number.to_string(), bytes);
            span.instrumentation_scope = InstrumentationScope::builder(format!("scope {number}")).build();
            sink.offer(&span);
        }
        sink.flush(deadline()).await;
        assert_eq!(peer.names().len(), scopes, "{}", sink.counts().report());
    }
}
