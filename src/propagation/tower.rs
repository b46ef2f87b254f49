//! A layer for each side of a request: servers and clients made of `tower` services, such as axum, tonic and hyper.

use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use super::boundary::Propagation;
use crate::layer::Attached;

/// For servers: handlers run below the span of the caller. It makes no span of its own: put it outside of a layer that
/// does, or give the handler `#[instrument]`.
///
/// What a response's body does while it is read comes after the handler, and is outside: begin a stream's span in the
/// handler, or take [`WorkContext::current`](crate::WorkContext::current) along from there.
///
/// ```
/// # async fn ask() {}
/// use tracing_genai::Propagation;
///
/// let layer = Propagation::new().extract_layer();
/// let app: axum::Router = axum::Router::new().route("/ask", axum::routing::post(ask)).layer(layer.clone());
/// let grpc = tonic::transport::Server::builder().layer(layer);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ExtractLayer {
    propagation: Propagation,
}

/// For clients: requests carry the span that is current when they are called.
///
/// ```
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use tower::Layer;
/// use tracing_genai::Propagation;
///
/// let channel = tonic::transport::Endpoint::from_static("http://desk:50051").connect().await?;
/// let client = tonic::client::Grpc::new(Propagation::new().inject_layer().layer(channel));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct InjectLayer {
    propagation: Propagation,
}

impl Propagation {
    /// A layer for servers.
    pub fn extract_layer(&self) -> ExtractLayer {
        ExtractLayer { propagation: self.clone() }
    }

    /// A layer for clients.
    pub fn inject_layer(&self) -> InjectLayer {
        InjectLayer { propagation: self.clone() }
    }
}

impl<S> Layer<S> for ExtractLayer {
    type Service = ExtractService<S>;

    fn layer(&self, inner: S) -> ExtractService<S> {
        ExtractService { inner, propagation: self.propagation.clone() }
    }
}

impl<S> Layer<S> for InjectLayer {
    type Service = InjectService<S>;

    fn layer(&self, inner: S) -> InjectService<S> {
        InjectService { inner, propagation: self.propagation.clone() }
    }
}

/// A service behind an [`ExtractLayer`].
#[derive(Clone, Debug)]
pub struct ExtractService<S> {
    inner: S,
    propagation: Propagation,
}

impl<S, B> Service<Request<B>> for ExtractService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Attached<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let remote = self.propagation.extract(request.headers());
        let response = remote.in_scope(|| self.inner.call(request));
        remote.attach(response)
    }
}

/// A service behind an [`InjectLayer`].
#[derive(Clone, Debug)]
pub struct InjectService<S> {
    inner: S,
    propagation: Propagation,
}

impl<S, B> Service<Request<B>> for InjectService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        self.propagation.inject(request.headers_mut());
        self.inner.call(request)
    }
}
