//! The process that is called.

use std::error::Error;

use axum::Router;
use axum::routing::post;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tracing::{Span, instrument};
use tracing_genai::{GenAiSpanExt, Propagation, Usage};
use tracing_subscriber::prelude::*;

use crate::grpc;

/// Serves HTTP and gRPC, until its input ends.
pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
    // Standard output is for the addresses, so no log goes there.
    let telemetry = tracing_genai::builder("desk").build()?;
    tracing_subscriber::registry().with(telemetry.layer()).init();
    let incoming = Propagation::new().with_baggage_in(["session.id"]);
    incoming.extract_environment().in_scope(open);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let app = Router::new().route("/ask", post(|| answer("by post"))).layer(incoming.extract_layer());
    tokio::spawn(async { axum::serve(listener, app).await });

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let server = Server::builder().layer(incoming.extract_layer()).add_routes(grpc::routes());
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));

    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    telemetry.shutdown_async(std::time::Duration::from_secs(5)).await;
    Ok(())
}

#[instrument(skip_all, fields(span_type = "tool", tool = "open_desk"))]
fn open() {}

/// A local root: it has the totals of what this process did for the request.
#[instrument(skip_all, fields(span_type = "agent", agent = "desk"))]
pub(crate) async fn answer(how: &'static str) -> String {
    look_up().await;
    format!("answered {how}")
}

#[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
async fn look_up() {
    // A model would be called here.
    tokio::task::yield_now().await;
    Span::current().record_usage(Usage::new(7, 3));
}
