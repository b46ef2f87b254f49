//! `StreamRecord`: what chunks tell of the whole.

use opentelemetry::{Key, Value};

use super::assembly::Assembly;
use crate::conventions::attribute;
use crate::layer::Recorded;
use crate::payload::Payload;
use crate::record;
use crate::usage::Usage;

/// Attributes that a stream's functions may record by name.
const MAX_ATTRIBUTES: usize = 128;
/// Finish reasons: one for each choice.
const MAX_FINISH_REASONS: usize = 128;

/// Takes down what the chunks of a stream tell; given to [`on_chunk`](crate::GenAiStream::on_chunk) and
/// [`on_error`](crate::GenAiStream::on_error). It goes to the span when the stream ends.
///
/// Texts and the fragments of tool calls are put together. Of anything else the last word counts, and nothing is added
/// up.
#[derive(Debug, Default)]
pub struct StreamRecord {
    usage: Option<Usage>,
    finish_reasons: Vec<String>,
    attributes: Vec<(Key, Value)>,
    output: Option<Payload>,
    assembly: Assembly,
}

impl StreamRecord {
    /// The tokens of the whole answer, as far as they are known. Recorded again, it takes the place of what was there.
    pub fn usage(&mut self, usage: Usage) -> &mut Self {
        self.usage = Some(usage);
        self
    }

    /// The model that answers.
    pub fn response_model(&mut self, model: impl AsRef<str>) -> &mut Self {
        self.text_attribute(attribute::GEN_AI_RESPONSE_MODEL, model.as_ref())
    }

    /// The answer's id.
    pub fn response_id(&mut self, id: impl AsRef<str>) -> &mut Self {
        self.text_attribute(attribute::GEN_AI_RESPONSE_ID, id.as_ref())
    }

    /// Adds a finish reason; one for each choice, in order. An empty one says nothing.
    pub fn finish_reason(&mut self, reason: impl Into<String>) -> &mut Self {
        let reason = reason.into();
        if !reason.is_empty() && self.finish_reasons.len() < MAX_FINISH_REASONS {
            self.finish_reasons.push(reason);
        }
        self
    }

    /// Adds to the answer's text. It leaves the process only with content capture on. 1 MiB is kept in all; what is
    /// missing is counted in `tracing_genai.truncated`.
    pub fn text(&mut self, fragment: impl AsRef<str>) -> &mut Self {
        self.assembly.text(fragment.as_ref());
        self
    }

    /// Adds to the answer's reasoning, under the same limit.
    pub fn reasoning(&mut self, fragment: impl AsRef<str>) -> &mut Self {
        self.assembly.reasoning(fragment.as_ref());
        self
    }

    /// Adds a fragment of the tool call that has this index in the answer. What a fragment does not carry is an empty
    /// text; arguments are put together. Another id with a name begins another call, whatever its index.
    pub fn tool_call(
        &mut self,
        index: usize,
        id: impl AsRef<str>,
        name: impl AsRef<str>,
        arguments: impl AsRef<str>,
    ) -> &mut Self {
        self.assembly.tool_call(index, id.as_ref(), name.as_ref(), arguments.as_ref());
        self
    }

    /// The whole output, in place of what was put together.
    pub fn output(&mut self, output: impl Into<Payload>) -> &mut Self {
        self.output = Some(output.into());
        self
    }

    /// The kind of error, of low cardinality; see
    /// [`record_error_type`](crate::GenAiSpanExt::record_error_type).
    pub fn error_type(&mut self, error_type: impl AsRef<str>) -> &mut Self {
        self.text_attribute(attribute::ERROR_TYPE, error_type.as_ref())
    }

    /// Any attribute by its name, short or full. 128 are kept.
    pub fn attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) -> &mut Self {
        let (key, value) = (key.into(), value.into());
        if let Some((_, old)) = self.attributes.iter_mut().find(|(known, _)| *known == key) {
            *old = value;
        } else if self.attributes.len() < MAX_ATTRIBUTES {
            self.attributes.push((key, value));
        }
        self
    }

    pub(super) fn has_usage(&self) -> bool {
        self.usage.is_some()
    }

    pub(super) fn has_finish_reason(&self) -> bool {
        !self.finish_reasons.is_empty()
    }

    /// All of it, as it is recorded on the span.
    pub(super) fn into_steps(self) -> impl Iterator<Item = Recorded> {
        let usage: Vec<Recorded> = self.usage.iter().flat_map(record::usage).collect();
        let (put_together, missing) = self.assembly.finish();
        let missing = (missing > 0 && self.output.is_none())
            .then(|| (Key::from_static_str(attribute::TRACING_GENAI_TRUNCATED), Value::I64(missing)));
        let output = self.output.or(put_together).map(Recorded::Output);
        let attributes = self.attributes.into_iter().chain(missing).map(|(key, value)| Recorded::Attribute(key, value));
        usage
            .into_iter()
            .chain(attributes)
            .chain(self.finish_reasons.into_iter().map(Recorded::FinishReason))
            .chain(output)
    }

    /// Most chunks repeat it; a text that is there already is not made again.
    fn text_attribute(&mut self, key: &'static str, value: &str) -> &mut Self {
        let known = self.attributes.iter().find(|(known, _)| known.as_str() == key);
        if known.is_some_and(|(_, old)| matches!(old, Value::String(old) if old.as_str() == value)) {
            return self;
        }
        self.attribute(Key::from_static_str(key), value.to_owned())
    }
}
