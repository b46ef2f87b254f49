//! OTLP over gRPC: tonic, with a body of our own.

use std::borrow::Cow;
use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::{CONTENT_TYPE, HeaderName, TE};
use ::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, Version};
use http_body::Body as _;
use percent_encoding::percent_decode;
use tokio::time::Instant;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower_service::Service;

use super::body::Body;
use super::compression::{compress, decompress, encoding};
use super::connect::{BoxError, Connector, Owner};
use super::destination::{Compression, Signal};
use super::diagnosis;
use super::heard::Heard;
use super::outcome::{self, Outcome, RpcStatus, Transport, for_now, is_for_now, speaks_of_size};
use super::retry;
use super::target::Target;
use super::words::shown;

/// What an answer may take that says in many words why spans are refused. One that is larger is no answer to h2, and so would
/// be asked for again without end.
const MAX_HEADERS_BYTES: u32 = 1 << 20;
/// What is kept of the message in an answer.
const MAX_ANSWER_BYTES: usize = 4 << 20;
const GRPC: &str = "application/grpc";
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

pub(crate) struct Grpc {
    channel: Channel,
    connector: Connector,
    origin: Uri,
    headers: HeaderMap,
    compression: Compression,
    /// Scheme and authority are the channel's.
    method: Uri,
    heard: Arc<Heard>,
    /// What named the endpoint.
    named_by: Cow<'static, str>,
    _owner: Arc<Owner>,
}

impl Grpc {
    /// Connects with the first request. Must be called in a Tokio runtime.
    pub(crate) fn open(target: &Target) -> Self {
        let uri = target.endpoint.uri.clone();
        let owner = Arc::default();
        let connector = Connector::of(target, &owner, b"h2");
        let heard = connector.heard();
        Self {
            channel: channel(&uri, connector.clone()),
            connector,
            origin: uri,
            headers: headers(target),
            compression: target.compression,
            method: Uri::from_static(method_of(target.signal)),
            heard,
            named_by: target.named_by.clone(),
            _owner: owner,
        }
    }

    async fn call(&mut self, body: Body) -> Result<Outcome, BoxError> {
        poll_fn(|cx| self.channel.poll_ready(cx)).await?;
        let mut request = Request::new(tonic::body::Body::new(body));
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        let (parts, mut body) = self.channel.call(request).await?.into_parts();
        let mut answer = Answer::new(parts.status, parts.headers);
        let read = answer.read(&mut body).await;
        let outcome = answer.outcome();
        self.heard.answered(outcome.is_some() || read.is_ok());
        match outcome {
            Some(outcome) => Ok(outcome),
            None => read.map(|()| answer.without_status()).map_err(Into::into),
        }
    }

    /// Behind a load balancer a new connection may lead to another host, and so may the name by now.
    fn renew(&mut self) {
        self.channel = channel(&self.origin, self.connector.clone());
    }

    fn failed(&self, error: &(dyn Error + 'static)) -> Outcome {
        // Its cause says the same, and more.
        let error = error.downcast_ref::<Status>().and_then(Error::source).unwrap_or(error);
        match self.heard.not_grpc() {
            Some(message) => Outcome::Denied { message: message.to_owned() },
            None => diagnosis::unreachable(error, &self.heard),
        }
    }
}

impl Transport for Grpc {
    /// One message, with the five bytes that gRPC puts before it.
    fn body(&self, request: Body) -> io::Result<Body> {
        let body = compress(self.compression, request)?;
        let is_compressed = encoding(self.compression).is_some();
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        let [a, b, c, d] = length.to_be_bytes();
        Ok(body.framed(&[u8::from(is_compressed), a, b, c, d]))
    }

    async fn send(&mut self, body: Body) -> Outcome {
        let begin = Instant::now();
        let mut called = self.call(body.clone()).await;
        if called.is_err() && self.heard.ended_idle(begin) {
            self.renew();
            called = self.call(body).await;
        }
        let outcome = called.unwrap_or_else(|error| self.failed(&*error));
        if outcome.is_to_be_sent_again() {
            self.renew();
        }
        outcome.naming(&self.named_by)
    }
}

fn channel(uri: &Uri, connector: Connector) -> Channel {
    // The connector knows the peer and encrypts by itself; a plain URL keeps tonic from doing so too.
    Endpoint::from(plain(uri))
        .origin(uri.clone())
        .user_agent(concat!("tracing-genai/", env!("CARGO_PKG_VERSION")))
        .unwrap_or_else(|_| Endpoint::from(plain(uri)).origin(uri.clone()))
        .http2_max_header_list_size(MAX_HEADERS_BYTES)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .connect_with_connector_lazy(connector)
}

fn plain(uri: &Uri) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(::http::uri::Scheme::HTTP);
    Uri::from_parts(parts).unwrap_or_default()
}

/// The call that takes an export request.
fn method_of(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        #[cfg(feature = "metrics")]
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    }
}

fn headers(target: &Target) -> HeaderMap {
    let mut request = tonic::Request::new(());
    *request.metadata_mut() = MetadataMap::from_headers(target.headers.clone());
    // The sender gives up a little earlier.
    request.set_timeout(target.timeout + Duration::from_secs(1));
    let mut headers = std::mem::take(request.metadata_mut()).into_headers();
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    if let Some(encoding) = encoding(target.compression) {
        headers.insert(ENCODING, HeaderValue::from_static(encoding));
        headers.insert("grpc-accept-encoding", HeaderValue::from_static(encoding));
    }
    headers
}

/// What came, which is read here and not by tonic's client: that takes a proxy's page, and an answer that was cut, for the
/// peer's own refusal.
struct Answer {
    status: StatusCode,
    /// The trailers too.
    headers: HeaderMap,
    /// The five bytes of gRPC and the message, or what there is room for.
    body: Vec<u8>,
    bytes: usize,
}

impl Answer {
    fn new(status: StatusCode, headers: HeaderMap) -> Self {
        Self { status, headers, body: Vec::new(), bytes: 0 }
    }

    async fn read(&mut self, body: &mut tonic::body::Body) -> Result<(), Status> {
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
            match frame?.into_data() {
                Ok(data) => {
                    let room = MAX_ANSWER_BYTES - self.body.len();
                    self.body.extend(data.iter().take(room));
                    self.bytes += data.len();
                }
                Err(frame) => self.headers.extend(frame.into_trailers().unwrap_or_default()),
            }
        }
        Ok(())
    }

    /// What the peer says, if it does. Its message says it too: not every proxy passes on what comes behind that.
    fn outcome(&self) -> Option<Outcome> {
        let Some(code) = self.headers.get("grpc-status") else {
            let is_taken = self.is_grpc() && self.message().is_some();
            return is_taken.then(|| self.accepted());
        };
        Some(match Code::from_bytes(code.as_bytes()) {
            Code::Ok => self.accepted(),
            code => refused(code, &self.words(), self.retry_after()),
        })
    }

    fn accepted(&self) -> Outcome {
        outcome::accepted(&self.message().unwrap_or_default())
    }

    /// Decompressed. One that cannot be says nothing.
    fn message(&self) -> Option<Cow<'_, [u8]>> {
        let (&[flag, a, b, c, d], message) = self.body.split_first_chunk()?;
        let is_whole = self.bytes - 5 >= u32::from_be_bytes([a, b, c, d]) as usize;
        is_whole.then(|| match (flag, self.headers.get(ENCODING)) {
            (0, _) => message.into(),
            (_, encoding) => {
                let encoding = encoding.map(HeaderValue::as_bytes).unwrap_or_default();
                decompress(encoding, message, MAX_ANSWER_BYTES).into()
            }
        })
    }

    fn is_grpc(&self) -> bool {
        let content_type = self.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        self.status == StatusCode::OK && content_type.starts_with(GRPC.as_bytes())
    }

    fn words(&self) -> String {
        let words = self.headers.get("grpc-message").map(HeaderValue::as_bytes).unwrap_or_default();
        shown(&percent_decode(words).decode_utf8_lossy())
    }

    /// By a `RetryInfo`, or as a proxy says it.
    fn retry_after(&self) -> Option<Duration> {
        let details = MetadataMap::from_headers(self.headers.clone());
        let details = details.get_bin("grpc-status-details-bin").and_then(|details| details.to_bytes().ok());
        details.and_then(|details| RpcStatus::read(&details).retry_after).or_else(|| retry::asked(&self.headers))
    }

    /// What it means that the peer said nothing of gRPC: often it is not the peer who answers.
    fn without_status(&self) -> Outcome {
        if self.is_grpc() {
            return Outcome::Broken { message: "the answer ended before it told a status".into() };
        }
        let status = self.status;
        let message = format!("{status}, and no status of gRPC");
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Outcome::TooLarge { message },
            StatusCode::REQUEST_TIMEOUT => Outcome::Strained { message },
            status if is_for_now(status) => {
                Outcome::Retry { after: self.retry_after(), message: message + for_now(status) }
            }
            StatusCode::PAYMENT_REQUIRED => Outcome::Denied { message: message + outcome::CHECK_ACCOUNT },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => denied(&message, CHECK_TOKEN),
            StatusCode::BAD_REQUEST => Outcome::Refused { message },
            status if status.is_server_error() => Outcome::Refused { message },
            _ => denied(&message, CHECK_ADDRESS),
        }
    }
}

const CHECK_TOKEN: &str = "check the token in OTEL_EXPORTER_OTLP_HEADERS or Destination::with_header";
const CHECK_ADDRESS: &str = "the peer does not take OTLP traces over gRPC at this address: check host and port in \
                             <endpoint>, or use http/protobuf (OTEL_EXPORTER_OTLP_PROTOCOL)";

fn denied(message: &str, remedy: &str) -> Outcome {
    Outcome::Denied { message: format!("{message}; {remedy}") }
}

/// What a status means, by the OTLP specification and what servers were seen to do.
fn refused(code: Code, words: &str, after: Option<Duration>) -> Outcome {
    let message = format!("{code:?}: {words}");
    match code {
        Code::ResourceExhausted if after.is_some() => Outcome::Retry { after, message },
        // Without `RetryInfo` the specification calls it permanent. Servers say it of messages above their limit, and
        // when they are short of memory.
        Code::ResourceExhausted | Code::OutOfRange if speaks_of_size(words) => Outcome::TooLarge { message },
        Code::ResourceExhausted => Outcome::Strained { message },
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Outcome::Retry { after, message },
        Code::Unauthenticated | Code::PermissionDenied => denied(&message, CHECK_TOKEN),
        Code::Unimplemented => denied(&message, CHECK_ADDRESS),
        _ => Outcome::Refused { message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_that_a_proxy_asks_for_is_kept_whether_it_speaks_grpc_or_not() {
        let mut headers = HeaderMap::new();
        headers.insert(::http::header::RETRY_AFTER, HeaderValue::from_static("7"));
        let page = Answer::new(StatusCode::SERVICE_UNAVAILABLE, headers.clone()).without_status();
        headers.insert("grpc-status", HeaderValue::from_static("14"));
        let refusal = Answer::new(StatusCode::OK, headers).outcome().unwrap();
        for outcome in [page, refusal] {
            assert!(matches!(outcome, Outcome::Retry { after: Some(wait), .. } if wait.as_secs() == 7), "{outcome:?}");
        }
    }
}
