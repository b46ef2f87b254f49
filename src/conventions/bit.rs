//! A bit for each key: whether a set of 128 may hold it.

/// The bit of a key, from its length and two of its letters; others may share it. Of a constant it is a constant.
#[inline]
pub(crate) fn bit(key: &str) -> u128 {
    1 << bit_number(key)
}

/// Which bit it is. Of the keys that stand on most spans of calls, each has a bit of its own.
#[expect(clippy::inline_always, reason = "of a constant it is a constant there only")]
#[inline(always)]
pub(crate) fn bit_number(key: &str) -> u8 {
    let bytes = key.as_bytes();
    let letter = |at: usize| bytes.get(at).map_or(0, |byte| usize::from(*byte));
    let late = letter(bytes.len().wrapping_sub(3));
    let middle = letter(bytes.len().wrapping_sub(11));
    #[expect(clippy::cast_possible_truncation, reason = "seven bits")]
    let number = ((bytes.len() * 16 + late * 3 + middle * 17) & 127) as u8;
    number
}

#[cfg(test)]
mod tests {
    use super::bit;
    use crate::conventions::attribute::*;

    #[test]
    fn keys_of_most_calls_have_bits_of_their_own() {
        let keys = [
            SPAN_TYPE,
            GEN_AI_OPERATION_NAME,
            GEN_AI_PROVIDER_NAME,
            GEN_AI_REQUEST_MODEL,
            GEN_AI_REQUEST_TEMPERATURE,
            GEN_AI_REQUEST_MAX_TOKENS,
            GEN_AI_RESPONSE_MODEL,
            GEN_AI_RESPONSE_ID,
            GEN_AI_RESPONSE_FINISH_REASONS,
            GEN_AI_CONVERSATION_ID,
            GEN_AI_INPUT_MESSAGES,
            GEN_AI_OUTPUT_MESSAGES,
            GEN_AI_USAGE_INPUT_TOKENS,
            GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            GEN_AI_USAGE_OUTPUT_TOKENS,
            GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            GEN_AI_USAGE_COST,
            TRACING_GENAI_COST_SOURCE,
            TRACING_GENAI_COST_STATUS,
            TRACING_GENAI_PRICE_MODEL,
            TRACING_GENAI_PRICE_MATCH,
            TRACING_GENAI_PRICE_TIER,
            TRACING_GENAI_PRICE_CATALOGUE,
            TRACING_GENAI_TOTAL_CALLS,
            TRACING_GENAI_TOTAL_UNPRICED_CALLS,
            TRACING_GENAI_TOTAL_COST,
            TRACING_GENAI_TOTAL_INPUT_TOKENS,
            TRACING_GENAI_TOTAL_OUTPUT_TOKENS,
        ];
        let bits = keys.into_iter().fold(0, |bits, key| bits | bit(key));
        assert_eq!(bits.count_ones() as usize, keys.len());
    }
}
