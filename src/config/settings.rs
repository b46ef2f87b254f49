//! Everything that is read from the environment, apart from OTLP and the Resource.

use std::str::FromStr;
use std::time::Duration;

use opentelemetry_sdk::trace::Sampler;

use super::sampler;
use super::unused::Decided;
use super::variable::{Environment, VariableError};
use crate::content::{self, ContentMode, Limits};
use crate::layer::TraceFilter;

/// The variables behind [`Limits`].
pub(super) const LIMITS: [&str; 8] = [
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
];

/// The variables for metrics alone: the exporter, the endpoint and the interval.
pub(super) const METRICS: [&str; 3] =
    ["OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_METRIC_EXPORT_INTERVAL"];

/// Names the file with the user's prices.
pub(crate) const PRICES: &str = "TRACING_GENAI_PRICES";

/// The settings.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) exporters: Option<Exporters>,
    /// `OTEL_METRICS_EXPORTER` is `otlp`, or an endpoint for metrics alone is named.
    pub(crate) metrics: bool,
    #[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "nothing is sent"))]
    pub(crate) metric_interval: Option<Duration>,
    pub(crate) sampler: Option<Sampler>,
    pub(crate) filter: Option<TraceFilter>,
    pub(crate) content: Option<ContentMode>,
    pub(crate) limits: Limits,
    /// The file with the user's prices.
    pub(crate) prices: Option<String>,
    pub(crate) schedule_delay: Option<Duration>,
    pub(crate) export_timeout: Option<Duration>,
    pub(crate) max_batch_spans: Option<usize>,
    pub(crate) max_queue_spans: Option<usize>,
    /// `TRACING_GENAI_SPOOL_DIR`.
    pub(crate) spool_dir: Option<String>,
}

/// `OTEL_TRACES_EXPORTER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exporters {
    pub(crate) otlp: bool,
    pub(crate) console: bool,
}

impl Settings {
    /// Those of a telemetry that is switched off: no span begins, and none leaves.
    pub(crate) fn off() -> Self {
        Self {
            exporters: Some(Exporters::default()),
            sampler: Some(Sampler::AlwaysOff),
            filter: Some(TraceFilter::off()),
            ..Self::default()
        }
    }

    /// What code decides is not looked at: it is for others, if for anybody, and need not be what we understand.
    pub(crate) fn read(environment: &Environment, decided: Decided) -> Result<Self, VariableError> {
        let measured_elsewhere = decided.meter || !cfg!(feature = "metrics");
        Ok(Self {
            exporters: unless(decided.destinations, || exporters(environment))?,
            metrics: unless(decided.meter, || metrics(environment))?,
            metric_interval: unless(measured_elsewhere, || positive(environment, METRICS[2]))?
                .map(Duration::from_millis),
            sampler: unless(decided.sampler, || sampler::sampler(environment))?,
            filter: unless(decided.filter, || filter(environment))?,
            content: content(environment)?,
            limits: unless(decided.limits, || limits(environment))?,
            prices: environment.get(PRICES),
            schedule_delay: milliseconds(environment, "OTEL_BSP_SCHEDULE_DELAY")?,
            // 0 is no bound of its own, as in the specification's configuration files.
            export_timeout: milliseconds(environment, "OTEL_BSP_EXPORT_TIMEOUT")?.filter(|most| !most.is_zero()),
            max_batch_spans: positive(environment, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE")?,
            max_queue_spans: positive(environment, "OTEL_BSP_MAX_QUEUE_SIZE")?,
            spool_dir: environment.get("TRACING_GENAI_SPOOL_DIR"),
        })
    }
}

/// `OTEL_SDK_DISABLED`. Then nothing else counts, be it wrong: this is what helps where it is.
pub(crate) fn is_disabled(environment: &Environment) -> Result<bool, VariableError> {
    const VARIABLE: &str = "OTEL_SDK_DISABLED";
    match environment.get(VARIABLE) {
        None => Ok(false),
        Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
        Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
        Some(value) => Err(VariableError::new(VARIABLE, value, "true or false")),
    }
}

fn unless<T: Default>(decided: bool, read: impl FnOnce() -> Result<T, VariableError>) -> Result<T, VariableError> {
    if decided { Ok(T::default()) } else { read() }
}

fn exporters(environment: &Environment) -> Result<Option<Exporters>, VariableError> {
    const VARIABLE: &str = "OTEL_TRACES_EXPORTER";
    let Some(list) = environment.get(VARIABLE) else { return Ok(None) };
    let mut exporters = Exporters::default();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name.to_ascii_lowercase().as_str() {
            "otlp" => exporters.otlp = true,
            "console" => exporters.console = true,
            "none" => {}
            _ => return Err(VariableError::new(VARIABLE, list, "otlp, console or none, or a list of them")),
        }
    }
    Ok(Some(exporters))
}

fn metrics(environment: &Environment) -> Result<bool, VariableError> {
    let [exporter, endpoint, _] = METRICS;
    match environment.get(exporter).as_deref() {
        // An endpoint for all signals may be one that takes traces only.
        None => Ok(environment.get(endpoint).is_some()),
        Some(otlp) if otlp.eq_ignore_ascii_case("otlp") => Ok(true),
        Some(none) if none.eq_ignore_ascii_case("none") => Ok(false),
        // Nothing is sent from here, which is told, and what else the program measures may go where it says.
        Some(_) if !cfg!(feature = "metrics") => Ok(true),
        Some(other) => Err(VariableError::new(exporter, other, "otlp or none")),
    }
}

fn filter(environment: &Environment) -> Result<Option<TraceFilter>, VariableError> {
    const VARIABLE: &str = "TRACING_GENAI_FILTER";
    let Some(directives) = environment.get(VARIABLE) else { return Ok(None) };
    match TraceFilter::parse(&directives) {
        Some(filter) => Ok(Some(filter)),
        None => Err(VariableError::new(VARIABLE, directives, "directives such as info,my_crate=debug,noisy=off")),
    }
}

fn content(environment: &Environment) -> Result<Option<ContentMode>, VariableError> {
    content::mode_from_env(&|name| environment.get(name))
        .map_err(|error| VariableError::new(content::CAPTURE_VARIABLE, error.value(), content::ALLOWED))
}

fn limits(environment: &Environment) -> Result<Limits, VariableError> {
    let mut limits = Limits::default();
    let first = |names: [&str; 2]| -> Result<Option<usize>, VariableError> {
        let [specific, general] = names;
        Ok(environment.number(specific)?.or(environment.number(general)?))
    };
    let [span_attributes, attributes, events, links, of_event, of_link, span_value, value] = LIMITS;
    if let Some(count) = first([span_attributes, attributes])? {
        limits = limits.with_attributes(count);
    }
    if let Some(count) = environment.number(events)? {
        limits = limits.with_events(count);
    }
    if let Some(count) = environment.number(links)? {
        limits = limits.with_links(count);
    }
    if let Some(count) = first([of_event, attributes])? {
        limits = limits.with_event_attributes(count);
    }
    if let Some(count) = first([of_link, attributes])? {
        limits = limits.with_link_attributes(count);
    }
    if let Some(bytes) = first([span_value, value])? {
        limits = limits.with_value_bytes(bytes);
    }
    Ok(limits)
}

fn milliseconds(environment: &Environment, variable: &str) -> Result<Option<Duration>, VariableError> {
    Ok(environment.number(variable)?.map(Duration::from_millis))
}

fn positive<T: FromStr + Default + PartialEq>(
    environment: &Environment,
    variable: &str,
) -> Result<Option<T>, VariableError> {
    match environment.number(variable)? {
        Some(zero) if zero == T::default() => Err(VariableError::new(variable, "0", "a whole number above 0")),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variable: &'static str, value: &'static str) -> Result<Settings, VariableError> {
        let environment = Environment::from_lookup(move |name| (name == variable).then(|| value.to_owned()));
        is_disabled(&environment).and_then(|_| Settings::read(&environment, Decided::default()))
    }

    #[test]
    fn every_bad_value_names_its_variable_and_what_would_be_right() {
        for (variable, value, remedy) in [
            ("OTEL_SDK_DISABLED", "yes", "true or false"),
            ("OTEL_TRACES_EXPORTER", "jaeger", "otlp, console or none"),
            ("OTEL_TRACES_SAMPLER", "sometimes", "always_on"),
            ("TRACING_GENAI_FILTER", "a=b=c", "my_crate=debug"),
            ("OTEL_BSP_SCHEDULE_DELAY", "5s", "whole number"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "above 0"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "-1", "not negative"),
            ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "all", "SPAN_ONLY"),
        ] {
            let error = read(variable, value).unwrap_err().to_string();
            assert!(error.contains(variable) && error.contains(value) && error.contains(remedy), "{error}");
        }
    }

    #[test]
    fn what_metrics_are_asked_for_is_judged_where_they_can_be_sent() {
        for (variable, value) in [("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_METRIC_EXPORT_INTERVAL", "0")] {
            assert_eq!(read(variable, value).is_err(), cfg!(feature = "metrics"), "{variable}");
        }
    }

    #[test]
    fn words_are_known_in_any_case() {
        let exporters = read("OTEL_TRACES_EXPORTER", "OTLP,Console").unwrap().exporters.unwrap();
        assert!(exporters.otlp && exporters.console);
        assert!(read("OTEL_METRICS_EXPORTER", "Otlp").unwrap().metrics);
        assert!(!read("OTEL_METRICS_EXPORTER", "NONE").unwrap().metrics);
    }

    #[test]
    fn no_time_for_an_export_is_no_bound_on_it() {
        let timeout = |value| read("OTEL_BSP_EXPORT_TIMEOUT", value).unwrap().export_timeout;
        assert_eq!((timeout("0"), timeout("1")), (None, Some(Duration::from_millis(1))));
    }

    #[test]
    fn an_empty_value_counts_as_unset() {
        assert!(read("OTEL_TRACES_EXPORTER", " ").unwrap().exporters.is_none());
    }
}
