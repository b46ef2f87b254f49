//! gRPC through a proxy that answers by itself, with a status of HTTP and none of gRPC, or cuts what it passes on.

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

/// The frames of an answer to the request of a stream.
type AnswerOf = fn(u32) -> Vec<u8>;

/// What a proxy or the peer behind it answers, and then takes everything.
async fn after(answer: impl FnOnce(u32) -> Vec<u8> + Send + 'static) -> (DestinationReport, usize) {
    let (tell, told) = std::sync::mpsc::channel();
    let mut first = Some(answer);
    let address = peer(move |stream, _| {
        tell.send(()).unwrap();
        first.take().map_or_else(|| taken(stream), |answer| answer(stream))
    });
    let report = send(address.await, 10).await;
    (report, told.try_iter().count())
}

#[tokio::test]
async fn a_proxys_page_for_a_peer_that_is_away_costs_no_span() {
    let statuses = [
        ("421", "check the host in Destination::otlp"),
        ("429", ""),
        ("502", ""),
        ("503", ""),
        ("504", ""),
        ("511", "wants a login"),
        ("522", ""),
    ];
    for (status, remedy) in statuses {
        let page = move |stream| {
            let head = frame(HEADERS, END_HEADERS, stream, &fields(status, "text/html", &[]));
            [head, frame(DATA, END_STREAM, stream, b"<html>Service Unavailable</html>")].concat()
        };
        let (report, requests) = after(page).await;
        assert!(report.is_complete() && requests == 2, "{status}: {report}, {requests} requests");
        assert!(report.last_problem().unwrap().contains(remedy), "{report}");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_is_none_and_the_spans_are_sent_again() {
    let head = |stream| frame(HEADERS, END_HEADERS, stream, &fields("200", GRPC, &[]));
    let reset = |stream, reason: u32| frame(RST_STREAM, 0, stream, &reason.to_be_bytes());
    let mut answers: Vec<Box<dyn FnOnce(u32) -> Vec<u8> + Send>> = vec![Box::new(|_| frame(GOAWAY, 0, 0, &[0; 8]))];
    for reason in 0..14 {
        answers.push(Box::new(move |stream| reset(stream, reason)));
        answers.push(Box::new(move |stream| [head(stream), reset(stream, reason)].concat()));
    }
    for part in [&[][..], &[0, 0], &[0, 0, 0, 0, 9, 1]] {
        answers.push(Box::new(move |stream| [head(stream), frame(DATA, END_STREAM, stream, part)].concat()));
    }
    let sent = futures_util::future::join_all(answers.into_iter().map(after)).await;
    for (number, (report, requests)) in sent.iter().enumerate() {
        assert!(report.is_complete() && *requests == 2, "{number}: {report}, {requests} requests");
        assert!(report.last_problem().is_some(), "{number}: what a peer may have had is not doubled without a word");
    }
}

#[tokio::test]
async fn a_connection_that_ends_just_as_the_next_request_comes_is_no_trouble_over_grpc() {
    let ends: [(&str, AnswerOf); 3] = [
        ("with nothing of it seen", |_| frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0])),
        ("with it refused", |stream| frame(RST_STREAM, 0, stream, &[0, 0, 0, 7])),
        ("without a word", |_| Vec::new()),
    ];
    for (how, ends) in ends {
        let (report, requests) = at_the_second(ends).await;
        assert!(report.is_complete() && report.last_problem().is_none(), "{how}: {report}");
        assert_eq!(requests, 3, "{how}");
    }
    let cut = |stream| {
        [frame(HEADERS, END_HEADERS, stream, &fields("200", GRPC, &[])), frame(RST_STREAM, 0, stream, &[0; 4])].concat()
    };
    let (report, requests) = at_the_second(cut).await;
    assert!(report.is_complete() && report.last_problem().is_some(), "in the midst of an answer: {report}");
    assert_eq!(requests, 3);
}

/// What becomes of two requests, one after the other, where the second is answered so, and all others are taken.
async fn at_the_second(answer: AnswerOf) -> (DestinationReport, usize) {
    let (tell, told) = std::sync::mpsc::channel();
    let mut requests = 0;
    let address = peer(move |stream, _| {
        tell.send(()).unwrap();
        requests += 1;
        if requests == 2 { answer(stream) } else { taken(stream) }
    });
    let mut sink = open(&Destination::otlp(format!("http://{}", address.await)).with_protocol(Protocol::Grpc));
    for name in ["0", "1"] {
        sink.offer(&span_of(name, 10));
        sink.flush(deadline()).await;
    }
    (sink.counts().report(), told.try_iter().count())
}

#[tokio::test]
async fn what_was_taken_is_not_sent_again_however_it_is_said() {
    let answers: [(&str, AnswerOf); 4] = [
        ("without a status", |stream| {
            let head = frame(HEADERS, END_HEADERS, stream, &fields("200", GRPC, &[]));
            [head, frame(DATA, END_STREAM, stream, &[0; 5])].concat()
        }),
        ("compressed, though nobody asked", |stream| {
            answered(stream, &[("grpc-encoding", "gzip")], 1, b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0")
        }),
        ("compressed as nobody knows", |stream| answered(stream, &[("grpc-encoding", "lzma")], 1, b"?")),
        ("before a connection that ends in good order", |stream| {
            [frame(GOAWAY, 0, 0, &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]), taken(stream)].concat()
        }),
    ];
    for (how, answer) in answers {
        let (report, requests) = after(answer).await;
        assert!(report.is_complete() && requests == 1, "{how}: {report}, {requests} requests");
    }
}

#[tokio::test]
async fn a_status_counts_also_where_its_words_or_details_cannot_be_read() {
    let broken = [("grpc-message", "nicht verf\u{fc}gbar %fc%zz"), ("grpc-status-details-bin", "?!")];
    for field in broken {
        let fields = move || fields("200", GRPC, &[("grpc-status", "14"), field]);
        let (report, requests) = after(move |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, &fields())).await;
        assert!(report.is_complete() && requests == 2, "{field:?}: {report}, {requests} requests");
    }
}

#[tokio::test]
async fn what_is_no_peer_for_grpc_is_said_with_the_remedy() {
    for (status, content_type) in [
        ("200", "text/html"),
        ("200", "application/json"),
        ("204", "-"),
        ("302", "text/html"),
        ("404", "-"),
        ("415", "-"),
    ] {
        let answer = move |stream| {
            let head = frame(HEADERS, END_HEADERS, stream, &fields(status, content_type, &[]));
            [head, frame(DATA, END_STREAM, stream, b"<html>Welcome</html>")].concat()
        };
        let (report, requests) = after(answer).await;
        assert_eq!((report.delivered(), report.lost(), requests), (0, 2, 1), "{status}: {report}");
        let problem = report.last_problem().unwrap();
        assert!(problem.contains("in Destination::otlp") && problem.contains(status), "{problem}");
    }
}

/// Takes requests of so many bytes if `takes` says so, and answers others with this status alone: 200 is gRPC's 0 then.
async fn proxy(status: u16, mut takes: impl FnMut(usize) -> bool + Send + 'static) -> SocketAddr {
    peer(move |stream, bytes| {
        if takes(bytes) {
            return taken(stream);
        }
        let ok = [("grpc-status", "0")];
        let fields = fields(&status.to_string(), GRPC, if status == 200 { &ok } else { &[] });
        frame(HEADERS, END_HEADERS | END_STREAM, stream, &fields)
    })
    .await
}

/// One that gives the frames that `answer` makes of a request's stream and its bytes; it hangs up where there are none.
async fn peer(mut answer: impl FnMut(u32, usize) -> Vec<u8> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            // Until it is closed.
            let _ = serve(connection, &mut answer).await;
        }
    });
    address
}

const GRPC: &str = "application/grpc";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const END_HEADERS: u8 = 4;
const END_STREAM: u8 = 1;

async fn serve(
    mut connection: TcpStream,
    answer: &mut (dyn FnMut(u32, usize) -> Vec<u8> + Send),
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
            let frames = answer(stream, std::mem::take(&mut came));
            if frames.is_empty() {
                return Ok(());
            }
            connection.write_all(&frames).await?;
        }
    }
}

fn taken(stream: u32) -> Vec<u8> {
    answered(stream, &[], 0, &[])
}

/// A message between head and status.
fn answered(stream: u32, more: &[(&str, &str)], compressed: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let message = [&[compressed], &length[..], message].concat();
    let mut frames = frame(HEADERS, END_HEADERS, stream, &fields("200", GRPC, more));
    frames.extend(frame(DATA, 0, stream, &message));
    frames.extend(frame(HEADERS, END_HEADERS | END_STREAM, stream, &spelled_out("grpc-status", "0")));
    frames
}

/// In HPACK: `:status` and `content-type` by the places of their names in its table, the others spelled out.
fn fields(status: &str, content_type: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let length = |value: &str| u8::try_from(value.len()).unwrap();
    let mut fields =
        [&[0x08, 3], status.as_bytes(), &[0x0f, 16, length(content_type)], content_type.as_bytes()].concat();
    fields.extend(more.iter().flat_map(|(name, value)| spelled_out(name, value)));
    fields
}

fn spelled_out(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
