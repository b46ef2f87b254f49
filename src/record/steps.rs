//! What is recorded of usage, answers and errors, step by step.

use std::error::Error;
use std::fmt::Write as _;

use crate::layer::Recorded;
use crate::response::ProviderResponse;
use crate::usage::Usage;

/// Errors are told with their sources, but not without end.
const MAX_SOURCES: usize = 16;

/// The tokens that a call used.
pub(crate) fn usage(usage: &Usage) -> impl Iterator<Item = Recorded> {
    usage.attributes().chain([Usage::inclusive_mark()]).map(|(key, value)| Recorded::Attribute(key, value))
}

/// What a provider's answer says of itself.
pub(crate) fn provider_response(response: &ProviderResponse) -> Vec<Recorded> {
    let attributes = response.attributes().into_iter().map(|kv| Recorded::Attribute(kv.key, kv.value));
    let error = response.is_error().then(|| Recorded::Error(error_of(response)));
    attributes.chain(error).collect()
}

fn error_of(response: &ProviderResponse) -> String {
    response.error_message().or(response.error_type()).unwrap_or_default().to_owned()
}

/// An error's message with those of its sources.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut told = words(error);
    let mut source = error.source();
    for _ in 0..MAX_SOURCES {
        let Some(error) = source else { break };
        let next = words(error);
        // Many errors repeat their source in their own text.
        if !told.contains(&next) {
            // Writing to a `String` cannot fail.
            let _ = write!(told, ": {next}");
        }
        source = error.source();
    }
    told
}

/// What it says, also where its `Display` gives up half way, on which `to_string` panics.
fn words(error: &dyn Error) -> String {
    let mut words = String::new();
    let _ = write!(words, "{error}");
    words
}

#[cfg(test)]
mod tests {
    use super::with_sources;

    #[derive(Debug)]
    struct Chain(&'static str, Option<Box<Self>>);

    impl std::fmt::Display for Chain {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Chain {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    #[test]
    fn an_error_is_told_with_its_sources_and_without_repeating_them() {
        let root = Chain("connection refused", None);
        let middle = Chain("request failed: connection refused", Some(Box::new(root)));
        let top = Chain("plan failed", Some(Box::new(middle)));
        assert_eq!(with_sources(&top), "plan failed: request failed: connection refused");
    }

    #[derive(Debug)]
    struct GivesUp;

    impl std::fmt::Display for GivesUp {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("half of ")?;
            Err(std::fmt::Error)
        }
    }

    impl std::error::Error for GivesUp {}

    #[test]
    fn of_an_error_whose_display_gives_up_what_it_said_is_told() {
        assert_eq!(with_sources(&GivesUp), "half of ");
    }
}
