//! What a user notices, one module for each claim.

#[cfg(test)]
mod codegen;
#[cfg(test)]
mod conventions;
mod doors;
mod flow;
mod panics;
mod recording;
mod support;
mod wrappers;
