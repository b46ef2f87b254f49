//! What a user notices, one module for each claim.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[cfg(feature = "http")]
mod backends;
mod bad_input;
mod codegen;
mod content;
mod conventions;
mod cost_cases;
mod docs;
mod doors;
mod emitters;
mod entering;
mod environment;
mod exporter;
mod figures;
mod filters;
mod flow;
mod lifecycle;
mod limits;
mod manifest;
mod metrics;
mod msrv;
mod panics;
mod price_codegen;
mod price_oracle;
mod prices;
mod privacy;
mod programs;
mod propagation;
mod recording;
mod redaction;
mod redaction_codegen;
mod responses;
mod retries;
mod scopes;
mod shedding;
mod span_types;
#[cfg(all(feature = "spool", feature = "http"))]
mod spool;
mod stock;
mod streams;
mod support;
mod tidy;
mod totals;
mod traces;
mod usage;
mod usage_samples;
mod wrappers;
