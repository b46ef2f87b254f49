//! Why generation ended, in the convention's words.

/// The convention's word for a provider's, whatever its case; a word that is not known stays, in lower case.
pub(super) fn reason(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let known = match lower.as_str() {
        "stop" | "end_turn" | "stop_sequence" | "complete" | "completed" | "eos" | "end" | "finish" | "finished"
        | "stop_criteria_met" => "stop",
        "length"
        | "max_tokens"
        | "max_output_tokens"
        | "model_length"
        | "model_context_window_exceeded"
        | "error_limit" => "length",
        "content_filter"
        | "content_filtered"
        | "refusal"
        | "guardrail_intervened"
        | "safety"
        | "recitation"
        | "blocklist"
        | "prohibited_content"
        | "spii"
        | "image_safety"
        | "image_prohibited_content"
        | "image_recitation"
        | "model_armor"
        | "error_toxic" => "content_filter",
        "tool_call" | "tool_calls" | "tool_use" | "function_call" | "requires_action" => "tool_call",
        "compaction" => "compaction",
        "error"
        | "failed"
        | "abort"
        | "timeout"
        | "malformed_function_call"
        | "malformed_model_output"
        | "malformed_tool_use"
        | "unexpected_tool_call"
        | "insufficient_system_resource" => "error",
        _ => return lower,
    };
    known.to_owned()
}

/// Whether the word says that generation has ended.
pub(super) fn is_final(word: &str) -> bool {
    !matches!(word, "in_progress" | "queued" | "FINISH_REASON_UNSPECIFIED")
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn providers_words_become_the_conventions() {
        for (word, expected) in [
            ("end_turn", "stop"),
            ("COMPLETE", "stop"),
            ("MAX_TOKENS", "length"),
            ("max_output_tokens", "length"),
            ("tool_use", "tool_call"),
            ("SAFETY", "content_filter"),
            ("compaction", "compaction"),
            ("pause_turn", "pause_turn"),
            ("OTHER", "other"),
        ] {
            assert_eq!(reason(word), expected, "{word}");
        }
    }
}
