//! What each client is asked to do where spans go to real backends.

use std::net::{Ipv4Addr, SocketAddr};

use async_openai::Client as OpenAi;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessageArgs, ChatCompletionStreamOptions, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs, CreateChatCompletionStreamResponse,
};
use futures::{Stream, StreamExt as _};
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client as Genai, ModelIden, ServiceTarget};
use rig::AgentBuilder;
use rig::http_client::ReqwestClient;
use rig::providers::openai::{OpenAIConfig as RigOpenAi, Route};
use rig::tool::{Tool, ToolContext, ToolExecutionError};
use serde_json::json;
use tracing::{Span, instrument};
use tracing_genai::{Api, GenAiSpanExt as _, GenAiStreamExt as _};

use crate::llmock::llmock;

pub const QUESTION: &str = "What is a span?";

/// `rig`: an agent that calls a tool.
pub async fn rig_agent() {
    let config = RigOpenAi::new("key").with_base_url(llmock().at("/v1")).with_route(Route::Chat);
    // Of its own for each flow: a connection that is kept belongs to the runtime that made it.
    let agent =
        AgentBuilder::new(config.connect(ReqwestClient::from(reqwest::Client::new())).completion("gpt-4o-mini"))
            .name("forecaster")
            .preamble("You are a secret forecaster.")
            .record_content_telemetry(true)
            .tool(Weather)
            .build();
    agent.prompt("What is the weather in Paris?").max_turns(3).await.expect("an answer");
}

#[derive(Debug)]
pub struct Weather;

#[derive(Debug, serde::Deserialize)]
pub struct City {
    city: String,
}

impl Tool for Weather {
    const NAME: &'static str = "get_weather";
    type Args = City;
    type Output = String;
    type Error = ToolExecutionError;

    fn description(&self) -> String {
        "The weather in a city".to_owned()
    }

    fn parameters(&self) -> serde_json::Value {
        json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] })
    }

    async fn call(&self, _context: &mut ToolContext, args: City) -> Result<String, Self::Error> {
        Ok(format!("21 degrees in {}", args.city))
    }
}

/// `genai`: a stream from Anthropic, read to its end.
pub async fn genai_stream() {
    let client = genai(AdapterKind::Anthropic, "api.anthropic.com", llmock().port(), "/anthropic/v1/");
    let options = ChatOptions::default().with_capture_usage(true);
    let answer = client.exec_chat_stream("claude-sonnet-4-5", genai_request(), Some(&options)).await;
    let mut stream = answer.expect("a stream").stream;
    while let Some(event) = stream.next().await {
        event.expect("a chunk");
    }
}

/// By the name of the real host: a model on a loopback address is one of the machine's own and has no price.
pub fn genai(kind: AdapterKind, host: &str, port: u16, path: &str) -> Genai {
    let url = format!("http://{host}:{port}{path}");
    let http = reqwest::Client::builder()
        .resolve(host, SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .no_proxy()
        .build()
        .expect("an HTTP client");
    Genai::builder()
        .with_reqwest(http)
        .with_service_target_resolver_fn(move |target: ServiceTarget| {
            Ok::<_, genai::resolver::Error>(ServiceTarget {
                endpoint: Endpoint::from_owned(url.clone()),
                auth: AuthData::from_single("key"),
                model: ModelIden::new(kind, target.model.model_name),
            })
        })
        .build()
        .expect("a client")
}

pub fn genai_request() -> ChatRequest {
    ChatRequest::new(vec![ChatMessage::system("Be brief."), ChatMessage::user(QUESTION)])
}

/// `async-openai`: a stream in the span of the function that asks for it, read to its end.
pub async fn async_openai_stream() {
    let reply = json!({ "type": "reply", "text": "A part of a trace.", "times": null });
    llmock().script("gpt-4o", &[reply]);
    let mut stream = async_openai_answer("gpt-4o").await.expect("a stream");
    while let Some(chunk) = stream.next().await {
        chunk.expect("a chunk");
    }
}

/// The stream, whose span ends with it.
#[instrument(skip_all, fields(span_type = "llm", provider = "openai", model))]
pub async fn async_openai_answer(
    model: &str,
) -> Result<impl Stream<Item = Result<CreateChatCompletionStreamResponse, OpenAIError>> + Unpin + use<>, OpenAIError> {
    let span = Span::current();
    span.record("model", model);
    span.record_input(QUESTION);
    let chunks = async_openai().chat().create_stream(async_openai_request(model)).await?;
    Ok(chunks.try_in_genai_span(span).with_response(Api::OpenAiChat, |chunk| chunk).on_chunk(|chunk, record| {
        record.text(async_openai_words(chunk));
    }))
}

pub fn async_openai() -> OpenAi<OpenAIConfig> {
    OpenAi::with_config(OpenAIConfig::new().with_api_base(llmock().at("/v1")).with_api_key("key"))
}

pub fn async_openai_request(model: &str) -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestUserMessageArgs::default().content(QUESTION).build().expect("a message");
    let include_usage = ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None };
    CreateChatCompletionRequestArgs::default()
        .model(model)
        .messages([message.into()])
        .stream_options(include_usage)
        .build()
        .expect("a request")
}

/// The words of one chunk.
pub fn async_openai_words(chunk: &CreateChatCompletionStreamResponse) -> &str {
    chunk.choices.first().and_then(|choice| choice.delta.content.as_deref()).unwrap_or_default()
}
