//! OTLP over HTTP through what stands between: load balancers, proxies and gateways, which end connections as they like,
//! answer before they have read, and speak for the peer. Written byte for byte.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{deadline, open, span_of};
use crate::export::destination::{Destination, Protocol};
use crate::export::loss::LossReason;
use crate::export::report::DestinationReport;

const TAKEN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// What is done with a request.
#[derive(Clone, Copy)]
enum Deed {
    Answer(&'static str),
    LastAnswer(&'static str),
    /// Without a word, in good order or not.
    Close,
    Reset,
    /// Long after the request came.
    CloseLate,
    /// When its head has come, and then neither read nor written.
    AnswerAtOnceAndReset(&'static str),
}

/// Which connection each request came by, in their order.
type Log = Arc<Mutex<Vec<usize>>>;

/// Does `deeds` in order, whichever connection requests come by, and takes everything afterwards.
async fn peer(deeds: &[Deed]) -> (SocketAddr, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Log::default();
    let (deeds, seen) = (Arc::new(deeds.to_vec()), Arc::clone(&log));
    tokio::spawn(async move {
        for number in 0.. {
            let (connection, _) = listener.accept().await.unwrap();
            let (deeds, seen) = (Arc::clone(&deeds), Arc::clone(&seen));
            tokio::spawn(async move {
                // Until one of both has closed it.
                let _ = serve(connection, number, &deeds, &seen).await;
            });
        }
    });
    (address, log)
}

async fn serve(mut connection: TcpStream, number: usize, deeds: &[Deed], seen: &Log) -> io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await?);
        }
        let deed = {
            let mut seen = seen.lock().unwrap();
            seen.push(number);
            deeds.get(seen.len() - 1).copied().unwrap_or(Deed::Answer(TAKEN))
        };
        if let Deed::AnswerAtOnceAndReset(answer) = deed {
            connection.write_all(answer.as_bytes()).await?;
            return connection.set_zero_linger();
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        connection.read_exact(&mut vec![0; length]).await?;
        match deed {
            Deed::Answer(answer) => connection.write_all(answer.as_bytes()).await?,
            Deed::LastAnswer(answer) => return connection.write_all(answer.as_bytes()).await,
            Deed::Close => return Ok(()),
            Deed::CloseLate => {
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(2)).await;
                tokio::time::resume();
                return Ok(());
            }
            Deed::Reset | Deed::AnswerAtOnceAndReset(_) => return connection.set_zero_linger(),
        }
    }
}

/// Sends `requests` requests of one span each, one after another.
async fn send(deeds: &[Deed], requests: usize, bytes: usize) -> (DestinationReport, Vec<usize>) {
    let (address, log) = peer(deeds).await;
    let destination = Destination::otlp(format!("http://{address}")).with_protocol(Protocol::HttpProtobuf);
    let mut sink = open(&destination);
    for number in 0..requests {
        sink.offer(&span_of(&number.to_string(), bytes));
        sink.flush(deadline()).await;
    }
    let seen = log.lock().unwrap().clone();
    (sink.counts().report(), seen)
}

#[tokio::test]
async fn a_connection_that_ends_just_as_the_next_request_comes_is_no_trouble() {
    for ends in [Deed::Close, Deed::Reset] {
        let (report, seen) = send(&[Deed::Answer(TAKEN), ends], 2, 10).await;
        assert!(report.is_complete(), "{report}");
        assert_eq!((report.last_problem(), seen), (None, vec![0, 0, 1]), "sent at once, by a new one");
    }
    // One that was never of use is, and one on which the request was long.
    for deeds in [&[Deed::Close][..], &[Deed::Answer(TAKEN), Deed::CloseLate]] {
        let (report, seen) = send(deeds, deeds.len(), 10).await;
        assert!(report.is_complete() && report.last_problem().is_some(), "{report}");
        assert_eq!(seen.len(), deeds.len() + 1);
    }
}

#[tokio::test]
async fn what_may_be_taken_later_or_elsewhere_is_sent_again_by_a_new_connection() {
    const ANSWERS: [&str; 7] = [
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 425 Too Early\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 511 Network Authentication Required\r\nContent-Length: 6\r\n\r\n<html>",
        "HTTP/1.1 522 \r\nContent-Length: 6\r\n\r\n<html>",
    ];
    for answer in ANSWERS {
        let (report, seen) = send(&[Deed::Answer(answer)], 1, 10).await;
        assert!(report.is_complete(), "{answer}: {report}");
        assert_eq!(seen, [0, 1], "{answer}");
    }
}

#[tokio::test]
async fn what_the_account_or_the_address_is_to_blame_for_is_said_with_the_remedy() {
    for (answer, remedy) in [
        ("HTTP/1.1 402 Payment Required\r\nContent-Length: 0\r\n\r\n", "check the plan"),
        (
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
            "write https:// in Destination::otlp",
        ),
        ("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", "check the path in Destination::otlp"),
    ] {
        let (report, seen) = send(&[Deed::LastAnswer(answer)], 1, 10).await;
        assert_eq!((report.lost_by(LossReason::Refused), seen.len()), (1, 1), "{report}");
        assert!(report.last_problem().unwrap().contains(remedy), "{report}");
    }
}

#[tokio::test]
async fn an_answer_is_one_however_it_comes() {
    for answer in [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 202 Accepted\r\n\
         Content-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (report, seen) = send(&[Deed::Answer(answer)], 2, 10).await;
        assert!(report.is_complete() && report.last_problem().is_none(), "{answer}: {report}");
        assert_eq!(seen.len(), 2, "{answer}");
    }
}

#[tokio::test]
async fn a_web_page_is_no_answer_whatever_it_says_to_be() {
    for page in [
        "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n\u{feff}\r\n<!DOCTYP",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\nPlease log in to go on",
        "HTTP/1.1 200 OK\r\nContent-Type: application/xhtml+xml\r\nContent-Length: 8\r\n\r\n<?xml ?>",
        "HTTP/1.1 203 Fine\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n<html>",
    ] {
        let (report, _) = send(&[Deed::Answer(page)], 1, 10).await;
        assert_eq!((report.delivered(), report.lost_by(LossReason::Refused)), (0, 1), "{page}: {report}");
        assert!(report.last_problem().unwrap().contains("web page"), "{report}");
    }
}

#[tokio::test]
async fn a_refusal_before_the_request_was_read_counts_though_the_connection_breaks() {
    let refusal = Deed::AnswerAtOnceAndReset("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    let (report, _) = send(&[refusal], 1, 3_000_000).await;
    assert!(report.is_complete(), "{report}");
    assert!(report.last_problem().unwrap().contains("was cut to"), "{report}");
}
