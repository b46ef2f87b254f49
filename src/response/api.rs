//! The APIs whose answers are understood.

use super::shape::Shape;
use super::shapes::{CHAT, COHERE, GEMINI, INTERACTIONS, INVOKE, MESSAGES, OLLAMA, RESPONSES};
use crate::conventions::value::provider;

/// An API of a provider of models: which form its answers have, and what their counts count.
///
/// A gateway or a server that speaks another's API is read as that one; the provider that stands on the span wins over
/// the one that the API implies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// OpenAI's chat completions and embeddings, and whatever speaks them.
    OpenAiChat,
    /// OpenAI's responses.
    OpenAiResponses,
    /// OpenAI's realtime sessions: the server's events.
    OpenAiRealtime,
    /// Azure OpenAI's chat completions.
    AzureOpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// `generateContent` of Gemini and Vertex AI, the messages of live sessions, and vectors of Vertex AI's `predict`.
    GeminiGenerateContent,
    /// Gemini's interactions.
    GeminiInteractions,
    /// Bedrock's `Converse`.
    BedrockConverse,
    /// Bedrock's `InvokeModel`, whoever made the model. Mistral's and Cohere's tell their tokens in headers alone:
    /// [`ResponseReader::with_headers`](super::ResponseReader::with_headers).
    BedrockInvoke,
    /// Mistral's chat completions.
    Mistral,
    /// Cohere's chat (version 2), embed and rerank.
    Cohere,
    /// Groq's chat completions.
    Groq,
    /// `DeepSeek`'s chat completions.
    DeepSeek,
    /// xAI's chat completions.
    XaiChat,
    /// xAI's responses.
    XaiResponses,
    /// Together's chat completions.
    Together,
    /// Fireworks' chat completions.
    Fireworks,
    /// `OpenRouter`'s chat completions.
    OpenRouter,
    /// Ollama's own chat and generate.
    OllamaNative,
    /// Ollama's chat completions in the form of OpenAI's.
    OllamaCompatible,
    /// Chat completions of a vLLM server.
    Vllm,
    /// Perplexity's chat completions.
    Perplexity,
    /// Moonshot's chat completions.
    Moonshot,
}

impl Api {
    /// Its name in `tracing_genai.api`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai_chat",
            Self::OpenAiResponses => "openai_responses",
            Self::OpenAiRealtime => "openai_realtime",
            Self::AzureOpenAi => "azure_openai",
            Self::Anthropic => "anthropic",
            Self::GeminiGenerateContent => "gemini_generate_content",
            Self::GeminiInteractions => "gemini_interactions",
            Self::BedrockConverse => "bedrock_converse",
            Self::BedrockInvoke => "bedrock_invoke",
            Self::Mistral => "mistral",
            Self::Cohere => "cohere",
            Self::Groq => "groq",
            Self::DeepSeek => "deepseek",
            Self::XaiChat => "xai_chat",
            Self::XaiResponses => "xai_responses",
            Self::Together => "together",
            Self::Fireworks => "fireworks",
            Self::OpenRouter => "openrouter",
            Self::OllamaNative => "ollama_native",
            Self::OllamaCompatible => "ollama_compatible",
            Self::Vllm => "vllm",
            Self::Perplexity => "perplexity",
            Self::Moonshot => "moonshot",
        }
    }

    /// Who serves it, in the words of `gen_ai.provider.name`.
    pub const fn provider(self) -> &'static str {
        match self {
            Self::OpenAiChat | Self::OpenAiResponses | Self::OpenAiRealtime => provider::OPENAI,
            Self::AzureOpenAi => provider::AZURE_AI_OPENAI,
            Self::Anthropic => provider::ANTHROPIC,
            Self::GeminiGenerateContent | Self::GeminiInteractions => provider::GCP_GEMINI,
            Self::BedrockConverse | Self::BedrockInvoke => provider::AWS_BEDROCK,
            Self::Mistral => provider::MISTRAL_AI,
            Self::Cohere => provider::COHERE,
            Self::Groq => provider::GROQ,
            Self::DeepSeek => provider::DEEPSEEK,
            Self::XaiChat | Self::XaiResponses => provider::X_AI,
            Self::Together => "together",
            Self::Fireworks => "fireworks",
            Self::OpenRouter => "openrouter",
            Self::OllamaNative | Self::OllamaCompatible => "ollama",
            Self::Vllm => "vllm",
            Self::Perplexity => provider::PERPLEXITY,
            Self::Moonshot => provider::MOONSHOT_AI,
        }
    }

    /// Where its answers have what.
    pub(super) const fn shape(self) -> &'static Shape {
        match self {
            Self::OpenAiChat
            | Self::AzureOpenAi
            | Self::Mistral
            | Self::Groq
            | Self::DeepSeek
            | Self::XaiChat
            | Self::Together
            | Self::Fireworks
            | Self::OpenRouter
            | Self::OllamaCompatible
            | Self::Vllm
            | Self::Perplexity
            | Self::Moonshot => &CHAT,
            Self::OpenAiResponses | Self::OpenAiRealtime | Self::XaiResponses => &RESPONSES,
            Self::Anthropic | Self::BedrockConverse => &MESSAGES,
            Self::BedrockInvoke => &INVOKE,
            Self::GeminiGenerateContent => &GEMINI,
            Self::GeminiInteractions => &INTERACTIONS,
            Self::Cohere => &COHERE,
            Self::OllamaNative => &OLLAMA,
        }
    }
}
