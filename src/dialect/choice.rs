//! The dialects that a destination may have.

#[cfg(feature = "_otlp")]
use opentelemetry_sdk::trace::SpanData;

#[cfg(feature = "_otlp")]
use super::table::{Member, Quantity, Table};
#[cfg(feature = "_otlp")]
use super::{aside, generated};
#[cfg(feature = "_otlp")]
use crate::span::Sides;

/// The spelling in which spans leave for one destination.
///
/// Spans are made canonical, priced, redacted and shortened once; a dialect is a copy of that for one backend. It renames
/// and adds, takes out what the backend would count twice, and never brings back what was withheld. The presets of
/// [`Destination`](crate::Destination) choose theirs; [`with_dialect`](crate::Destination::with_dialect) chooses another.
///
/// [`Otel`](Self::Otel) costs nothing. The others cost a copy of each GenAI span, on the worker's thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// The names of the OpenTelemetry GenAI conventions 1.41, or the newer ones with
    /// [`Builder::with_newer_names`](crate::Builder::with_newer_names). All other dialects start from 1.41.
    #[default]
    Otel,
    /// OpenInference alone: `llm.*`, `input.value`, `output.value`, and messages and documents with one attribute for
    /// each field: at most 32 messages and 96 attributes of a side. For Arize, and readers of nothing else.
    OpenInference,
    /// The conventions' names, and beside them what Phoenix reads better from OpenInference: kind, the model that
    /// answered, input and output of every step, documents, and details of token counts.
    Phoenix,
    /// Langfuse's observations: type, model, counts that exclude each other, cost, input, output, level.
    Langfuse,
    /// MLflow's span type, inputs, outputs, token usage and cost, beside the conventions' names.
    Mlflow,
    /// LangSmith's run kind, prompt, completion and usage metadata; attributes without a prefix that it knows go under
    /// `langsmith.metadata.`. That LangSmith takes the cost over OTLP is not confirmed.
    Langsmith,
    /// The conventions' names, OpenInference's kind where they do not type a step, count details, documents; attributes
    /// that Datadog would drop stand in `_dd.ml_obs.metadata`.
    Datadog,
    /// The conventions' names with `gen_ai.system` and `operation.cost`.
    Logfire,
    /// The conventions' names with OpenLLMetry's kinds, entities and association properties.
    Traceloop,
    /// The conventions' names on the spans on which `SigNoz` counts them: models and usage on model calls, a tool's name on
    /// tools.
    Signoz,
}

impl Dialect {
    /// Each with its word in the environment.
    const WORDS: [(&str, Self); 10] = [
        ("otel", Self::Otel),
        ("openinference", Self::OpenInference),
        ("phoenix", Self::Phoenix),
        ("langfuse", Self::Langfuse),
        ("mlflow", Self::Mlflow),
        ("langsmith", Self::Langsmith),
        ("datadog", Self::Datadog),
        ("logfire", Self::Logfire),
        ("traceloop", Self::Traceloop),
        ("signoz", Self::Signoz),
    ];

    /// The one that has this word, in any case; otherwise what would be right.
    pub(crate) fn of_word(word: &str) -> Result<Self, String> {
        let known = Self::WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        known.map(|(_, dialect)| *dialect).ok_or_else(|| {
            let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
            format!("one of {}", words.join(", "))
        })
    }
}

#[cfg(feature = "_otlp")]
impl Dialect {
    /// The span in this dialect, or nothing where it leaves as it is.
    pub(crate) fn convert(self, data: &SpanData, gen_ai: bool, sides: Option<Sides>) -> Option<SpanData> {
        super::convert::convert(self.table()?, data, gen_ai, sides)
    }

    /// Whether it has a place for the sides of an amount.
    pub(crate) fn tells_sides(self) -> bool {
        let is_side = |quantity: Quantity| matches!(quantity, Quantity::InputCost | Quantity::OutputCost);
        let is_of_side = |member: &Member| matches!(member, Member::Count(quantity) if is_side(*quantity));
        self.table().is_some_and(|table| {
            let mut members = table.bags.iter().flat_map(|bag| bag.members);
            table.counts.iter().any(|(_, quantity)| is_side(*quantity)) || members.any(|(_, member)| is_of_side(member))
        })
    }

    /// Whether `key` says what a span was: neither cut nor dropped by a destination's limits.
    pub(crate) fn is_core(self, key: &str) -> bool {
        let is_core = |key: &str| generated::core::CORE.contains(&key);
        let Some(table) = self.table() else { return is_core(key) };
        is_core(aside::own_key(table.aside.as_ref(), key)) || table.core.contains(&key)
    }

    /// Whether `key` is one of many that are made of one value, which stands elsewhere too or is of less use in parts.
    pub(crate) fn is_flat(self, key: &str) -> bool {
        self.table().and_then(|table| table.flat.as_ref()).is_some_and(|flat| flat.begins(key))
    }

    fn table(self) -> Option<&'static Table> {
        match self {
            Self::Otel => None,
            Self::OpenInference => Some(&generated::openinference::TABLE),
            Self::Phoenix => Some(&generated::phoenix::TABLE),
            Self::Langfuse => Some(&generated::langfuse::TABLE),
            Self::Mlflow => Some(&generated::mlflow::TABLE),
            Self::Langsmith => Some(&generated::langsmith::TABLE),
            Self::Datadog => Some(&generated::datadog::TABLE),
            Self::Logfire => Some(&generated::logfire::TABLE),
            Self::Traceloop => Some(&generated::traceloop::TABLE),
            Self::Signoz => Some(&generated::signoz::TABLE),
        }
    }
}

#[cfg(all(test, feature = "_otlp"))]
mod tests {
    use opentelemetry::KeyValue;

    use super::super::fixture::span;
    use super::*;
    use crate::conventions::attribute::{ERROR_TYPE, GEN_AI_INPUT_MESSAGES, GEN_AI_REQUEST_MODEL};

    #[test]
    fn the_default_makes_no_copy_and_others_make_none_of_spans_that_they_leave() {
        let call = span("llm", vec![KeyValue::new(GEN_AI_REQUEST_MODEL, "m")]);
        assert_eq!(Dialect::Otel.convert(&call, true, None), None);
        for dialect in [Dialect::Phoenix, Dialect::Langfuse, Dialect::Datadog, Dialect::Signoz] {
            assert_eq!(dialect.convert(&call, false, None), None, "{dialect:?}");
            assert!(dialect.convert(&call, true, None).is_some(), "{dialect:?}");
        }
    }

    #[test]
    fn every_dialect_has_a_word_and_another_word_is_told_all_of_them() {
        for (word, dialect) in Dialect::WORDS {
            assert_eq!(format!("{dialect:?}").to_lowercase(), word);
            assert_eq!(Dialect::of_word(&word.to_uppercase()), Ok(dialect));
            assert!(Dialect::of_word("braintrust").unwrap_err().contains(word));
        }
        assert_eq!(Dialect::WORDS.iter().filter(|(_, dialect)| dialect.table().is_none()).count(), 1);
    }

    #[test]
    fn what_says_what_a_span_was_is_known_wherever_it_stands() {
        for (dialect, key, is_core) in [
            (Dialect::Otel, GEN_AI_REQUEST_MODEL.to_owned(), true),
            (Dialect::Otel, GEN_AI_INPUT_MESSAGES.to_owned(), false),
            (Dialect::Langsmith, format!("langsmith.metadata.{ERROR_TYPE}"), true),
            (Dialect::Langsmith, "langsmith.usage_metadata".to_owned(), true),
            (Dialect::Langfuse, "langfuse.observation.usage_details".to_owned(), true),
            (Dialect::Langfuse, "langfuse.observation.model.parameters".to_owned(), false),
            (Dialect::Otel, "langfuse.observation.usage_details".to_owned(), false),
        ] {
            assert_eq!(dialect.is_core(&key), is_core, "{dialect:?}: {key}");
        }
        assert!(Dialect::OpenInference.is_flat("llm.input_messages.0.message.role"));
        assert!(!Dialect::Phoenix.is_flat("llm.input_messages.0.message.role"));
    }
}
