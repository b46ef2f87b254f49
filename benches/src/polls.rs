//! The measured polls: of a future that is instrumented with the stock stack's layer, of a stream in a span with ours.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tracing::{Instrument as _, info_span};
use tracing_genai::GenAiStreamExt as _;
use tracing_subscriber::prelude::*;

use crate::destination::Nowhere;

/// What is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// An instrumented future that waits, under tracing-opentelemetry as its documentation has it.
    Stock,
    /// A stream that waits, in a span under `Telemetry::layer`.
    Waiting,
    /// The same, with a chunk at each poll.
    Chunks,
}

impl Polled {
    /// Runs `measure` with a function that polls so many times; the first polls were before it.
    pub fn run<R>(self, measure: impl FnOnce(&mut dyn FnMut(u64)) -> R) -> R {
        let exporter = Nowhere::default();
        if self == Self::Stock {
            let provider =
                SdkTracerProvider::builder().with_span_processor(BatchSpanProcessor::builder(exporter).build()).build();
            let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
            let _default = tracing_subscriber::registry().with(otel).set_default();
            let future = pin!(std::future::pending::<()>().instrument(info_span!("chat")));
            return poll(future, |future, cx| future.as_mut().poll(cx).is_ready(), measure);
        }
        let telemetry = tracing_genai::builder("bench").without_env().with_span_exporter(exporter).build();
        let telemetry = telemetry.expect("a telemetry of defaults can be built");
        let _default = tracing_subscriber::registry().with(telemetry.layer()).set_default();
        let stream = pin!(Chunks(self == Self::Chunks).in_genai_span(info_span!("chat", span_type = "llm")));
        poll(stream, |stream, cx| stream.as_mut().poll_next(cx).is_ready(), measure)
    }
}

fn poll<P, R>(
    mut polled: Pin<&mut P>,
    once: impl Fn(&mut Pin<&mut P>, &mut Context<'_>) -> bool,
    measure: impl FnOnce(&mut dyn FnMut(u64)) -> R,
) -> R {
    let mut cx = Context::from_waker(Waker::noop());
    // The span is started, and whatever grows has grown.
    for _ in 0..3 {
        once(&mut polled, &mut cx);
    }
    measure(&mut |times| {
        for _ in 0..times {
            std::hint::black_box(once(&mut polled, &mut cx));
        }
    })
}

/// Gives a chunk at each poll, or waits for ever.
struct Chunks(bool);

impl Stream for Chunks {
    type Item = u64;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.0 { Poll::Ready(Some(1)) } else { Poll::Pending }
    }
}
