//! What a user notices, one module for each claim.

mod codegen;
mod conventions;
mod doors;
mod flow;
mod panics;
mod recording;
mod support;
mod wrappers;
