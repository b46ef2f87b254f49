//! Whole stacks that send over gRPC to a receiver in a process of its own.

mod receiver;
mod stack;

pub use receiver::Receiver;
pub use stack::Stack;
