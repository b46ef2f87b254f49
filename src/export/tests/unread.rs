//! A peer that takes connections and reads nothing of them, as a process that is stopped does.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{deadline, open, span_of};
use crate::export::destination::{Destination, Protocol};

/// More than the two ends of a connection hold.
const BYTES: usize = 24 << 20;
const ATTEMPTS: usize = 5;

#[tokio::test]
async fn a_connection_that_nobody_reads_does_not_outlive_its_attempt_over_grpc() {
    let settings = [&frame(4, &[0, 4, 0x3f, 0xff, 0xff, 0xff]), &frame(8, &[0x3f, 0xff, 0, 0])];
    no_more_than_two_stay_open(Protocol::Grpc, &settings.map(Vec::as_slice).concat()).await;
}

#[tokio::test]
async fn a_connection_that_nobody_reads_does_not_outlive_its_attempt_over_http() {
    no_more_than_two_stay_open(Protocol::HttpProtobuf, b"").await;
}

/// The peer says `hello` first.
async fn no_more_than_two_stay_open(protocol: Protocol, hello: &[u8]) {
    let listener = listen();
    let address = listener.local_addr().unwrap();
    let destination = Destination::otlp(format!("http://{address}"))
        .with_protocol(protocol)
        .with_max_request_bytes(2 * BYTES)
        .with_timeout(Duration::from_millis(200));
    let mut sink = open(&destination);
    sink.offer(&span_of("0", BYTES));
    tokio::select! {
        () = sink.flush(deadline()) => panic!("nothing was read"),
        _unread = connections(&listener, hello) => assert!(ours(address) <= 2, "{}", ours(address)),
    }
}

async fn connections(listener: &TcpListener, hello: &[u8]) -> Vec<TcpStream> {
    let mut unread = Vec::new();
    for _ in 0..ATTEMPTS {
        let (mut connection, _) = listener.accept().await.unwrap();
        connection.write_all(hello).await.unwrap();
        unread.push(connection);
    }
    unread
}

fn listen() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 << 10).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket.listen(64).unwrap()
}

/// Connections to the peer that a process holds open, as Linux tells them; elsewhere none.
fn ours(peer: SocketAddr) -> usize {
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap_or_default();
    let port = format!(":{:04X}", peer.port());
    let is_held = |line: &&str| {
        let columns: Vec<_> = line.split_whitespace().collect();
        columns[2].ends_with(&port) && columns[9] != "0"
    };
    table.lines().skip(1).filter(is_held).count()
}

/// An HTTP/2 frame of the whole connection: SETTINGS, `WINDOW_UPDATE`.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, 0, 0, 0, 0, 0], payload].concat()
}
