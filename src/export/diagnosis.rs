//! Why a peer was not reached, in words that name the remedy.

use std::error::Error;
use std::io;

use super::connect::ProxyError;
use super::heard::Heard;
use super::outcome::Outcome;
use super::words::shown;

/// A failure below the protocol. It is tried again: peers restart, certificates are renewed.
pub(crate) fn unreachable(error: &(dyn Error + 'static), heard: &Heard) -> Outcome {
    let words = shown(&with_causes(error));
    let remedy = match words.split_once(ALERT) {
        Some((_, alert)) => alert_remedy(alert),
        // Where a proxy is away, its own words name its variables.
        None => {
            causes(error).take_while(|cause| !cause.is::<ProxyError>()).find_map(remedy).or_else(|| heard.silence())
        }
    };
    let message = match remedy {
        Some(remedy) => format!("{words}; {remedy}"),
        None => words,
    };
    // What breaks again and again may break for what is in it: not every peer says so before it hangs up.
    if heard.is_connected() { Outcome::Broken { message } } else { Outcome::Retry { after: None, message } }
}

/// An error with its causes, each said once.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut words = String::new();
    for cause in causes(error) {
        let text = cause.to_string();
        if !words.contains(&text) {
            if !words.is_empty() {
                words.push_str(": ");
            }
            words.push_str(&text);
        }
    }
    words
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An I/O error gives as its source the source of what it holds, and so hides that.
        let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        held.map(|held| held as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

fn remedy(error: &(dyn Error + 'static)) -> Option<&'static str> {
    #[cfg(feature = "tls")]
    if let Some(error) = error.downcast_ref::<tokio_rustls::rustls::Error>() {
        return tls_remedy(error);
    }
    // Hyper's, whose type is its own.
    if error.to_string() == "dns error" {
        return Some("no host of that name is known: check it in <endpoint>");
    }
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(
            "nothing listens there: start the Collector or backend, or check host and port in \
             <endpoint>",
        ),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::TimedOut => {
            Some("no way leads there: check host and port in <endpoint>, and the network")
        }
        _ => None,
    }
}

/// What rustls says before the name of a peer's alert.
const ALERT: &str = "received fatal alert: ";

/// By words, since HTTP/2 keeps no more than those of what happens after the handshake.
fn alert_remedy(alert: &str) -> Option<&'static str> {
    match alert.split(|letter: char| !letter.is_alphanumeric()).next()? {
        "NoApplicationProtocol" => Some(
            "the peer does not speak this protocol at this port: choose the other one \
             (OTEL_EXPORTER_OTLP_PROTOCOL or Destination::with_protocol), or the other port",
        ),
        "CertificateRequired"
        | "BadCertificate"
        | "UnsupportedCertificate"
        | "UnknownCA"
        | "CertificateUnknown"
        | "AccessDenied"
        | "DecryptError"
        | "HandshakeFailure" => Some(
            "the peer wants a client certificate that it trusts: set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and \
             OTEL_EXPORTER_OTLP_CLIENT_KEY, or Destination::with_client_certificate",
        ),
        "CertificateExpired" | "CertificateRevoked" => Some(
            "the client certificate must be renewed (OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE or \
             Destination::with_client_certificate; files are read when telemetry is built)",
        ),
        "ProtocolVersion" => Some("the peer must speak TLS 1.2 or 1.3"),
        _ => None,
    }
}

#[cfg(feature = "tls")]
fn tls_remedy(error: &tokio_rustls::rustls::Error) -> Option<&'static str> {
    use tokio_rustls::rustls::{CertificateError, Error};

    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => Some(
            "the CA that signed the peer's certificate is not trusted here: set OTEL_EXPORTER_OTLP_CERTIFICATE or \
             Destination::with_ca_certificate to that CA's PEM",
        ),
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Some("the certificate is for another name: write that name in <endpoint>"),
        Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Some("the peer's certificate must be renewed, or this machine's clock is wrong"),
        // Of its other words only this one is met: what `openssl req -x509` makes is a CA's.
        Error::InvalidCertificate(CertificateError::Other(other)) if other.to_string() == "CaUsedAsEndEntity" => Some(
            "the peer shows a CA's certificate as its own: give it one that is none (basicConstraints=CA:FALSE), by that \
             CA or signed by itself",
        ),
        Error::InvalidMessage(_) => {
            Some("the peer does not speak TLS at this port: write http:// in <endpoint>, or take its TLS port")
        }
        _ => None,
    }
}
