//! OTLP over HTTP against a real server.

use ::http::Response;
use http_body_util::Full;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::http_peer::{Answer, HttpPeer, answer};
use super::{deadline, names, open, problem_of, span_of};
use crate::export::destination::{Destination, Protocol};
use crate::export::loss::LossReason;
use crate::export::report::DestinationReport;
use crate::export::wire::Writer;

fn destination(address: impl std::fmt::Display) -> Destination {
    Destination::otlp(format!("http://{address}/base")).with_protocol(Protocol::HttpProtobuf)
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

#[tokio::test]
async fn spans_are_posted_as_protobuf_with_the_headers_given() {
    let peer = HttpPeer::start([]).await;
    let report = send(&destination(peer.address).with_header("X-Token", "t"), 3, 10).await;
    assert!(report.is_complete(), "{report}");
    let [seen] = &peer.seen()[..] else { panic!("one request") };
    assert_eq!(seen.target, "/base/v1/traces");
    assert_eq!(seen.headers["content-type"], "application/x-protobuf");
    assert_eq!(seen.headers["x-token"], "t");
    assert_eq!(seen.headers["host"], peer.address.to_string());
    assert!(!seen.headers.contains_key("content-encoding"));
    assert_eq!(names(&seen.body), ["0", "1", "2"]);
}

#[cfg(all(feature = "gzip", feature = "zstd"))]
#[tokio::test]
async fn requests_are_compressed_when_asked() {
    use std::io::Read;

    use crate::export::destination::Compression;

    for (compression, encoding) in [(Compression::Gzip, "gzip"), (Compression::Zstd, "zstd")] {
        let peer = HttpPeer::start([]).await;
        let report = send(&destination(peer.address).with_compression(compression), 1, 10_000).await;
        assert_eq!(report.delivered(), 1, "{report}");
        let seen = &peer.seen()[0];
        assert_eq!(seen.headers["content-encoding"], encoding);
        assert!(seen.body.len() < 1_000);
        let mut plain = Vec::new();
        match compression {
            Compression::Gzip => flate2::read::GzDecoder::new(&seen.body[..]).read_to_end(&mut plain).unwrap(),
            _ => zstd::Decoder::new(&seen.body[..]).unwrap().read_to_end(&mut plain).unwrap(),
        };
        assert_eq!(names(&plain), ["0"]);
    }
}

#[tokio::test]
async fn a_connection_is_used_again_and_made_anew_when_the_peer_has_closed_it() {
    let close = Response::builder().header("connection", "close").body(Full::default()).unwrap();
    let peer = HttpPeer::start([Answer::default(), close]).await;
    let mut sink = open(&destination(peer.address));
    for number in 0..4 {
        sink.offer(&span_of(&number.to_string(), 10));
        sink.flush(deadline()).await;
    }
    assert!(sink.counts().report().is_complete(), "{}", sink.counts().report());
    let sent: Vec<_> = peer.seen().iter().flat_map(|seen| names(&seen.body)).collect();
    assert_eq!(sent, ["0", "1", "2", "3"]);
}

#[tokio::test]
async fn what_is_too_large_arrives_in_parts_whatever_status_says_so() {
    // The Collector says it by a Status with 400, others by 413.
    let mut status = Vec::new();
    let w = &mut Writer::new(&mut status);
    w.uint(1, 3);
    w.string(2, "http: request body too large");
    let collector =
        Response::builder().status(400).header("content-type", "application/x-protobuf").body(Full::from(status));
    for refusal in [collector.unwrap(), answer(413, "")] {
        let peer = HttpPeer::start([refusal]).await;
        let report = send(&destination(peer.address), 4, 10).await;
        assert!(report.is_complete(), "{report}");
        let sent: Vec<_> = peer.seen().iter().map(|seen| names(&seen.body).len()).collect();
        assert_eq!(sent, [4, 2, 2]);
    }
}

#[tokio::test]
async fn what_may_be_tried_again_is_tried_until_it_is_taken() {
    for status in [429, 502, 503, 504] {
        let mut refusal = answer(status, "later");
        refusal.headers_mut().insert("retry-after", "0".parse().unwrap());
        let peer = HttpPeer::start([refusal]).await;
        let report = send(&destination(peer.address), 1, 10).await;
        assert!(report.is_complete(), "{report}");
        assert_eq!(peer.seen().len(), 2);
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_lost_with_the_peers_words_and_a_remedy() {
    let refusals = [
        (400, "not today"),
        (401, "OTEL_EXPORTER_OTLP_HEADERS"),
        (403, "OTEL_EXPORTER_OTLP_HEADERS"),
        (404, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        (405, "/base/v1/traces"),
        (415, "OTEL_EXPORTER_OTLP_COMPRESSION"),
        (308, "redirects are not followed"),
        (500, "not today"),
    ];
    for (status, remedy) in refusals {
        let peer = HttpPeer::start((0..3).map(|_| answer(status, "not today"))).await;
        let report = send(&destination(peer.address), 2, 10).await;
        assert_eq!((report.lost_by(LossReason::Refused), report.waiting()), (2, 0), "{report}");
        let problem = report.last_problem().unwrap();
        assert!(problem.contains("not today") && problem.contains(remedy), "{problem}");
        // What would be refused whatever is in it is not divided.
        let blames_the_spans = matches!(status, 400 | 500);
        assert_eq!(peer.seen().len(), if blames_the_spans { 3 } else { 1 });
    }
}

#[tokio::test]
async fn where_a_redirect_leads_is_said() {
    let mut moved = answer(301, "<html>Moved</html>");
    moved.headers_mut().insert("location", "https://other.example/v1/traces?key=hunter2".parse().unwrap());
    let peer = HttpPeer::start([moved]).await;
    let report = send(&destination(peer.address), 2, 10).await;
    let problem = report.last_problem().unwrap();
    assert!(problem.contains("https://other.example/v1/traces ") && !problem.contains("hunter2"), "{problem}");
    assert_eq!((report.lost(), peer.seen().len()), (2, 1), "{report}");
}

#[tokio::test]
async fn a_web_page_is_no_answer_and_json_is_one() {
    for page in ["text/html; charset=utf-8", "Text/HTML"] {
        let page = Response::builder().header("content-type", page).body(Full::from("<html>"));
        let peer = HttpPeer::start([page.unwrap()]).await;
        let report = send(&destination(peer.address), 2, 10).await;
        assert_eq!((report.delivered(), report.lost_by(LossReason::Refused)), (0, 2), "{report}");
        assert!(report.last_problem().unwrap().contains("check Destination::otlp"), "{report}");
    }

    let words = r#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}"#;
    for json in ["application/json", "Application/JSON;charset=UTF-8"] {
        let json = Response::builder().header("content-type", json).body(Full::from(words));
        let peer = HttpPeer::start([json.unwrap()]).await;
        let report = send(&destination(peer.address), 2, 10).await;
        assert_eq!((report.delivered(), report.rejected()), (1, 1), "{report}");
    }
}

#[tokio::test]
async fn an_answer_whose_length_is_that_of_a_bracket_is_no_web_page() {
    let mut taken = Vec::new();
    let w = &mut Writer::new(&mut taken);
    w.message(1, |partial| {
        partial.uint(1, 1);
        partial.string(2, &"x".repeat(56));
    });
    assert_eq!(taken[..2], *b"\n<");
    let taken = Response::builder().header("content-type", "application/x-protobuf").body(Full::from(taken));
    let peer = HttpPeer::start([taken.unwrap()]).await;
    let report = send(&destination(peer.address), 2, 10).await;
    assert_eq!((report.delivered(), report.rejected()), (1, 1), "{report}");
}

#[tokio::test]
async fn a_wait_until_a_date_is_kept() {
    let mut refusal = answer(503, "later");
    refusal.headers_mut().insert("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
    let peer = HttpPeer::start([refusal]).await;
    let report = send(&destination(peer.address), 1, 10).await;
    assert_eq!((report.delivered(), report.lost()), (1, 0), "{report}");
}

#[tokio::test]
async fn a_grpc_port_is_recognized_and_the_remedy_named() {
    // A gRPC server says its SETTINGS first.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (mut peer, _) = listener.accept().await.unwrap();
            peer.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
            peer.shutdown().await.unwrap();
        }
    });
    let problem = problem_of(&destination(address)).await;
    assert!(problem.contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), "{problem}");
    server.abort();
}

#[tokio::test]
async fn a_host_that_no_name_server_knows_is_said_with_the_remedy() {
    // Longer than a name may be, so that nobody is asked.
    let problem = problem_of(&destination(format!("{}.test:4318", "h".repeat(64)))).await;
    assert!(problem.contains("no host of that name") && problem.contains("Destination::otlp"), "{problem}");
}
