//! `OTEL_PROPAGATORS`: how `install` passes trace context on to other processes.

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use super::variable::{Environment, VariableError};

const VARIABLE: &str = "OTEL_PROPAGATORS";

/// The propagator that is asked for: W3C trace context and baggage when nothing is said, nothing for `none`.
pub(crate) fn propagator(environment: &Environment) -> Result<Option<TextMapCompositePropagator>, VariableError> {
    let list = environment.get(VARIABLE).unwrap_or_else(|| "tracecontext,baggage".to_owned());
    let mut propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>> = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name {
            "tracecontext" => propagators.push(Box::new(TraceContextPropagator::new())),
            "baggage" => propagators.push(Box::new(BaggagePropagator::new())),
            "none" => return Ok(None),
            _ => return Err(VariableError::new(VARIABLE, list, "tracecontext, baggage or none, or a list of them")),
        }
    }
    Ok(Some(TextMapCompositePropagator::new(propagators)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: &'static str) -> Result<Vec<String>, VariableError> {
        let environment = Environment::from_lookup(move |name| (name == VARIABLE).then(|| value.to_owned()));
        let propagator = propagator(&environment)?;
        Ok(propagator.iter().flat_map(TextMapPropagator::fields).map(str::to_owned).collect())
    }

    #[test]
    fn trace_context_and_baggage_are_passed_on_unless_said_otherwise() {
        let default = fields("").unwrap();
        assert!(default.contains(&"traceparent".to_owned()) && default.contains(&"baggage".to_owned()), "{default:?}");
        assert!(!fields("tracecontext").unwrap().contains(&"baggage".to_owned()));
        assert!(fields("none").unwrap().is_empty());
    }

    #[test]
    fn an_unknown_propagator_is_an_error_with_a_remedy() {
        let error = fields("b3").unwrap_err().to_string();
        assert!(error.contains("OTEL_PROPAGATORS") && error.contains("tracecontext"), "{error}");
    }
}
