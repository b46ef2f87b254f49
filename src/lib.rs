//! GenAI traces for Rust.

mod budget;
pub mod conventions;
mod span;
