//! A real client crate that streams, against a peer that breaks.

use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use futures::StreamExt as _;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use tracing_genai::{Api, Content, GenAiStreamExt as _};

use super::peer::{Fault, Peer};
use super::{call, flag, int};
use crate::support::{Memory, get, json, named, text};

/// The span of a call that was streamed with this fault; a stall is given up after the second chunk.
fn streamed(fault: Fault) -> SpanData {
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let peer = Peer::start(fault);
            let config = OpenAIConfig::new().with_api_key("none").with_api_base(&peer.url);
            let span = call();
            let stream = Client::with_config(config).chat().create_stream(request()).await.unwrap();
            let mut stream = stream.try_in_genai_span(span).with_response(Api::OpenAiChat, |chunk| chunk).on_chunk(
                |chunk, record| {
                    let content = chunk.choices.first().and_then(|choice| choice.delta.content.as_deref());
                    record.text(content.unwrap_or_default());
                },
            );
            let mut chunks = 0;
            while let Some(chunk) = stream.next().await {
                chunks += usize::from(chunk.is_ok());
                if fault == Fault::Stall && chunks == 2 {
                    let more = tokio::time::timeout(Duration::from_millis(1), stream.next()).await;
                    assert!(more.is_err(), "it stalls");
                    break;
                }
            }
        });
    });
    named(&spans, "chat m").clone()
}

fn request() -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestUserMessageArgs::default().content("Where is order 4711?").build().unwrap();
    CreateChatCompletionRequestArgs::default().model("m").messages([message.into()]).build().unwrap()
}

fn said(span: &SpanData) -> String {
    json(span, "gen_ai.output.messages")[0]["parts"][0]["content"].as_str().unwrap().to_owned()
}

#[test]
fn a_whole_answer_has_model_usage_reason_and_words() {
    let chat = streamed(Fault::None);
    assert_eq!(int(&chat, "gen_ai.usage.input_tokens"), Some(812));
    assert_eq!(int(&chat, "gen_ai.usage.output_tokens"), Some(140));
    assert_eq!(text(&chat, "gen_ai.response.model").as_deref(), Some("m-1"));
    assert_eq!(text(&chat, "gen_ai.response.finish_reasons").as_deref(), Some("[\"stop\"]"));
    assert_eq!(said(&chat), "Your order left.");
    assert_eq!(int(&chat, "tracing_genai.stream.chunks"), Some(4));
    assert_eq!(chat.status, Status::Unset);
    assert_eq!(get(&chat, "tracing_genai.usage.partial"), None);
}

#[test]
fn a_connection_that_breaks_is_the_spans_error_and_what_was_said_stays() {
    let chat = streamed(Fault::Disconnect);
    assert!(matches!(&chat.status, Status::Error { description } if !description.is_empty()), "{:?}", chat.status);
    assert_eq!(said(&chat), "Your order left.");
    assert_eq!(get(&chat, "tracing_genai.cancelled"), None);
}

#[test]
fn an_answer_that_ends_early_keeps_what_was_said() {
    let chat = streamed(Fault::Truncate);
    assert_eq!(said(&chat), "Your order left.");
    assert_eq!(get(&chat, "gen_ai.response.finish_reasons"), None);
    assert_eq!(text(&chat, "gen_ai.response.model").as_deref(), Some("m-1"));
}

#[test]
fn an_answer_that_stalls_and_is_given_up_is_cancelled() {
    let chat = streamed(Fault::Stall);
    assert!(flag(&chat, "tracing_genai.cancelled"));
    assert_eq!(int(&chat, "tracing_genai.stream.chunks"), Some(2));
    assert_eq!(said(&chat), "Your order left.");
    assert_eq!(chat.status, Status::Unset);
}

#[test]
fn an_event_that_is_no_json_is_the_spans_error() {
    let chat = streamed(Fault::Malformed);
    assert!(matches!(&chat.status, Status::Error { description } if !description.is_empty()), "{:?}", chat.status);
    assert!(said(&chat).starts_with("Your order "));
}
