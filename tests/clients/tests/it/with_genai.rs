//! `genai` with its own spans.

use futures::StreamExt as _;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, ModelIden, ServiceTarget};
use serde_json::json;

use crate::llmock::llmock;
use crate::snapshot::compare;
use crate::twice::twice;

fn client(kind: AdapterKind, path: &str) -> Client {
    let url = llmock().at(path);
    Client::builder()
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
        client(AdapterKind::OpenAI, "/v1/").exec_chat("gpt-4o", request(), Some(&options)).await.expect("an answer");
    });
    compare("genai_openai_chat", &twice);
}

#[test]
fn a_stream_from_anthropic() {
    let twice = twice(async || {
        let client = client(AdapterKind::Anthropic, "/anthropic/v1/");
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
        let client = client(AdapterKind::Gemini, "/gemini/v1beta/");
        client.exec_chat("gemini-2.5-flash", request(), None).await.expect("an answer");
    });
    compare("genai_gemini_chat", &twice);
}

#[test]
fn embeddings_of_openai() {
    let twice = twice(async || {
        let client = client(AdapterKind::OpenAI, "/v1/");
        client.embed("text-embedding-3-small", "A span has a name.", None).await.expect("an embedding");
    });
    compare("genai_openai_embeddings", &twice);
}

#[test]
fn an_answer_of_a_wrong_request() {
    let model = "gpt-4-turbo";
    llmock().script(model, &[json!({ "type": "fail", "status": 400, "times": null })]);
    let twice = twice(async || {
        client(AdapterKind::OpenAI, "/v1/").exec_chat(model, request(), None).await.expect_err("no answer");
    });
    compare("genai_openai_error", &twice);
}

#[test]
fn a_stream_that_is_cut() {
    let model = "gpt-4.1-nano";
    let cut = json!({ "type": "stream_fault", "kind": "disconnect", "after_chunks": 3, "times": null });
    llmock().script(model, &[cut]);
    let twice = twice(async || {
        let client = client(AdapterKind::OpenAI, "/v1/");
        let mut stream = client.exec_chat_stream(model, request(), None).await.expect("a stream").stream;
        while let Some(Ok(_)) = stream.next().await {}
    });
    compare("genai_openai_cut_stream", &twice);
}
