//! What a user records on a span, from any thread, declared field or not.

mod span_ext;

pub use span_ext::GenAiSpanExt;
