//! A real HTTP server that answers as it is told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use ::http::{HeaderMap, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(super) type Answer = Response<Full<Bytes>>;

pub(super) struct HttpPeer {
    pub(super) address: SocketAddr,
    script: Script,
    task: JoinHandle<()>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The path, or the whole URL when a proxy was meant.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl HttpPeer {
    /// Gives `answers` in order and takes everything afterwards.
    pub(super) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Script { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Script::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(script.clone().serve(listener));
        Self { address, script, task }
    }

    /// What it has seen, also when the peer itself is elsewhere.
    #[cfg(feature = "grpc")]
    pub(super) fn log(&self) -> Arc<Mutex<Vec<Seen>>> {
        Arc::clone(&self.script.seen)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.script.seen.lock().unwrap().clone()
    }
}

impl Drop for HttpPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Script {
    async fn serve(self, listener: TcpListener) {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let script = self.clone();
            let service = service_fn(move |request| script.clone().answer(request));
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(connection), service));
        }
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.seen.lock().unwrap().push(Seen { target: parts.uri.to_string(), headers: parts.headers, body });
        Ok(self.answers.lock().unwrap().pop_front().unwrap_or_default())
    }
}

/// An answer of a status with text in it.
pub(super) fn answer(status: u16, text: &str) -> Answer {
    Response::builder().status(status).body(Full::from(text.to_owned())).unwrap()
}
