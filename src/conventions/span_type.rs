//! The eleven kinds of step.

use std::fmt;

use opentelemetry::trace::SpanKind;

use super::fold::in_any_spelling;
use super::generated::span_type::{OPERATIONS, def, name, operation_index, word};

/// What kind of step a span is: what a user writes in the field `span_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpanType {
    /// A run of an agent, with everything that it does.
    Agent,
    /// A workflow, or one step of it that calls no model itself.
    Chain,
    /// A call of an embedding model.
    Embedding,
    /// A judgement of an answer.
    Evaluator,
    /// A check of what goes in or comes out.
    Guardrail,
    /// A call of a language model.
    Llm,
    /// Reading or writing an agent's memories.
    Memory,
    /// An agent's planning step.
    Plan,
    /// A call of a model that puts documents into order.
    Rerank,
    /// A search for documents.
    Retrieval,
    /// A tool call.
    Tool,
}

impl SpanType {
    /// The word that leaves under `span_type`, such as `llm`.
    pub const fn as_str(self) -> &'static str {
        name(self)
    }

    /// The span type that `word` means: its own word, one that another tool uses for it (`generation`, `RETRIEVER`,
    /// `workflow`), or the name of one of its operations (`chat`). Case does not matter, nor do `-`, `_` and blanks.
    ///
    /// ```
    /// use tracing_genai::SpanType;
    ///
    /// assert_eq!(SpanType::parse("Generation"), Some(SpanType::Llm));
    /// assert_eq!(SpanType::parse("teapot"), None);
    /// ```
    pub fn parse(word: &str) -> Option<Self> {
        in_any_spelling(word, self::word)
    }

    /// The span type that an operation's name shows.
    pub(crate) fn from_operation(name: &str) -> Option<Self> {
        operation(name).map(|operation| operation.span_type)
    }

    /// What follows from it.
    pub(crate) fn def(self) -> &'static SpanTypeDef {
        def(self)
    }
}

impl fmt::Display for SpanType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What follows from a span type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SpanTypeDef {
    /// The operation where the span names none; the conventions have none for every type.
    pub(crate) operation: Option<&'static str>,
    /// The kind where none was set on purpose.
    pub(crate) kind: SpanKind,
    /// The attribute whose value is the second word of the span's name.
    pub(crate) name_key: Option<&'static str>,
    /// The first word of the span's name where there is no operation.
    pub(crate) name_prefix: Option<&'static str>,
    /// Whether the function's name stands in for a missing second word.
    pub(crate) function_fallback: bool,
    pub(crate) openinference_kind: &'static str,
}

/// What follows from an operation, which may differ from what follows from its span type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) span_type: SpanType,
    pub(crate) kind: SpanKind,
    /// The attribute whose value is the second word of the span's name; nothing: the name is one word.
    pub(crate) name_key: Option<&'static str>,
}

/// What follows from the operation of this name; nothing for one that the conventions do not have.
pub(crate) fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.get(operation_index(name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::value::operation as op;

    #[test]
    fn case_and_the_words_of_other_tools_do_not_matter() {
        for (word, expected) in [
            ("llm", SpanType::Llm),
            ("LLM", SpanType::Llm),
            ("generation", SpanType::Llm),
            ("CHAT_MODEL", SpanType::Llm),
            ("Retriever", SpanType::Retrieval),
            ("workflow", SpanType::Chain),
            ("CHAIN", SpanType::Chain),
            ("reranker", SpanType::Rerank),
            ("execute_tool", SpanType::Tool),
            ("MEMORY", SpanType::Memory),
            ("\"agent\"", SpanType::Agent),
        ] {
            assert_eq!(SpanType::parse(word), Some(expected), "{word}");
        }
    }

    #[test]
    fn a_word_that_means_no_step_is_not_taken_for_one() {
        for word in ["", "span", "event", "unknown", "default", "teapot", "lllm"] {
            assert_eq!(SpanType::parse(word), None, "{word}");
        }
    }

    #[test]
    fn an_operation_shows_its_span_type_and_what_differs() {
        assert_eq!(SpanType::from_operation(op::TEXT_COMPLETION), Some(SpanType::Llm));
        assert_eq!(SpanType::from_operation(op::DELETE_MEMORY_STORE), Some(SpanType::Memory));
        assert_eq!(SpanType::from_operation("transcription"), None);
        let create = operation(op::CREATE_AGENT).expect("it is registered");
        assert_eq!((create.span_type, create.kind.clone()), (SpanType::Agent, SpanKind::Client));
        assert_eq!(operation(op::FETCH_RESPONSE).expect("it is registered").name_key, None);
    }

    #[test]
    fn it_shows_as_its_word() {
        assert_eq!(format!("{:>5}", SpanType::Llm), "  llm");
    }
}
