//! The step: canonical counts that are true, whoever reported them.

use opentelemetry::Value;

use super::attributes::{INCLUSIVE, unit_key};
use super::convention::{Apart, cached, tool_input};
use super::{Count, Parts, Source, Unit, Usage, UsageConvention};
use crate::conventions::attribute;
use crate::span::Span;

const EXCLUSIVE: &str = "exclusive";

/// What a call used, and where each token of it belongs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used {
    pub(crate) usage: Usage,
    pub(crate) parts: Parts,
}

/// Makes totals inclusive and cuts parts that are larger than their wholes. A span without counts is left alone.
#[derive(Debug, Default)]
pub(crate) struct UsageStep {
    /// What the user says of targets, the longest first.
    conventions: Vec<(String, UsageConvention)>,
    /// What the span that is worked on has used. Kept, so that it is not moved about.
    used: Used,
}

impl UsageStep {
    /// A later setting for the same target takes the place of the earlier one.
    pub(crate) fn set_convention(&mut self, target: String, convention: UsageConvention) {
        self.conventions.retain(|(known, _)| *known != target);
        self.conventions.push((target, convention));
        self.conventions.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
    }

    /// What the span used, where it says so.
    pub(crate) fn apply(&mut self, span: &mut Span, source: Source) -> Option<&Used> {
        if !span.gen_ai {
            return None;
        }
        self.used.usage.clear();
        if !self.used.usage.read(span) {
            return None;
        }
        self.used.usage.settle_iterations(span);
        let told = span.remove(attribute::TRACING_GENAI_USAGE_CONVENTION);
        let setting = match &told {
            // Our own types, which know it better than any setting; or a span that was here before.
            Some(Value::String(told)) if matches!(told.as_str(), INCLUSIVE | EXCLUSIVE) => UsageConvention::Inclusive,
            _ if self.conventions.is_empty() => UsageConvention::Auto,
            _ => self.setting(source.name(span)),
        };
        let Used { usage, parts } = &mut self.used;
        let apart = Apart::of(setting, &source, span, usage);
        if apart != Apart::default() && include(usage, apart, tool_input(span)) {
            for count in [Count::Input, Count::Output] {
                write(span, count, usage.reported(count));
            }
            span.set(attribute::TRACING_GENAI_USAGE_CONVENTION, EXCLUSIVE);
        }
        usage.settle_modality(span);
        *parts = usage.parts();
        if usage.has_details() {
            complete(span, usage, parts);
        }
        if parts.inconsistent {
            cut(span, usage, parts);
        }
        tidy(span, usage);
        Some(&self.used)
    }

    fn setting(&self, target: &str) -> UsageConvention {
        let fits = |known: &str| {
            let below = target.strip_prefix(known);
            below.is_some_and(|below| below.is_empty() || below.starts_with("::") || below.starts_with('.'))
        };
        self.conventions.iter().find(|(known, _)| fits(known)).map_or(UsageConvention::Auto, |(_, setting)| *setting)
    }
}

/// Adds to the totals what they leave out; whether there was something.
fn include(usage: &mut Usage, apart: Apart, tools: u64) -> bool {
    let get = |count| usage.reported(count).unwrap_or(0);
    let part = |apart: bool, tokens: u64| if apart { tokens } else { 0 };
    let more_in = part(apart.cache, cached(usage)).saturating_add(part(apart.tools, tools));
    let more_out = part(apart.reasoning, get(Count::Reasoning));
    let (input, output) = (get(Count::Input), get(Count::Output));
    if more_in > 0 {
        usage.report(Count::Input, Some(input.saturating_add(more_in)));
    }
    if more_out > 0 {
        usage.report(Count::Output, Some(output.saturating_add(more_out)));
    }
    more_in > 0 || more_out > 0
}

/// Writes the totals of which parts alone were told: readers of the conventions know no lifetimes of a cache.
fn complete(span: &mut Span, usage: &mut Usage, parts: &Parts) {
    let totals = [(Count::CacheRead, parts.cache_read.total()), (Count::CacheWrite, parts.cache_write.total())];
    for (count, tokens) in totals {
        if tokens > 0 && usage.reported(count).is_none() {
            usage.report(count, Some(tokens));
            write(span, count, Some(tokens));
        }
    }
}

/// Writes the parts as the partition has them.
fn cut(span: &mut Span, usage: &Usage, parts: &Parts) {
    for (count, tokens) in [
        (Count::CacheRead, parts.cache_read.total()),
        (Count::CacheWrite, parts.cache_write.total()),
        (Count::CacheWrite5m, parts.cache_write.minutes_5),
        (Count::CacheWrite30m, parts.cache_write.minutes_30),
        (Count::CacheWrite1h, parts.cache_write.hours_1),
        (Count::CacheWrite12h, parts.cache_write.hours_12),
        (Count::AudioInput, parts.input.audio.saturating_add(parts.cache_read.audio)),
        (Count::ImageInput, parts.input.image.saturating_add(parts.cache_read.image)),
        (Count::AudioCacheRead, parts.cache_read.audio),
        (Count::ImageCacheRead, parts.cache_read.image),
        (Count::Reasoning, parts.reasoning),
        (Count::AudioOutput, parts.output.audio),
        (Count::ImageOutput, parts.output.image),
        (Count::VideoInput, parts.input.video),
        (Count::VideoOutput, parts.output.video),
    ] {
        write(span, count, usage.reported(count).map(|_| tokens));
    }
    span.set(attribute::TRACING_GENAI_USAGE_INCONSISTENT, true);
}

/// Details that are nothing say nothing, and backends take each for a kind of usage.
fn tidy(span: &mut Span, usage: &Usage) {
    for count in usage.details() {
        if usage.reported(count) == Some(0) {
            span.remove(count.key());
        }
    }
    if usage.reports_units() {
        for unit in Unit::ALL.into_iter().filter(|unit| usage.reported_unit(*unit) == Some(0)) {
            span.remove(&unit_key(unit));
        }
    }
}

fn write(span: &mut Span, count: Count, tokens: Option<u64>) {
    if let Some(tokens) = tokens {
        span.set(count.key(), i64::try_from(tokens).unwrap_or(i64::MAX));
    }
}
