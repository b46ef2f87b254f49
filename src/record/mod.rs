//! What a user records on a span, from any thread, declared field or not.

mod span_ext;
mod usage;

pub use span_ext::GenAiSpanExt;
pub use usage::Usage;
