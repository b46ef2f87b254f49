//! Variables that are set and cannot apply: each is named once, in a warning.

use super::settings::Settings;
use super::variable::Environment;
use super::{otlp, sampler};

const TEMPORALITY: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";

/// What code decides, and so takes from the environment.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is decided by itself")]
pub(crate) struct Decided {
    pub(crate) destinations: bool,
    /// Exporters of other crates are among the destinations.
    pub(crate) exporters: bool,
    pub(crate) filter: bool,
    pub(crate) limits: bool,
    pub(crate) prices: bool,
    pub(crate) sampler: bool,
    pub(crate) spool: bool,
    pub(crate) meter: bool,
}

/// What to say of the variables that have no effect, one sentence for each reason.
pub(crate) fn unused(environment: &Environment, settings: &Settings, decided: Decided) -> Vec<String> {
    let set = |names: &[&'static str]| -> Vec<String> {
        names.iter().filter(|name| environment.get(name).is_some()).map(|name| (*name).to_owned()).collect()
    };
    let mut sentences = Vec::new();
    let mut say = |variables: Vec<String>, why: &str| {
        if !variables.is_empty() {
            let verb = if variables.len() == 1 { "has" } else { "have" };
            sentences.push(format!("{} {verb} no effect: {why}", variables.join(", ")));
        }
    };

    let mut otlp = otlp::given(&|name| environment.get(name));
    let names_endpoint = otlp.iter().any(|name| name.ends_with("ENDPOINT"));
    if settings.metrics && !decided.meter && cfg!(feature = "metrics") {
        // The general ones are for metrics too.
        otlp.retain(|name| !otlp::is_general(name));
    }
    if decided.exporters {
        // Such an exporter may read the others itself.
        otlp.retain(|name| name == otlp::DIALECT);
    }
    if decided.destinations {
        say(
            [set(&["OTEL_TRACES_EXPORTER"]), otlp].concat(),
            "destinations are named in code, and replace those of the environment",
        );
    } else if settings.exporters.is_some_and(|exporters| !exporters.otlp) {
        say(otlp, "OTEL_TRACES_EXPORTER does not name otlp");
    } else if settings.exporters.is_none() && !names_endpoint {
        say(otlp, "no endpoint is named; set OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_TRACES_EXPORTER=otlp for localhost");
    }

    let metrics = set(&super::settings::METRICS);
    if decided.meter {
        say(metrics, "the meter provider is named in code");
    } else if settings.metrics && !cfg!(feature = "metrics") {
        say(metrics, "the cargo feature `metrics` of tracing-genai is not enabled");
    } else if settings.metrics {
        let asks_for_another =
            environment.get(TEMPORALITY).is_some_and(|word| !word.eq_ignore_ascii_case("cumulative"));
        say(
            asks_for_another.then(|| TEMPORALITY.to_owned()).into_iter().collect(),
            "sums are sent as cumulative; where a backend wants deltas, a Collector makes them (cumulativetodelta)",
        );
    } else {
        let interval = metrics.into_iter().filter(|name| name.ends_with("INTERVAL")).collect();
        say(interval, "no metrics are sent; set OTEL_METRICS_EXPORTER=otlp");
    }

    if decided.sampler {
        say(set(&[sampler::SAMPLER, sampler::ARGUMENT]), "the sampler is set in code");
    } else if !sampler::takes_argument(environment) {
        say(
            set(&[sampler::ARGUMENT]),
            "it is for OTEL_TRACES_SAMPLER=traceidratio and parentbased_traceidratio, and neither is set",
        );
    }
    if decided.filter {
        say(set(&["TRACING_GENAI_FILTER"]), "the filter is set in code");
    }
    if decided.prices {
        say(set(&[super::settings::PRICES]), "a price file is named in code");
    }
    if settings.spool_dir.is_some() && !cfg!(feature = "spool") {
        say(set(&["TRACING_GENAI_SPOOL_DIR"]), "the cargo feature `spool` of tracing-genai is not enabled");
    } else if decided.spool {
        say(set(&["TRACING_GENAI_SPOOL_DIR"]), "the spool is set in code");
    }
    if decided.limits {
        say(set(&super::settings::LIMITS), "limits are set in code");
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(variables: &'static [(&str, &str)], decided: Decided) -> Vec<String> {
        let environment = Environment::from_lookup(|name| {
            variables.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned())
        });
        unused(&environment, &Settings::read(&environment, decided).unwrap(), decided)
    }

    #[test]
    fn a_variable_that_cannot_apply_is_named_with_the_reason() {
        let nothing = Decided::default();
        for (variables, decided, names) in [
            (&[("OTEL_TRACES_SAMPLER_ARG", "0.5")][..], nothing, "OTEL_TRACES_SAMPLER_ARG has no effect"),
            (
                &[("OTEL_TRACES_SAMPLER", "always_on"), ("OTEL_TRACES_SAMPLER_ARG", "0.5")],
                nothing,
                "OTEL_TRACES_SAMPLER_ARG has no effect",
            ),
            (&[("OTEL_EXPORTER_OTLP_HEADERS", "a=b")], nothing, "set OTEL_EXPORTER_OTLP_ENDPOINT"),
            (&[("TRACING_GENAI_DIALECT", "mlflow")], nothing, "set OTEL_EXPORTER_OTLP_ENDPOINT"),
            (
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x:4318"), ("OTEL_TRACES_EXPORTER", "console")],
                nothing,
                "OTEL_TRACES_EXPORTER does not name otlp",
            ),
            (
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x:4318"), ("OTEL_TRACES_EXPORTER", "otlp")],
                Decided { destinations: true, ..nothing },
                "OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT have no effect",
            ),
            (
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x:4318"), ("TRACING_GENAI_DIALECT", "mlflow")],
                Decided { destinations: true, exporters: true, ..nothing },
                "TRACING_GENAI_DIALECT has no effect",
            ),
            (&[("OTEL_TRACES_SAMPLER", "always_off")], Decided { sampler: true, ..nothing }, "sampler is set in code"),
            (&[("TRACING_GENAI_FILTER", "info")], Decided { filter: true, ..nothing }, "filter is set in code"),
            (
                &[("OTEL_METRICS_EXPORTER", "otlp")],
                Decided { meter: true, ..nothing },
                "meter provider is named in code",
            ),
            (&[("OTEL_METRIC_EXPORT_INTERVAL", "1000")], nothing, "set OTEL_METRICS_EXPORTER=otlp"),
            (&[("TRACING_GENAI_PRICES", "p.toml")], Decided { prices: true, ..nothing }, "named in code"),
            (&[("OTEL_SPAN_EVENT_COUNT_LIMIT", "1")], Decided { limits: true, ..nothing }, "limits are set in code"),
        ] {
            let said = said(variables, decided);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].contains(names), "{said:?}");
        }
    }

    #[test]
    fn metrics_that_are_asked_for_and_not_built_in_are_told() {
        let said = said(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://x:4318/v1/metrics")], Decided::default());
        assert_eq!(said.len(), usize::from(!cfg!(feature = "metrics")), "{said:?}");
        assert!(said.iter().all(|sentence| sentence.contains("the cargo feature `metrics`")));
    }

    #[cfg(feature = "metrics")]
    #[test]
    fn sums_are_cumulative_whatever_is_preferred() {
        let said = said(&[("OTEL_METRICS_EXPORTER", "otlp"), (TEMPORALITY, "delta")], Decided::default());
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with(TEMPORALITY) && said[0].contains("cumulativetodelta"), "{said:?}");
    }

    #[cfg(feature = "metrics")]
    #[test]
    fn what_applies_to_metrics_alone_applies() {
        let variables = &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x:4318"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=b"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1000"),
            ("OTEL_METRICS_EXPORTER", "otlp"),
        ];
        let said = said(variables, Decided { destinations: true, ..Decided::default() });
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT has no effect"), "{said:?}");
    }

    #[test]
    fn nothing_is_said_of_variables_that_apply() {
        for variables in [
            &[][..],
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x:4318"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=b")],
            &[("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=b")],
            &[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.5")],
        ] {
            assert!(said(variables, Decided::default()).is_empty(), "{variables:?}");
        }
    }
}
