//! The public description of a destination: where spans go, and how.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

#[cfg(feature = "_otlp")]
use super::limits::SpanLimits;
#[cfg(feature = "_otlp")]
use super::preset::Preset;
use crate::content::Content;
use crate::dialect::Dialect;

/// How OTLP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// OTLP over gRPC, usually on port 4317. Needs the feature `grpc`.
    Grpc,
    /// OTLP over HTTP with protobuf bodies, usually on port 4318. Needs the feature `http`.
    HttpProtobuf,
}

/// How requests are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, which every backend takes. Needs the feature `gzip`.
    Gzip,
    /// zstd: smaller and cheaper, understood by the Collector and few others. Needs the feature `zstd`.
    Zstd,
}

/// Where spans are sent. What is wrong with it is said when the telemetry is built.
///
/// ```
/// use tracing_genai::{Compression, Destination};
///
/// let collector = Destination::otlp("http://localhost:4317"); // gRPC, by its port
/// let hosted = Destination::otlp("https://cloud.langfuse.com/api/public/otel")
///     .with_header("Authorization", "Basic …")
///     .with_compression(Compression::Gzip);
/// ```
#[derive(Clone)]
pub struct Destination {
    pub(crate) kind: Kind,
    pub(crate) name: Option<String>,
    pub(crate) content: Option<Content>,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Otlp(Box<Otlp>),
    Terminal,
}

/// What is sent there.
#[cfg(feature = "_otlp")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Signal {
    #[default]
    Traces,
    #[cfg(feature = "metrics")]
    Metrics,
}

/// What was said about an OTLP destination, before it is checked.
#[derive(Clone, Default)]
pub(crate) struct Otlp {
    pub(crate) endpoint: String,
    /// The variable or method that named the endpoint.
    pub(crate) named_by: Cow<'static, str>,
    #[cfg(feature = "_otlp")]
    pub(crate) signal: Signal,
    /// The URL is the one to post to; nothing is added to its path.
    pub(crate) exact_path: bool,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) compression: Option<Compression>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) insecure: bool,
    pub(crate) ca_certificate: Option<Vec<u8>>,
    pub(crate) client_certificate: Option<(Vec<u8>, Vec<u8>)>,
    pub(crate) max_request_bytes: Option<usize>,
    pub(crate) dialect: Option<Dialect>,
    #[cfg(feature = "_otlp")]
    pub(crate) limits: SpanLimits,
    /// What is filled in from it when the telemetry is built.
    #[cfg(feature = "_otlp")]
    pub(crate) preset: Option<&'static Preset>,
    pub(crate) concurrency: Option<usize>,
}

impl Destination {
    /// An OTLP endpoint: a Collector, Jaeger, Tempo, or a hosted backend.
    ///
    /// The protocol is gRPC when the port is 4317, otherwise http/protobuf, unless
    /// [`with_protocol`](Self::with_protocol) says so. Over HTTP, `/v1/traces` is added to a path that does not
    /// end with it, as for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn otlp(endpoint: impl Into<String>) -> Self {
        let otlp = Otlp { endpoint: endpoint.into(), named_by: "Destination::otlp".into(), ..Otlp::default() };
        Self { kind: Kind::Otlp(Box::new(otlp)), name: None, content: None }
    }

    /// The URL to which traces are posted, used as it is, as for `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
    pub fn otlp_traces_url(url: impl Into<String>) -> Self {
        Self::otlp(url).named_by("Destination::otlp_traces_url").otlp_setting(|otlp| otlp.exact_path = true)
    }

    /// As [`otlp`](Self::otlp), for metrics; a URL that is `exact` is used as it is.
    #[cfg(feature = "metrics")]
    pub(crate) fn otlp_metrics(endpoint: impl Into<String>, exact: bool) -> Self {
        Self::otlp(endpoint).otlp_setting(|otlp| (otlp.signal, otlp.exact_path) = (Signal::Metrics, exact))
    }

    /// The terminal: each trace as a tree, on stderr, for people.
    pub fn terminal() -> Self {
        Self { kind: Kind::Terminal, name: None, content: None }
    }

    /// The name in reports and warnings. Default: host and port.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What of the content may go there, when that is less than the telemetry as a whole captures: it can only narrow.
    #[must_use]
    pub fn with_content(mut self, content: Content) -> Self {
        self.content = Some(content);
        self
    }

    /// Another URL, such as that of another region or of your own server, in place of a preset's.
    ///
    /// It is understood as by [`otlp`](Self::otlp).
    #[must_use]
    pub fn with_endpoint(self, endpoint: impl Into<String>) -> Self {
        self.named_by("Destination::with_endpoint").otlp_setting(|otlp| otlp.endpoint = endpoint.into())
    }

    /// The spelling in which spans leave. Default: [`Dialect::Otel`], or the preset's.
    #[must_use]
    pub fn with_dialect(self, dialect: Dialect) -> Self {
        self.otlp_setting(|otlp| otlp.dialect = Some(dialect))
    }

    /// The protocol, where it is not the one that goes with the port.
    #[must_use]
    pub fn with_protocol(self, protocol: Protocol) -> Self {
        self.otlp_setting(|otlp| otlp.protocol = Some(protocol))
    }

    /// A header (in gRPC: metadata) of each request, such as a token. The value is never printed. A name that was
    /// given before keeps the later value.
    #[must_use]
    pub fn with_header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with_headers([(name, value)])
    }

    /// Several headers, as by [`with_header`](Self::with_header).
    #[must_use]
    pub fn with_headers<N: Into<String>, V: Into<String>>(self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        self.otlp_setting(|otlp| {
            otlp.headers.extend(headers.into_iter().map(|(name, value)| (name.into(), value.into())));
        })
    }

    /// How requests are compressed. Default: not at all.
    #[must_use]
    pub fn with_compression(self, compression: Compression) -> Self {
        self.otlp_setting(|otlp| otlp.compression = Some(compression))
    }

    /// How long one request may take, its connection included. Default: 10 seconds.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        self.otlp_setting(|otlp| otlp.timeout = Some(timeout))
    }

    /// The CA certificates, PEM, that are trusted in place of the system's. Needs the feature `tls`.
    #[must_use]
    pub fn with_ca_certificate(self, pem: impl Into<Vec<u8>>) -> Self {
        self.otlp_setting(|otlp| otlp.ca_certificate = Some(pem.into()))
    }

    /// The certificate chain and private key, PEM, with which the client proves who it is (mTLS). Needs the feature `tls`.
    #[must_use]
    pub fn with_client_certificate(self, certificate_pem: impl Into<Vec<u8>>, key_pem: impl Into<Vec<u8>>) -> Self {
        self.otlp_setting(|otlp| otlp.client_certificate = Some((certificate_pem.into(), key_pem.into())))
    }

    /// Whether a gRPC endpoint without a scheme is spoken to in plain text. Default: no. A scheme wins.
    #[must_use]
    pub fn with_insecure(self, insecure: bool) -> Self {
        self.otlp_setting(|otlp| otlp.insecure = insecure)
    }

    /// The size that requests stay below, before compression. Default: 3.5 MiB, since many gRPC peers take 4 MiB. Where
    /// no request waits, one leaves at 512 KiB.
    #[must_use]
    pub fn with_max_request_bytes(self, bytes: usize) -> Self {
        self.otlp_setting(|otlp| otlp.max_request_bytes = Some(bytes))
    }

    /// How many requests may be under way at once, each on a connection of its own. Default: one, which is enough
    /// for a peer that answers at once; raise it for one that is far away or slow. With more than one, requests may arrive
    /// in another order than they were made in.
    #[must_use]
    pub fn with_concurrency(self, requests: usize) -> Self {
        self.otlp_setting(|otlp| otlp.concurrency = Some(requests))
    }

    /// What a remedy is to speak of where the endpoint is wrong.
    pub(crate) fn named_by(self, setting: impl Into<Cow<'static, str>>) -> Self {
        self.otlp_setting(|otlp| otlp.named_by = setting.into())
    }

    /// Settings of OTLP mean nothing to the terminal and are left aside there.
    pub(super) fn otlp_setting(mut self, set: impl FnOnce(&mut Otlp)) -> Self {
        if let Kind::Otlp(otlp) = &mut self.kind {
            set(otlp);
        }
        self
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Destination");
        f.field("name", &self.name);
        if let Kind::Otlp(otlp) = &self.kind {
            let names: Vec<_> = otlp.headers.iter().map(|(name, _)| shown_header(name)).collect();
            f.field("endpoint", &shown_url(&otlp.endpoint))
                .field("protocol", &otlp.protocol)
                .field("headers", &names)
                .field("compression", &otlp.compression)
                .field("dialect", &otlp.dialect)
                .field("timeout", &otlp.timeout)
                .field("ca_certificate", &otlp.ca_certificate.is_some())
                .field("client_certificate", &otlp.client_certificate.is_some())
                .field("max_request_bytes", &otlp.max_request_bytes)
                .field("concurrency", &otlp.concurrency);
        } else {
            f.field("terminal", &true);
        }
        f.finish_non_exhaustive()
    }
}

/// A URL, to be shown. It may carry a password before its host, be it one that ought to be percent-encoded, and a key
/// behind its path.
fn shown_url(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_cut_password =
        authority.rsplit_once(':').is_some_and(|(_, port)| !port.bytes().all(|byte| byte.is_ascii_digit()));
    let at = authority.rfind('@').or_else(|| rest.rfind('@').filter(|_| is_cut_password));
    let shown = match at {
        Some(at) => format!("{scheme}://…{}", rest.get(at..).unwrap_or_default()),
        None => url.to_owned(),
    };
    match shown.split_once('?') {
        Some((before, _)) => format!("{before}?…"),
        None => shown,
    }
}

/// A header's name, to be shown. What is none may hold the value, as `Authorization: Basic …==` has it for one who writes a
/// colon: of that, what stands before.
pub(crate) fn shown_header(name: &str) -> String {
    let is_name = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    match name.trim().split_once([':', ' ']) {
        Some((before, _)) if is_name(before) => format!("{before}…"),
        None if is_name(name.trim()) => name.trim().to_owned(),
        _ => "…".to_owned(),
    }
}

/// Which setting of a destination is wrong; the environment's reader knows its variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(not(feature = "_otlp"), expect(dead_code, reason = "without a transport only the endpoint is wrong"))]
pub(crate) enum Setting {
    Endpoint,
    Protocol,
    Header,
    Compression,
    Timeout,
    CaCertificate,
    ClientCertificate,
    ClientKey,
    MaxRequestBytes,
    Concurrency,
}

impl Setting {
    /// The method that sets it.
    fn method(self) -> &'static str {
        match self {
            Self::Endpoint => "Destination::otlp",
            Self::Protocol => "Destination::with_protocol",
            Self::Header => "Destination::with_header",
            Self::Compression => "Destination::with_compression",
            Self::Timeout => "Destination::with_timeout",
            Self::CaCertificate => "Destination::with_ca_certificate",
            Self::ClientCertificate | Self::ClientKey => "Destination::with_client_certificate",
            Self::MaxRequestBytes => "Destination::with_max_request_bytes",
            Self::Concurrency => "Destination::with_concurrency",
        }
    }
}

/// What is wrong with a destination, and what would be right. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DestinationError {
    pub(crate) setting: Setting,
    /// What was given, as far as it may be shown.
    pub(crate) value: String,
    pub(crate) expected: String,
}

impl DestinationError {
    pub(crate) fn new(setting: Setting, value: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { setting, value: shown_url(&value.into()), expected: expected.into() }
    }
}

impl fmt::Display for DestinationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?} is not usable; expected {}", self.setting.method(), self.value, self.expected)
    }
}

impl std::error::Error for DestinationError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_header_value_no_key_and_no_password() {
        let destination = Destination::otlp("https://user:hunter2@host:4318/x@y?key=hunter2")
            .with_header("Authorization", "Bearer hunter2")
            .with_header("Token: hunter2", "")
            .with_ca_certificate("hunter2")
            .with_client_certificate("hunter2", "hunter2");
        let shown = format!("{destination:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("Authorization") && shown.contains("host:4318"), "{shown}");
    }

    #[cfg(feature = "_otlp")]
    #[test]
    fn an_error_shows_no_password() {
        for (url, remedy) in [
            ("https://user:hunter2@host:4318", "with_header"),
            ("https://user:a/hunter2@host:4318", "http://localhost:4318"),
            ("https://user:a?hunter2@host:4318", "http://localhost:4318"),
            ("http://host:4317/v1/traces?api_key=hunter2", "http/protobuf"),
        ] {
            let error = Destination::otlp(url).prepare().unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(error.contains("@host:4318") || error.contains("host:4317/v1/traces"), "{error}");
            assert!(error.contains(remedy), "{error}");
        }
    }

    #[test]
    fn the_terminal_is_right_whatever_the_features() {
        assert!(Destination::terminal().prepare().unwrap().is_none());
    }
}
