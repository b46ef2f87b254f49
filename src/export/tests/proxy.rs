//! Proxies, by the environment's variables.

use hyper_util::client::proxy::matcher::Matcher;
use tokio::net::TcpListener;

use super::http_peer::HttpPeer;
use super::{deadline, names, open_prepared, span};
use crate::export::destination::Destination;
use crate::export::prepared::Prepared;
use crate::export::proxy::Route;
use crate::self_report::SelfReport;

fn prepared(destination: &Destination, proxies: &Matcher) -> Prepared {
    let mut prepared = destination.prepare().unwrap().unwrap();
    let target = &mut prepared.target;
    target.route = Route::by(proxies, &target.endpoint.uri, target.wire);
    prepared
}

async fn deliver(prepared: Prepared) {
    let mut sink = open_prepared(prepared, &SelfReport::default());
    sink.offer(&span("a"));
    sink.flush(deadline()).await;
    assert!(sink.counts().report().is_complete(), "{}", sink.counts().report());
}

#[tokio::test]
async fn plain_http_is_forwarded_by_the_proxy() {
    let proxy = HttpPeer::start([]).await;
    let proxies = Matcher::builder().http(format!("http://me:secret@{}", proxy.address)).build();
    deliver(prepared(&Destination::otlp("http://collector.test:4318"), &proxies)).await;
    let [seen] = &proxy.seen()[..] else { panic!("one request") };
    assert_eq!(seen.target, "http://collector.test:4318/v1/traces");
    assert_eq!(seen.headers["proxy-authorization"], "Basic bWU6c2VjcmV0");
    assert_eq!(names(&seen.body), ["a"]);
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn grpc_goes_through_a_tunnel() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
    use tokio::net::{TcpListener, TcpStream};

    let peer = super::grpc_peer::GrpcPeer::start([]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxies = Matcher::builder().all(format!("http://{}", listener.local_addr().unwrap())).build();
    let proxy = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(client.read_u8().await.unwrap());
        }
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut upstream = TcpStream::connect(peer.address).await.unwrap();
        tokio::spawn(async move { copy_bidirectional(&mut client, &mut upstream).await });
        (String::from_utf8(asked).unwrap(), peer)
    });
    deliver(prepared(&Destination::otlp("http://collector.test:4317"), &proxies)).await;
    let (asked, peer) = proxy.await.unwrap();
    assert!(asked.starts_with("CONNECT collector.test:4317 HTTP/1.1\r\n"), "{asked}");
    assert_eq!(peer.names(), ["a"]);
}

#[test]
fn hosts_are_left_out_by_no_proxy_and_what_runs_beside_us_always() {
    let proxies = Matcher::builder()
        .all("http://proxy.test:3128")
        .no("collector.test, *.inside.test,.dotted.test,10.0.0.0/8,fd00::/8,ported.test:4317,*.star.test:4317,192.0.2.7:4317")
        .build();
    for (endpoint, direct) in [
        ("http://collector.test:4318", true),
        ("http://eu.collector.test:4318", true),
        ("http://eu.west.inside.test:4318", true),
        ("https://eu.inside.test:4317", true),
        ("http://eu.dotted.test:4318", true),
        ("http://10.1.2.3:4318", true),
        ("http://[fd00::7]:4318", true),
        ("http://localhost:4318", true),
        ("http://127.0.0.1:4318", true),
        ("http://[::1]:4318", true),
        ("http://ported.test:4317", true),
        ("http://eu.ported.test:4317", true),
        ("http://eu.star.test:4317", true),
        ("http://192.0.2.7:4317", true),
        ("http://ported.test:4318", false),
        ("http://notported.test:4317", false),
        ("http://eu.star.test:4318", false),
        ("http://192.0.2.8:4317", false),
        ("http://other.test:4318", false),
        ("http://notinside.test:4318", false),
        ("http://11.1.2.3:4318", false),
        ("http://[fe00::7]:4318", false),
    ] {
        let route = prepared(&Destination::otlp(endpoint), &proxies).target.route;
        assert_eq!(matches!(route, Route::Direct), direct, "{endpoint}");
    }
}

#[tokio::test]
async fn a_proxy_that_cannot_be_spoken_to_is_named() {
    let away = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    for (scheme, proxy) in [("socks5", "proxy.test:1080"), ("http", away.as_str())] {
        let proxies = Matcher::builder().all(format!("{scheme}://{proxy}")).build();
        let problem = problem_through(&proxies, "http://collector.test:4318").await;
        assert!(problem.contains(proxy) && problem.contains("NO_PROXY"), "{problem}");
        assert!(!problem.contains("Destination::otlp"), "the endpoint is right: {problem}");
    }
}

#[tokio::test]
async fn what_a_proxy_says_to_a_tunnel_is_told() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    for (answer, told) in [
        (&b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n<html>"[..], "write user and password into its URL"),
        (b"HTTP/1.1 403 Not For You\r\nContent-Length: 0\r\n\r\n", "403 Not For You"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxies = Matcher::builder().all(format!("http://{}", listener.local_addr().unwrap())).build();
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let _ = client.read_buf(&mut Vec::new()).await;
                client.write_all(answer).await.unwrap();
            }
        });
        let problem = problem_through(&proxies, "https://collector.test").await;
        assert!(problem.contains(told) && problem.contains("NO_PROXY"), "{problem}");
    }
}

/// What is said of a way on which nothing arrives.
async fn problem_through(proxies: &Matcher, endpoint: &str) -> String {
    let mut warnings = super::warnings::Warnings::new();
    let mut sink = open_prepared(prepared(&Destination::otlp(endpoint), proxies), &warnings.report);
    sink.offer(&span("a"));
    tokio::select! {
        () = sink.flush(deadline()) => panic!("there is no way"),
        warning = warnings.next() => warning,
    }
}
