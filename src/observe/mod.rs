//! What is told of the canonical span beside the span itself: metrics, and one record of each model call.
//!
//! Both run on the worker, for every span that ended in this process and was sampled here, whatever a Collector drops
//! later. Records go to the program's own code and are made before content is withheld and redacted; metrics leave the
//! process and are made after.

mod contain;
mod metrics;
mod observers;
mod record;
mod series;

pub(crate) use metrics::{Metrics, meter};
pub(crate) use observers::Observers;
pub use record::UsageRecord;
