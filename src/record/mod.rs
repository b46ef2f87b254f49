//! What a user records on a span, from any thread, declared field or not.

mod span_ext;
mod steps;

pub use span_ext::GenAiSpanExt;
pub(crate) use steps::{provider_response, usage, with_sources};
