//! What arrives in a real Collector and a real Jaeger. `tests/run` starts both and says where they are.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod collector;
mod content;
mod jaeger;
mod main_job;
mod metrics;
mod processes;
mod refusals;
mod tls;
mod wire;
