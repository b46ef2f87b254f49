//! What a span costs the application, beside what it costs with the stock stack.
//!
//! A [`Variant`] is a stack of layers with a way of recording ten attributes. The binaries run the same variants:
//! `time` interleaves them in one process, `allocations` counts, `instructions` runs one of them under callgrind.

pub mod destination;
pub mod load;
mod polls;
mod variant;

pub use polls::Polled;
pub use variant::{Stack, Variant};
