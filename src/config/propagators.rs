//! `OTEL_PROPAGATORS`: how a trace goes on in other processes.

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use super::variable::{Environment, VariableError};

const PROPAGATORS: &str = "OTEL_PROPAGATORS";
const DEFAULT: &str = "tracecontext,baggage";
/// Those of the specification that are not built in. A list that serves a whole platform may name them.
const OTHERS: &[&str] = &["b3", "b3multi", "jaeger", "xray", "ottrace"];

/// What the environment asks for.
#[derive(Debug)]
pub(crate) struct Propagators {
    /// Nothing when none are asked for.
    pub(crate) ours: Option<TextMapCompositePropagator>,
    /// What to say of those that are left out.
    pub(crate) left_out: Option<String>,
}

/// The propagators that the environment asks for, or else W3C trace context and baggage.
pub(crate) fn propagators(environment: &Environment) -> Result<Propagators, VariableError> {
    let list = environment.get(PROPAGATORS).unwrap_or_else(|| DEFAULT.to_owned());
    let in_lower_case = list.to_ascii_lowercase();
    let names = in_lower_case.split(',').map(str::trim).filter(|name| !name.is_empty());
    let (others, mut names): (Vec<&str>, Vec<&str>) = names.partition(|name| OTHERS.contains(name));
    if names == ["none"] && others.is_empty() {
        return Ok(Propagators { ours: None, left_out: None });
    }
    if names.is_empty() {
        names = DEFAULT.split(',').collect();
    }
    let mut propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        // The specification has each once.
        if names.iter().take(at).any(|before| before == name) {
            continue;
        }
        propagators.push(match *name {
            "tracecontext" => Box::new(TraceContextPropagator::new()),
            "baggage" => Box::new(BaggagePropagator::new()),
            _ => {
                let expected = "tracecontext, baggage or both, or none alone";
                return Err(VariableError::new(PROPAGATORS, list.clone(), expected));
            }
        });
    }
    let left_out = (!others.is_empty()).then(|| {
        format!(
            "{PROPAGATORS} names {}, which is not built in and left out: traces go on by {}; for the other set a propagator of \
             its crate (opentelemetry::global::set_text_map_propagator) after install",
            others.join(", "),
            names.join(", ")
        )
    });
    Ok(Propagators { ours: Some(TextMapCompositePropagator::new(propagators)), left_out })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: &'static str) -> Result<Vec<String>, VariableError> {
        let environment = Environment::from_lookup(move |name| (name == PROPAGATORS).then(|| value.to_owned()));
        let ours = propagators(&environment)?.ours;
        let mut fields: Vec<String> = ours.iter().flat_map(|ours| ours.fields()).map(str::to_owned).collect();
        fields.sort();
        Ok(fields)
    }

    #[test]
    fn each_word_means_its_headers_and_silence_means_both() {
        assert_eq!(fields("").unwrap(), ["baggage", "traceparent", "tracestate"]);
        assert_eq!(fields("baggage, tracecontext,baggage").unwrap(), ["baggage", "traceparent", "tracestate"]);
        assert_eq!(fields("Baggage").unwrap(), ["baggage"]);
        assert!(fields("NONE").unwrap().is_empty());
        // Those that are not built in stop no program.
        assert_eq!(fields("b3,tracecontext").unwrap(), ["traceparent", "tracestate"]);
        assert_eq!(fields("b3multi, xray").unwrap(), ["baggage", "traceparent", "tracestate"]);
    }

    #[test]
    fn a_word_that_is_not_known_is_an_error_with_the_remedy() {
        for value in ["b4", "tracecontext,w3c", "none,baggage", "none,b3"] {
            let error = fields(value).unwrap_err().to_string();
            assert!(error.contains(PROPAGATORS) && error.contains(value) && error.contains("tracecontext"), "{error}");
        }
    }
}
