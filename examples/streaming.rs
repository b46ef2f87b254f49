//! A streamed answer: its span lasts until the last chunk, and tells what came.
//!
//! ```text
//! cargo run --example streaming
//! ```
//!
//! It talks to a stand-in for an OpenAI-compatible endpoint on loopback, through the client crate `async-openai`. The first
//! answer is read to its end; the second is dropped early, which marks its span and is no error.

#![expect(clippy::print_stdout, reason = "a program talks to people")]

use std::error::Error;
use std::io;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequestArgs, CreateChatCompletionStreamResponse,
};
use futures::{Stream, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tracing::{Span, instrument};
use tracing_genai::{Api, GenAiSpanExt as _, GenAiStreamExt as _};

const MODEL: &str = "gpt-4o-mini";

type Chunk = Result<CreateChatCompletionStreamResponse, OpenAIError>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _guard = tracing_genai::install("streaming")?;
    let config = OpenAIConfig::new().with_api_key("none-needed").with_api_base(stand_in().await?);
    let client = Client::with_config(config);

    let mut answer = ask(&client, "Where is order 4711?").await?;
    while let Some(chunk) = answer.next().await {
        print!("{}", words(&chunk?));
    }
    println!();

    let mut answer = ask(&client, "And the refund?").await?;
    let first = answer.next().await.ok_or("an empty answer")??;
    println!("{} (enough)", words(&first).trim_end());
    Ok(())
}

/// The span begins here and ends with the stream that is returned.
#[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = MODEL), err)]
async fn ask(
    client: &Client<OpenAIConfig>,
    question: &str,
) -> Result<impl Stream<Item = Chunk> + Unpin + use<>, OpenAIError> {
    let span = Span::current();
    span.record_input(question);
    let message = ChatCompletionRequestUserMessageArgs::default().content(question).build()?;
    let request = CreateChatCompletionRequestArgs::default().model(MODEL).messages([message.into()]).build()?;
    let chunks = client.chat().create_stream(request).await?;
    Ok(chunks.try_in_genai_span(span).with_response(Api::OpenAiChat, |chunk| chunk).on_chunk(|chunk, record| {
        record.text(words(chunk));
    }))
}

fn words(chunk: &CreateChatCompletionStreamResponse) -> &str {
    chunk.choices.first().and_then(|choice| choice.delta.content.as_deref()).unwrap_or_default()
}

/// Starts an endpoint that streams one answer to whatever is asked, and gives its base URL.
async fn stand_in() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(answer(connection));
        }
    });
    Ok(url)
}

async fn answer(mut connection: TcpStream) -> io::Result<()> {
    // One read holds the small request of this program.
    let mut request = [0; 16_384];
    let _ = connection.read(&mut request).await?;
    connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").await?;
    let chunk = |choices: String, usage: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1761000000,\"model\":\
             \"{MODEL}-2024-07-18\",\"choices\":[{choices}],\"usage\":{usage}}}\n\n"
        )
    };
    for word in ["Your ", "order ", "is ", "on ", "its ", "way."] {
        let delta = format!("{{\"index\":0,\"delta\":{{\"content\":\"{word}\"}},\"finish_reason\":null}}");
        connection.write_all(chunk(delta, "null").as_bytes()).await?;
        connection.flush().await?;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let last = "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}".to_owned();
    connection.write_all(chunk(last, "null").as_bytes()).await?;
    let usage = "{\"prompt_tokens\":812,\"completion_tokens\":140,\"total_tokens\":952}";
    connection.write_all(chunk(String::new(), usage).as_bytes()).await?;
    connection.write_all(b"data: [DONE]\n\n").await?;
    connection.shutdown().await
}
