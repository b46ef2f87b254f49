//! `OTEL_TRACES_SAMPLER` and its argument.

use opentelemetry_sdk::trace::Sampler;

use super::variable::{Environment, VariableError};

pub(super) const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
pub(super) const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

/// The sampler that the environment asks for, if it asks for one.
pub(super) fn sampler(environment: &Environment) -> Result<Option<Sampler>, VariableError> {
    let Some(name) = environment.get(SAMPLER) else { return Ok(None) };
    let parent_based = |root: Sampler| Sampler::ParentBased(Box::new(root));
    let sampler = match name.to_ascii_lowercase().as_str() {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(ratio(environment)?),
        "parentbased_always_on" => parent_based(Sampler::AlwaysOn),
        "parentbased_always_off" => parent_based(Sampler::AlwaysOff),
        "parentbased_traceidratio" => parent_based(Sampler::TraceIdRatioBased(ratio(environment)?)),
        _ => {
            return Err(VariableError::new(
                SAMPLER,
                name,
                "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or \
                 parentbased_traceidratio",
            ));
        }
    };
    Ok(Some(sampler))
}

/// Whether the sampler that the environment asks for reads its argument.
pub(super) fn takes_argument(environment: &Environment) -> bool {
    environment.get(SAMPLER).is_some_and(|name| name.to_ascii_lowercase().ends_with("traceidratio"))
}

/// 1.0 when it is not given, as the specification has it.
fn ratio(environment: &Environment) -> Result<f64, VariableError> {
    let Some(text) = environment.get(ARGUMENT) else { return Ok(1.0) };
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err(VariableError::new(ARGUMENT, text, "a ratio from 0.0 to 1.0")),
    }
}
