//! One name for each provider.

use super::fold::in_any_spelling;
use super::generated::provider::provider;

/// The conventions' name of the provider that `name` means, whatever its case; nothing when it is not known, and then
/// `name` stays what it is.
pub(crate) fn canonical_provider(name: &str) -> Option<&'static str> {
    in_any_spelling(name, provider)
}

#[cfg(test)]
mod tests {
    use super::canonical_provider;
    use crate::conventions::value;

    #[test]
    fn spellings_of_rust_crates_become_the_conventions_names() {
        for (given, expected) in [
            ("azure.openai", value::provider::AZURE_AI_OPENAI),
            ("xai", value::provider::X_AI),
            ("mistral", value::provider::MISTRAL_AI),
            ("moonshot", value::provider::MOONSHOT_AI),
            ("OpenAI", value::provider::OPENAI),
            ("Amazon-Bedrock", value::provider::AWS_BEDROCK),
            ("gemini", value::provider::GCP_GEMINI),
            ("gcp.gemini", value::provider::GCP_GEMINI),
        ] {
            assert_eq!(canonical_provider(given), Some(expected), "{given}");
        }
    }

    #[test]
    fn an_unknown_provider_stays_what_it_is() {
        for name in ["ollama", "together", "", "openai2"] {
            assert_eq!(canonical_provider(name), None, "{name}");
        }
    }
}
