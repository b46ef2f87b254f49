//! `genai` with its own spans.

use futures::StreamExt as _;
use genai::Client;
use genai::adapter::AdapterKind;
use genai::chat::ChatOptions;
use serde_json::json;
use tracing_genai_client_tests::flows::{self, genai_request};

use crate::llmock::llmock;
use crate::replay::{self, Replay};
use crate::snapshot::compare;
use crate::twice::twice;

fn client(kind: AdapterKind, host: &str, path: &str) -> Client {
    flows::genai(kind, host, llmock().port(), path)
}

#[test]
fn a_chat_with_openai() {
    let twice = twice(async || {
        let options = ChatOptions::default().with_temperature(0.5).with_stop_sequences(vec!["END".to_owned()]);
        client(AdapterKind::OpenAI, "api.openai.com", "/v1/")
            .exec_chat("gpt-4o", genai_request(), Some(&options))
            .await
            .expect("an answer");
    });
    compare("genai_openai_chat", &twice);
}

#[test]
fn a_stream_from_anthropic() {
    let twice = twice(flows::genai_stream);
    compare("genai_anthropic_stream", &twice);
}

#[test]
fn a_chat_with_gemini() {
    let twice = twice(async || {
        let client = client(AdapterKind::Gemini, "generativelanguage.googleapis.com", "/gemini/v1beta/");
        client.exec_chat("gemini-2.5-flash", genai_request(), None).await.expect("an answer");
    });
    compare("genai_gemini_chat", &twice);
}

#[test]
fn cached_tokens_of_anthropic_are_part_of_the_input() {
    let twice = twice(async || {
        let replay = Replay::start(replay::ANTHROPIC);
        let client = flows::genai(AdapterKind::Anthropic, "api.anthropic.com", replay.port(), "/v1/");
        client.exec_chat("claude-sonnet-4-5", genai_request(), None).await.expect("an answer");
    });
    compare("genai_anthropic_cached", &twice);
}

#[test]
fn thoughts_of_gemini_are_part_of_the_output() {
    let twice = twice(async || {
        let replay = Replay::start(replay::GEMINI);
        let client = flows::genai(AdapterKind::Gemini, "generativelanguage.googleapis.com", replay.port(), "/v1beta/");
        client.exec_chat("gemini-2.5-flash", genai_request(), None).await.expect("an answer");
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
            .exec_chat(model, genai_request(), None)
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
        let mut stream = client.exec_chat_stream(model, genai_request(), None).await.expect("a stream").stream;
        while let Some(Ok(_)) = stream.next().await {}
    });
    compare("genai_openai_cut_stream", &twice);
}
