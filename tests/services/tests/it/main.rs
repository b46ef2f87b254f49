//! What arrives in a real Collector, Jaeger, Phoenix and MLflow. `tests/run` starts them and says where they are.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod backends;
mod by_hand;
mod clients;
mod collector;
mod content;
mod doctor;
mod jaeger;
mod loss;
mod main_job;
mod metrics;
mod processes;
mod refusals;
mod tls;
mod wire;
