//! The rules that make a URL out of what was given as endpoint.

use ::http::Uri;
use ::http::uri::Scheme;

use super::destination::{DestinationError, Otlp, Protocol, Setting, Signal};

/// The port at which gRPC is taken for granted.
const GRPC_PORT: u16 = 4317;

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) protocol: Protocol,
    /// Over HTTP the URL to post to; over gRPC scheme and authority only.
    pub(crate) uri: Uri,
}

impl Endpoint {
    pub(crate) fn of(otlp: &Otlp) -> Result<Self, DestinationError> {
        let given = otlp.endpoint.trim();
        let wrong = |expected: &str| DestinationError::new(Setting::Endpoint, given, expected);
        let uri = match parse(given, otlp.insecure) {
            Some((uri, Given::WithScheme)) => uri,
            Some((uri, Given::WithoutScheme)) if protocol(otlp, &uri) == Protocol::Grpc => uri,
            _ => return Err(wrong("a URL with scheme, host and port, such as http://localhost:4318")),
        };
        let Some(authority) = uri.authority() else { return Err(wrong("a URL with a host")) };
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(wrong("a URL that starts with http:// or https://"));
        }
        if authority.host().is_empty() {
            return Err(wrong("a URL with a host"));
        }
        if authority.as_str().contains('@') {
            return Err(wrong(
                "no credentials in the URL; give them as a header (OTEL_EXPORTER_OTLP_HEADERS or \
                 Destination::with_header)",
            ));
        }
        // One that is no number would be as good as none.
        if authority.port_u16().is_none() && authority.as_str().len() > authority.host().len() {
            return Err(wrong("a number up to 65535 as port, such as http://localhost:4318"));
        }
        let protocol = protocol(otlp, &uri);
        let path = path_of(otlp.signal);
        let uri = match protocol {
            Protocol::Grpc if !uri.path().trim_matches('/').is_empty() => {
                return Err(wrong(
                    "no path in a gRPC endpoint; leave it out, or choose http/protobuf \
                     (OTEL_EXPORTER_OTLP_PROTOCOL or Destination::with_protocol)",
                ));
            }
            Protocol::Grpc => with_path(&uri, "/"),
            Protocol::HttpProtobuf if otlp.exact_path || uri.path().trim_end_matches('/').ends_with(path) => Some(uri),
            Protocol::HttpProtobuf => {
                let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                let base = uri.path().trim_end_matches('/');
                with_path(&uri, &format!("{base}{path}{query}"))
            }
        };
        let Some(uri) = uri else { return Err(wrong("a URL")) };
        Ok(Self { protocol, uri })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// The URL with its port written out, which a tunnel through a proxy needs.
    pub(crate) fn with_port(&self) -> Uri {
        let port = self.uri.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 });
        let mut parts = self.uri.clone().into_parts();
        parts.authority = format!("{}:{port}", self.uri.host().unwrap_or_default()).parse().ok();
        Uri::from_parts(parts).unwrap_or_else(|_| self.uri.clone())
    }

    pub(crate) fn host_and_port(&self) -> String {
        self.uri.authority().map(ToString::to_string).unwrap_or_default()
    }
}

/// What OTLP over HTTP adds to a base URL.
fn path_of(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/v1/traces",
        #[cfg(feature = "metrics")]
        Signal::Metrics => "/v1/metrics",
    }
}

enum Given {
    WithScheme,
    WithoutScheme,
}

/// `host:port` is understood for gRPC, as plain text only where that was asked for.
fn parse(given: &str, insecure: bool) -> Option<(Uri, Given)> {
    if given.contains("://") {
        return Some((given.parse().ok()?, Given::WithScheme));
    }
    let scheme = if insecure { "http" } else { "https" };
    Some((format!("{scheme}://{given}").parse().ok()?, Given::WithoutScheme))
}

fn protocol(otlp: &Otlp, uri: &Uri) -> Protocol {
    let by_port = if uri.port_u16() == Some(GRPC_PORT) { Protocol::Grpc } else { Protocol::HttpProtobuf };
    otlp.protocol.unwrap_or(by_port)
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(given: &str) -> Result<Endpoint, String> {
        of(&Otlp { endpoint: given.into(), ..Otlp::default() })
    }

    fn of(otlp: &Otlp) -> Result<Endpoint, String> {
        Endpoint::of(otlp).map_err(|error| error.to_string())
    }

    #[test]
    fn the_traces_path_is_added_to_a_base_url_once() {
        for (given, url) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
            (" https://host/api/public/otel ", "https://host/api/public/otel/v1/traces"),
            ("https://host/otel/v1/traces", "https://host/otel/v1/traces"),
            ("https://host/otel?org=7", "https://host/otel/v1/traces?org=7"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
        ] {
            let endpoint = endpoint(given).unwrap();
            assert_eq!((endpoint.uri.to_string().as_str(), endpoint.protocol), (url, Protocol::HttpProtobuf));
        }
    }

    #[test]
    fn the_traces_url_is_used_as_it_is() {
        for (given, url) in [("http://h:1/x/", "http://h:1/x/"), ("http://h:1", "http://h:1/")] {
            let otlp = Otlp { endpoint: given.into(), exact_path: true, ..Otlp::default() };
            assert_eq!(of(&otlp).unwrap().uri.to_string(), url);
        }
    }

    #[test]
    fn port_4317_means_grpc_unless_told_otherwise() {
        assert_eq!(endpoint("http://localhost:4317").unwrap().protocol, Protocol::Grpc);
        let told = Otlp {
            endpoint: "http://localhost:4317".into(),
            protocol: Some(Protocol::HttpProtobuf),
            ..Otlp::default()
        };
        assert_eq!(of(&told).unwrap().protocol, Protocol::HttpProtobuf);
    }

    #[test]
    fn grpc_without_a_scheme_is_encrypted_unless_said_insecure() {
        assert_eq!(endpoint("collector:4317").unwrap().uri.to_string(), "https://collector:4317/");
        let plain = Otlp { endpoint: "collector:4317".into(), insecure: true, ..Otlp::default() };
        assert_eq!(of(&plain).unwrap().uri.to_string(), "http://collector:4317/");
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_what_would_be_right() {
        for (given, words) in [
            ("", "http://localhost:4318"),
            ("localhost:4318", "http://localhost:4318"),
            ("ftp://host/", "http:// or https://"),
            ("http://", "http://localhost:4318"),
            ("http://:4318", "host"),
            ("http://local host:4318", "http://localhost:4318"),
            ("http://collector:$PORT", "as port"),
            ("http://collector:", "as port"),
            ("http://[::1]:65536", "as port"),
            ("https://me:pass@host:4318", "with_header"),
            ("http://localhost:4317/v1/traces", "http/protobuf"),
        ] {
            let error = endpoint(given).unwrap_err();
            assert!(error.contains(words), "{given}: {error}");
        }
    }
}
