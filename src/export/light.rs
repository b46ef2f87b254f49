//! A span without its content: while an exporter of another crate has no room, long values go before spans do.

use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents};

use crate::conventions::attribute::TRACING_GENAI_SHED;
use crate::span::size::{Said, Size};
use crate::span::{SHED_ABOVE, copied_with, pair_bytes};

/// A copy without what is long, with a note of how many bytes are missing, and that number. Nothing when nothing is long.
pub(crate) fn light(span: &SpanData) -> Option<(SpanData, usize)> {
    let attributes = span.attributes.iter().map(pair_bytes);
    let missing: usize =
        attributes.chain(span.events.iter().map(Said::of_event)).filter(|bytes| *bytes > SHED_ABOVE).sum();
    if missing == 0 {
        return None;
    }
    let (mut attributes, mut before) = (Vec::with_capacity(span.attributes.len() + 1), 0);
    for attribute in span.attributes.iter().filter(|attribute| pair_bytes(attribute) <= SHED_ABOVE) {
        match attribute.value {
            Value::I64(noted) if attribute.key.as_str() == TRACING_GENAI_SHED => before = noted,
            _ => attributes.push(attribute.clone()),
        }
    }
    let noted = before.saturating_add(i64::try_from(missing).unwrap_or(i64::MAX));
    attributes.push(KeyValue::new(TRACING_GENAI_SHED, noted));
    let mut events = SpanEvents::default();
    events.events = span.events.iter().filter(|event| Said::of_event(event) <= SHED_ABOVE).cloned().collect();
    let gone = u32::try_from(span.events.len() - events.len()).unwrap_or(u32::MAX);
    events.dropped_count = span.events.dropped_count.saturating_add(gone);
    Some((copied_with(span, attributes, events), missing))
}
