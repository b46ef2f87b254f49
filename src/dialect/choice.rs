//! The dialects that a destination may have.

#[cfg(feature = "_otlp")]
use opentelemetry_sdk::trace::SpanData;

#[cfg(feature = "_otlp")]
use super::table::Table;
#[cfg(feature = "_otlp")]
use super::{aside, generated};

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
    /// The conventions' names on the spans on which SigNoz counts them: models and usage on model calls, a tool's name on
    /// tools.
    Signoz,
}

#[cfg(feature = "_otlp")]
impl Dialect {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 10] = [
        Self::Otel,
        Self::OpenInference,
        Self::Phoenix,
        Self::Langfuse,
        Self::Mlflow,
        Self::Langsmith,
        Self::Datadog,
        Self::Logfire,
        Self::Traceloop,
        Self::Signoz,
    ];

    /// The span in this dialect, or nothing where it leaves as it is.
    pub(crate) fn convert(self, data: &SpanData, gen_ai: bool) -> Option<SpanData> {
        super::convert::convert(self.table()?, data, gen_ai)
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
