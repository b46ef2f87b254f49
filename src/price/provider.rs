//! Whose price list counts: by the base URL, by the provider's name, by the model's name alone.

use super::generated::overlay::{HOSTS, LOCAL_HOSTS, LOCAL_PROVIDERS, MODELS, PROVIDERS, REGION_HOSTS};
use super::glob;
use crate::conventions::value::provider::ANTHROPIC;

/// Who billed a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    /// One of the price list.
    Listed(&'static str),
    /// Nobody: the model runs at home.
    Local,
    /// Somebody whose prices are not known.
    Unlisted,
}

impl Provider {
    /// `name` and `host` in lower case; each may be empty.
    pub(super) fn of(name: &str, host: &str, model: &str) -> Self {
        if LOCAL_PROVIDERS.contains(&name) || LOCAL_HOSTS.iter().any(|pattern| glob::matches(pattern, host)) {
            return Self::Local;
        }
        // A client of a compatible API says `openai` whatever the base URL is.
        let by_host = |(_, patterns): &&(&str, &[&str])| patterns.iter().any(|pattern| glob::matches(pattern, host));
        let by_name = |(id, names): &&(&str, &[&str])| *id == name || names.contains(&name);
        let by_model = |(_, patterns): &&(&str, &[&str])| patterns.iter().any(|pattern| glob::matches(pattern, model));
        let listed = if host.is_empty() { None } else { HOSTS.iter().find(by_host) };
        let listed = listed.or_else(|| PROVIDERS.iter().find(by_name));
        let by_id = || MODELS.iter().find(by_model);
        let listed = match name {
            "" => listed.or_else(by_id),
            // Its clients speak to Bedrock too, whose ids nobody else has.
            ANTHROPIC => by_id().filter(|(id, _)| *id == "aws").or(listed),
            _ => listed,
        };
        if let Some((id, _)) = listed {
            return Self::Listed(id);
        }
        // Aggregators that the list names after what they route to.
        match super::catalogue::provider_id(name) {
            Some(id) => Self::Listed(id),
            None => Self::Unlisted,
        }
    }
}

/// The region that the host of a base URL says, if it says one.
pub(super) fn region_of_host<'a>(provider: &str, host: &'a str) -> Option<&'a str> {
    let (_, patterns) = REGION_HOSTS.iter().find(|(id, _)| *id == provider)?;
    patterns.iter().find_map(|pattern| glob::hole(pattern, host))
}

/// The host of what stands in `server.address`: a name, an address, sometimes a whole URL.
pub(super) fn host_of(address: &str) -> &str {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let address = address.split(['/', '?', '#']).next().unwrap_or_default();
    let address = address.rsplit_once('@').map_or(address, |(_, host)| host);
    if address.starts_with('[') {
        return address.split_inclusive(']').next().unwrap_or_default();
    }
    match address.split_once(':') {
        // More than one colon is an address of its own kind.
        Some((host, port)) if !port.contains(':') => host,
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_url_says_more_than_the_name_of_a_compatible_client() {
        for (name, host, model, expected) in [
            ("openai", "", "gpt-4o", Provider::Listed("openai")),
            ("openai", "api.groq.com", "llama-3.3-70b-versatile", Provider::Listed("groq")),
            ("openai", "eu.api.openai.com", "gpt-4o", Provider::Listed("openai")),
            ("openai", "localhost", "llama3", Provider::Local),
            ("openai", "127.0.0.1", "llama3", Provider::Local),
            ("ollama", "", "llama3", Provider::Local),
            ("aws.bedrock", "bedrock-runtime.us-east-1.amazonaws.com", "x", Provider::Listed("aws")),
            ("azure.ai.openai", "mine.openai.azure.com", "x", Provider::Listed("azure")),
            ("gcp.vertex_ai", "us-east5-aiplatform.googleapis.com", "x", Provider::Listed("google")),
            ("anthropic", "proxy.example.com", "x", Provider::Listed("anthropic")),
            ("huggingface_novita", "", "x", Provider::Listed("huggingface_novita")),
            ("my-openai-gateway", "", "gpt-4o", Provider::Unlisted),
            ("anthropic", "", "us.anthropic.claude-opus-5-v1:0", Provider::Listed("aws")),
            ("anthropic", "", "claude-opus-5", Provider::Listed("anthropic")),
            ("", "", "claude-opus-5", Provider::Listed("anthropic")),
            ("", "", "us.anthropic.claude-opus-5-v1:0", Provider::Listed("aws")),
            ("", "", "amazon.nova-pro-v1:0", Provider::Listed("aws")),
            ("", "", "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/x", Provider::Listed("aws")),
            ("", "", "models/gemini-2.5-pro", Provider::Listed("google")),
            ("", "", "projects/p/locations/l/publishers/anthropic/models/claude-opus-5", Provider::Listed("google")),
            ("", "", "anthropic/claude-opus-5", Provider::Unlisted),
            ("openai", "vpce-1-a.bedrock-runtime.eu-west-1.vpce.amazonaws.com", "x", Provider::Listed("aws")),
            ("openai", "adb-1.7.azuredatabricks.net", "databricks-gpt-5", Provider::Listed("databricks")),
            ("", "", "llama3", Provider::Unlisted),
        ] {
            assert_eq!(Provider::of(name, host, model), expected, "{name} {host} {model}");
        }
    }

    #[test]
    fn a_host_is_found_in_every_kind_of_address() {
        for (address, host) in [
            ("api.openai.com", "api.openai.com"),
            ("https://eu.api.openai.com/v1", "eu.api.openai.com"),
            ("localhost:11434", "localhost"),
            ("http://user:x@h.example:1/a?b", "h.example"),
            ("[::1]:8080", "[::1]"),
            ("::1", "::1"),
            ("", ""),
        ] {
            assert_eq!(host_of(address), host, "{address}");
        }
        assert_eq!(region_of_host("openai", "eu.api.openai.com"), Some("eu"));
        assert_eq!(region_of_host("google", "us-east5-aiplatform.googleapis.com"), Some("us-east5"));
        assert_eq!(region_of_host("google", "aiplatform.googleapis.com"), None);
    }
}
