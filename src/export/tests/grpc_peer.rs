//! A real gRPC server that answers as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::codec::CompressionEncoding;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

pub(super) type Answer = Result<ExportTraceServiceResponse, Status>;

pub(super) struct GrpcPeer {
    pub(super) address: SocketAddr,
    script: Script,
    task: JoinHandle<()>,
}

/// What a request carried.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) names: Vec<String>,
    pub(super) encoding: Option<String>,
    pub(super) token: Option<String>,
    pub(super) timeout: Option<String>,
}

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl GrpcPeer {
    /// Gives `answers` in order and takes everything afterwards.
    pub(super) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::at("127.0.0.1:0", answers, None).await
    }

    pub(super) async fn at(
        address: &str,
        answers: impl IntoIterator<Item = Answer>,
        tls: Option<ServerTlsConfig>,
    ) -> Self {
        // The client crate of the examples brings a second provider, so the server cannot guess.
        #[cfg(feature = "tls")]
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let server = Server::builder();
        let server = match tls {
            Some(tls) => server.tls_config(tls).unwrap(),
            None => server,
        };
        Self::serve(server, address, answers).await
    }

    /// One that opens so large a window for each connection.
    pub(super) async fn with_window(bytes: u32) -> Self {
        Self::serve(Server::builder().initial_connection_window_size(bytes), "127.0.0.1:0", []).await
    }

    async fn serve(mut server: Server, address: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Script { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Script::default() };
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = TraceServiceServer::new(script.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Zstd);
        let serving = server.add_service(service).serve_with_incoming(TcpIncoming::from(listener));
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, script, task }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.script.seen.lock().unwrap().clone()
    }

    /// What it has seen, also when the peer itself is elsewhere.
    pub(super) fn log(&self) -> Arc<Mutex<Vec<Seen>>> {
        Arc::clone(&self.script.seen)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.seen().into_iter().flat_map(|seen| seen.names).collect()
    }
}

impl Drop for GrpcPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tonic::async_trait]
impl TraceService for Script {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let header = |name| request.metadata().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (encoding, token, timeout) = (header("grpc-encoding"), header("x-token"), header("grpc-timeout"));
        let names = super::names_in(request.into_inner());
        self.seen.lock().unwrap().push(Seen { names, encoding, token, timeout });
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| Ok(ExportTraceServiceResponse::default())).map(Response::new)
    }
}
