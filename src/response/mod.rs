//! What a provider's answer says of itself: id, model, finish reasons, usage, tier, cost, error. No I/O.
//!
//! An API is a table of places in its JSON; one reader goes through the events of an answer by that table, and the last
//! word on each field wins. A body that is not streamed is an answer of one event.

mod answer;
mod api;
mod cost;
mod events;
mod extent;
mod failure;
mod fields;
mod finish;
mod json;
mod reader;
mod shape;
mod shapes;
mod sums;
mod texts;

pub use answer::ProviderResponse;
pub use api::Api;
pub(crate) use extent::Extent;
pub use reader::ResponseReader;
pub(crate) use texts::shorten;
