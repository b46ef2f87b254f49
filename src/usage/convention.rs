//! Whether counts hold their parts: known from who reported them, or proved by the counts themselves.

use super::{Count, Usage};
use crate::conventions::attribute;
use crate::conventions::value::provider;
use crate::span::Span;

/// Newer versions of rig make counts inclusive by themselves. Their spans declare the first field, which not every answer
/// fills; where nobody sees what is declared, the second tells, which each call's span has.
const RIG_NORMALIZES: [&str; 2] = ["rig.provider_request_id", attribute::GEN_AI_REQUEST_STREAM];
/// What the layer of `tracing-opentelemetry` keeps of a target.
const TARGET: &str = "target";

/// Whether a source's input tokens hold the cached ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsageConvention {
    /// Found out: by proof where counts add up in one way only, by what is known of a source, or else inclusive.
    #[default]
    Auto,
    /// Input is all input, output is all output, as the GenAI conventions have it.
    Inclusive,
    /// Input leaves out what was read from and written to a cache, as Anthropic's API has it.
    Exclusive,
}

/// Who made a span, as far as its counts depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Source {
    target: Option<&'static str>,
    normalizes: bool,
}

impl Source {
    pub(crate) fn new(target: Option<&'static str>, declares: impl Fn(&str) -> bool) -> Self {
        Self { target, normalizes: target.is_some_and(is_rig) && RIG_NORMALIZES.into_iter().any(declares) }
    }

    /// The target, or the scope of spans that no layer of ours saw.
    pub(super) fn name<'a>(&self, span: &'a Span) -> &'a str {
        self.target.or_else(|| span.text(TARGET)).unwrap_or_else(|| span.data.instrumentation_scope.name())
    }

    /// What is known of the source without looking at its counts.
    fn known(&self, span: &Span) -> Apart {
        let name = self.name(span);
        let provider = || span.text(attribute::GEN_AI_PROVIDER_NAME);
        if is_genai(name) {
            // It adds up what providers count apart, and passes on what Bedrock says.
            return Apart { cache: provider() == Some(provider::AWS_BEDROCK), ..Apart::default() };
        }
        let normalizes = || self.normalizes || RIG_NORMALIZES.into_iter().any(|field| span.get(field).is_some());
        if !is_rig(name) || normalizes() {
            return Apart::default();
        }
        match provider() {
            Some(provider::ANTHROPIC) => Apart { cache: true, ..Apart::default() },
            Some(name) if is_google(name) => Apart { reasoning: true, tools: true, ..Apart::default() },
            _ => Apart::default(),
        }
    }
}

/// Whether a target or scope is the crate `genai`.
fn is_genai(name: &str) -> bool {
    name.strip_prefix("genai").is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// Whether a target or scope is one of rig's crates.
fn is_rig(name: &str) -> bool {
    name.strip_prefix("rig").is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '_']))
}

/// What totals leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Apart {
    pub(super) cache: bool,
    pub(super) reasoning: bool,
    pub(super) tools: bool,
}

impl Apart {
    /// What the counts of a span leave out.
    pub(super) fn of(setting: UsageConvention, source: &Source, span: &Span, usage: &Usage) -> Self {
        match setting {
            UsageConvention::Inclusive => Self::default(),
            UsageConvention::Exclusive => Self { cache: true, ..Self::default() },
            UsageConvention::Auto => by_total(span, usage).unwrap_or_else(|| {
                let known = source.known(span);
                let counts = Counts::of(usage);
                Self {
                    cache: known.cache || counts.cached > counts.input,
                    reasoning: known.reasoning || (counts.reasoning > counts.output && counts_reasoning_apart(span)),
                    tools: known.tools,
                }
            }),
        }
    }
}

struct Counts {
    input: u64,
    output: u64,
    cached: u64,
    reasoning: u64,
}

impl Counts {
    fn of(usage: &Usage) -> Self {
        let get = |count| usage.reported(count).unwrap_or(0);
        Self {
            input: get(Count::Input),
            output: get(Count::Output),
            cached: cached(usage),
            reasoning: get(Count::Reasoning),
        }
    }
}

/// What a reported total proves: it is the sum of the others in one way only, or proves nothing.
fn by_total(span: &Span, usage: &Usage) -> Option<Apart> {
    let total = u64::try_from(span.int(attribute::GEN_AI_USAGE_TOTAL_TOKENS)?).ok()?;
    let counts = Counts::of(usage);
    let tools = tool_input(span);
    let mut proved = None;
    for at in 0_u8..8 {
        let apart = Apart { cache: at & 1 != 0, reasoning: at & 2 != 0, tools: at & 4 != 0 };
        // Leaving out nothing of something that is not there is no way of its own.
        let idle = (apart.cache && counts.cached == 0)
            || (apart.reasoning && counts.reasoning == 0)
            || (apart.tools && tools == 0);
        let part = |apart: bool, tokens: u64| if apart { tokens } else { 0 };
        let sum = [
            counts.output,
            part(apart.cache, counts.cached),
            part(apart.reasoning, counts.reasoning),
            part(apart.tools, tools),
        ]
        .into_iter()
        .fold(counts.input, u64::saturating_add);
        // Of whole and part, neither can be the larger one.
        let possible =
            (apart.cache || counts.cached <= counts.input) && (apart.reasoning || counts.reasoning <= counts.output);
        if !idle && possible && sum == total && proved.replace(apart).is_some() {
            return None;
        }
    }
    proved
}

/// What was read from and written to a cache, all lifetimes together.
pub(crate) fn cached(usage: &Usage) -> u64 {
    let lifetimes = [Count::CacheWrite5m, Count::CacheWrite30m, Count::CacheWrite1h, Count::CacheWrite12h];
    let split = || lifetimes.into_iter().filter_map(|count| usage.reported(count)).fold(0, u64::saturating_add);
    let written = usage.reported(Count::CacheWrite).unwrap_or_else(split);
    usage.reported(Count::CacheRead).unwrap_or(0).saturating_add(written)
}

/// Input that the results of a provider's own tools made, where it is reported beside the input.
pub(super) fn tool_input(span: &Span) -> u64 {
    span.int(attribute::GEN_AI_USAGE_TOOL_USE_PROMPT_TOKENS).and_then(|tokens| u64::try_from(tokens).ok()).unwrap_or(0)
}

/// Providers whose APIs count reasoning beside the output: where it is larger than the output, it was passed on so.
fn counts_reasoning_apart(span: &Span) -> bool {
    span.text(attribute::GEN_AI_PROVIDER_NAME)
        .is_some_and(|name| is_google(name) || matches!(name, provider::X_AI | provider::PERPLEXITY))
}

fn is_google(name: &str) -> bool {
    matches!(name, provider::GCP_GEMINI | provider::GCP_GEN_AI | provider::GCP_VERTEX_AI)
}
