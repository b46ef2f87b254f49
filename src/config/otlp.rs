//! `OTEL_EXPORTER_OTLP_*` and `OTEL_EXPORTER_OTLP_TRACES_*`, as the OpenTelemetry specification has them.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::variable::VariableError;
use crate::dialect::Dialect;
use crate::export::destination::{Setting, shown_header};
use crate::export::{Compression, Destination, Protocol};

const GENERAL: &str = "OTEL_EXPORTER_OTLP_";
const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_";
#[cfg(feature = "metrics")]
const METRICS: &str = "OTEL_EXPORTER_OTLP_METRICS_";
const NAMES: [&str; 9] = [
    "ENDPOINT",
    "PROTOCOL",
    "HEADERS",
    "TIMEOUT",
    "COMPRESSION",
    "INSECURE",
    "CERTIFICATE",
    "CLIENT_CERTIFICATE",
    "CLIENT_KEY",
];

/// The spelling for the destination of traces that the environment names.
pub(super) const DIALECT: &str = "TRACING_GENAI_DIALECT";

/// The destination that the environment names, checked; nothing when it names no endpoint.
///
/// `var` gives a variable's value. An empty value is as good as none. Files with certificates are read here.
pub(crate) fn destination(var: &dyn Fn(&str) -> Option<String>) -> Result<Option<Destination>, VariableError> {
    let dialect = dialect(var)?;
    read(&Environment { var, own: TRACES }, &|endpoint, exact| {
        let destination = if exact { Destination::otlp_traces_url(endpoint) } else { Destination::otlp(endpoint) };
        match dialect {
            Some(dialect) => destination.with_dialect(dialect),
            None => destination,
        }
    })
}

fn dialect(var: &dyn Fn(&str) -> Option<String>) -> Result<Option<Dialect>, VariableError> {
    let Some(word) = var(DIALECT).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    Dialect::of_word(&word).map(Some).map_err(|expected| VariableError::new(DIALECT, word, expected))
}

/// The same for metrics.
#[cfg(feature = "metrics")]
pub(crate) fn metrics(var: &dyn Fn(&str) -> Option<String>) -> Result<Option<Destination>, VariableError> {
    read(&Environment { var, own: METRICS }, &|endpoint, exact| Destination::otlp_metrics(endpoint, exact))
}

/// `open` makes a destination of an endpoint, and of whether its path is to stay as it is.
fn read(env: &Environment<'_>, open: &dyn Fn(&str, bool) -> Destination) -> Result<Option<Destination>, VariableError> {
    let Some(endpoint) = env.get("ENDPOINT") else { return Ok(None) };
    let mut destination = open(&endpoint.value, endpoint.variable.starts_with(env.own));
    destination = destination.named_by(endpoint.variable);
    if let Some(protocol) = env.get("PROTOCOL") {
        destination = destination.with_protocol(match protocol.value.to_ascii_lowercase().as_str() {
            "grpc" => Protocol::Grpc,
            "http/protobuf" => Protocol::HttpProtobuf,
            "http/json" => return Err(protocol.wrong("http/protobuf or grpc; JSON bodies are not sent")),
            _ => return Err(protocol.wrong("grpc or http/protobuf")),
        });
    }
    if let Some(headers) = env.get("HEADERS") {
        destination = destination.with_headers(parse_headers(&headers)?);
    }
    if let Some(timeout) = env.get("TIMEOUT") {
        let millis = timeout.value.parse().map_err(|_| timeout.wrong("a number of milliseconds, such as 10000"))?;
        // 0 is no limit, as the specification has it.
        destination = destination.with_timeout(if millis == 0 { Duration::MAX } else { Duration::from_millis(millis) });
    }
    if let Some(compression) = env.get("COMPRESSION") {
        destination = destination.with_compression(match compression.value.to_ascii_lowercase().as_str() {
            "none" => Compression::None,
            "gzip" => Compression::Gzip,
            "zstd" => Compression::Zstd,
            _ => return Err(compression.wrong("gzip, zstd or none")),
        });
    }
    if let Some(insecure) = env.get("INSECURE") {
        destination = destination.with_insecure(match insecure.value.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => return Err(insecure.wrong("true or false")),
        });
    }
    if let Some(file) = env.get("CERTIFICATE") {
        destination = destination.with_ca_certificate(file.read()?);
    }
    destination = match (env.get("CLIENT_CERTIFICATE"), env.get("CLIENT_KEY")) {
        (Some(certificate), Some(key)) => destination.with_client_certificate(certificate.read()?, key.read()?),
        (Some(certificate), None) => {
            return Err(certificate.wrong("the key in OTEL_EXPORTER_OTLP_CLIENT_KEY beside the certificate"));
        }
        (None, Some(key)) => {
            return Err(key.wrong("the certificate in OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE beside the key"));
        }
        (None, None) => destination,
    };
    match destination.prepare() {
        Ok(_) => Ok(Some(destination)),
        Err(error) => {
            let name = variable_of(error.setting);
            let Found { variable, value } = env
                .get(name)
                .unwrap_or_else(|| Found { variable: format!("{GENERAL}{name}"), value: error.value.clone() });
            // The name of a file says more than that its content is wrong; other values may hold a secret.
            let is_file =
                matches!(error.setting, Setting::CaCertificate | Setting::ClientCertificate | Setting::ClientKey);
            Err(VariableError::new(&variable, if is_file { value } else { error.value }, error.expected))
        }
    }
}

/// The variables that are set, by their whole names.
pub(super) fn given(var: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let names = NAMES.iter().flat_map(|name| [GENERAL, TRACES].map(|prefix| format!("{prefix}{name}")));
    names
        .chain([DIALECT.to_owned()])
        .filter(|variable| var(variable).is_some_and(|value| !value.trim().is_empty()))
        .collect()
}

/// Whether a variable is for all signals.
pub(super) fn is_general(variable: &str) -> bool {
    variable.strip_prefix(GENERAL).is_some_and(|name| NAMES.contains(&name))
}

struct Environment<'a> {
    var: &'a dyn Fn(&str) -> Option<String>,
    /// Before the names for one signal.
    own: &'static str,
}

impl Environment<'_> {
    /// The variable for the signal, otherwise the one for all signals.
    fn get(&self, name: &str) -> Option<Found> {
        [self.own, GENERAL].into_iter().find_map(|prefix| {
            let variable = format!("{prefix}{name}");
            let value = (self.var)(&variable)?.trim().to_owned();
            (!value.is_empty()).then_some(Found { variable, value })
        })
    }
}

struct Found {
    variable: String,
    value: String,
}

impl Found {
    fn wrong(&self, expected: impl Into<String>) -> VariableError {
        VariableError::new(&self.variable, self.value.clone(), expected)
    }

    /// The file that the variable names.
    fn read(&self) -> Result<Vec<u8>, VariableError> {
        std::fs::read(&self.value).map_err(|error| self.wrong(format!("a PEM file that can be read ({error})")))
    }
}

/// `name=value` pairs between commas, both percent-encoded. An error never shows a value, which may be a token.
fn parse_headers(headers: &Found) -> Result<Vec<(String, String)>, VariableError> {
    let pairs = headers.value.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let mut parsed = Vec::new();
    for pair in pairs {
        let wrong = |shown: &str, expected: &str| VariableError::new(&headers.variable, shown, expected);
        let Some((name, value)) = pair.split_once('=') else {
            return Err(wrong(
                "…",
                "name=value pairs between commas, each value percent-encoded where it holds a comma",
            ));
        };
        let name = name.trim();
        let decode = |text: &str| percent_decode_str(text.trim()).decode_utf8().map(Into::into);
        match (decode(name), decode(value)) {
            (Ok(name), Ok(value)) => parsed.push((name, value)),
            _ => return Err(wrong(&shown_header(name), "a percent-encoded value that is UTF-8 for this header")),
        }
    }
    Ok(parsed)
}

fn variable_of(setting: Setting) -> &'static str {
    match setting {
        Setting::Endpoint | Setting::MaxRequestBytes | Setting::Concurrency => "ENDPOINT",
        Setting::Protocol => "PROTOCOL",
        Setting::Header => "HEADERS",
        Setting::Compression => "COMPRESSION",
        Setting::Timeout => "TIMEOUT",
        Setting::CaCertificate => "CERTIFICATE",
        Setting::ClientCertificate => "CLIENT_CERTIFICATE",
        Setting::ClientKey => "CLIENT_KEY",
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "tls")]
    use std::path::PathBuf;

    use super::*;
    use crate::export::destination::{Kind, Otlp};

    fn read(variables: &[(&str, &str)]) -> Result<Option<Destination>, VariableError> {
        let var = |name: &str| {
            let short = name.strip_prefix(GENERAL).unwrap_or(name);
            variables.iter().find(|(given, _)| *given == short).map(|(_, value)| (*value).to_owned())
        };
        destination(&var)
    }

    fn otlp(variables: &[(&str, &str)]) -> Otlp {
        match read(variables).unwrap().unwrap().kind {
            Kind::Otlp(otlp) => *otlp,
            Kind::Terminal => panic!("an OTLP destination"),
        }
    }

    const ENDPOINT: (&str, &str) = ("ENDPOINT", "http://localhost:4318");

    #[test]
    fn no_endpoint_is_no_destination() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("ENDPOINT", " "), ("PROTOCOL", "grpc")]).unwrap().is_none());
    }

    #[test]
    fn the_endpoint_for_traces_wins_and_is_used_as_it_is() {
        let traces = otlp(&[ENDPOINT, ("TRACES_ENDPOINT", "http://traces:4318/x")]);
        assert_eq!((traces.endpoint.as_str(), traces.exact_path), ("http://traces:4318/x", true));
        let general = otlp(&[ENDPOINT, ("TRACES_ENDPOINT", "")]);
        assert_eq!((general.endpoint.as_str(), general.exact_path), (ENDPOINT.1, false));
    }

    #[cfg(all(feature = "gzip", feature = "http"))]
    #[test]
    fn each_variable_for_traces_wins_over_the_general_one() {
        let read = otlp(&[
            ENDPOINT,
            ("HEADERS", "a=general"),
            ("TRACES_HEADERS", "a=traces"),
            ("TIMEOUT", "1"),
            ("TRACES_TIMEOUT", "2500"),
            ("COMPRESSION", "none"),
            ("TRACES_COMPRESSION", "GZIP"),
            ("TRACES_PROTOCOL", "HTTP/protobuf"),
            ("PROTOCOL", "grpc"),
            ("INSECURE", "TRUE"),
        ]);
        assert_eq!(read.headers, [("a".to_owned(), "traces".to_owned())]);
        assert_eq!(read.timeout, Some(Duration::from_millis(2_500)));
        assert_eq!(read.compression, Some(Compression::Gzip));
        assert_eq!(read.protocol, Some(Protocol::HttpProtobuf));
        assert!(read.insecure);
    }

    #[test]
    fn a_timeout_of_zero_is_no_limit() {
        let timeout = |millis| otlp(&[ENDPOINT, ("TIMEOUT", millis)]).timeout;
        assert_eq!((timeout("0"), timeout("1")), (Some(Duration::MAX), Some(Duration::from_millis(1))));
    }

    #[test]
    fn a_dialect_is_of_the_destination_that_is_named_and_a_wrong_word_is_told_the_right_ones() {
        assert_eq!(otlp(&[ENDPOINT]).dialect, None);
        assert_eq!(otlp(&[ENDPOINT, (DIALECT, "Phoenix ")]).dialect, Some(Dialect::Phoenix));
        for variables in [&[ENDPOINT, (DIALECT, "arize")][..], &[(DIALECT, "arize")]] {
            let error = read(variables).unwrap_err();
            assert_eq!((error.variable.as_str(), error.value.as_str()), (DIALECT, "arize"));
            assert!(error.expected.contains("openinference") && error.expected.contains("otel"), "{error}");
        }
    }

    #[test]
    fn headers_are_percent_decoded_and_may_hold_an_equals_sign() {
        let read = otlp(&[ENDPOINT, ("HEADERS", "Authorization=Basic%20YTpi=,, x-list = one%2Ctwo ,")]);
        let headers: Vec<_> = read.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("Authorization", "Basic YTpi="), ("x-list", "one,two")]);
    }

    #[test]
    fn a_wrong_value_is_named_with_its_variable_and_what_would_be_right() {
        for (variable, value, expected) in [
            ("ENDPOINT", "localhost:4318", "http://localhost:4318"),
            ("TRACES_ENDPOINT", "ftp://x", "http://"),
            ("PROTOCOL", "http/json", "http/protobuf"),
            ("TRACES_PROTOCOL", "thrift", "grpc or http/protobuf"),
            ("TIMEOUT", "10s", "milliseconds"),
            ("TIMEOUT", "-1", "milliseconds"),
            ("COMPRESSION", "snappy", "gzip, zstd or none"),
            ("INSECURE", "1", "true or false"),
            ("CERTIFICATE", "/no/such/file.pem", "PEM file"),
            ("CLIENT_CERTIFICATE", "/no/such/file.pem", "CLIENT_KEY"),
            ("CLIENT_KEY", "/no/such/file.pem", "CLIENT_CERTIFICATE"),
        ] {
            let variables = if variable.ends_with("ENDPOINT") { vec![] } else { vec![ENDPOINT] };
            let error = read(&[variables, vec![(variable, value)]].concat()).unwrap_err();
            assert_eq!((error.variable, error.value.as_str()), (format!("{GENERAL}{variable}"), value));
            assert!(error.expected.contains(expected), "{}", error.expected);
        }
    }

    #[test]
    fn a_wrong_header_is_named_and_no_value_is_shown() {
        for (headers, shown) in [
            ("Bearer hunter2", "…"),
            ("x-token=hunter2%0D%0Ax:%20y", "x-token"),
            ("x-token=%FFhunter2", "x-token"),
            ("x token=hunter2", "x…"),
            ("Authorization: Basic hunter2==", "Authorization…"),
        ] {
            let error = read(&[ENDPOINT, ("TRACES_HEADERS", headers)]).unwrap_err();
            assert_eq!((error.variable.as_str(), error.value.as_str()), ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", shown));
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_key_in_the_place_of_its_files_name_is_not_shown() {
        let key = format!("-----BEGIN {} KEY-----\nhunter2\n", "PRIVATE");
        for name in ["CLIENT_KEY", "CERTIFICATE"] {
            let error = read(&[ENDPOINT, ("CLIENT_CERTIFICATE", "Cargo.toml"), (name, &key)]).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_file_that_holds_no_certificate_is_named_with_its_variable() {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let variables = [("ENDPOINT", "https://localhost:4318"), ("TRACES_CERTIFICATE", file.to_str().unwrap())];
        let error = read(&variables).unwrap_err();
        assert_eq!(error.variable, "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE");
        assert_eq!(error.value, variables[1].1);
        assert!(error.expected.contains("certificates, PEM"), "{error}");
    }
}
