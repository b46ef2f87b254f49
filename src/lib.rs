//! GenAI traces for Rust.

mod budget;
mod builder;
mod config;
mod content;
pub mod conventions;
mod core;
mod error;
mod export;
mod install;
mod layer;
mod normalize;
mod pipeline;
mod price;
mod processor;
mod queue;
mod record;
mod self_report;
mod span;
mod telemetry;
mod worker;

pub use builder::{Builder, builder};
pub use content::{Content, ContentMode, InvalidMode, InvalidPattern, Limits, Path, Redaction};
pub use conventions::SpanType;
pub use error::{BuildError, InstallError};
pub use export::{Compression, Destination, DestinationReport, LossReason, Protocol, Report};
pub use install::{Guard, install};
pub use layer::Scope;
pub use normalize::Repair;
pub use processor::GenAiSpanProcessor;
pub use record::{GenAiSpanExt, Media, Message, Messages, Payload, Usage};
pub use telemetry::Telemetry;
