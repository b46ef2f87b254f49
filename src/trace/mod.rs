//! Traces made by hand: for code that has no function to annotate, and for work that is known only afterwards.
//!
//! A span made by hand is a span of the OpenTelemetry API under our own provider, with what was set on it kept beside it.
//! When it ends it takes the way of all spans. Entered, it is the current span of `tracing` too, by a carrier of the
//! layer's. Those that are open stand in a bounded table, by which they are taken up again by their ids.

mod completed;
mod entered;
mod error;
mod handle;
mod ids;
mod root;
mod span_ref;
mod table;
mod times;
mod traces;
mod work;

pub use completed::CompletedSpan;
pub use entered::EnteredGenAiSpan;
pub use error::TraceError;
pub use handle::SpanHandle;
pub(crate) use ids::Ids;
pub use root::Trace;
pub use span_ref::SpanRef;
pub(crate) use table::Bounds;
pub(crate) use traces::{Counters, Traces};
