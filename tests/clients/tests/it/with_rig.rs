//! `rig`: models, an agent with tools, streams, embeddings.

use futures::StreamExt as _;
use rig::AgentBuilder;
use rig::completion::{CompletionRequest, Message};
use rig::http_client::ReqwestClient;
use rig::image_generation::ImageGenerationRequestBuilder;
use rig::message::{DocumentSourceKind, Image, ImageMediaType, UserContent};
use rig::providers::anthropic::AnthropicConfig;
use rig::providers::gemini::GeminiConfig;
use rig::providers::openai::{OpenAIConfig, Route};
use serde_json::json;
use tracing_genai_client_tests::flows::{self, Weather};

use crate::llmock::llmock;
use crate::replay::{self, Replay};
use crate::snapshot::compare;
use crate::twice::twice;

/// Of its own for each scenario: a connection that is kept belongs to the runtime that made it.
fn http() -> ReqwestClient {
    reqwest::Client::new().into()
}

fn openai() -> OpenAIConfig {
    OpenAIConfig::new("key").with_base_url(llmock().at("/v1")).with_route(Route::Chat)
}

fn anthropic() -> AnthropicConfig {
    AnthropicConfig::new("key").with_base_url(llmock().at("/anthropic"))
}

fn gemini() -> GeminiConfig {
    GeminiConfig::new("key").with_base_url(llmock().at("/gemini"))
}

#[test]
fn a_chat_with_openai() {
    let twice = twice(async || {
        let model = openai().connect(http()).completion("gpt-4o");
        model.call(CompletionRequest::new("What is a span?")).await.expect("an answer");
    });
    compare("rig_openai_chat", &twice);
}

#[test]
fn a_stream_from_anthropic() {
    let twice = twice(async || {
        let model = anthropic().connect(http()).completion("claude-sonnet-4-5");
        let request = CompletionRequest::new("What is a span?").max_tokens(1_024);
        let mut stream = model.stream(request).expect("a stream");
        while let Some(item) = stream.next().await {
            item.expect("a chunk");
        }
        // Without it, rig records neither usage nor what answered.
        stream.finish().await.expect("a whole answer");
    });
    compare("rig_anthropic_stream", &twice);
}

#[test]
fn a_chat_with_gemini() {
    let twice = twice(async || {
        let model = gemini().connect(http()).completion("gemini-2.5-flash");
        model.call(CompletionRequest::new("What is a span?")).await.expect("an answer");
    });
    compare("rig_gemini_chat", &twice);
}

#[test]
fn an_agent_with_a_tool_that_records_content() {
    let twice = twice(flows::rig_agent);
    let secret = format!("{:?}", twice.ours);
    assert!(!secret.contains("secret forecaster") && !secret.contains("weather in Paris"), "content left: {secret}");
    compare("rig_openai_agent", &twice);
}

#[test]
fn an_image_leaves_in_no_case() {
    let image = "iVBORw0KGgo".repeat(200);
    let spans = twice(async || {
        let agent =
            AgentBuilder::new(openai().connect(http()).completion("gpt-4o")).record_content_telemetry(true).build();
        let data = DocumentSourceKind::Base64(image.clone());
        let image = Image { data, media_type: Some(ImageMediaType::PNG), ..Image::default() };
        let content = vec![UserContent::text("What is this?"), UserContent::Image(image)];
        agent.prompt(Message::User { content }).await.expect("an answer");
    });
    assert!(format!("{:?}", spans.stock).contains(&image), "the stock layer exports it");
    assert!(!format!("{:?}", spans.ours).contains(&image[..64]), "it left");
}

#[test]
fn a_stream_of_an_agent() {
    let twice = twice(async || {
        let agent = AgentBuilder::new(anthropic().connect(http()).completion("claude-haiku-4-5")).tool(Weather).build();
        let mut stream = agent.prompt("What is the weather in Paris?").max_turns(3).stream();
        while let Some(item) = stream.next().await {
            item.expect("a step");
        }
    });
    compare("rig_anthropic_agent_stream", &twice);
}

#[test]
fn cached_tokens_of_anthropic_are_part_of_the_input() {
    let twice = twice(async || {
        let replay = Replay::start(replay::ANTHROPIC);
        let model =
            AnthropicConfig::new("key").with_base_url(replay.url()).connect(http()).completion("claude-sonnet-4-5");
        model.call(CompletionRequest::new("What is a span?").max_tokens(1_024)).await.expect("an answer");
    });
    compare("rig_anthropic_cached", &twice);
}

#[test]
fn thoughts_of_gemini_are_part_of_the_output() {
    let twice = twice(async || {
        let replay = Replay::start(replay::GEMINI);
        let model = GeminiConfig::new("key").with_base_url(replay.url()).connect(http()).completion("gemini-2.5-flash");
        model.call(CompletionRequest::new("What is a span?")).await.expect("an answer");
    });
    compare("rig_gemini_thoughts", &twice);
}

#[test]
fn an_image_of_gemini() {
    let twice = twice(async || {
        let replay = Replay::start(replay::GEMINI_IMAGE);
        let config = GeminiConfig::new("key").with_base_url(replay.url());
        let model = config.connect(http()).image_generation("gemini-2.5-flash-image");
        model.call(ImageGenerationRequestBuilder::new("A span.").build()).await.expect("an image");
    });
    compare("rig_gemini_image", &twice);
}

#[test]
fn embeddings_of_openai() {
    let twice = twice(async || {
        let model = openai().connect(http()).embedding("text-embedding-3-small", None);
        model.call(vec!["A span has a name.".to_owned()]).await.expect("an embedding");
    });
    compare("rig_openai_embeddings", &twice);
}

#[test]
fn an_answer_of_too_many_requests() {
    let model = "gpt-4.1";
    let fail = json!({ "type": "fail", "status": 429, "times": null });
    llmock().script(model, &[fail]);
    let twice = twice(async || {
        let model = openai().connect(http()).completion(model);
        model.call(CompletionRequest::new("What is a span?")).await.expect_err("no answer");
    });
    compare("rig_openai_error", &twice);
}

#[test]
fn a_stream_that_is_cut() {
    let model = "gpt-4.1-mini";
    let cut = json!({ "type": "stream_fault", "kind": "disconnect", "after_chunks": 3, "times": null });
    llmock().script(model, &[cut]);
    let twice = twice(async || {
        let model = openai().connect(http()).completion(model);
        let mut stream = model.stream(CompletionRequest::new("What is a span?")).expect("a stream");
        while let Some(Ok(_)) = stream.next().await {}
    });
    compare("rig_openai_cut_stream", &twice);
}
