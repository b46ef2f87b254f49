//! The model, through a real client crate.

use std::error::Error;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionRequestSystemMessageArgs, ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequestArgs,
};
use tracing::{Span, instrument};
use tracing_genai::{Api, GenAiSpanExt, Message};

use crate::stand_in;

/// A client and the name of the model to ask.
pub(crate) struct Model {
    client: Client<OpenAIConfig>,
    name: String,
}

/// What the agent will do.
pub(crate) struct Plan {
    pub(crate) order: String,
}

impl Model {
    /// The endpoint that the environment names, or the stand-in.
    pub(crate) async fn from_env() -> Result<Self, Box<dyn Error>> {
        let name = std::env::var("OPENAI_MODEL").unwrap_or_else(|_| "gpt-4o-mini".to_owned());
        let config = if std::env::var("OPENAI_API_KEY").is_ok() || std::env::var("OPENAI_BASE_URL").is_ok() {
            OpenAIConfig::default()
        } else {
            OpenAIConfig::new().with_api_key("none-needed").with_api_base(stand_in::start().await?)
        };
        Ok(Self { client: Client::with_config(config), name })
    }

    /// Asks what to do.
    #[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = self.name), err)]
    pub(crate) async fn plan(&self, question: &str, policies: &[&str]) -> Result<Plan, Box<dyn Error>> {
        let system = format!("You plan the work of a support agent. Policies: {}", policies.join(" "));
        let order: String = question.chars().filter(char::is_ascii_digit).collect();
        self.complete(&system, question).await?;
        Ok(Plan { order })
    }

    /// Asks for the answer to the customer.
    #[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = self.name), err)]
    pub(crate) async fn answer(&self, question: &str, findings: &str) -> Result<String, Box<dyn Error>> {
        self.complete(&format!("Answer the customer. What the tools found: {findings}"), question).await
    }

    /// One call of the chat API; what came back is recorded on the span of the caller.
    async fn complete(&self, system: &str, user: &str) -> Result<String, Box<dyn Error>> {
        let span = Span::current();
        span.record_input([Message::system(system), Message::user(user)]);
        let request = CreateChatCompletionRequestArgs::default()
            .model(&self.name)
            .max_completion_tokens(400_u32)
            .messages([
                ChatCompletionRequestSystemMessageArgs::default().content(system).build()?.into(),
                ChatCompletionRequestUserMessageArgs::default().content(user).build()?.into(),
            ])
            .build()?;
        let response = self.client.chat().create(request).await?;

        span.record_response(Api::OpenAiChat, &response);
        let choice = response.choices.into_iter().next().ok_or("the model gave no choice")?;
        let text = choice.message.content.unwrap_or_default();
        span.record_output(Message::assistant(&text));
        Ok(text)
    }
}
