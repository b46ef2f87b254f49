//! Where spans go: what code names, or else the environment, or else the terminal.

use std::io::IsTerminal as _;

#[cfg(feature = "metrics")]
use opentelemetry_sdk::Resource;

use super::Builder;
use crate::config::{self, Environment, Settings};
use crate::content::Content;
use crate::error::BuildError;
#[cfg(feature = "metrics")]
use crate::export::Meters;
use crate::export::{Destination, Plan};
use crate::self_report::SelfReport;

/// A destination, or what is to be made one.
#[derive(Debug)]
pub(super) enum Where {
    Ours(Destination),
    Foreign(Box<Plan>),
}

impl Builder {
    /// What is left of it where the environment switches telemetry off.
    pub(super) fn switched_off(self) -> Self {
        Self { environment: Environment::empty(), destinations: Vec::new(), sampler: None, filter: None, ..self }
    }

    /// What to tell a user who has not said where traces are to go.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        let settled = !self.destinations.is_empty()
            || self.environment.get("OTEL_TRACES_EXPORTER").is_some()
            || self.environment.get("OTEL_EXPORTER_OTLP_ENDPOINT").is_some()
            || self.environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").is_some();
        let disabled =
            self.environment.get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if settled || disabled {
            return None;
        }
        Some(if std::io::stderr().is_terminal() {
            "traces are drawn on the terminal; to send them to Jaeger or a Collector set \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317"
        } else {
            "traces go nowhere; to send them to Jaeger or a Collector set \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317, to draw them on stderr OTEL_TRACES_EXPORTER=console"
        })
    }
}

/// Those of the code, or else those of the environment, or else the terminal.
pub(super) fn destinations(
    given: Vec<Where>,
    environment: &Environment,
    settings: &Settings,
    content: &Content,
    self_report: &SelfReport,
) -> Result<Vec<Plan>, BuildError> {
    let named = if given.is_empty() {
        from_environment(environment, settings)?.into_iter().map(Where::Ours).collect()
    } else {
        given
    };
    let variable = |name: &str| environment.get(name);
    named
        .into_iter()
        .map(|destination| match destination {
            Where::Ours(destination) => {
                Plan::of(destination, &variable, content, self_report).map_err(BuildError::destination)
            }
            Where::Foreign(plan) => Ok(*plan),
        })
        .collect()
}

fn from_environment(environment: &Environment, settings: &Settings) -> Result<Vec<Destination>, BuildError> {
    let lookup = |name: &str| environment.get(name);
    let Some(exporters) = settings.exporters else {
        return Ok(match config::otlp::destination(&lookup)? {
            Some(otlp) => vec![otlp],
            None if std::io::stderr().is_terminal() => vec![Destination::terminal()],
            None => Vec::new(),
        });
    };
    let mut named = Vec::new();
    if exporters.otlp {
        let given = match config::otlp::destination(&lookup)? {
            Some(otlp) => Some(otlp),
            None => config::otlp::destination(&with_endpoint(&lookup, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"))?,
        };
        named.extend(given);
    }
    if exporters.console {
        named.push(Destination::terminal());
    }
    Ok(named)
}

/// `lookup`, and where OTLP goes when an exporter is asked for and no endpoint is named, as the specification has it.
/// `protocol` is the variable of the signal.
fn with_endpoint(lookup: &dyn Fn(&str) -> Option<String>, protocol: &'static str) -> impl Fn(&str) -> Option<String> {
    let word = [protocol, "OTEL_EXPORTER_OTLP_PROTOCOL"].into_iter().find_map(lookup);
    let grpc = word.is_some_and(|word| word.eq_ignore_ascii_case("grpc"));
    let endpoint = if grpc { "http://localhost:4317" } else { "http://localhost:4318" };
    move |name| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.to_owned()),
        _ => lookup(name),
    }
}

/// The provider that sends metrics where the environment says so.
#[cfg(feature = "metrics")]
pub(super) fn meters(
    environment: &Environment,
    settings: &Settings,
    resource: &Resource,
    self_report: &SelfReport,
) -> Result<Option<Meters>, BuildError> {
    if !settings.metrics {
        return Ok(None);
    }
    let lookup = |name: &str| environment.get(name);
    let destination = match config::otlp::metrics(&lookup)? {
        Some(destination) => Some(destination),
        None => config::otlp::metrics(&with_endpoint(&lookup, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"))?,
    };
    let Some(destination) = destination else { return Ok(None) };
    Meters::start(&destination, resource.clone(), settings.metric_interval, self_report.clone())
        .map_err(BuildError::destination)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_endpoint_the_port_is_the_protocols_in_any_case() {
        for (word, port) in [("grpc", 4317), ("GRPC", 4317), ("HTTP/protobuf", 4318), ("", 4318)] {
            let variables = |name: &str| (name == "OTEL_EXPORTER_OTLP_PROTOCOL").then(|| word.to_owned());
            let endpoint = with_endpoint(&variables, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL");
            assert_eq!(endpoint("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap(), format!("http://localhost:{port}"));
        }
    }
}
