//! W3C ids: read from hexadecimal digits, and made.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

use super::error::TraceError;

thread_local! {
    /// The trace that the next root belongs to.
    static GIVEN: Cell<Option<TraceId>> = const { Cell::new(None) };
}

/// 32 digits, not all zero.
pub(super) fn trace_id(hex: &str) -> Result<TraceId, TraceError> {
    let error = || TraceError::id("trace", 32, hex);
    let id = if is_hex(hex, 32) { TraceId::from_hex(hex).map_err(|_| error())? } else { TraceId::INVALID };
    if id == TraceId::INVALID { Err(error()) } else { Ok(id) }
}

/// 16 digits, not all zero.
pub(super) fn span_id(hex: &str) -> Result<SpanId, TraceError> {
    let error = || TraceError::id("span", 16, hex);
    let id = if is_hex(hex, 16) { SpanId::from_hex(hex).map_err(|_| error())? } else { SpanId::INVALID };
    if id == SpanId::INVALID { Err(error()) } else { Ok(id) }
}

/// A sign would be read as part of a number.
fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Random ids; but of a trace that began elsewhere, and of which no span is known, a root has the trace's id.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    random: RandomIdGenerator,
}

/// Runs `start`, which starts a root, for a trace that is there already.
pub(super) fn in_trace<R>(trace: TraceId, start: impl FnOnce() -> R) -> R {
    GIVEN.set(Some(trace));
    let started = start();
    GIVEN.set(None);
    started
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        GIVEN.take().unwrap_or_else(|| self.random.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.random.new_span_id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hexadecimal_digits_that_are_not_all_zero_are_an_id() {
        assert!(trace_id("4bf92f3577b34da6a3ce929d0e0e4736").is_ok() && span_id("00f067aa0ba902b7").is_ok());
        assert!(span_id("00F067AA0BA902B7").is_ok());
        for bad in ["", "0", "4bf9", "00000000000000000000000000000000", "+bf92f3577b34da6a3ce929d0e0e4736", "é"] {
            let error = trace_id(bad).unwrap_err();
            assert!(error.is_invalid_id() && error.to_string().contains("32 hexadecimal digits"), "{bad}: {error}");
        }
        for bad in ["0000000000000000", "00f067aa0ba902b", "00f067aa0ba902b7a", "-0f067aa0ba902b7", "00f067aa0ba902bg"]
        {
            assert!(span_id(bad).is_err(), "{bad}");
        }
        let endless = "f".repeat(1 << 20);
        assert!(trace_id(&endless).unwrap_err().to_string().len() < 300);
    }
}
