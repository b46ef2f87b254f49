//! How many spans made by hand may be open, and for how long.

use std::time::Duration;

use super::Builder;
use crate::trace::Bounds;

impl Builder {
    /// How many spans made by hand may be open at once, and for how long. Beyond that the oldest are closed, marked with
    /// `tracing_genai.closed_by` and counted in the report. It is looked at when another one is begun, added or taken up,
    /// and at a flush. Defaults to 65,536 and 24 hours.
    pub fn with_open_spans(mut self, spans: usize, age: Duration) -> Self {
        self.open_spans = Bounds { spans, age };
        self
    }
}
