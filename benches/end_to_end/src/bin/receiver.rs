//! Takes OTLP on free ports of loopback, decodes it and counts the spans.
//!
//! Prints the ports for gRPC and HTTP, then, for each line of its input, how many spans have come. Ends with its input.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
struct Counter {
    arrived: Arc<AtomicU64>,
}

#[tonic::async_trait]
impl TraceService for Counter {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.count(request.get_ref());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Counter {
    fn count(&self, request: &ExportTraceServiceRequest) {
        let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
        self.arrived.fetch_add(spans as u64, Ordering::Relaxed);
    }

    /// Serves HTTP until the process ends.
    async fn serve(self, listener: TcpListener) {
        while let Ok((connection, _)) = listener.accept().await {
            let counter = self.clone();
            let answer = service_fn(move |request: http::Request<Incoming>| {
                let counter = counter.clone();
                async move {
                    let body = request.into_body().collect().await?.to_bytes();
                    counter.count(&ExportTraceServiceRequest::decode(body).expect("a request of OTLP"));
                    Ok::<_, hyper::Error>(http::Response::new(Empty::<Bytes>::new()))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), answer));
        }
    }
}

fn main() {
    let counter = Counter::default();
    let arrived = Arc::clone(&counter.arrived);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let listen = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port of loopback");
    let (listener, http) = (listen(), listen());
    let say = |number: u64| {
        println!("{number}");
        std::io::stdout().flush().expect("somebody reads");
    };
    for listener in [&listener, &http] {
        say(listener.local_addr().expect("it is bound").port().into());
    }
    std::thread::spawn(move || {
        runtime.spawn(counter.clone().serve(http));
        let service = TraceServiceServer::new(counter).max_decoding_message_size(64 << 20);
        let served = Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener));
        runtime.block_on(served).expect("it serves until the process ends");
    });
    for _ in std::io::stdin().lock().lines() {
        say(arrived.load(Ordering::Relaxed));
    }
}
