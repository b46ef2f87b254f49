//! What providers bill by count and not by token.

/// Something that a provider bills by count and not by token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// A search of the web.
    WebSearches,
    /// A search of a social network.
    SocialSearches,
    /// A search of stored files.
    StorageSearches,
    /// A run of code in the provider's sandbox.
    CodeExecutions,
    /// A request, where each has a fee of its own.
    Requests,
    /// A search of a reranking model.
    RerankSearches,
    /// A page of a document that was read.
    InputDocumentPages,
    /// A page of a document that was read and annotated.
    InputAnnotatedDocumentPages,
    /// A character of input, where models bill characters.
    InputCharacters,
    /// A message of text in a spoken session.
    InputTextMessages,
    /// A second of audio, whichever way it went.
    AudioSeconds,
    /// A second of audio that went in.
    InputAudioSeconds,
    /// A second of audio that came out.
    OutputAudioSeconds,
    /// A pixel of input.
    InputPixels,
    /// An image that a tool of the provider made, by a model of its own.
    ImageGenerations,
}

impl Unit {
    /// Every unit, in the order of its number.
    pub(crate) const ALL: [Self; 15] = [
        Self::WebSearches,
        Self::SocialSearches,
        Self::StorageSearches,
        Self::CodeExecutions,
        Self::Requests,
        Self::RerankSearches,
        Self::InputDocumentPages,
        Self::InputAnnotatedDocumentPages,
        Self::InputCharacters,
        Self::InputTextMessages,
        Self::AudioSeconds,
        Self::InputAudioSeconds,
        Self::OutputAudioSeconds,
        Self::InputPixels,
        Self::ImageGenerations,
    ];

    /// Its name in price lists and behind `tracing_genai.usage.units.`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebSearches => "web_searches",
            Self::SocialSearches => "social_searches",
            Self::StorageSearches => "storage_searches",
            Self::CodeExecutions => "code_executions",
            Self::Requests => "requests",
            Self::RerankSearches => "rerank_searches",
            Self::InputDocumentPages => "input_document_pages",
            Self::InputAnnotatedDocumentPages => "input_annotated_document_pages",
            Self::InputCharacters => "input_characters",
            Self::InputTextMessages => "input_text_messages",
            Self::AudioSeconds => "audio_seconds",
            Self::InputAudioSeconds => "input_audio_seconds",
            Self::OutputAudioSeconds => "output_audio_seconds",
            Self::InputPixels => "input_pixels",
            Self::ImageGenerations => "image_generations",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn each_unit_stands_at_its_own_number_and_is_found_by_its_name() {
        for (at, unit) in Unit::ALL.into_iter().enumerate() {
            assert_eq!((unit as usize, Unit::parse(unit.as_str())), (at, Some(unit)));
        }
        assert_eq!(Unit::parse("web"), None);
    }
}
