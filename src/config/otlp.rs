//! `OTEL_EXPORTER_OTLP_*` and `OTEL_EXPORTER_OTLP_TRACES_*`, as the OpenTelemetry specification has them.

use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::export::destination::Setting;
use crate::export::{Compression, Destination, Protocol};

const GENERAL: &str = "OTEL_EXPORTER_OTLP_";
const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_";

/// A variable whose value cannot be used, and what would be right. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    pub(crate) variable: String,
    /// What was given, as far as it may be shown.
    pub(crate) value: String,
    pub(crate) expected: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?} is not usable; expected {}", self.variable, self.value, self.expected)
    }
}

impl std::error::Error for ConfigError {}

/// The destination that the environment names, checked; nothing when it names no endpoint.
///
/// `var` gives a variable's value. An empty value is as good as none. Files with certificates are read here.
pub(crate) fn destination(var: &dyn Fn(&str) -> Option<String>) -> Result<Option<Destination>, ConfigError> {
    let env = Environment { var };
    let Some(endpoint) = env.get("ENDPOINT") else { return Ok(None) };
    let mut destination = match endpoint.is_for_traces() {
        true => Destination::otlp_traces_url(&endpoint.value),
        false => Destination::otlp(&endpoint.value),
    };
    if let Some(protocol) = env.get("PROTOCOL") {
        destination = destination.with_protocol(match protocol.value.as_str() {
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
        let millis = timeout.value.parse().ok().filter(|&millis: &u64| millis > 0);
        let millis = millis.ok_or_else(|| timeout.wrong("a number of milliseconds above zero, such as 10000"))?;
        destination = destination.with_timeout(Duration::from_millis(millis));
    }
    if let Some(compression) = env.get("COMPRESSION") {
        destination = destination.with_compression(match compression.value.as_str() {
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
            let variable = env.get(name).map_or_else(|| format!("{GENERAL}{name}"), |found| found.variable);
            Err(ConfigError { variable, value: error.value, expected: error.expected })
        }
    }
}

struct Environment<'a> {
    var: &'a dyn Fn(&str) -> Option<String>,
}

impl Environment<'_> {
    /// The variable for traces, otherwise the one for all signals.
    fn get(&self, name: &str) -> Option<Found> {
        [TRACES, GENERAL].into_iter().find_map(|prefix| {
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
    fn is_for_traces(&self) -> bool {
        self.variable.starts_with(TRACES)
    }

    fn wrong(&self, expected: impl Into<String>) -> ConfigError {
        ConfigError { variable: self.variable.clone(), value: self.value.clone(), expected: expected.into() }
    }

    /// The file that the variable names.
    fn read(&self) -> Result<Vec<u8>, ConfigError> {
        std::fs::read(&self.value).map_err(|error| self.wrong(format!("a PEM file that can be read ({error})")))
    }
}

/// `name=value` pairs between commas, both percent-encoded. An error never shows a value, which may be a token.
fn parse_headers(headers: &Found) -> Result<Vec<(String, String)>, ConfigError> {
    let pairs = headers.value.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let mut parsed = Vec::new();
    for pair in pairs {
        let wrong = |shown: &str, expected: &str| ConfigError {
            variable: headers.variable.clone(),
            value: shown.to_owned(),
            expected: expected.to_owned(),
        };
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
            _ => return Err(wrong(name, "a percent-encoded value that is UTF-8 for this header")),
        }
    }
    Ok(parsed)
}

fn variable_of(setting: Setting) -> &'static str {
    match setting {
        Setting::Endpoint | Setting::MaxRequestBytes => "ENDPOINT",
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
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<Destination>, String> {
        let var = |name: &str| variables.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
        destination(&var).map_err(|error| error.to_string())
    }

    #[test]
    fn no_endpoint_is_no_destination() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " "), ("OTEL_EXPORTER_OTLP_PROTOCOL", "x")]).unwrap().is_none());
    }
}
