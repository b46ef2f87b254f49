//! What is known of a backend with a name, and how it is filled in when the telemetry is built: from what code says, then
//! from the variables that the vendor documents.

use std::time::Duration;

use super::destination::{Compression, Destination, DestinationError, Kind, Otlp, Protocol, Setting};
use super::limits::{Length, SpanLimits};
use crate::dialect::Dialect;

/// Written from `conventions/destinations.yaml`.
#[derive(Debug)]
pub(crate) struct Preset {
    /// The method of [`Destination`].
    pub(super) name: &'static str,
    /// `{NAME}` is a variable.
    pub(super) endpoint: &'static str,
    pub(super) protocol: Protocol,
    pub(super) gzip: bool,
    pub(super) dialect: Dialect,
    pub(super) headers: &'static [Header],
    pub(super) variables: &'static [Variable],
    pub(super) limits: SpanLimits,
}

/// What each request carries.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: &'static str,
    pub(super) value: Filling,
    /// Left out where a variable of it is not set.
    pub(super) optional: bool,
}

#[derive(Debug)]
pub(super) enum Filling {
    /// `{NAME}` is a variable.
    Text(&'static str),
    /// Variables of a user and a password.
    Basic(&'static str, &'static str),
}

/// A variable that the vendor documents.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) brief: &'static str,
    pub(super) default: Option<&'static str>,
    pub(super) older: Option<&'static str>,
}

/// The limits of a table.
pub(super) const fn limits(
    value: Option<Length>,
    key_chars: Option<usize>,
    items: Option<usize>,
    attributes: Option<usize>,
    events: Option<usize>,
    age_hours: Option<u64>,
) -> SpanLimits {
    let age = match age_hours {
        Some(hours) => Some(Duration::from_secs(hours * 3_600)),
        None => None,
    };
    SpanLimits { value, key_chars, items, attributes, events, age }
}

type Lookup<'l> = &'l dyn Fn(&str) -> Option<String>;

impl Destination {
    pub(super) fn preset(preset: &'static Preset) -> Self {
        let destination = Self::otlp("").otlp_setting(|otlp| otlp.preset = Some(preset));
        destination.named_by("Destination::with_endpoint").with_name(preset.name)
    }

    /// The destination with what its preset knows, and the preset for what is said of errors. An error names the variable
    /// that is missing.
    pub(super) fn filled_in(mut self, variable: Lookup<'_>) -> Result<(Self, Origin), String> {
        let Kind::Otlp(otlp) = &mut self.kind else { return Ok((self, Origin::default())) };
        let Some(preset) = otlp.preset else { return Ok((self, Origin::default())) };
        let origin = Origin { preset: Some(preset), named_endpoint: otlp.endpoint.is_empty() };
        preset.fill_in(otlp, variable)?;
        Ok((self, origin))
    }
}

impl Preset {
    fn fill_in(&self, otlp: &mut Otlp, variable: Lookup<'_>) -> Result<(), String> {
        if otlp.endpoint.is_empty() {
            self.check_hosts(variable)?;
            let endpoint = self.text(self.endpoint, variable);
            otlp.endpoint = endpoint.map_err(|missing| self.missing(missing, "Destination::with_endpoint"))?;
            otlp.protocol.get_or_insert(self.protocol);
        } else if self.protocol == Protocol::HttpProtobuf || is_bare(&otlp.endpoint) {
            // Another address is the backend's own all the same. One with a path, or with the port of OTLP over HTTP, says
            // by itself what it is.
            otlp.protocol.get_or_insert(self.protocol);
        }
        // What code says comes later and wins.
        let given = std::mem::take(&mut otlp.headers);
        for header in self.headers {
            if given.iter().any(|(name, _)| name.trim().eq_ignore_ascii_case(header.name)) {
                continue;
            }
            match self.value(&header.value, variable) {
                Ok(value) => otlp.headers.push((header.name.to_owned(), value)),
                Err(_) if header.optional => {}
                Err(missing) => {
                    return Err(self.missing(missing, &format!("Destination::with_header({:?}, ..)", header.name)));
                }
            }
        }
        otlp.headers.extend(given);
        if self.gzip && cfg!(feature = "gzip") {
            otlp.compression.get_or_insert(Compression::Gzip);
        }
        otlp.dialect.get_or_insert(self.dialect);
        otlp.limits = otlp.limits.or(self.limits);
        Ok(())
    }

    /// A variable in the middle of a URL is a part of the host, though people know it as a page's address.
    fn check_hosts(&self, variable: Lookup<'_>) -> Result<(), String> {
        for name in names(self.endpoint).into_iter().filter(|name| !self.endpoint.starts_with(&format!("{{{name}}}"))) {
            let known = self.variables.iter().find(|known| known.name == name);
            if let Some(value) = self.get(name, variable)
                && !value.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter))
            {
                let example = known.and_then(|known| known.default).unwrap_or("example.com");
                return Err(format!(
                    "Destination::{}: {name}: {value:?} is not usable; expected a name such as {example}, without scheme and path",
                    self.name
                ));
            }
        }
        Ok(())
    }

    fn value(&self, filling: &Filling, variable: Lookup<'_>) -> Result<String, &'static str> {
        match filling {
            Filling::Text(text) => self.text(text, variable),
            Filling::Basic(user, password) => {
                let get = |name| self.get(name, variable).ok_or(name);
                Ok(format!("Basic {}", base64(&format!("{}:{}", get(user)?, get(password)?))))
            }
        }
    }

    /// The text with its variables filled in, or the one that is missing. A path that follows has one slash before it.
    fn text(&self, text: &'static str, variable: Lookup<'_>) -> Result<String, &'static str> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, inner)| Some((before, inner.split_once('}')?)))
        {
            let value = self.get(name, variable).ok_or(name)?;
            out.push_str(before);
            out.push_str(if after.starts_with('/') { value.trim_end_matches('/') } else { &value });
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// A variable that is blank is not set.
    fn get(&self, name: &str, variable: Lookup<'_>) -> Option<String> {
        let known = self.variables.iter().find(|known| known.name == name);
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        set(name).or_else(|| set(known?.older?)).or_else(|| known?.default.map(str::to_owned))
    }

    fn missing(&self, name: &str, method: &str) -> String {
        let brief = self.variables.iter().find(|known| known.name == name).map_or("its value", |known| known.brief);
        format!("Destination::{}: {name} is not set; expected {brief} there, or {method}", self.name)
    }
}

/// Where a destination's settings come from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin {
    preset: Option<&'static Preset>,
    /// The endpoint is not the code's.
    named_endpoint: bool,
}

impl Origin {
    /// The error, with the variables that hold what is wrong.
    pub(super) fn told(&self, error: &DestinationError) -> String {
        let Some(preset) = self.preset else { return error.to_string() };
        let variables = match error.setting {
            Setting::Endpoint if self.named_endpoint => names(preset.endpoint),
            Setting::Header => preset
                .headers
                .iter()
                .filter(|header| header.name == error.value)
                .flat_map(|header| match header.value {
                    Filling::Text(text) => names(text),
                    Filling::Basic(user, password) => vec![user, password],
                })
                .collect(),
            _ => Vec::new(),
        };
        if variables.is_empty() {
            return error.to_string();
        }
        format!(
            "Destination::{}: {}: {:?} is not usable; expected {}",
            preset.name,
            variables.join(", "),
            error.value,
            error.expected
        )
    }
}

/// The variables of a text.
fn names(text: &'static str) -> Vec<&'static str> {
    text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

/// Whether a URL has no path, and not the port of OTLP over HTTP.
fn is_bare(url: &str) -> bool {
    let address = url.trim().trim_end_matches('/');
    let address = address.split_once("://").map_or(address, |(_, address)| address);
    !address.contains('/') && !address.ends_with(":4318")
}

/// As RFC 4648 has it, with padding.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS.get((bits >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::generated::preset;
    use super::*;

    fn filled(destination: Destination, variables: &[(&str, &str)]) -> Result<Otlp, String> {
        let lookup =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        match destination.filled_in(&lookup)?.0.kind {
            Kind::Otlp(otlp) => Ok(*otlp),
            Kind::Terminal => panic!("an OTLP destination"),
        }
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("pk:sk-ÿ", "cGs6c2stw78="),
        ] {
            assert_eq!(base64(text), expected);
        }
    }

    #[test]
    fn every_variable_of_a_text_is_told_of() {
        for preset in preset::ALL {
            let fillings = preset.headers.iter().flat_map(|header| match header.value {
                Filling::Text(text) => names(text),
                Filling::Basic(user, password) => vec![user, password],
            });
            for name in names(preset.endpoint).into_iter().chain(fillings) {
                assert!(preset.variables.iter().any(|known| known.name == name), "{}: {name}", preset.name);
            }
        }
    }

    #[test]
    fn a_path_follows_a_variable_after_one_slash() {
        let keys = [("LANGFUSE_PUBLIC_KEY", "pk"), ("LANGFUSE_SECRET_KEY", "sk")];
        for (url, expected) in [
            ("https://eu.example", "https://eu.example/api/public/otel"),
            ("https://eu.example/", "https://eu.example/api/public/otel"),
            (" http://localhost:3000 ", "http://localhost:3000/api/public/otel"),
        ] {
            for name in ["LANGFUSE_BASE_URL", "LANGFUSE_HOST"] {
                let otlp = filled(Destination::langfuse(), &[keys[0], keys[1], (name, url)]).unwrap();
                assert_eq!(otlp.endpoint, expected);
            }
        }
        let otlp = filled(Destination::langfuse(), &keys).unwrap();
        assert_eq!(otlp.headers[0], ("authorization".to_owned(), "Basic cGs6c2s=".to_owned()));
        assert_eq!(otlp.dialect, Some(Dialect::Langfuse));
    }

    #[test]
    fn what_code_says_needs_no_variable_and_wins() {
        let destination = Destination::langfuse()
            .with_header("Authorization", "Basic mine")
            .with_endpoint("http://localhost:3000/api/public/otel")
            .with_dialect(Dialect::Otel)
            .with_max_value_bytes(1_000);
        let otlp = filled(destination, &[("LANGFUSE_BASE_URL", "http://elsewhere")]).unwrap();
        assert_eq!(otlp.endpoint, "http://localhost:3000/api/public/otel");
        assert!(otlp.headers.contains(&("Authorization".to_owned(), "Basic mine".to_owned())));
        assert!(!otlp.headers.iter().any(|(name, _)| name == "authorization"));
        assert_eq!((otlp.dialect, otlp.limits.value), (Some(Dialect::Otel), Some(Length::Bytes(1_000))));
    }
}
