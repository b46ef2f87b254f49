//! What a user records on a span, from any thread, declared field or not.

mod message;
mod payload;
mod span_ext;
mod usage;

pub use message::{Media, Message, Messages};
pub(crate) use payload::Body;
pub use payload::Payload;
pub use span_ext::GenAiSpanExt;
pub use usage::Usage;
