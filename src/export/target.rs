//! An OTLP destination that was checked: everything that a transport needs to start.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue};

#[cfg(feature = "grpc")]
use super::destination::Signal;
use super::destination::{Compression, DestinationError, Otlp, Protocol, Setting, shown_header};
use super::endpoint::Endpoint;
use super::limits::SpanLimits;
use super::protocol::Wire;
use super::proxy::Route;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::dialect::Dialect;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// For a timeout that is no time at all, such as `Duration::MAX`, which gRPC cannot write in a header.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 3_600);
/// Below the 4 MiB that gRPC peers take by default, with room for what a proxy adds.
const DEFAULT_MAX_REQUEST_BYTES: usize = 7 << 19;

pub(crate) struct Target {
    pub(crate) endpoint: Endpoint,
    /// The variable or method that named it.
    pub(crate) named_by: Cow<'static, str>,
    pub(crate) wire: Wire,
    #[cfg(feature = "grpc")]
    pub(crate) signal: Signal,
    pub(crate) route: Route,
    /// There when the endpoint says https.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Tls>,
    pub(crate) headers: HeaderMap,
    pub(crate) compression: Compression,
    pub(crate) timeout: Duration,
    pub(crate) max_request_bytes: usize,
    pub(crate) dialect: Dialect,
    pub(crate) limits: SpanLimits,
    pub(crate) concurrency: usize,
    /// What was given and has no use, to be said once.
    pub(crate) useless: Option<&'static str>,
}

/// Each has a connection, and a request in memory.
const MOST_AT_ONCE: usize = 64;

impl Target {
    pub(crate) fn of(otlp: &Otlp) -> Result<Self, DestinationError> {
        let endpoint = Endpoint::of(otlp)?;
        let wire = wire(endpoint.protocol)?;
        let compression = otlp.compression.unwrap_or_default();
        check_compression(compression)?;
        check_tls(otlp, &endpoint)?;
        let timeout = otlp.timeout.unwrap_or(DEFAULT_TIMEOUT).min(LONGEST_TIMEOUT);
        if timeout.is_zero() {
            return Err(DestinationError::new(Setting::Timeout, "0", "a time above zero"));
        }
        let max_request_bytes = otlp.max_request_bytes.unwrap_or(DEFAULT_MAX_REQUEST_BYTES);
        if max_request_bytes == 0 {
            return Err(DestinationError::new(Setting::MaxRequestBytes, "0", "a size above zero"));
        }
        let concurrency = otlp.concurrency.unwrap_or(1);
        if !(1..=MOST_AT_ONCE).contains(&concurrency) {
            let expected = format!("a number from 1 to {MOST_AT_ONCE}");
            return Err(DestinationError::new(Setting::Concurrency, concurrency.to_string(), expected));
        }
        Ok(Self {
            named_by: otlp.named_by.clone(),
            wire,
            #[cfg(feature = "grpc")]
            signal: otlp.signal,
            route: Route::from_env(&endpoint.uri, wire),
            #[cfg(feature = "tls")]
            tls: endpoint.is_https().then(|| Tls::of(otlp)).transpose()?,
            headers: headers(&otlp.headers)?,
            compression,
            timeout,
            max_request_bytes,
            dialect: otlp.dialect.unwrap_or_default(),
            limits: otlp.limits,
            concurrency,
            useless: useless(otlp, &endpoint),
            endpoint,
        })
    }

    /// Where requests go, without what may be secret in it.
    pub(crate) fn address(&self) -> String {
        let uri = &self.endpoint.uri;
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        format!("{}://{authority}{}", uri.scheme_str().unwrap_or_default(), uri.path())
    }

    pub(crate) fn host_and_port(&self) -> String {
        self.endpoint.host_and_port()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

fn wire(protocol: Protocol) -> Result<Wire, DestinationError> {
    let (name, feature, wire) = match protocol {
        #[cfg(feature = "grpc")]
        Protocol::Grpc => ("grpc", "grpc", Some(Wire::Grpc)),
        #[cfg(not(feature = "grpc"))]
        Protocol::Grpc => ("grpc", "grpc", None),
        #[cfg(feature = "http")]
        Protocol::HttpProtobuf => ("http/protobuf", "http", Some(Wire::Http)),
        #[cfg(not(feature = "http"))]
        Protocol::HttpProtobuf => ("http/protobuf", "http", None),
    };
    wire.ok_or_else(|| missing(Setting::Protocol, name, feature))
}

/// What of TLS can be checked without it.
fn check_tls(otlp: &Otlp, endpoint: &Endpoint) -> Result<(), DestinationError> {
    if otlp.client_certificate.as_ref().is_some_and(|(_, key)| key.is_empty()) {
        return Err(DestinationError::new(Setting::ClientKey, "", "a private key, PEM"));
    }
    if cfg!(feature = "tls") {
        return Ok(());
    }
    if endpoint.is_https() {
        let expected = "the cargo feature `tls` of tracing-genai to be enabled, or http://";
        return Err(DestinationError::new(Setting::Endpoint, &otlp.endpoint, expected));
    }
    if otlp.ca_certificate.is_some() {
        return Err(missing(Setting::CaCertificate, "…", "tls"));
    }
    match otlp.client_certificate {
        Some(_) => Err(missing(Setting::ClientCertificate, "…", "tls")),
        None => Ok(()),
    }
}

fn useless(otlp: &Otlp, endpoint: &Endpoint) -> Option<&'static str> {
    if !endpoint.is_https() && (otlp.ca_certificate.is_some() || otlp.client_certificate.is_some()) {
        return Some("certificates are not used, since the endpoint says http://; write https:// to use them");
    }
    if endpoint.is_https() && otlp.insecure && otlp.endpoint.contains("://") {
        return Some("insecure has no effect, since the endpoint says https://; write http:// for plain text");
    }
    None
}

fn check_compression(compression: Compression) -> Result<(), DestinationError> {
    let (name, enabled) = match compression {
        Compression::None => return Ok(()),
        Compression::Gzip => ("gzip", cfg!(feature = "gzip")),
        Compression::Zstd => ("zstd", cfg!(feature = "zstd")),
    };
    if enabled { Ok(()) } else { Err(missing(Setting::Compression, name, name)) }
}

fn missing(setting: Setting, value: &str, feature: &str) -> DestinationError {
    DestinationError::new(setting, value, format!("the cargo feature `{feature}` of tracing-genai to be enabled"))
}

/// Later values win. An error names the header and never shows its value.
fn headers(given: &[(String, String)]) -> Result<HeaderMap, DestinationError> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let wrong = |expected: &str| DestinationError::new(Setting::Header, shown_header(name), expected);
        let parsed = HeaderName::try_from(name.trim())
            .map_err(|_| wrong("a header name of letters, digits and -, without spaces"))?;
        if RESERVED.contains(&parsed.as_str()) || parsed.as_str().starts_with("grpc-") {
            return Err(wrong("a header that the transport does not set itself"));
        }
        let mut value = HeaderValue::try_from(value.trim())
            .map_err(|_| wrong("a value without line breaks or control characters for this header"))?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

const RESERVED: [&str; 8] =
    ["connection", "content-encoding", "content-length", "content-type", "host", "te", "trailer", "transfer-encoding"];

#[cfg(test)]
mod tests {
    use super::*;

    fn target(headers: &[(&str, &str)]) -> Result<Target, DestinationError> {
        let protocol = if cfg!(feature = "http") { Protocol::HttpProtobuf } else { Protocol::Grpc };
        Target::of(&Otlp {
            endpoint: "http://localhost:4318".into(),
            protocol: Some(protocol),
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            ..Otlp::default()
        })
    }

    #[test]
    fn a_header_given_twice_keeps_the_later_value() {
        let target = target(&[("X-Token", "one"), ("x-token", " two ")]).unwrap();
        assert_eq!(target.headers.get_all("x-token").iter().collect::<Vec<_>>(), ["two"]);
    }

    #[test]
    fn a_bad_header_is_named_and_its_value_is_not_shown() {
        for (name, value, shown) in [
            ("x-token", "hunter2\r\nx: y", "x-token"),
            ("x token", "hunter2", "x…"),
            ("Authorization: Bearer hunter2", "", "Authorization…"),
            ("hunter2/x", "", "…"),
            ("Host", "hunter2", "Host"),
            ("grpc-timeout", "hunter2", "grpc-timeout"),
        ] {
            let error = target(&[(name, value)]).unwrap_err();
            assert_eq!((error.setting, error.value.as_str()), (Setting::Header, shown));
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn certificates_for_a_plain_endpoint_are_said_to_be_useless() {
        let otlp = Otlp { endpoint: "http://localhost:4317".into(), ca_certificate: Some(vec![]), ..Otlp::default() };
        assert!(Endpoint::of(&otlp).is_ok_and(|endpoint| useless(&otlp, &endpoint).is_some()));
    }

    #[test]
    fn the_default_request_stays_below_four_mebibytes() {
        let target = target(&[]).unwrap();
        assert_eq!(target.max_request_bytes, 3_670_016);
        assert_eq!(target.timeout, Duration::from_secs(10));
    }
}
