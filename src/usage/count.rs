//! The counts that a call may report, each with its attribute and its short word.

use crate::conventions::attribute;

/// One count of tokens. Input and output are totals; the others are parts of them, citations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Input,
    CacheRead,
    CacheWrite,
    CacheWrite5m,
    CacheWrite30m,
    CacheWrite1h,
    CacheWrite12h,
    TextInput,
    AudioInput,
    ImageInput,
    TextCacheRead,
    AudioCacheRead,
    ImageCacheRead,
    Output,
    Reasoning,
    TextOutput,
    AudioOutput,
    ImageOutput,
    Citation,
    VideoInput,
    VideoOutput,
}

/// The attribute of each, to compare with.
#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const KEYS: [&str; Count::ALL.len()] = {
    let mut keys = [""; Count::ALL.len()];
    let mut at = 0;
    while at < keys.len() {
        keys[at] = Count::ALL[at].key();
        at += 1;
    }
    keys
};

/// Where the count of a key stands among all; no other key of a count falls on the same place.
#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const PLACES: [u8; 64] = {
    let mut places = [u8::MAX; 64];
    let mut at = 0;
    while at < KEYS.len() {
        let place = place(KEYS[at]);
        assert!(places[place] == u8::MAX, "two keys of counts fall on one place");
        #[expect(clippy::cast_possible_truncation, reason = "there are few counts")]
        let number = at as u8;
        places[place] = number;
        at += 1;
    }
    places
};

/// One of 64 places for a key, from its length and two of its letters.
#[expect(clippy::indexing_slicing, reason = "checked")]
const fn place(key: &str) -> usize {
    let bytes = key.as_bytes();
    if bytes.len() < 16 {
        return 0;
    }
    (bytes.len() + bytes[15] as usize + bytes[bytes.len() - 15] as usize * 12) % 64
}

impl Count {
    /// Every count, in the order of its number.
    pub(crate) const ALL: [Self; 21] = [
        Self::Input,
        Self::CacheRead,
        Self::CacheWrite,
        Self::CacheWrite5m,
        Self::CacheWrite30m,
        Self::CacheWrite1h,
        Self::CacheWrite12h,
        Self::TextInput,
        Self::AudioInput,
        Self::ImageInput,
        Self::TextCacheRead,
        Self::AudioCacheRead,
        Self::ImageCacheRead,
        Self::Output,
        Self::Reasoning,
        Self::TextOutput,
        Self::AudioOutput,
        Self::ImageOutput,
        Self::Citation,
        Self::VideoInput,
        Self::VideoOutput,
    ];

    /// The kinds of tokens that input may be of.
    pub(super) const INPUTS: [Self; 4] = [Self::TextInput, Self::AudioInput, Self::ImageInput, Self::VideoInput];
    /// The kinds of tokens that output may be of.
    pub(super) const OUTPUTS: [Self; 4] = [Self::TextOutput, Self::AudioOutput, Self::ImageOutput, Self::VideoOutput];

    /// The attribute that holds it on a span.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Input => attribute::GEN_AI_USAGE_INPUT_TOKENS,
            Self::CacheRead => attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            Self::CacheWrite => attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
            Self::CacheWrite5m => attribute::TRACING_GENAI_USAGE_CACHE_WRITE_5M_INPUT_TOKENS,
            Self::CacheWrite30m => attribute::TRACING_GENAI_USAGE_CACHE_WRITE_30M_INPUT_TOKENS,
            Self::CacheWrite1h => attribute::TRACING_GENAI_USAGE_CACHE_WRITE_1H_INPUT_TOKENS,
            Self::CacheWrite12h => attribute::TRACING_GENAI_USAGE_CACHE_WRITE_12H_INPUT_TOKENS,
            Self::TextInput => attribute::GEN_AI_USAGE_TEXT_INPUT_TOKENS,
            Self::AudioInput => attribute::GEN_AI_USAGE_AUDIO_INPUT_TOKENS,
            Self::ImageInput => attribute::GEN_AI_USAGE_IMAGE_INPUT_TOKENS,
            Self::TextCacheRead => attribute::GEN_AI_USAGE_TEXT_CACHE_READ_INPUT_TOKENS,
            Self::AudioCacheRead => attribute::GEN_AI_USAGE_AUDIO_CACHE_READ_INPUT_TOKENS,
            Self::ImageCacheRead => attribute::GEN_AI_USAGE_IMAGE_CACHE_READ_INPUT_TOKENS,
            Self::Output => attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            Self::Reasoning => attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            Self::TextOutput => attribute::GEN_AI_USAGE_TEXT_OUTPUT_TOKENS,
            Self::AudioOutput => attribute::GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS,
            Self::ImageOutput => attribute::GEN_AI_USAGE_IMAGE_OUTPUT_TOKENS,
            Self::Citation => attribute::TRACING_GENAI_USAGE_CITATION_OUTPUT_TOKENS,
            Self::VideoInput => attribute::TRACING_GENAI_USAGE_VIDEO_INPUT_TOKENS,
            Self::VideoOutput => attribute::TRACING_GENAI_USAGE_VIDEO_OUTPUT_TOKENS,
        }
    }

    /// The count that an attribute of this key holds.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        let number = usize::from(*PLACES.get(place(key))?);
        if KEYS.get(number).is_some_and(|known| *known == key) { Self::ALL.get(number).copied() } else { None }
    }

    /// Its name inside the JSON of iterations.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Input => "input_tokens",
            Self::CacheRead => "cache_read",
            Self::CacheWrite => "cache_write",
            Self::CacheWrite5m => "cache_write_5m",
            Self::CacheWrite30m => "cache_write_30m",
            Self::CacheWrite1h => "cache_write_1h",
            Self::CacheWrite12h => "cache_write_12h",
            Self::TextInput => "text_input",
            Self::AudioInput => "audio_input",
            Self::ImageInput => "image_input",
            Self::TextCacheRead => "text_cache_read",
            Self::AudioCacheRead => "audio_cache_read",
            Self::ImageCacheRead => "image_cache_read",
            Self::Output => "output_tokens",
            Self::Reasoning => "reasoning",
            Self::TextOutput => "text_output",
            Self::AudioOutput => "audio_output",
            Self::ImageOutput => "image_output",
            Self::Citation => "citation",
            Self::VideoInput => "video_input",
            Self::VideoOutput => "video_output",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn each_count_stands_at_its_own_number_under_names_of_its_own() {
        for (at, count) in Count::ALL.into_iter().enumerate() {
            assert_eq!(count as usize, at);
            let same = Count::ALL.iter().filter(|other| other.key() == count.key() || other.word() == count.word());
            assert_eq!(same.count(), 1, "{count:?}");
        }
    }
}
