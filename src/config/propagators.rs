//! `OTEL_PROPAGATORS`: how a trace goes on in other processes.

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use super::variable::{Environment, VariableError};

const PROPAGATORS: &str = "OTEL_PROPAGATORS";
const DEFAULT: &str = "tracecontext,baggage";

/// The propagators that the environment asks for, or else W3C trace context and baggage; nothing when it asks for none.
pub(crate) fn propagators(environment: &Environment) -> Result<Option<TextMapCompositePropagator>, VariableError> {
    let list = environment.get(PROPAGATORS).unwrap_or_else(|| DEFAULT.to_owned());
    let in_lower_case = list.to_ascii_lowercase();
    let names: Vec<&str> = in_lower_case.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let wrong = || VariableError::new(PROPAGATORS, list.clone(), "tracecontext, baggage or both, or none alone");
    if names == ["none"] {
        return Ok(None);
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
            _ => return Err(wrong()),
        });
    }
    Ok(Some(TextMapCompositePropagator::new(propagators)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: &'static str) -> Result<Vec<String>, VariableError> {
        let environment = Environment::from_lookup(move |name| (name == PROPAGATORS).then(|| value.to_owned()));
        let propagators = propagators(&environment)?;
        let mut fields: Vec<String> =
            propagators.iter().flat_map(|propagators| propagators.fields()).map(str::to_owned).collect();
        fields.sort();
        Ok(fields)
    }

    #[test]
    fn each_word_means_its_headers_and_silence_means_both() {
        assert_eq!(fields("").unwrap(), ["baggage", "traceparent", "tracestate"]);
        assert_eq!(fields("baggage, tracecontext,baggage").unwrap(), ["baggage", "traceparent", "tracestate"]);
        assert_eq!(fields("Baggage").unwrap(), ["baggage"]);
        assert!(fields("NONE").unwrap().is_empty());
    }

    #[test]
    fn a_word_that_is_not_known_is_an_error_with_the_remedy() {
        for value in ["b3", "tracecontext,b3", "none,baggage"] {
            let error = fields(value).unwrap_err().to_string();
            assert!(error.contains(PROPAGATORS) && error.contains(value) && error.contains("tracecontext"), "{error}");
        }
    }
}
