//! Answers that the stand-in does not give: those with tokens from a cache and with thoughts, in the providers' shapes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// 50 tokens that are new, 1,000 read from the cache and 200 written to it: Anthropic counts them apart.
pub const ANTHROPIC: &str = r#"{
  "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
  "stop_sequence": null, "content": [{"type": "text", "text": "A part of a trace."}],
  "usage": {"input_tokens": 50, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200, "output_tokens": 7}
}"#;

/// 300 of the 320 tokens of the prompt are from the cache; 90 tokens of thoughts are counted beside the 10 of the answer.
pub const GEMINI: &str = r#"{
  "responseId": "r-01", "modelVersion": "gemini-2.5-flash",
  "candidates": [{
    "index": 0, "finishReason": "STOP",
    "content": {"role": "model", "parts": [{"text": "A part of a trace."}]}
  }],
  "usageMetadata": {
    "promptTokenCount": 320, "cachedContentTokenCount": 300, "candidatesTokenCount": 10, "thoughtsTokenCount": 90,
    "totalTokenCount": 420
  }
}"#;

/// An image and nothing else.
pub const GEMINI_IMAGE: &str = r#"{
  "responseId": "r-01", "modelVersion": "gemini-2.5-flash-image",
  "candidates": [{
    "index": 0, "finishReason": "STOP",
    "content": {"role": "model", "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}]}
  }],
  "usageMetadata": {
    "promptTokenCount": 12, "candidatesTokenCount": 1290, "totalTokenCount": 1302,
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}]
  }
}"#;

/// A server that gives one answer, to one request.
#[derive(Debug)]
pub struct Replay {
    port: u16,
}

impl Replay {
    pub fn start(body: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            answer(stream, body);
        });
        Self { port }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn answer(stream: TcpStream, body: &str) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line of the head");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line == "\r\n" {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).expect("the body");
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    reader.into_inner().write_all(answer.as_bytes()).expect("the client takes the answer");
}
