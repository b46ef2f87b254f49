//! Variables that are set and cannot apply: each is named once, never ignored in silence.

use super::variable::Environment;

/// What code has decided, so that the environment does not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decided {
    pub(crate) destinations: bool,
    pub(crate) sampler: bool,
    pub(crate) filter: bool,
}

const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
const OTLP: [&str; 7] =
    ["PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION", "CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"];

/// One sentence for each variable, with the reason.
pub(crate) fn unused(environment: &Environment, decided: Decided) -> Vec<String> {
    let is_set = |name: &str| environment.get(name).is_some();
    let mut notes = Vec::new();
    let mut note = |name: &str, reason: &str| notes.push(format!("{name} is set and has no effect: {reason}"));

    if decided.destinations {
        for name in ENDPOINTS.into_iter().chain(["OTEL_TRACES_EXPORTER"]).filter(|name| is_set(name)) {
            note(name, "the program names its destinations itself");
        }
    }
    let exports_otlp = environment.get("OTEL_TRACES_EXPORTER").is_some_and(|list| list.contains("otlp"));
    if decided.destinations || !(exports_otlp || ENDPOINTS.into_iter().any(is_set)) {
        for name in OTLP
            .into_iter()
            .flat_map(|name| [format!("OTEL_EXPORTER_OTLP_{name}"), format!("OTEL_EXPORTER_OTLP_TRACES_{name}")])
        {
            if is_set(&name) {
                note(&name, "nothing is sent by OTLP from the environment; set OTEL_EXPORTER_OTLP_ENDPOINT");
            }
        }
    }
    let sampler = environment.get("OTEL_TRACES_SAMPLER");
    if decided.sampler && sampler.is_some() {
        note("OTEL_TRACES_SAMPLER", "the program sets its sampler itself");
    }
    if is_set("OTEL_TRACES_SAMPLER_ARG") && !sampler.is_some_and(|name| name.contains("ratio")) {
        note("OTEL_TRACES_SAMPLER_ARG", "it is read for OTEL_TRACES_SAMPLER=traceidratio and parentbased_traceidratio");
    }
    if decided.filter && is_set("TRACING_GENAI_FILTER") {
        note("TRACING_GENAI_FILTER", "the program sets its filter itself");
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(decided: Decided, variables: &'static [&'static str]) -> Vec<String> {
        let environment = Environment::from_lookup(|name| variables.contains(&name).then(|| "x".to_owned()));
        unused(&environment, decided)
    }

    #[test]
    fn each_variable_that_cannot_apply_is_named() {
        let set = &["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER", "TRACING_GENAI_FILTER"];
        assert!(notes(Decided::default(), set).is_empty());
        let decided = Decided { destinations: true, sampler: true, filter: true };
        assert_eq!(notes(decided, set).len(), 3);
    }

    #[test]
    fn otlp_settings_without_an_endpoint_and_an_argument_without_a_sampler_are_named() {
        let notes = notes(Decided::default(), &["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_TRACES_SAMPLER_ARG"]);
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("OTEL_EXPORTER_OTLP_HEADERS") && notes[0].contains("ENDPOINT"), "{notes:?}");
    }
}
