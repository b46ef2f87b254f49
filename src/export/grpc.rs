//! OTLP over gRPC: tonic, with a body of our own.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::Uri;
use ::http::uri::PathAndQuery;
use bytes::{Buf, Bytes};
use tonic::client::Grpc as Client;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Extensions, Request, Status};
use tower_service::Service;

use super::body::Body;
use super::compression::compress;
use super::connect::{Connector, Owner};
use super::destination::{Compression, Signal};
use super::diagnosis;
use super::heard::Heard;
use super::outcome::{self, Outcome, RpcStatus, Transport, speaks_of_size};
use super::target::Target;
use super::words::shown;

/// What an answer may take that says in many words why spans are refused. One that is larger is no answer to h2, and so would
/// be asked for again without end.
const MAX_HEADERS_BYTES: u32 = 1 << 20;

pub(crate) struct Grpc {
    client: Client<WithBody>,
    metadata: MetadataMap,
    compression: Compression,
    /// Told to the peer. The sender gives up a little earlier.
    timeout: Duration,
    method: PathAndQuery,
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
        // The connector knows the peer and encrypts by itself; a plain URL keeps tonic from doing so too.
        let channel = Endpoint::from(plain(&uri))
            .origin(uri.clone())
            .user_agent(concat!("tracing-genai/", env!("CARGO_PKG_VERSION")))
            .unwrap_or_else(|_| Endpoint::from(plain(&uri)).origin(uri))
            .http2_max_header_list_size(MAX_HEADERS_BYTES)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .connect_with_connector_lazy(connector);
        let client = Client::new(WithBody(channel));
        Self {
            client: match encoding(target.compression) {
                Some(encoding) => client.send_compressed(encoding).accept_compressed(encoding),
                None => client,
            },
            metadata: MetadataMap::from_headers(target.headers.clone()),
            compression: target.compression,
            timeout: target.timeout + Duration::from_secs(1),
            method: PathAndQuery::from_static(method_of(target.signal)),
            heard,
            named_by: target.named_by.clone(),
            _owner: owner,
        }
    }

    async fn call(&mut self, body: Body) -> Outcome {
        if let Err(error) = self.client.ready().await {
            return self.failed(&error);
        }
        let mut extensions = Extensions::new();
        extensions.insert(body);
        let mut request = Request::from_parts(self.metadata.clone(), extensions, ());
        request.set_timeout(self.timeout);
        match self.client.unary(request, self.method.clone(), PassThrough).await {
            Ok(response) => outcome::accepted(response.get_ref()),
            Err(status) => match status.source() {
                Some(error) => self.failed(error),
                None => refused(&status),
            },
        }
    }

    fn failed(&self, error: &(dyn Error + 'static)) -> Outcome {
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
        self.call(body).await.naming(&self.named_by)
    }
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

fn encoding(compression: Compression) -> Option<CompressionEncoding> {
    match compression {
        Compression::None => None,
        #[cfg(feature = "gzip")]
        Compression::Gzip => Some(CompressionEncoding::Gzip),
        #[cfg(feature = "zstd")]
        Compression::Zstd => Some(CompressionEncoding::Zstd),
        #[cfg(not(all(feature = "gzip", feature = "zstd")))]
        _ => None,
    }
}

/// How tonic words it that there is a status of HTTP alone.
const OF_HTTP: &str = "grpc-status header missing, mapped from HTTP status code ";

/// How tonic words it that the peer's status is 0, and nothing came before it.
const TAKEN_IN_SILENCE: &str = "Missing response message.";

/// What a status means, by the OTLP specification and what servers were seen to do.
fn refused(status: &Status) -> Outcome {
    let words = shown(status.message());
    let code = status.code();
    let message = format!("{code:?}: {words}");
    let after = RpcStatus::read(status.details()).retry_after;
    match code {
        Code::Internal if words == TAKEN_IN_SILENCE => outcome::accepted(&[]),
        Code::ResourceExhausted if after.is_some() => Outcome::Retry { after, message },
        // Without `RetryInfo` the specification calls it permanent. Servers say it of messages above their limit, and
        // when they are short of memory.
        Code::ResourceExhausted | Code::OutOfRange if speaks_of_size(&words) => Outcome::TooLarge { message },
        // Of a proxy, which knows no status of gRPC.
        Code::Unknown if words == format!("{OF_HTTP}413") => Outcome::TooLarge { message },
        Code::Unknown if words == format!("{OF_HTTP}408") => Outcome::Strained { message },
        Code::ResourceExhausted => Outcome::Strained { message },
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Outcome::Retry { after, message },
        Code::Unauthenticated | Code::PermissionDenied => Outcome::Denied {
            message: format!("{message}; check the token in OTEL_EXPORTER_OTLP_HEADERS or Destination::with_header"),
        },
        Code::Unimplemented => Outcome::Denied {
            message: format!(
                "{message}; the peer does not take OTLP traces over gRPC at this address: check host and port in \
                 <endpoint>, or use http/protobuf (OTEL_EXPORTER_OTLP_PROTOCOL)"
            ),
        },
        _ => Outcome::Refused { message },
    }
}

/// Sends the [`Body`] among a request's extensions in place of its own: tonic would copy the message to put its length
/// before it, and compress it anew for each attempt.
struct WithBody(Channel);

impl Service<::http::Request<tonic::body::Body>> for WithBody {
    type Response = <Channel as Service<::http::Request<tonic::body::Body>>>::Response;
    type Error = <Channel as Service<::http::Request<tonic::body::Body>>>::Error;
    type Future = <Channel as Service<::http::Request<tonic::body::Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: ::http::Request<tonic::body::Body>) -> Self::Future {
        if let Some(body) = request.extensions_mut().remove::<Body>() {
            *request.body_mut() = tonic::body::Body::new(body);
        }
        self.0.call(request)
    }
}

/// Nothing in, for [`WithBody`] puts the message in; bytes out.
#[derive(Clone, Copy, Debug)]
struct PassThrough;

impl Codec for PassThrough {
    type Encode = ();
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for PassThrough {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), _out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        Ok(())
    }
}

impl Decoder for PassThrough {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(message.copy_to_bytes(message.remaining())))
    }
}
