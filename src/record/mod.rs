//! What a user records on a span, from any thread, declared field or not.

mod payload;
mod span_ext;
mod usage;

pub(crate) use payload::Form;
pub use payload::Payload;
pub use span_ext::GenAiSpanExt;
pub use usage::Usage;
