//! Work that is tried again: the tries are numbered, and each is linked to the one before.

use tracing::Span;

use crate::conventions::attribute::TRACING_GENAI_RETRY_ATTEMPT;
use crate::record::GenAiSpanExt;

/// The tries of one piece of work, each with a span of its own below the span that is current.
///
/// ```
/// use tracing::{Instrument, info_span};
/// use tracing_genai::Attempts;
///
/// # async fn call() -> Result<String, std::io::Error> { Ok(String::new()) }
/// #[tracing::instrument(skip_all, err, fields(span_type = "chain"))]
/// async fn ask() -> Result<String, std::io::Error> {
///     let mut attempts = Attempts::new();
///     loop {
///         let span = attempts.next(info_span!("call", span_type = "llm", model = "gpt-4o-mini"));
///         match call().instrument(span).await {
///             Err(_) if attempts.count() < 3 => {}
///             outcome => return outcome,
///         }
///     }
/// }
/// ```
///
/// A try has what it used, what it cost and its own error; the span above has the outcome alone. Totals, which stand on
/// agents and local roots, have each try once. `tracing_genai.retry.attempt` is the number of the try, from 1;
/// `http.request.resend_count` is another thing, the repeats of one HTTP request.
///
/// It holds the span of the last try, so that the next one can name it: keep it no longer than the work lasts.
#[derive(Debug, Default)]
pub struct Attempts {
    count: u32,
    last: Option<Span>,
}

impl Attempts {
    /// No tries so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Numbers the span of the next try, links it to the one before where that is another span, and gives it back.
    pub fn next(&mut self, span: Span) -> Span {
        self.count = self.count.saturating_add(1);
        span.record_attribute(TRACING_GENAI_RETRY_ATTEMPT, i64::from(self.count));
        // The OpenTelemetry layer waits for itself where a span is to follow itself.
        if let Some(last) = self.last.replace(span.clone()).filter(|last| *last != span) {
            span.follows_from(&last);
        }
        span
    }

    /// Tries so far.
    pub fn count(&self) -> u32 {
        self.count
    }
}
