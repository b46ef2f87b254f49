//! The layers for servers and clients.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::{Request, Response};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tracing::{Instrument as _, instrument};
use tracing_genai::Propagation;

use super::{CALLER, agent, is_below_caller};
use crate::support::{Memory, named, text};

#[instrument(skip_all, fields(span_type = "tool", tool = "answer"))]
async fn answer() -> &'static str {
    tokio::task::yield_now().await;
    "an answer"
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

#[test]
fn a_request_takes_the_trace_from_a_client_into_an_axum_handler() {
    let memory = Memory::new();
    let propagation = Propagation::new().with_baggage_in(["session.id"]).with_baggage_out(["session.id"]);
    let spans = memory.run(|| {
        block_on(async {
            let app = Router::new().route("/ask", post(answer)).layer(propagation.extract_layer());
            // In the place of a connection: what has been sent is a task of its own.
            let network = service_fn(|request: Request<Body>| {
                let app = app.clone();
                async move { tokio::spawn(app.oneshot(request)).await.unwrap() }
            });
            let client = propagation.inject_layer().layer(network);
            let request = Request::post("/ask").body(Body::empty()).unwrap();
            let call = client.oneshot(request).instrument(agent("caller"));
            let response = tracing_genai::Scope::new().with_session("s-1").attach(call).await.unwrap();
            assert_eq!(response.status(), 200);
        });
    });
    let (caller, answer) = (named(&spans, "invoke_agent caller"), named(&spans, "execute_tool answer"));
    assert_eq!(answer.parent_span_id, caller.span_context.span_id());
    assert_eq!(answer.span_context.trace_id(), caller.span_context.trace_id());
    assert!(answer.parent_span_is_remote);
    assert_eq!(text(answer, "session.id").as_deref(), Some("s-1"));
}

#[test]
fn requests_that_take_turns_keep_their_own_callers() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        block_on(async {
            let handler = service_fn(|request: Request<String>| async move {
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                    drop(agent(request.body()));
                }
                Ok::<_, Infallible>(Response::new(()))
            });
            let mut server = Propagation::new().extract_layer().layer(handler);
            let call = |server: &mut dyn FnMut(Request<String>) -> _, name: &str, traceparent: Option<&str>| {
                let mut request = Request::new(name.to_owned());
                if let Some(traceparent) = traceparent {
                    request.headers_mut().insert("traceparent", traceparent.parse().unwrap());
                }
                server(request)
            };
            let mut serve = |request| tokio::spawn(server.call(request));
            let tasks = [
                call(&mut serve, "called", Some(CALLER)),
                call(&mut serve, "uncalled", None),
                call(&mut serve, "malformed", Some("00-not-a-parent")),
            ];
            for task in tasks {
                task.await.unwrap().unwrap();
            }
        });
    });
    assert_eq!(spans.len(), 9);
    for span in &spans {
        assert_eq!(is_below_caller(span), span.name == "invoke_agent called", "{}", span.name);
    }
    assert_eq!(memory.report().remote_parents_ignored(), 1);
}
