//! One trace over two processes: an assistant asks a desk that is a process of its own, over HTTP and over gRPC.
//!
//! ```text
//! cargo run --example propagation --features tower
//! ```
//!
//! The desk is this program again. It is told of the caller's span in three ways: in its environment when it is started,
//! in the headers of an HTTP request, and in the metadata of a gRPC call. Each side exports its own spans; a backend shows
//! one trace, with the totals of each process on its own root.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

mod desk;
mod grpc;

use std::error::Error;
use std::process::Stdio;

use axum::body::Body;
use http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tower::{Layer as _, ServiceExt as _};
use tracing::{Span, instrument};
use tracing_genai::{GenAiSpanExt, Propagation, Scope, Usage};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("desk") {
        return desk::run().await;
    }
    let telemetry = tracing_genai::install("assistant")?;
    Scope::new().with_session("s-42").with_tenant("acme").attach(assist()).await?;
    println!("{}", telemetry.flush_async(std::time::Duration::from_secs(5)).await);
    Ok(())
}

#[instrument(skip_all, err, fields(span_type = "agent", agent = "assistant"))]
async fn assist() -> Result<(), Box<dyn Error>> {
    think();
    let (mut desk, http, grpc) = start_desk().await?;
    println!("over HTTP: {}", ask_over_http(&http).await?);
    println!("over gRPC: {}", grpc::ask(&grpc).await?);
    // The desk ends when its input does.
    drop(desk.stdin.take());
    desk.wait().await?;
    Ok(())
}

#[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
fn think() {
    Span::current().record_usage(Usage::new(100, 10));
}

/// What this process lets leave as baggage, beside the trace: the session, and not the tenant.
fn outgoing() -> Propagation {
    Propagation::new().with_baggage_out(["session.id"])
}

/// Starts the desk below the current span, and waits for its two addresses.
async fn start_desk() -> Result<(Child, String, String), Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("desk").stdin(Stdio::piped()).stdout(Stdio::piped());
    outgoing().inject(command.as_std_mut());
    let mut desk = command.spawn()?;
    let mut lines = BufReader::new(desk.stdout.take().ok_or("no output")?).lines();
    let mut address = async || Ok::<_, Box<dyn Error>>(lines.next_line().await?.ok_or("the desk did not start")?);
    let addresses = (address().await?, address().await?);
    Ok((desk, addresses.0, addresses.1))
}

async fn ask_over_http(address: &str) -> Result<String, Box<dyn Error>> {
    let client = outgoing().inject_layer().layer(Client::builder(TokioExecutor::new()).build_http::<Body>());
    let request = Request::post(format!("http://{address}/ask")).body(Body::empty())?;
    let response = client.oneshot(request).await?;
    let body = axum::body::to_bytes(Body::new(response.into_body()), 1024).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}
