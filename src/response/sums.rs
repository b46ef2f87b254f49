//! From counts as a provider counts to inclusive totals.

use super::Api;
use super::fields::Reported;
use super::shape::Sums;
use crate::usage::{Count, Iteration, Usage, cached};

/// What the answer used, or nothing when it did not say.
pub(super) fn usage(
    sums: Sums,
    reported: Reported,
    iterations: Vec<(String, Option<String>, Reported)>,
) -> Option<Usage> {
    if iterations.is_empty() {
        return reported.any.then(|| inclusive(sums, reported));
    }
    // What stands at the top is the last call alone; what is billed is all of them.
    let calls = iterations.into_iter().map(|(kind, model, own)| Iteration::new(kind, model, inclusive(sums, own)));
    let mut sum = Usage::of_iterations(calls.collect());
    let top = reported.usage;
    for count in Count::ALL {
        if sum.reported(count).is_none() {
            sum.report(count, top.reported(count));
        }
    }
    for unit in crate::usage::Unit::ALL {
        if sum.reported_unit(unit).is_none() {
            sum.report_unit(unit, top.reported_unit(unit));
        }
    }
    Some(sum)
}

/// How an API counts; of the models the one that was asked for comes first. Bedrock's streams of OpenAI's models count the
/// cache in, and say nothing of it; Google and its gateways leave thoughts out of Gemini's chat completions.
pub(super) fn of(api: Api, models: [Option<&str>; 2], streamed: bool) -> Sums {
    let [asked, _] = models;
    let is_of = |word| models.into_iter().flatten().any(|model| model.contains(word));
    match api {
        Api::BedrockConverse if streamed && asked.is_some_and(|model| model.contains("openai.")) => Sums::CacheWithin,
        Api::OpenAiChat if is_of("gemini") => Sums::ReasoningUntold,
        Api::Anthropic | Api::BedrockConverse | Api::BedrockInvoke => Sums::CacheApart,
        Api::XaiChat => Sums::ReasoningApart,
        Api::Perplexity => Sums::ReasoningNowhere,
        Api::Cohere => Sums::ImagesApart,
        Api::GeminiGenerateContent | Api::GeminiInteractions => Sums::ToolsAndReasoningApart,
        _ => Sums::Inclusive,
    }
}

fn inclusive(sums: Sums, reported: Reported) -> Usage {
    let Reported { mut usage, total, tool_input, .. } = reported;
    let get = |count| usage.reported(count);
    let (input, output) = (get(Count::Input), get(Count::Output));
    let (given_in, given_out) = (input.unwrap_or(0), output.unwrap_or(0));
    let reasoning = get(Count::Reasoning).unwrap_or(0);
    let cached = cached(&usage);
    let tools = tool_input.unwrap_or(0);
    // Whether the total is input and output and just these others.
    let adds_up = |others: &[u64]| {
        let sum = others.iter().fold(given_in.saturating_add(given_out), |sum, other| sum.saturating_add(*other));
        total == Some(sum)
    };
    let (more_in, more_out) = match sums {
        Sums::CacheWithin => (0, 0),
        Sums::ImagesApart => (get(Count::ImageInput).unwrap_or(0), 0),
        Sums::Inclusive | Sums::ReasoningUntold if cached > given_in && adds_up(&[cached]) => (cached, 0),
        Sums::Inclusive => (0, if adds_up(&[reasoning]) { reasoning } else { 0 }),
        Sums::CacheApart => (if adds_up(&[]) { 0 } else { cached }, 0),
        Sums::ReasoningApart => (0, if adds_up(&[]) { 0 } else { reasoning }),
        Sums::ReasoningNowhere => (0, reasoning),
        Sums::ReasoningUntold => (0, total.unwrap_or(0).saturating_sub(given_in.saturating_add(given_out))),
        Sums::ToolsAndReasoningApart if adds_up(&[tools, reasoning]) => (tools, reasoning),
        Sums::ToolsAndReasoningApart if adds_up(&[tools]) => (tools, 0),
        Sums::ToolsAndReasoningApart if adds_up(&[reasoning]) => (0, reasoning),
        Sums::ToolsAndReasoningApart if adds_up(&[]) => (0, 0),
        Sums::ToolsAndReasoningApart => (tools, reasoning),
    };
    if input.is_some() || more_in > 0 {
        usage.report(Count::Input, Some(given_in.saturating_add(more_in)));
    }
    if output.is_some() || more_out > 0 {
        usage.report(Count::Output, Some(given_out.saturating_add(more_out)));
    }
    usage
}

#[cfg(test)]
mod tests {
    use crate::response::{Api, ProviderResponse};

    #[test]
    fn what_was_written_to_a_cache_is_input_also_where_only_its_lifetimes_are_told() {
        let body = br#"{"id": "m", "stop_reason": "end_turn", "usage": {"input_tokens": 20, "output_tokens": 5,
            "cache_read_input_tokens": 100, "cache_creation": {"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 3}}}"#;
        let response = ProviderResponse::read(Api::Anthropic, body.as_slice());
        let usage = response.usage().unwrap();
        assert_eq!((usage.input_tokens(), usage.uncached_input_tokens(), usage.cache_write_tokens()), (130, 20, 10));
    }

    #[test]
    fn what_the_total_of_geminis_chat_completions_holds_beyond_its_parts_are_thoughts() {
        let output = |model: &str, usage: &str| {
            let body = format!(r#"{{"model": "{model}", "choices": [{{"index": 0}}], "usage": {usage}}}"#);
            let response = ProviderResponse::read(Api::OpenAiChat, body.as_bytes());
            response.usage().map(crate::usage::Usage::output_tokens)
        };
        let untold = r#"{"prompt_tokens": 20, "completion_tokens": 151, "total_tokens": 553}"#;
        assert_eq!(output("google/gemini-2.5-flash", untold), Some(533));
        assert_eq!(output("voxtral-mini-2602", untold), Some(151));
        let told = r#"{"prompt_tokens": 20, "completion_tokens": 533, "total_tokens": 553,
            "completion_tokens_details": {"reasoning_tokens": 382}}"#;
        assert_eq!(output("gemini-2.5-flash", told), Some(533));
        assert_eq!(output("gemini-2.5-flash", r#"{"prompt_tokens": 20, "completion_tokens": 5}"#), Some(5));
        // What a gateway counts beside them is none.
        let cached = r#"{"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 1150,
            "prompt_tokens_details": {"cached_tokens": 1000}}"#;
        assert_eq!(output("gemini-2.5-flash", cached), Some(50));
    }
}
