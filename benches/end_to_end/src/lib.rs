//! Whole stacks that send over gRPC or HTTP to a receiver in a process of its own.

mod receiver;
mod stack;
mod work;

pub use receiver::Receiver;
pub use stack::Stack;
pub use work::measure;
