//! `genai` with its own spans.

use std::net::{Ipv4Addr, SocketAddr};

use futures::StreamExt as _;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, ModelIden, ServiceTarget};
use serde_json::json;

use crate::llmock::llmock;
use crate::replay::{self, Replay};
use crate::snapshot::compare;
use crate::twice::twice;

/// By the name of the real host: a model on a loopback address is one of the machine's own and has no price.
fn client(kind: AdapterKind, host: &str, path: &str) -> Client {
    client_at(kind, host, llmock().port(), path)
}

fn client_at(kind: AdapterKind, host: &str, port: u16, path: &str) -> Client {
    let url = format!("http://{host}:{port}{path}");
    let http = reqwest::Client::builder()
        .resolve(host, SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .no_proxy()
        .build()
        .expect("an HTTP client");
    Client::builder()
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

fn request() -> ChatRequest {
    ChatRequest::new(vec![ChatMessage::system("Be brief."), ChatMessage::user("What is a span?")])
}

#[test]
fn a_chat_with_openai() {
    let twice = twice(async || {
        let options = ChatOptions::default().with_temperature(0.5).with_stop_sequences(vec!["END".to_owned()]);
        client(AdapterKind::OpenAI, "api.openai.com", "/v1/")
            .exec_chat("gpt-4o", request(), Some(&options))
            .await
            .expect("an answer");
    });
    compare("genai_openai_chat", &twice);
}

#[test]
fn a_stream_from_anthropic() {
    let twice = twice(async || {
        let client = client(AdapterKind::Anthropic, "api.anthropic.com", "/anthropic/v1/");
        let options = ChatOptions::default().with_capture_usage(true);
        let answer = client.exec_chat_stream("claude-sonnet-4-5", request(), Some(&options)).await.expect("a stream");
        let mut stream = answer.stream;
        while let Some(event) = stream.next().await {
            event.expect("a chunk");
        }
    });
    compare("genai_anthropic_stream", &twice);
}

#[test]
fn a_chat_with_gemini() {
    let twice = twice(async || {
        let client = client(AdapterKind::Gemini, "generativelanguage.googleapis.com", "/gemini/v1beta/");
        client.exec_chat("gemini-2.5-flash", request(), None).await.expect("an answer");
    });
    compare("genai_gemini_chat", &twice);
}

#[test]
fn cached_tokens_of_anthropic_are_part_of_the_input() {
    let twice = twice(async || {
        let replay = Replay::start(replay::ANTHROPIC);
        let client = client_at(AdapterKind::Anthropic, "api.anthropic.com", replay.port(), "/v1/");
        client.exec_chat("claude-sonnet-4-5", request(), None).await.expect("an answer");
    });
    compare("genai_anthropic_cached", &twice);
}

#[test]
fn thoughts_of_gemini_are_part_of_the_output() {
    let twice = twice(async || {
        let replay = Replay::start(replay::GEMINI);
        let client = client_at(AdapterKind::Gemini, "generativelanguage.googleapis.com", replay.port(), "/v1beta/");
        client.exec_chat("gemini-2.5-flash", request(), None).await.expect("an answer");
    });
    compare("genai_gemini_thoughts", &twice);
}

#[test]
fn embeddings_of_openai() {
    let twice = twice(async || {
        let client = client(AdapterKind::OpenAI, "api.openai.com", "/v1/");
        client.embed("text-embedding-3-small", "A span has a name.", None).await.expect("an embedding");
    });
    compare("genai_openai_embeddings", &twice);
}

#[test]
fn an_answer_of_a_wrong_request() {
    let model = "gpt-4-turbo";
    llmock().script(model, &[json!({ "type": "fail", "status": 400, "times": null })]);
    let twice = twice(async || {
        client(AdapterKind::OpenAI, "api.openai.com", "/v1/")
            .exec_chat(model, request(), None)
            .await
            .expect_err("no answer");
    });
    compare("genai_openai_error", &twice);
}

#[test]
fn a_stream_that_is_cut() {
    let model = "gpt-4.1-nano";
    let cut = json!({ "type": "stream_fault", "kind": "disconnect", "after_chunks": 3, "times": null });
    llmock().script(model, &[cut]);
    let twice = twice(async || {
        let client = client(AdapterKind::OpenAI, "api.openai.com", "/v1/");
        let mut stream = client.exec_chat_stream(model, request(), None).await.expect("a stream").stream;
        while let Some(Ok(_)) = stream.next().await {}
    });
    compare("genai_openai_cut_stream", &twice);
}
