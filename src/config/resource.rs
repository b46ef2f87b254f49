//! The Resource: the service's name and what else the environment says of the process.

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{ResourceDetector as _, TelemetryResourceDetector};

use super::variable::{Environment, VariableError};
use crate::conventions::attribute;

const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// `given` in code wins over the environment, which wins over `default_name`.
pub(crate) fn resource(
    environment: &Environment,
    default_name: &str,
    given: Option<&Resource>,
) -> Result<Resource, VariableError> {
    let mut attributes = vec![KeyValue::new(attribute::SERVICE_NAME, default_name.to_owned())];
    attributes.extend(from_variable(environment)?);
    if let Some(name) = environment.get(SERVICE_NAME) {
        attributes.push(KeyValue::new(attribute::SERVICE_NAME, name));
    }
    if let Some(given) = given {
        // A Resource built by the SDK always names a service; its placeholder is not the user's word. Nor is what it has
        // from the variable, as it was written there: the SDK does not decode it.
        let list = environment.get(ATTRIBUTES).unwrap_or_default();
        let is_raw = |key: &Key, value: &Value| {
            pairs(&list).any(|pair| {
                let is_same = |(of, raw): (&str, &str)| of.trim() == key.as_str() && raw.trim() == value.as_str();
                pair.contains('%') && pair.split_once('=').is_some_and(is_same)
            })
        };
        attributes.extend(
            given
                .iter()
                .filter(|(key, value)| key.as_str() != attribute::SERVICE_NAME || !is_placeholder(value))
                .filter(|(key, value)| !is_raw(key, value))
                .map(|(key, value)| KeyValue::new(key.clone(), value.clone())),
        );
    }
    // Later attributes replace earlier ones.
    let telemetry = TelemetryResourceDetector.detect();
    Ok(Resource::builder_empty()
        .with_attributes(telemetry.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())))
        .with_attributes(attributes)
        .build())
}

fn is_placeholder(value: &Value) -> bool {
    value.as_str().starts_with("unknown_service")
}

fn from_variable(environment: &Environment) -> Result<Vec<KeyValue>, VariableError> {
    let Some(list) = environment.get(ATTRIBUTES) else { return Ok(Vec::new()) };
    pairs(&list)
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(KeyValue::new(percent_decoded(key.trim()), percent_decoded(value.trim())))
            }
            _ => Err(VariableError::new(
                ATTRIBUTES,
                list.clone(),
                "a list such as deployment.environment.name=prod,team=support",
            )),
        })
        .collect()
}

fn pairs(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|pair| !pair.is_empty())
}

/// `%2C` → `,`. What is no valid escape stays as it is.
fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::Resource;

    use super::*;

    fn environment(name: &'static str, attributes: &'static str) -> Environment {
        Environment::from_lookup(move |variable| match variable {
            SERVICE_NAME => Some(name.to_owned()),
            ATTRIBUTES => Some(attributes.to_owned()),
            _ => None,
        })
    }

    fn service(resource: &Resource) -> String {
        resource.get(&Key::from_static_str(attribute::SERVICE_NAME)).unwrap().to_string()
    }

    #[test]
    fn the_environment_renames_a_service_and_code_wins_over_both() {
        let empty = resource(&Environment::empty(), "given-to-install", None).unwrap();
        assert_eq!(service(&empty), "given-to-install");
        let renamed = environment("deployed", "service.name=less,team=a%2Cb");
        let from_variable = resource(&renamed, "given-to-install", None).unwrap();
        assert_eq!(service(&from_variable), "deployed");
        assert_eq!(from_variable.get(&Key::new("team")).unwrap().to_string(), "a,b");
        let code = Resource::builder_empty().with_service_name("code").build();
        assert_eq!(service(&resource(&renamed, "given-to-install", Some(&code)).unwrap()), "code");
    }

    #[test]
    fn a_resource_of_the_sdk_does_not_undo_the_decoding_of_the_variable() {
        let variables = environment("", "service.name=my%20service,team=a%2Cb,zone=eu,a%3Db=c");
        // As the SDK reads the same variable.
        let read =
            [("service.name", "my%20service"), ("team", "a%2Cb"), ("zone", "eu"), ("a%3Db", "c"), ("added", "50%25")];
        let given = Resource::builder_empty().with_attributes(read.map(|(key, value)| KeyValue::new(key, value)));
        let resource = resource(&variables, "x", Some(&given.build())).unwrap();
        let keys = ["service.name", "team", "zone", "a=b", "added"];
        let values = keys.map(|key| resource.get(&Key::from_static_str(key)).unwrap().to_string());
        assert_eq!(values, ["my service", "a,b", "eu", "c", "50%25"]);
        assert_eq!(resource.get(&Key::from_static_str("a%3Db")), None);
    }

    #[test]
    fn a_list_that_is_none_is_an_error_with_a_remedy() {
        let error = resource(&environment("", "team"), "x", None).unwrap_err();
        assert!(error.to_string().contains("OTEL_RESOURCE_ATTRIBUTES"), "{error}");
        assert!(error.to_string().contains("deployment.environment.name=prod"), "{error}");
    }
}
