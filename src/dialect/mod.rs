//! The names that leave for one destination, where they are others than the canonical ones.
//!
//! A [`Dialect`] is a table (`table`, written from `conventions/dialects/` into `generated`) and one way to read it:
//! `convert` puts the parts together, `amount` counts and sums, `value` what came in and went out, `flat` messages and
//! documents with one attribute for each field, `chat` those of chat completions, `aside` what would be misread under its
//! own key. `names` is the release of the conventions that all destinations get.

#[cfg(feature = "_otlp")]
mod amount;
#[cfg(feature = "_otlp")]
mod aside;
#[cfg(feature = "_otlp")]
mod chat;
mod choice;
#[cfg(feature = "_otlp")]
mod convert;
#[cfg(all(test, feature = "_otlp"))]
mod fixture;
#[cfg(feature = "_otlp")]
mod flat;
#[cfg(feature = "_otlp")]
mod instant;
mod names;
#[cfg(feature = "_otlp")]
mod reading;
#[cfg(feature = "_otlp")]
mod table;
#[cfg(feature = "_otlp")]
mod value;

#[cfg(feature = "_otlp")]
#[rustfmt::skip]
mod generated {
    pub(super) mod core;
    pub(super) mod datadog;
    pub(super) mod langfuse;
    pub(super) mod langsmith;
    pub(super) mod logfire;
    pub(super) mod mlflow;
    pub(super) mod openinference;
    pub(super) mod phoenix;
    pub(super) mod signoz;
    pub(super) mod traceloop;
}

pub use choice::Dialect;
pub(crate) use names::Names;
