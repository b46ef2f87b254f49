//! Requests that wait on disk: what a destination that is away, or a process that ends, would lose otherwise.
//!
//! `settings` is what a user says. A `file` holds the records of one process, `files` are those that are ours now, a
//! `scan` looks for those of others, an `index` knows what lies in them, and a `store` is all of it. It is `shared` by all
//! destinations, and a `shelf` is one destination's part of it, for async code: the disk is touched on blocking threads
//! alone, and `patience` says for how long it is waited for. A `ticket` stands for a record in memory.

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
mod patience;
#[cfg(feature = "_otlp")]
mod place;
#[cfg(feature = "_otlp")]
mod rest;
#[cfg(feature = "_otlp")]
mod scan;
mod settings;
#[cfg(feature = "_otlp")]
mod shared;
#[cfg(feature = "_otlp")]
mod shelf;
#[cfg(feature = "_otlp")]
mod store;
#[cfg(test)]
#[cfg(feature = "_otlp")]
mod tests;
#[cfg(feature = "_otlp")]
mod ticket;

pub use settings::{Spool, SpoolMode};
#[cfg(feature = "_otlp")]
pub(crate) use shared::SharedSpool;
#[cfg(test)]
#[cfg(feature = "_otlp")]
pub(crate) use shared::identity;
#[cfg(feature = "_otlp")]
pub(crate) use shelf::Shelf;
#[cfg(test)]
#[cfg(feature = "_otlp")]
pub(crate) use tests::disk::Hang;
#[cfg(feature = "_otlp")]
pub(crate) use ticket::{Reading, Ticket};
