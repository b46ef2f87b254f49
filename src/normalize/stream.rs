//! The end of a streamed answer, and when its first chunk came.

use opentelemetry::KeyValue;
use opentelemetry::trace::Event;

use crate::conventions::attribute::{GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, TRACING_GENAI_STREAM_CHUNKS};
use crate::conventions::event::TRACING_GENAI_FIRST_CHUNK;
use crate::layer::StreamEnd;
use crate::span::Span;

/// Settles when the span ended, and what its chunks tell.
pub(super) fn settle(span: &mut Span, end: &mut StreamEnd) {
    let data = &mut span.data;
    if let Some(ended) = end.ended
        && data.end_time <= end.let_go
    {
        data.end_time = ended.max(data.start_time);
    }
    if let Some(first) = end.chunks.first {
        let requested = end.requested.unwrap_or(data.start_time);
        let seconds = first.duration_since(requested).unwrap_or_default().as_secs_f64();
        let told = KeyValue::new(GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, seconds);
        data.events.events.push(Event::new(TRACING_GENAI_FIRST_CHUNK, first, vec![told], 0));
        // What the program measured by itself is the better figure.
        if span.get(GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK).is_none() {
            span.set(GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, seconds);
        }
    }
    span.set(TRACING_GENAI_STREAM_CHUNKS, i64::try_from(end.chunks.count).unwrap_or(i64::MAX));
    span.chunks = Some(Box::new(std::mem::take(&mut end.chunks)));
}
