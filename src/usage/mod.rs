//! What one model call used: a disjoint partition of its tokens, and what is billed by count.
//!
//! Counts travel as attributes of the canonical span, under the inclusive totals that the conventions ask for.
//! [`Usage`] reads them off a span and writes them; [`Parts`] is the partition that is priced and added up.

mod attributes;
mod convention;
mod count;
mod iteration;
mod parts;
mod step;
mod tokens;
mod unit;

pub use convention::UsageConvention;
pub use iteration::Iteration;
#[expect(unused_imports, reason = "for the steps that price and add up")]
pub(crate) use parts::{ByLifetime, ByModality, Parts};
pub use tokens::Usage;
pub use unit::Unit;

pub(crate) use convention::{Source, cached};
pub(crate) use count::Count;
pub(crate) use step::{UsageStep, Used};
