//! gRPC through a proxy that answers by itself, with a status of HTTP and none of gRPC.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{deadline, open, span_of};
use crate::export::destination::{Destination, Protocol};
use crate::export::report::DestinationReport;

/// Sends two spans in one request.
async fn send(address: SocketAddr, bytes: usize) -> DestinationReport {
    let mut sink = open(&Destination::otlp(format!("http://{address}")).with_protocol(Protocol::Grpc));
    sink.offer(&span_of("0", bytes));
    sink.offer(&span_of("1", 10));
    sink.flush(deadline()).await;
    sink.counts().report()
}

#[tokio::test]
async fn a_span_that_a_proxy_finds_too_large_arrives_without_its_content() {
    let address = proxy(413, |bytes| bytes < 100_000).await;
    let report = send(address, 300_000).await;
    assert!(report.is_complete(), "{report}");
    assert!(report.last_problem().unwrap().contains("was cut to"), "{report}");
}

#[tokio::test]
async fn a_span_for_which_a_proxy_had_no_time_is_sent_again() {
    let mut is_first = true;
    let address = proxy(408, move |_| !std::mem::take(&mut is_first)).await;
    let report = send(address, 10).await;
    assert!(report.is_complete(), "{report}");
}

#[tokio::test]
async fn what_a_peer_says_to_have_taken_without_an_answer_of_otlp_is_not_sent_again() {
    let (tell, told) = std::sync::mpsc::channel();
    let address = proxy(200, move |_| tell.send(()).is_err()).await;
    let report = send(address, 10).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!(told.try_iter().count(), 1);
}

/// Takes requests of so many bytes if `takes` says so, and answers others with this status alone: 200 is gRPC's 0 then.
async fn proxy(status: u16, mut takes: impl FnMut(usize) -> bool + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            // Until it is closed.
            let _ = serve(connection, status, &mut takes).await;
        }
    });
    address
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;
const END_HEADERS: u8 = 4;
const END_STREAM: u8 = 1;

async fn serve(
    mut connection: TcpStream,
    status: u16,
    takes: &mut (dyn FnMut(usize) -> bool + Send),
) -> std::io::Result<()> {
    let mut preface = [0; 24];
    connection.read_exact(&mut preface).await?;
    connection.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    let mut came = 0;
    loop {
        let mut head = [0; 9];
        connection.read_exact(&mut head).await?;
        let [high, middle, low, kind, flags, stream @ ..] = head;
        let stream = u32::from_be_bytes(stream);
        let mut payload = vec![0; usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low)];
        connection.read_exact(&mut payload).await?;
        if kind == DATA && !payload.is_empty() {
            came += payload.len();
            let room = u32::try_from(payload.len()).unwrap().to_be_bytes();
            for stream in [0, stream] {
                connection.write_all(&frame(WINDOW_UPDATE, 0, stream, &room)).await?;
            }
        }
        if kind == DATA && flags & END_STREAM != 0 {
            let is_taken = takes(std::mem::take(&mut came));
            let status = if is_taken { 200 } else { status };
            // In HPACK: `:status` and `content-type` by the places of their names in its table, the others spelled out.
            let mut fields = [&[0x08, 3], status.to_string().as_bytes()].concat();
            if status == 200 {
                fields.extend([&[0x0f, 16, 16], &b"application/grpc"[..]].concat());
            }
            if is_taken {
                connection.write_all(&frame(HEADERS, END_HEADERS, stream, &fields)).await?;
                connection.write_all(&frame(DATA, 0, stream, &[0; 5])).await?;
                fields.clear();
            }
            if status == 200 {
                fields.extend([&[0, 11], &b"grpc-status"[..], &[1], b"0"].concat());
            }
            connection.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, stream, &fields)).await?;
        }
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
