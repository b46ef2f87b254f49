//! What arrives in a real Collector and a real Jaeger. `tests/run` starts both and says where they are.

mod collector;
mod content;
mod jaeger;
mod main_job;
mod refusals;
mod tls;
mod wire;
