//! Takes OTLP over gRPC on a free port of loopback, decodes it and counts the spans.
//!
//! Prints the port, then, for each line of its input, how many spans have come. Ends with its input.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
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
        let scopes = request.get_ref().resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
        self.arrived.fetch_add(spans as u64, Ordering::Relaxed);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn main() {
    let counter = Counter::default();
    let arrived = Arc::clone(&counter.arrived);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port of loopback");
    let say = |number: u64| {
        println!("{number}");
        std::io::stdout().flush().expect("somebody reads");
    };
    say(listener.local_addr().expect("it is bound").port().into());
    std::thread::spawn(move || {
        let service = TraceServiceServer::new(counter).max_decoding_message_size(64 << 20);
        let served = Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener));
        runtime.block_on(served).expect("it serves until the process ends");
    });
    for _ in std::io::stdin().lock().lines() {
        say(arrived.load(Ordering::Relaxed));
    }
}
