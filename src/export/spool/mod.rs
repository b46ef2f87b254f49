//! Requests that wait on disk: what a destination that is away, or a process that ends, would lose otherwise.
//!
//! `settings` is what a user says. A `file` holds the records of one process, `files` are those that are ours now, an
//! `index` knows what lies in them, a `store` is both, and a `shelf` is one destination's part of it, for async code: the
//! disk is touched on blocking threads alone.

#[cfg(feature = "_otlp")]
mod backend;
#[cfg(feature = "_otlp")]
mod bounds;
#[cfg(feature = "_otlp")]
mod complaint;
#[cfg(feature = "_otlp")]
mod failures;
#[cfg(feature = "_otlp")]
mod file;
#[cfg(feature = "_otlp")]
mod files;
#[cfg(feature = "_otlp")]
mod index;
#[cfg(feature = "_otlp")]
mod place;
#[cfg(feature = "_otlp")]
mod rest;
mod settings;
#[cfg(feature = "_otlp")]
mod shelf;
#[cfg(feature = "_otlp")]
mod store;
#[cfg(test)]
#[cfg(feature = "_otlp")]
mod tests;

pub use settings::{Spool, SpoolMode};
#[cfg(test)]
#[cfg(feature = "_otlp")]
pub(crate) use shelf::identity;
#[cfg(feature = "_otlp")]
pub(crate) use shelf::{SharedSpool, Shelf, Ticket};
