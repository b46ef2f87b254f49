//! OTLP over HTTP with protobuf bodies: hyper's client.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION, PROXY_AUTHORIZATION, USER_AGENT};
use ::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout};

use super::body::Body;
use super::compression::{compress, encoding};
use super::connect::{BoxError, Connector, Owner};
use super::destination::Compression;
use super::diagnosis;
use super::heard::Heard;
use super::outcome::{self, Outcome, RpcStatus, Transport, for_now, is_for_now, speaks_of_size};
use super::proxy::{Proxy, Route};
use super::retry;
use super::target::Target;
use super::words::shown;

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");
/// An answer holds a few words. More is not read.
const MAX_ANSWER_BYTES: usize = 64 << 10;
/// What is longer, and is said to be a page, is one.
const MAX_WORD_BYTES: usize = 16;
/// Proxies add theirs. An answer with more is none to hyper, and so would be asked for again without end.
const MAX_HEADERS: usize = 1_000;
/// The part of the request's time in which they are to come.
const FOR_THE_WORDS: u32 = 4;

pub(crate) struct Http {
    client: Client<Connector, Body>,
    connector: Connector,
    uri: Uri,
    headers: HeaderMap,
    compression: Compression,
    /// How long the rest of an answer is waited for.
    patience: Duration,
    heard: Arc<Heard>,
    /// What named the endpoint.
    named_by: Cow<'static, str>,
    _owner: Arc<Owner>,
}

impl Http {
    /// Connects with the first request. Must be called in a Tokio runtime.
    pub(crate) fn open(target: &Target) -> Self {
        let owner = Arc::default();
        let connector = Connector::of(target, &owner, b"http/1.1");
        let heard = connector.heard();
        let mut headers = target.headers.clone();
        if let Route::Forward(Proxy { authorization: Some(authorization), .. }) = &target.route {
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        headers.insert(CONTENT_TYPE, PROTOBUF);
        if let Some(encoding) = encoding(target.compression) {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let agent = HeaderValue::from_static(concat!("tracing-genai/", env!("CARGO_PKG_VERSION")));
        headers.entry(USER_AGENT).or_insert(agent);
        Self {
            client: client(connector.clone()),
            connector,
            patience: target.timeout / FOR_THE_WORDS,
            uri: target.endpoint.uri.clone(),
            headers,
            compression: target.compression,
            heard,
            named_by: target.named_by.clone(),
            _owner: owner,
        }
    }

    async fn exchange(&self, body: Body) -> Result<Answer, BoxError> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let (parts, body) = self.client.request(request).await?.into_parts();
        let mut answer = Answer { status: parts.status, headers: parts.headers, body: Vec::new(), is_whole: false };
        // The status says what became of the spans, also where the words are long, are cut, or never end.
        answer.is_whole = timeout(self.patience, read(body, &mut answer.body)).await.unwrap_or(false);
        self.heard.answered(true);
        Ok(answer)
    }
}

fn client(connector: Connector) -> Client<Connector, Body> {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .http1_max_headers(MAX_HEADERS)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(30))
        .build(connector)
}

/// As much of it as comes and has room, and whether that is all.
async fn read(mut body: impl http_body::Body<Data = Bytes> + Unpin, into: &mut Vec<u8>) -> bool {
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let data = frame.into_data().unwrap_or_default();
        let room = MAX_ANSWER_BYTES - into.len();
        into.extend(data.iter().take(room));
        if into.len() >= MAX_ANSWER_BYTES {
            return false;
        }
    }
    true
}

impl Transport for Http {
    fn body(&self, request: Body) -> io::Result<Body> {
        compress(self.compression, request)
    }

    async fn send(&mut self, body: Body) -> Outcome {
        let begin = Instant::now();
        let mut exchanged = self.exchange(body.clone()).await;
        if exchanged.is_err() && self.heard.ended_idle(begin) {
            exchanged = self.exchange(body).await;
        }
        let outcome = match exchanged {
            Ok(answer) => answer.outcome(&self.uri),
            Err(error) => match self.heard.not_http() {
                Some(message) => Outcome::Denied { message: message.to_owned() },
                None => diagnosis::unreachable(&*error, &self.heard),
            },
        };
        // Behind a load balancer a new connection may lead to another host, and so may the name by now.
        if outcome.is_to_be_sent_again() {
            self.client = client(self.connector.clone());
        }
        outcome.naming(&self.named_by)
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    is_whole: bool,
}

impl Answer {
    /// What the answer means, by the OTLP specification and what servers were seen to do.
    fn outcome(&self, url: &Uri) -> Outcome {
        // Without the query, which may hold a key.
        let place = format!("{}{}", url.authority().map(ToString::to_string).unwrap_or_default(), url.path());
        if self.status.is_success() {
            // A page for people: of a proxy that wants a login, or of an address that takes everything.
            if self.is_page() {
                return Outcome::Denied {
                    message: format!(
                        "{} with a web page at {place}, which is no answer to OTLP; check <endpoint>",
                        self.status
                    ),
                };
            }
            let is_json = self.is("application/json");
            return if is_json { outcome::accepted_json(&self.body) } else { outcome::accepted(&self.body) };
        }
        let words = self.words();
        let message = format!("{}: {words}", self.status);
        let remedy = match self.status {
            StatusCode::PAYLOAD_TOO_LARGE => return Outcome::TooLarge { message },
            StatusCode::BAD_REQUEST if speaks_of_size(&words) => return Outcome::TooLarge { message },
            StatusCode::BAD_REQUEST if speaks_of_tls(&words) => "; write https:// in <endpoint>",
            StatusCode::REQUEST_TIMEOUT => return Outcome::Strained { message },
            status if is_for_now(status) => {
                return Outcome::Retry { after: retry::asked(&self.headers), message: message + for_now(status) };
            }
            StatusCode::PAYMENT_REQUIRED => outcome::CHECK_ACCOUNT,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "; check the token in OTEL_EXPORTER_OTLP_HEADERS or Destination::with_header"
            }
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
                "; check the path in <endpoint>: to OTEL_EXPORTER_OTLP_ENDPOINT and Destination::otlp /v1/traces is added, \
                 OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and Destination::otlp_traces_url are used as they are"
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                "; the peer does not take protobuf here, or not this compression: check <endpoint> \
                 and OTEL_EXPORTER_OTLP_COMPRESSION"
            }
            status if status.is_redirection() => "; redirects are not followed: write the final URL in <endpoint>",
            StatusCode::NOT_IMPLEMENTED => "; check <endpoint>",
            _ => return Outcome::Refused { message: format!("{message} at {place}") },
        };
        Outcome::Denied { message: format!("{message} at {place}{remedy}") }
    }

    /// Whether that is the type of its content, whatever the parameters.
    fn is(&self, media_type: &str) -> bool {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
    }

    /// OTLP's answers have no markup: `<` alone may be the length of a message. That type is also said of an empty answer, or
    /// an "ok", by servers whose default it is.
    fn is_page(&self) -> bool {
        let text = self.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&self.body).trim_ascii();
        let is_markup = matches!(text, [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'!' | b'?', ..]);
        let is_word = self.is_whole && !self.headers.contains_key(CONTENT_ENCODING) && text.len() <= MAX_WORD_BYTES;
        is_markup || (self.is("text/html") && !is_word)
    }

    /// Where it leads to, a `google.rpc.Status`, or text.
    fn words(&self) -> String {
        if let Some(location) = self.headers.get(LOCATION).filter(|_| self.status.is_redirection()) {
            // Without the query, as above.
            let location = location.to_str().unwrap_or_default();
            return shown(location.split('?').next().unwrap_or_default());
        }
        if self.is("application/x-protobuf") {
            return shown(&RpcStatus::read(&self.body).message);
        }
        shown(&String::from_utf8_lossy(&self.body))
    }
}

/// Whether a server says in words that plain HTTP came to its port for TLS: those of Go, nginx and Apache do.
fn speaks_of_tls(words: &str) -> bool {
    ["HTTPS server", "HTTPS port", "SSL-enabled"].iter().any(|port| words.contains(port))
}
