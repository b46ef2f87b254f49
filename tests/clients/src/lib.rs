//! Real LLM clients against a stand-in on loopback: what they are asked by the tests, and by `send` for real backends.

pub mod flows;
pub mod llmock;
