//! What kind of span it is, and how it is named: the span-type table, applied.

use opentelemetry::Value;
use opentelemetry::trace::SpanKind;
use tracing::Metadata;

use super::site::Site;
use crate::conventions::{self, Operation, SpanType, attribute};
use crate::layer::Open;
use crate::self_report::SelfReport;
use crate::span::Span;

/// For the message about a word that is none of them.
const KNOWN_TYPES: &str =
    "agent, chain, embedding, evaluator, guardrail, llm, memory, plan, rerank, retrieval and tool";
/// Words that are none of them are told apart so far: they may be made of what users send, and what else goes wrong is to
/// be said too.
const UNKNOWN_TYPES: usize = 16;
/// Longest second word of a span name: a name is of low cardinality and never carries a prompt.
const MAX_NAME_WORD: usize = 128;

/// What the names of models have in them that make vectors of text.
const EMBEDDING: &str = "embed";

/// Which repairs are made on GenAI spans. All by default.
///
/// A name, kind or status that was set on purpose (`otel.name`, `otel.kind`, `otel.status_code`) is never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each repair is switched by itself")]
pub struct Repair {
    pub(super) names: bool,
    pub(super) kinds: bool,
    pub(super) status: bool,
    pub(super) functions: bool,
}

impl Repair {
    /// Every repair: the default.
    pub fn all() -> Self {
        Self { names: true, kinds: true, status: true, functions: true }
    }

    /// No repair; add those that are wanted: `Repair::none().kinds()`.
    pub fn none() -> Self {
        Self { names: false, kinds: false, status: false, functions: false }
    }

    /// Span names as the span-type table has them (`chat gpt-4o-mini`); the one that was replaced stays in
    /// `tracing_genai.original_name`.
    #[must_use]
    pub fn names(self) -> Self {
        Self { names: true, ..self }
    }

    /// Span kinds as the span-type table has them (Client for a model call).
    #[must_use]
    pub fn kinds(self) -> Self {
        Self { kinds: true, ..self }
    }

    /// Status: Error for a returned `Err`, a recorded error and a panic, and not for a mere `error!` in the log.
    #[must_use]
    pub fn status(self) -> Self {
        Self { status: true, ..self }
    }

    /// `code.function.name` from the call site.
    #[must_use]
    pub fn functions(self) -> Self {
        Self { functions: true, ..self }
    }
}

impl Default for Repair {
    fn default() -> Self {
        Self::all()
    }
}

/// Finds the span's type and puts it, its operation and its provider in canonical words.
pub(super) fn span_type(span: &mut Span, self_report: &SelfReport) -> Option<SpanType> {
    name_provider(span);
    let declared = span.text(attribute::SPAN_TYPE).map(SpanType::parse);
    if let (Some(None), Some(word)) = (declared, span.text(attribute::SPAN_TYPE)) {
        let word: String = word.chars().take(64).collect();
        self_report.warn(
            &format!("unknown span_type {}", conventions::text_place(&word, UNKNOWN_TYPES)),
            format_args!("span_type {word:?} is not known and is exported as it is; known are {KNOWN_TYPES}"),
        );
    }
    let foreign = span.text(attribute::GEN_AI_OPERATION_NAME).and_then(conventions::foreign_operation);
    if let Some((operation, _)) = foreign {
        span.set(attribute::GEN_AI_OPERATION_NAME, operation);
    }
    let operation = span.text(attribute::GEN_AI_OPERATION_NAME);
    let by_operation = || operation.and_then(SpanType::from_operation).or(foreign.map(|(_, span_type)| span_type));
    let span_type = declared.flatten().or_else(by_operation).or_else(|| by_values(span))?;

    span.set_span_type(span_type);
    if span.get(attribute::GEN_AI_OPERATION_NAME).is_none()
        && let Some(operation) = span_type.def().operation
    {
        span.set(attribute::GEN_AI_OPERATION_NAME, operation);
    }
    Some(span_type)
}

/// What a span is that says nothing of it, shown by what it carries: a call of a model has one and what came out of it, or
/// in, where nothing comes out in tokens; only a tool's call has a tool, and only an evaluation the name of one. An operation
/// that nobody knows may be one of a tool that does not call it, and of whoever asked for an evaluation.
fn by_values(span: &Span) -> Option<SpanType> {
    let has = |key| span.get(key).is_some();
    if has(attribute::SPAN_TYPE) {
        return None;
    }
    let models = [attribute::GEN_AI_REQUEST_MODEL, attribute::GEN_AI_RESPONSE_MODEL];
    if let Some(model) = models.into_iter().find_map(|key| span.text(key)) {
        let output = span.int(attribute::GEN_AI_USAGE_OUTPUT_TOKENS);
        if output.is_none_or(|tokens| tokens == 0)
            && has(attribute::GEN_AI_USAGE_INPUT_TOKENS)
            && (model.to_ascii_lowercase().contains(EMBEDDING) || has(attribute::GEN_AI_EMBEDDINGS_DIMENSION_COUNT))
        {
            return Some(SpanType::Embedding);
        }
        return output.map(|_| SpanType::Llm);
    }
    let is_tool = has(attribute::GEN_AI_TOOL_NAME) || has(attribute::GEN_AI_TOOL_CALL_ID);
    // A message of MCP has a name of its own, and may be on its way to the tool that another span runs.
    if has(attribute::GEN_AI_OPERATION_NAME) {
        return None;
    }
    if is_tool && !has(attribute::MCP_METHOD_NAME) {
        return Some(SpanType::Tool);
    }
    has(attribute::GEN_AI_EVALUATION_NAME).then_some(SpanType::Evaluator)
}

/// One name for the provider; where none was given, that of the API whose answer was read.
fn name_provider(span: &mut Span) {
    if let Some(provider) = span.text(attribute::GEN_AI_PROVIDER_NAME) {
        let canonical = conventions::canonical_provider(provider);
        if let Some(canonical) = canonical.filter(|canonical| *canonical != provider) {
            span.set(attribute::GEN_AI_PROVIDER_NAME, canonical);
        }
    } else if let Some(api) = span.text(attribute::TRACING_GENAI_API) {
        let provider = conventions::canonical_provider(api).map(str::to_owned);
        let provider = provider.or_else(|| api.split('_').next().map(str::to_owned));
        if let Some(provider) = provider {
            span.set(attribute::GEN_AI_PROVIDER_NAME, provider);
        }
    }
}

/// Function, name and kind.
pub(super) fn repair(
    span: &mut Span,
    span_type: Option<SpanType>,
    open: Option<&Open>,
    site: Option<&Site>,
    repair: Repair,
) {
    if repair.functions
        && let Some(function) = site.and_then(|site| site.function.as_ref())
        && span.get(attribute::CODE_FUNCTION_NAME).is_none()
    {
        span.set(attribute::CODE_FUNCTION_NAME, function.clone());
    }
    let Some(span_type) = span_type else { return };

    if span_type.def().function_fallback
        && let Some(key) = span_type.def().name_key
        && span.get(key).is_none()
        && let Some(function) = function_name(span, span_type, open)
    {
        span.set(key, function);
    }
    let operation = operation_of(span, span_type);
    if repair.kinds && !site.is_some_and(|site| site.sets_kind) && span.data.span_kind == SpanKind::Internal {
        span.data.span_kind = kind_of(span, span_type, operation);
    }
    // codex names its spans once they have begun, which is too late: nothing is there to keep.
    let unnamed = open.is_some_and(|open| open.lent.is_some() && span.data.name == open.metadata.name());
    if repair.names && (unnamed || !site.is_some_and(|site| site.sets_name)) {
        rename(span, span_type, operation);
    }
}

fn kind_of(span: &Span, span_type: SpanType, operation: Option<&Operation>) -> SpanKind {
    // An agent behind an address is called, not run.
    let remote = span_type == SpanType::Agent && span.get(attribute::SERVER_ADDRESS).is_some();
    if remote {
        return SpanKind::Client;
    }
    operation.map_or_else(|| span_type.def().kind.clone(), |operation| operation.kind.clone())
}

/// The operation, where it is one of the span's type: it may be of another kind than the type's usual one.
fn operation_of(span: &Span, span_type: SpanType) -> Option<&'static Operation> {
    let name = span.text(attribute::GEN_AI_OPERATION_NAME)?;
    conventions::operation(name).filter(|operation| operation.span_type == span_type)
}

fn rename(span: &mut Span, span_type: SpanType, operation: Option<&Operation>) {
    let def = span_type.def();
    let first = match def.name_prefix {
        Some(prefix) => prefix,
        None => match span.text(attribute::GEN_AI_OPERATION_NAME).filter(|word| is_name_word(word)) {
            Some(operation) => operation,
            None => return,
        },
    };
    let name_key = match operation {
        Some(operation) => operation.name_key,
        None => def.name_key,
    };
    let second = name_key.and_then(|key| span.text(key)).filter(|word| is_name_word(word));
    if is_named(&span.data.name, first, second) {
        return;
    }
    let name = match second {
        Some(second) => {
            let mut name = String::with_capacity(first.len() + 1 + second.len());
            name.push_str(first);
            name.push(' ');
            name.push_str(second);
            name
        }
        None => first.to_owned(),
    };
    let original = std::mem::replace(&mut span.data.name, name.into());
    span.set(attribute::TRACING_GENAI_ORIGINAL_NAME, Value::from(original));
}

fn is_named(name: &str, first: &str, second: Option<&str>) -> bool {
    match (name.strip_prefix(first), second) {
        (Some(rest), Some(second)) => rest.strip_prefix(' ') == Some(second),
        (Some(rest), None) => rest.is_empty(),
        (None, _) => false,
    }
}

fn is_name_word(word: &str) -> bool {
    // What lies beyond ASCII has control characters of its own, and is looked at letter by letter.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~');
    !word.is_empty()
        && word.len() <= MAX_NAME_WORD
        && (word.bytes().all(is_plain) || !word.chars().any(char::is_control))
}

/// The function that the span was named after. Frameworks name spans after operations of their type instead.
fn function_name(span: &Span, span_type: SpanType, open: Option<&Open>) -> Option<String> {
    if let Some(open) = open {
        if open.is_by_hand() {
            return Some(span.data.name.clone().into_owned());
        }
        let name = open.metadata.name();
        return function_of(open.metadata)
            .filter(|_| SpanType::from_operation(name) != Some(span_type))
            .map(|_| name.to_owned());
    }
    // Whether it is a function's name cannot be known: words of the conventions are taken for what they say.
    let name = &*span.data.name;
    (is_identifier(name) && SpanType::parse(name).is_none()).then(|| name.to_owned())
}

/// The path of the function that was annotated. `#[instrument]` names a span after its function, so a name that is no
/// identifier was given by hand, and the function cannot be known.
pub(super) fn function_of(metadata: &Metadata<'_>) -> Option<String> {
    let name = metadata.name();
    let module = metadata.module_path()?;
    // A target of its own is the mark of a framework that names spans after operations.
    (is_identifier(name) && metadata.target() == module).then(|| [module, "::", name].concat())
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first == '_' || first.is_ascii_lowercase())
        && chars.all(|next| next == '_' || next.is_ascii_lowercase() || next.is_ascii_digit())
}
