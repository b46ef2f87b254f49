//! Streamed answers: one span from the request to the last chunk.

mod client;
mod ends;
mod peer;
mod shapes;
mod told;

use futures::Stream;
use opentelemetry_sdk::trace::SpanData;
use tracing::{Span, info_span};

/// The span of a model call.
fn call() -> Span {
    info_span!("ask", span_type = "llm", provider = "openai", model = "m")
}

/// Chunks that are there already.
fn words() -> impl Stream<Item = &'static str> + Unpin {
    futures::stream::iter(["Your ", "order ", "left."])
}

fn int(span: &SpanData, key: &str) -> Option<i64> {
    match crate::support::get(span, key) {
        Some(opentelemetry::Value::I64(number)) => Some(*number),
        None => None,
        other => panic!("{key} is no integer: {other:?}"),
    }
}

fn flag(span: &SpanData, key: &str) -> bool {
    crate::support::get(span, key) == Some(&opentelemetry::Value::Bool(true))
}
