//! GenAI traces for Rust.

mod budget;
pub mod conventions;
mod self_report;
mod span;
