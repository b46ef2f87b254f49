//! A stand-in for an OpenAI-compatible endpoint, on loopback, with real payload shapes.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Starts it and gives its base URL.
pub(crate) async fn start() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(respond));
            tokio::spawn(connection);
        }
    });
    Ok(url)
}

async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let planning =
        asked.pointer("/messages/0/content").and_then(Value::as_str).is_some_and(|text| text.starts_with("You plan"));
    let model = asked.get("model").and_then(Value::as_str).unwrap_or("gpt-4o-mini");
    let question = asked.pointer("/messages/1/content").and_then(Value::as_str).unwrap_or_default();
    let order: String = question.chars().filter(char::is_ascii_digit).collect();
    let (text, prompt_tokens, completion_tokens, took) = if planning {
        ("Look up the order and the state of its refund, then answer.".to_owned(), 812, 140, 70)
    } else {
        let text = format!("Dear Ada Lovelace, order {order} is on its way; I will let you know about the refund.");
        (text, 1_093, 262, 88)
    };
    tokio::time::sleep(Duration::from_millis(took)).await;
    let answer = json!({
        "id": if planning { "chatcmpl-plan" } else { "chatcmpl-answer" },
        "object": "chat.completion",
        "created": 1_761_000_000,
        "model": format!("{model}-2024-07-18"),
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": text, "refusal": null },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0, "audio_tokens": 0 },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_stand_in",
    });
    Ok(Response::builder()
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(answer.to_string())))
        .unwrap_or_default())
}
