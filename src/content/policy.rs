//! What a user allows to leave: [`Content`].

use std::collections::BTreeSet;
use std::sync::Arc;

use super::mode::ContentMode;

/// What prompts, answers, arguments and other free text may leave the process.
///
/// Off by default, for the spans of every crate. A GenAI span then leaves with its model, tokens, cost, numbers,
/// booleans and every field that was named on purpose, and without messages, log texts and what may be a function's
/// argument. That is a text field whose name is not known and has no dot, and one with a made-up name in the conventions'
/// own namespaces whose last word says that it holds content (`gen_ai.response.content`). How many texts were withheld
/// stands on the span under `tracing_genai.withheld`.
///
/// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says the same from outside. Where both speak, the stricter of
/// the two counts; `Content::default()` leaves the mode to the variable.
///
/// ```
/// use tracing_genai::Content;
///
/// let quiet = Content::none().allow_fields(["tier", "region"]);
/// let loud = Content::span_only();
/// # let _ = (quiet, loud);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a content policy does nothing until it is given to a builder or a destination"]
pub struct Content {
    mode: Option<ContentMode>,
    allowed: Arc<BTreeSet<String>>,
    strict: bool,
    error_messages: bool,
}

impl Content {
    /// Content does not leave, whatever the environment says.
    pub fn none() -> Self {
        Self::with_mode(ContentMode::NoContent)
    }

    /// Content leaves in the span's attributes.
    pub fn span_only() -> Self {
        Self::with_mode(ContentMode::SpanOnly)
    }

    /// Content leaves in one span event, `gen_ai.client.inference.operation.details`, and not in attributes.
    pub fn event_only() -> Self {
        Self::with_mode(ContentMode::EventOnly)
    }

    /// Content leaves in the span's attributes and in the event.
    pub fn span_and_event() -> Self {
        Self::with_mode(ContentMode::SpanAndEvent)
    }

    /// Content leaves as `mode` says.
    pub fn with_mode(mode: ContentMode) -> Self {
        Self { mode: Some(mode), ..Self::default() }
    }

    /// Fields that leave although capture is off: names as they stand in code or on the span.
    pub fn allow_fields<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Arc::make_mut(&mut self.allowed).extend(names.into_iter().map(Into::into));
        self
    }

    /// Applies the rule to every span, not only to GenAI ones.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Whether error messages leave. Defaults to `true`: they are the one free text that does, redacted and, with
    /// capture off, cut to 256 bytes.
    pub fn with_error_messages(mut self, leave: bool) -> Self {
        self.error_messages = leave;
        self
    }

    /// Where content goes. `NoContent` when nothing was said.
    pub fn mode(&self) -> ContentMode {
        self.mode.unwrap_or_default()
    }

    /// The policy in force: code and environment, and the stricter mode where both speak.
    pub(crate) fn resolve(code: Option<Self>, env: Option<ContentMode>) -> Self {
        let mut content = code.unwrap_or_default();
        content.mode = match (content.mode, env) {
            (Some(code), Some(env)) => Some(code.narrowest(env)),
            (code, env) => code.or(env),
        };
        content
    }

    /// This policy for one destination, which can only take away.
    pub(crate) fn narrowed_by(&self, destination: &Self) -> Self {
        let allowed = if destination.allowed.is_empty() {
            Arc::clone(&self.allowed)
        } else {
            Arc::new(self.allowed.intersection(&destination.allowed).cloned().collect())
        };
        Self {
            // A destination that names no mode takes what leaves at all.
            mode: Some(destination.mode.map_or(self.mode(), |mode| self.mode().narrowest(mode))),
            allowed,
            strict: self.strict || destination.strict,
            error_messages: self.error_messages && destination.error_messages,
        }
    }

    /// This policy for one span.
    pub(super) fn narrowed_to(&self, mode: ContentMode) -> Self {
        Self { mode: Some(self.mode().narrowest(mode)), ..self.clone() }
    }

    pub(super) fn covers(&self, gen_ai: bool) -> bool {
        gen_ai || self.strict
    }

    pub(super) fn allows(&self, field: &str) -> bool {
        !self.allowed.is_empty() && self.allowed.contains(field)
    }

    pub(super) fn keeps_error_messages(&self) -> bool {
        self.error_messages
    }
}

impl Default for Content {
    /// The mode is the environment's, and `NoContent` when it is silent.
    fn default() -> Self {
        Self { mode: None, allowed: Arc::default(), strict: false, error_messages: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_of_code_and_environment_counts() {
        let mode = |code: Option<Content>, env| Content::resolve(code, env).mode();
        let span = Some(ContentMode::SpanOnly);
        assert_eq!(mode(None, None), ContentMode::NoContent);
        assert_eq!(mode(None, span), ContentMode::SpanOnly);
        assert_eq!(mode(Some(Content::span_and_event()), None), ContentMode::SpanAndEvent);
        assert_eq!(mode(Some(Content::span_and_event()), span), ContentMode::SpanOnly);
        assert_eq!(mode(Some(Content::none()), span), ContentMode::NoContent);
        assert_eq!(mode(Some(Content::default().allow_fields(["tier"])), span), ContentMode::SpanOnly);
    }

    #[test]
    fn a_destination_only_narrows() {
        let ours = Content::span_only().allow_fields(["tier", "region"]);
        let theirs = ours.narrowed_by(&Content::span_and_event().allow_fields(["tier", "secret"]).strict());
        assert_eq!(theirs.mode(), ContentMode::SpanOnly);
        assert!(theirs.allows("tier") && !theirs.allows("region") && !theirs.allows("secret"));
        assert!(theirs.covers(false));
        assert!(Content::none().narrowed_by(&Content::span_only()).mode() == ContentMode::NoContent);
        assert!(ours.narrowed_by(&Content::none()).allows("region"), "no list means the list of the whole");
        assert!(!ours.narrowed_by(&Content::none().with_error_messages(false)).keeps_error_messages());
    }
}
