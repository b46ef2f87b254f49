//! TLS to real servers, with certificates made in the test.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use super::certificates::Ca;
use super::grpc_peer::GrpcPeer;
use super::{deadline, open, problem_of, span};
use crate::export::destination::{Destination, Protocol, Setting};

async fn peer(ca: &Ca, name: &str, client_ca: Option<&Ca>) -> GrpcPeer {
    let (certificate, key) = ca.issue(name);
    let mut tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
    if let Some(client_ca) = client_ca {
        tls = tls.client_ca_root(Certificate::from_pem(client_ca.pem()));
    }
    GrpcPeer::at("127.0.0.1:0", [], Some(tls)).await
}

fn destination(peer: &GrpcPeer) -> Destination {
    Destination::otlp(format!("https://localhost:{}", peer.address.port())).with_protocol(Protocol::Grpc)
}

async fn delivers(destination: &Destination) {
    let mut sink = open(destination);
    sink.offer(&span("a"));
    sink.flush(deadline()).await;
    assert!(sink.counts().report().is_complete(), "{}", sink.counts().report());
}

#[tokio::test]
async fn an_own_ca_is_trusted() {
    let ca = Ca::new();
    let peer = peer(&ca, "localhost", None).await;
    delivers(&destination(&peer).with_ca_certificate(ca.pem())).await;
    assert_eq!(peer.names(), ["a"]);
}

#[tokio::test]
async fn an_address_in_place_of_a_name_is_verified_too() {
    let ca = Ca::new();
    let peer = peer(&ca, "127.0.0.1", None).await;
    let destination = Destination::otlp(format!("https://{}", peer.address)).with_protocol(Protocol::Grpc);
    delivers(&destination.with_ca_certificate(ca.pem())).await;
}

#[tokio::test]
async fn a_handshake_that_nobody_answers_is_said_as_such_and_not_as_a_slow_answer() {
    // Accepted by the kernel, never served.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let destination = Destination::otlp(format!("https://{}", listener.local_addr().unwrap()))
            .with_protocol(protocol)
            .with_ca_certificate(Ca::new().pem())
            .with_timeout(Duration::from_millis(200));
        let problem = problem_of(&destination).await;
        assert!(problem.contains("no connection within") && problem.contains("check host and port"), "{problem}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let (ca, client_ca) = (Ca::new(), Ca::new());
    let peer = peer(&ca, "localhost", Some(&client_ca)).await;
    let (certificate, key) = client_ca.issue("agent");
    let destination = destination(&peer).with_ca_certificate(ca.pem());
    delivers(&destination.clone().with_client_certificate(certificate, key)).await;

    let problem = problem_of(&destination).await;
    assert!(problem.contains("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"), "{problem}");
}

#[tokio::test]
async fn a_ca_that_is_not_trusted_is_said_with_the_remedy() {
    let peer = peer(&Ca::new(), "localhost", None).await;
    for destination in [destination(&peer), destination(&peer).with_ca_certificate(Ca::new().pem())] {
        let problem = problem_of(&destination).await;
        assert!(problem.contains("set OTEL_EXPORTER_OTLP_CERTIFICATE"), "{problem}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_said_with_the_remedy() {
    let ca = Ca::new();
    let peer = peer(&ca, "elsewhere.test", None).await;
    let problem = problem_of(&destination(&peer).with_ca_certificate(ca.pem())).await;
    assert!(problem.contains("for another name"), "{problem}");
}

#[tokio::test]
async fn a_certificate_that_cannot_hold_is_said_with_the_remedy() {
    let ca = Ca::new();
    let of_years = |from, to| {
        ca.issue_with("localhost", |params| {
            (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        })
    };
    let of_a_ca = ca.issue_with("localhost", |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    for ((certificate, key), remedy) in [
        (of_years(2000, 2001), "must be renewed"),
        (of_years(2990, 2991), "clock is wrong"),
        (of_a_ca, "basicConstraints=CA:FALSE"),
    ] {
        let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
        let peer = GrpcPeer::at("127.0.0.1:0", [], Some(tls)).await;
        let problem = problem_of(&destination(&peer).with_ca_certificate(ca.pem())).await;
        assert!(problem.contains(remedy), "{problem}");
    }
}

#[tokio::test]
async fn a_client_certificate_that_the_peer_does_not_take_is_said_with_the_remedy() {
    let (ca, client_ca) = (Ca::new(), Ca::new());
    let peer = peer(&ca, "localhost", Some(&client_ca)).await;
    let expired = client_ca.issue_with("agent", |params| params.not_after = date_time_ymd(2001, 1, 1));
    for ((certificate, key), remedy) in [(Ca::new().issue("agent"), "that it trusts"), (expired, "must be renewed")] {
        let destination = destination(&peer).with_ca_certificate(ca.pem()).with_client_certificate(certificate, key);
        let problem = problem_of(&destination).await;
        assert!(problem.contains(remedy) && problem.contains("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"), "{problem}");
        assert!(!problem.contains("hung up"), "{problem}");
    }
}

async fn hang_up_always(listener: &TcpListener) -> ! {
    loop {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut hello = [0; 1 << 14];
        assert_ne!(connection.read(&mut hello).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_peer_that_hangs_up_on_the_handshake_is_said_with_the_remedy() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let destination = Destination::otlp(format!("https://{}", listener.local_addr().unwrap()));
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let destination = destination.clone().with_protocol(protocol);
        let problem = tokio::select! {
            problem = problem_of(&destination) => problem,
            never = hang_up_always(&listener) => never,
        };
        assert!(problem.contains("hung up") && problem.contains("http:// or https://"), "{problem}");
    }
}

#[tokio::test]
async fn https_to_a_plain_port_is_said_with_the_remedy() {
    let peer = super::http_peer::HttpPeer::start([]).await;
    let problem = problem_of(&Destination::otlp(format!("https://{}", peer.address))).await;
    assert!(problem.contains("write http://"), "{problem}");
}

#[tokio::test]
async fn http_to_a_tls_port_is_said_with_the_remedy() {
    let peer = peer(&Ca::new(), "localhost", None).await;
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let destination = Destination::otlp(format!("http://{}", peer.address)).with_protocol(protocol);
        let problem = problem_of(&destination).await;
        assert!(problem.contains("write https://"), "{problem}");
    }
}

#[tokio::test]
async fn http_to_a_grpc_tls_port_is_said_with_the_remedy() {
    let ca = Ca::new();
    let peer = peer(&ca, "localhost", None).await;
    let destination = destination(&peer).with_protocol(Protocol::HttpProtobuf).with_ca_certificate(ca.pem());
    let problem = problem_of(&destination).await;
    assert!(problem.contains("OTEL_EXPORTER_OTLP_PROTOCOL"), "{problem}");
}

#[tokio::test]
async fn a_connection_that_hangs_is_given_up_for_a_new_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let destination = Destination::otlp(format!("https://{address}"))
            .with_protocol(protocol)
            .with_ca_certificate(Ca::new().pem())
            .with_timeout(Duration::from_millis(20));
        let mut sink = open(&destination);
        sink.offer(&span("a"));
        // Nobody answers the handshake of the first; both are kept open.
        let connections = async { (listener.accept().await.unwrap(), listener.accept().await.unwrap()) };
        tokio::select! {
            () = sink.flush(deadline()) => panic!("nothing to flush to"),
            _ = connections => {}
        }
    }
}

#[tokio::test]
async fn a_connection_is_closed_in_good_order_at_the_end() {
    let ca = Ca::new();
    let (certificate, key) = ca.issue("localhost");
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let destination = Destination::otlp(format!("https://localhost:{}", listener.local_addr().unwrap().port()))
        .with_protocol(Protocol::HttpProtobuf)
        .with_ca_certificate(ca.pem());
    let mut sink = open(&destination);
    sink.offer(&span("a"));
    let serve = async {
        let (connection, _) = listener.accept().await.unwrap();
        let mut connection = acceptor.accept(connection).await.unwrap();
        let mut request = vec![0; 1 << 20];
        assert_ne!(connection.read(&mut request).await.unwrap(), 0);
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        // The rest of the request, if it came in two, and the end.
        loop {
            match connection.read(&mut request).await {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    };
    let (closed, ()) = tokio::join!(serve, sink.shutdown(deadline()));
    closed.unwrap();
}

#[test]
fn what_is_no_certificate_or_no_key_is_refused_when_built() {
    let (ca, other) = (Ca::new(), Ca::new());
    let (certificate, key) = ca.issue("agent");
    let (_, foreign_key) = other.issue("agent");
    let https = || Destination::otlp("https://localhost:4318");
    for (destination, setting) in [
        (https().with_ca_certificate("nonsense"), Setting::CaCertificate),
        (https().with_ca_certificate(""), Setting::CaCertificate),
        (https().with_ca_certificate(key.clone()), Setting::CaCertificate),
        (https().with_client_certificate("", key.clone()), Setting::ClientCertificate),
        (https().with_client_certificate(certificate.clone(), "nonsense"), Setting::ClientKey),
        (https().with_client_certificate(certificate.clone(), foreign_key), Setting::ClientKey),
    ] {
        let error = destination.prepare().unwrap_err();
        assert_eq!(error.setting, setting, "{error}");
        assert!(error.expected.contains("PEM"), "{error}");
    }
    assert!(https().with_client_certificate(certificate, key).prepare().is_ok());
}
