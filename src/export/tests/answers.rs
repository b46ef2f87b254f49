//! Answers over HTTP whose status says all there is to know, and that do not end as they should.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::http_peer::{HttpPeer, answer};
use super::{deadline, open, resource, settings, span};
use crate::export::destination::{Destination, Protocol};
use crate::export::report::DestinationReport;
use crate::export::sender::Sender;
use crate::export::settings::SinkSettings;
use crate::self_report::SelfReport;

/// Sends two spans in one request.
async fn send(address: SocketAddr) -> DestinationReport {
    let destination = Destination::otlp(format!("http://{address}"))
        .with_protocol(Protocol::HttpProtobuf)
        .with_timeout(Duration::from_secs(4));
    let mut sink = open(&destination);
    sink.offer(&span("0"));
    sink.offer(&span("1"));
    sink.flush(deadline()).await;
    sink.counts().report()
}

#[tokio::test]
async fn a_long_answer_counts_as_a_short_one_does() {
    let page = format!("no such page {}", "x".repeat(100_000));
    for (status, delivered) in [(200, 2), (404, 0)] {
        let peer = HttpPeer::start([answer(status, &page)]).await;
        let report = send(peer.address).await;
        assert_eq!((report.delivered(), report.lost()), (delivered, 2 - delivered), "{status}: {report}");
        assert_eq!(peer.seen().len(), 1, "{status}");
        assert!(status == 200 || report.last_problem().unwrap().contains("no such page"), "{report}");
    }
}

#[tokio::test]
async fn an_answer_with_very_many_headers_is_one() {
    let mut taken = answer(200, "");
    for number in 0..500 {
        let name: ::http::HeaderName = format!("x-{number}").parse().unwrap();
        taken.headers_mut().insert(name, "value".parse().unwrap());
    }
    let peer = HttpPeer::start([taken]).await;
    let report = send(peer.address).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!(peer.seen().len(), 1);
}

#[tokio::test]
async fn what_was_taken_is_not_sent_again_because_the_answer_is_cut_or_never_ends() {
    const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab";
    const DENIED: &[u8] = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 5\r\n\r\nab";
    for (bytes, delivered) in [(TAKEN, 2), (DENIED, 0)] {
        for stays_open in [false, true] {
            let (address, requests) = peer(bytes, stays_open).await;
            let report = send(address).await;
            assert_eq!((report.delivered(), report.lost()), (delivered, 2 - delivered), "{stays_open}: {report}");
            assert_eq!(*requests.lock().unwrap(), 1, "{stays_open}: {report}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_one_also_where_a_request_may_take_less_time_than_the_destination_has() {
    let (address, requests) = peer(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", true).await;
    let destination = Destination::otlp(format!("http://{address}"))
        .with_protocol(Protocol::HttpProtobuf)
        .with_timeout(Duration::from_secs(3_600));
    let settings = SinkSettings { export_timeout: Some(Duration::from_secs(1)), ..settings(&SelfReport::default()) };
    let mut sink = Sender::to(destination.prepare().unwrap().unwrap(), &resource(), &settings);
    sink.offer(&span("0"));
    sink.flush(deadline()).await;
    assert!(sink.counts().report().is_complete(), "{}", sink.counts().report());
    assert_eq!(*requests.lock().unwrap(), 1);
}

/// One that answers with these bytes, and then closes the connection or keeps it.
async fn peer(answer: &'static [u8], stays_open: bool) -> (SocketAddr, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::<Mutex<usize>>::default();
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            read_request(&mut connection).await;
            *counted.lock().unwrap() += 1;
            connection.write_all(answer).await.unwrap();
            kept.extend(Some(connection).filter(|_| stays_open));
        }
    });
    (address, requests)
}

async fn read_request(connection: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    connection.read_exact(&mut body).await.unwrap();
}
