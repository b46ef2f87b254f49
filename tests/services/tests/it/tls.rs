//! TLS to a real Collector, by both protocols, with a CA made here.

use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tracing::info_span;
use tracing_genai::{Destination, Protocol};
use tracing_subscriber::layer::SubscriberExt;

use crate::collector::Collector;
use crate::refusals::said_while;

/// A CA, and what it signed, in PEM.
struct Signed {
    ca: String,
    certificate: String,
    key: String,
}

fn signed() -> Signed {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca_params = CertificateParams::new(Vec::<String>::new()).unwrap();
    ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = ca_params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca_params, ca_key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    Signed { ca: ca.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
}

const TLS: &str = "        tls:\n          cert_file: {folder}/server.pem\n          key_file: {folder}/server.key";
const MUTUAL: &str = "        tls:\n          cert_file: {folder}/server.pem\n          key_file: {folder}/server.key\n          client_ca_file: {folder}/ca.pem";

fn delivers(destination: Destination) -> bool {
    let telemetry = tracing_genai::builder("tls").without_env().with_destination(destination).build().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        drop(info_span!("a", span_type = "tool", tool = "t"));
    });
    telemetry.shutdown(Duration::from_secs(10)).is_complete()
}

#[test]
fn spans_arrive_by_tls_with_a_ca_of_ones_own() {
    let signed = signed();
    let files = [("server.pem", signed.certificate.as_str()), ("server.key", signed.key.as_str())];
    let collector = Collector::start("tls", TLS, "", &files);
    for (protocol, port) in [(Protocol::Grpc, collector.grpc), (Protocol::HttpProtobuf, collector.http)] {
        let destination = Destination::otlp(format!("https://localhost:{port}"))
            .with_protocol(protocol)
            .with_ca_certificate(signed.ca.clone());
        assert!(delivers(destination), "{protocol:?}");
    }
}

#[test]
fn a_client_shows_its_certificate_when_it_is_asked() {
    let signed = signed();
    let files = [("server.pem", &*signed.certificate), ("server.key", &*signed.key), ("ca.pem", &*signed.ca)];
    let collector = Collector::start("mtls", MUTUAL, "", &files);
    for (protocol, port) in [(Protocol::Grpc, collector.grpc), (Protocol::HttpProtobuf, collector.http)] {
        let destination = Destination::otlp(format!("https://localhost:{port}"))
            .with_protocol(protocol)
            .with_ca_certificate(signed.ca.clone())
            .with_client_certificate(signed.certificate.clone(), signed.key.clone());
        assert!(delivers(destination), "{protocol:?}");
    }
}

#[test]
fn a_wrong_ca_is_told_with_the_remedy() {
    let (right, wrong) = (signed(), signed());
    let files = [("server.pem", right.certificate.as_str()), ("server.key", right.key.as_str())];
    let collector = Collector::start("wrong-ca", TLS, "", &files);
    for (protocol, port) in [(Protocol::Grpc, collector.grpc), (Protocol::HttpProtobuf, collector.http)] {
        let destination = Destination::otlp(format!("https://localhost:{port}"))
            .with_protocol(protocol)
            .with_ca_certificate(wrong.ca.clone());
        let said = said_while(destination);
        assert!(said.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"), "{protocol:?}: {said}");
    }
}
