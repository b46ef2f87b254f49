//! What has a rate of its own.

use super::decimal::Per;
use crate::usage::Unit;

/// Something that a price list prices. Tokens come first; the others are fees, which no tier or region touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Input,
    Output,
    CacheRead,
    CacheWrite,
    CacheWrite5m,
    CacheWrite30m,
    CacheWrite1h,
    CacheWrite12h,
    AudioInput,
    AudioOutput,
    AudioCacheRead,
    ImageInput,
    ImageOutput,
    ImageCacheRead,
    VideoInput,
    VideoOutput,
    Reasoning,
    Citation,
    WebSearches,
    SocialSearches,
    StorageSearches,
    CodeExecutions,
    Requests,
    RerankSearches,
    DocumentPages,
    AnnotatedPages,
    Characters,
    TextMessages,
    AudioSeconds,
    InputAudioSeconds,
    OutputAudioSeconds,
    Pixels,
    ImageGenerations,
}

impl Item {
    /// Each with its code in the catalogue, its name in lines and overrides, and what its rate is for.
    const TABLE: [(Self, &'static str, &'static str, Per); 33] = [
        (Self::Input, "i", "input", Per::Million),
        (Self::Output, "o", "output", Per::Million),
        (Self::CacheRead, "r", "cache_read", Per::Million),
        (Self::CacheWrite, "w", "cache_write", Per::Million),
        (Self::CacheWrite5m, "w5m", "cache_write_5m", Per::Million),
        (Self::CacheWrite30m, "w30m", "cache_write_30m", Per::Million),
        (Self::CacheWrite1h, "w1h", "cache_write_1h", Per::Million),
        (Self::CacheWrite12h, "w12h", "cache_write_12h", Per::Million),
        (Self::AudioInput, "ia", "audio_input", Per::Million),
        (Self::AudioOutput, "oa", "audio_output", Per::Million),
        (Self::AudioCacheRead, "ra", "audio_cache_read", Per::Million),
        (Self::ImageInput, "ii", "image_input", Per::Million),
        (Self::ImageOutput, "oi", "image_output", Per::Million),
        (Self::ImageCacheRead, "ri", "image_cache_read", Per::Million),
        (Self::VideoInput, "iv", "video_input", Per::Million),
        (Self::VideoOutput, "ov", "video_output", Per::Million),
        (Self::Reasoning, "or", "reasoning", Per::Million),
        (Self::Citation, "oc", "citation", Per::Million),
        (Self::WebSearches, "ws", "web_searches", Per::Thousand),
        (Self::SocialSearches, "ns", "social_searches", Per::Thousand),
        (Self::StorageSearches, "ss", "storage_searches", Per::Thousand),
        (Self::CodeExecutions, "ce", "code_executions", Per::Thousand),
        (Self::Requests, "rq", "requests", Per::Thousand),
        (Self::RerankSearches, "rs", "rerank_searches", Per::Thousand),
        (Self::DocumentPages, "dp", "input_document_pages", Per::Thousand),
        (Self::AnnotatedPages, "ap", "input_annotated_document_pages", Per::Thousand),
        (Self::Characters, "ic", "input_characters", Per::Million),
        (Self::TextMessages, "tm", "input_text_messages", Per::Thousand),
        (Self::AudioSeconds, "ah", "audio_seconds", Per::Hour),
        (Self::InputAudioSeconds, "iah", "input_audio_seconds", Per::Hour),
        (Self::OutputAudioSeconds, "oah", "output_audio_seconds", Per::Hour),
        (Self::Pixels, "px", "input_pixels", Per::Billion),
        (Self::ImageGenerations, "ig", "image_generations", Per::Thousand),
    ];
    pub(super) const COUNT: usize = Self::TABLE.len();

    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::TABLE.into_iter().map(|(item, ..)| item)
    }

    pub(super) fn of_code(code: &str) -> Option<Self> {
        Self::TABLE.into_iter().find(|(_, known, ..)| *known == code).map(|(item, ..)| item)
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::TABLE.into_iter().find(|(_, _, known, _)| *known == word).map(|(item, ..)| item)
    }

    pub(super) fn of_unit(unit: Unit) -> Option<Self> {
        Self::of_word(unit.as_str())
    }

    pub(super) fn word(self) -> &'static str {
        Self::TABLE.get(self as usize).map_or("", |(_, _, word, _)| word)
    }

    /// Whether tokens of it came out of the model.
    pub(super) fn is_output(self) -> bool {
        matches!(
            self,
            Self::Output | Self::AudioOutput | Self::ImageOutput | Self::VideoOutput | Self::Reasoning | Self::Citation
        )
    }

    pub(super) fn per(self) -> Per {
        Self::TABLE.get(self as usize).map_or(Per::Million, |(.., per)| *per)
    }

    /// Tokens are what tiers and regions make dearer or cheaper.
    pub(super) fn is_tokens(self) -> bool {
        (self as usize) <= (Self::Citation as usize)
    }

    /// Whose rate counts where there is none of its own, nearest first.
    pub(super) fn parents(self) -> &'static [Self] {
        match self {
            Self::CacheRead | Self::CacheWrite | Self::AudioInput | Self::ImageInput | Self::VideoInput => {
                &[Self::Input]
            }
            Self::CacheWrite5m | Self::CacheWrite30m | Self::CacheWrite1h | Self::CacheWrite12h => {
                &[Self::CacheWrite, Self::Input]
            }
            Self::AudioCacheRead => &[Self::CacheRead, Self::AudioInput, Self::Input],
            Self::ImageCacheRead => &[Self::CacheRead, Self::ImageInput, Self::Input],
            Self::AudioOutput | Self::ImageOutput | Self::VideoOutput | Self::Reasoning => &[Self::Output],
            Self::InputAudioSeconds | Self::OutputAudioSeconds => &[Self::AudioSeconds],
            Self::AnnotatedPages => &[Self::DocumentPages],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Per};
    use crate::usage::Unit;

    #[test]
    fn each_item_stands_at_its_own_place_and_every_unit_has_one() {
        for (at, item) in Item::all().enumerate() {
            assert_eq!(item as usize, at);
            assert_eq!(Item::of_word(item.word()), Some(item));
            // Sums of tokens go by that.
            assert!(!item.is_tokens() || item.per() == Per::Million, "{item:?}");
            assert!(item.is_output() || !item.word().ends_with("output"), "{item:?}");
        }
        assert!(Unit::ALL.into_iter().all(|unit| Item::of_unit(unit).is_some_and(|item| !item.is_tokens())));
    }
}
