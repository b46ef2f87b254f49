//! A peer that takes OTLP over HTTP, and shows what has left the process.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing_genai::Destination;

/// The server; it ends when it is dropped.
pub(crate) struct Peer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Peer {
    pub(crate) fn start() -> Self {
        Self::at(([127, 0, 0, 1], 0).into())
    }

    pub(crate) fn at(address: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let (stop, stopped) = oneshot::channel();
        let into = Arc::clone(&seen);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = serve(listener, into) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, seen, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn destination(&self) -> Destination {
        Destination::otlp(self.endpoint())
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Whether `text` stands anywhere in the bytes that have come.
    pub(crate) fn has_seen(&self, text: &str) -> bool {
        self.seen().iter().any(|seen| seen.body.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let groups = self.requests().into_iter().flat_map(|request| request.resource_spans);
        groups.flat_map(|group| group.scope_spans).flat_map(|scope| scope.spans).collect()
    }

    /// The spans that have come, which are forgotten then.
    #[cfg(feature = "http")]
    pub(crate) fn take_spans(&self) -> Vec<Span> {
        let spans = self.spans();
        self.seen.lock().unwrap().clear();
        spans
    }

    pub(crate) fn resource(&self) -> Resource {
        self.requests()[0].resource_spans[0].resource.clone().unwrap()
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.seen().into_iter().map(|seen| ExportTraceServiceRequest::decode(seen.body).unwrap()).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

/// The text of an attribute on the wire.
pub(crate) fn wire_text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let value = attributes.iter().find(|kv| kv.key == key)?.value.clone();
    match value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text),
        other => panic!("{key} is no text: {other:?}"),
    }
}

async fn serve(listener: TcpListener, seen: Arc<Mutex<Vec<Seen>>>) {
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        let seen = Arc::clone(&seen);
        let service = service_fn(move |request| take(request, Arc::clone(&seen)));
        let http = hyper::server::conn::http1::Builder::new();
        tokio::spawn(http.serve_connection(TokioIo::new(connection), service));
    }
}

async fn take(request: Request<Incoming>, seen: Arc<Mutex<Vec<Seen>>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    seen.lock().unwrap().push(Seen { path: parts.uri.path().to_owned(), headers: parts.headers, body });
    Ok(Response::default())
}
