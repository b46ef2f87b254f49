//! OTLP over HTTP with protobuf bodies: hyper's client.

use std::error::Error;
use std::io;
use std::time::Duration;

use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use ::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::compression::{compress, content_encoding};
use super::connect::{Connector, with_causes};
use super::destination::Compression;
use super::outcome::{self, Outcome, RpcStatus, Transport, shown, speaks_of_size};
use super::target::Target;

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");
/// An answer holds a few words. More is not read.
const MAX_ANSWER_BYTES: usize = 64 << 10;

pub(crate) struct Http {
    client: Client<Connector, Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
    compression: Compression,
}

impl Http {
    /// Connects with the first request. Must be called in a Tokio runtime.
    pub(crate) fn open(target: &Target) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(30))
            .build(Connector::of(target));
        let mut headers = target.headers.clone();
        headers.insert(CONTENT_TYPE, PROTOBUF);
        if let Some(encoding) = content_encoding(target.compression) {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let agent = HeaderValue::from_static(concat!("tracing-genai/", env!("CARGO_PKG_VERSION")));
        headers.entry(USER_AGENT).or_insert(agent);
        Self { client, uri: target.endpoint.uri.clone(), headers, compression: target.compression }
    }

    async fn exchange(&self, body: Bytes) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let (parts, body) = self.client.request(request).await?.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

impl Transport for Http {
    fn body(&self, request: Vec<u8>) -> io::Result<Bytes> {
        compress(self.compression, request).map(Into::into)
    }

    async fn send(&mut self, body: Bytes) -> Outcome {
        match self.exchange(body).await {
            Ok(answer) => answer.outcome(),
            Err(error) => Outcome::Retry { after: None, message: shown(&with_causes(&*error)) },
        }
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// What the answer means, by the OTLP specification and what servers were seen to do.
    fn outcome(&self) -> Outcome {
        if self.status.is_success() {
            return outcome::accepted(&self.body);
        }
        let words = self.words();
        let message = format!("{}: {words}", self.status);
        let remedy = match self.status {
            StatusCode::PAYLOAD_TOO_LARGE => return Outcome::TooLarge { message },
            StatusCode::BAD_REQUEST if speaks_of_size(&words) => return Outcome::TooLarge { message },
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => return Outcome::Retry { after: self.retry_after(), message },
            _ => "",
        };
        Outcome::Refused { message: format!("{message}{remedy}") }
    }

    /// A `google.rpc.Status`, or text.
    fn words(&self) -> String {
        if self.headers.get(CONTENT_TYPE) == Some(&PROTOBUF) {
            return shown(&RpcStatus::read(&self.body).message);
        }
        shown(&String::from_utf8_lossy(&self.body))
    }

    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}
