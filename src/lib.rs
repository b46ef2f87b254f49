//! GenAI traces for Rust: LLM calls, retrievals, tools, chains and agents as OpenTelemetry spans, with model, provider,
//! tokens, cost and errors, and with inputs and outputs where you allow it.
//!
//! # Quick start
//!
//! ```no_run
//! use tracing::{Span, instrument};
//! use tracing_genai::{GenAiSpanExt, Usage};
//!
//! fn main() -> Result<(), tracing_genai::InstallError> {
//!     let _guard = tracing_genai::install("support-agent")?;
//!     plan("Where is order 4711?");
//!     Ok(())
//! }
//!
//! #[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
//! fn plan(question: &str) -> String {
//!     let answer = format!("a model's answer to: {question}");
//!     Span::current().record_usage(Usage::new(812, 140).cache_read(512)).record_output(&answer);
//!     answer
//! }
//! ```
//!
//! [`install`] reads the `OTEL_*` environment and sets the global subscriber, beside a log layer. Without an endpoint it
//! draws traces on the terminal; with `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317` it sends them to a Collector or
//! to Jaeger. A program with a subscriber of its own uses [`builder`].
//!
//! # The path of one span
//!
//! ```text
//! #[instrument] fn
//!   ▼
//! layer        a sibling layer, then tracing-opentelemetry: fields, recorded values, call site, panic, scope
//!   ▼
//! processor    moves the finished span into a queue bounded by bytes; the application goes on
//!   ▼  one worker thread
//! normalize    canonical keys, one value for each, right types; name, kind and status
//! usage        inclusive totals and their parts
//! price        tokens → cost
//! roll up      sums of what is below, on agents and local roots; usage observers
//! content      capture policy → redaction → limits
//! metrics      through the OpenTelemetry API
//!   ▼  for each destination
//! dialect      the words that the backend reads, within its limits
//! export       OTLP over gRPC or HTTP, any `SpanExporter`, the terminal
//! ```
//!
//! Spans of other crates take the same path, whether they come by `tracing` or by the OpenTelemetry API. A span that
//! neither declares `span_type` nor carries a GenAI key leaves as it came, redaction and limits apart.
//!
//! # Special fields
//!
//! | field | meaning |
//! | --- | --- |
//! | `span_type` | what kind of step the span is; makes it a GenAI span. See [`SpanType`] |
//! | `provider`, `model`, `response_model` | `gen_ai.provider.name`, `gen_ai.request.model`, `gen_ai.response.model` |
//! | `input_tokens`, `output_tokens`, `cached_tokens` | `gen_ai.usage.*`; see [`Usage`] for what they count |
//! | `agent`, `tool`, `workflow`, `data_source`, `guardrail`, `evaluator` | the second word of the span's name |
//! | `conversation_id`, `user.id`, `session.id`, `tag.tags` | whose work it is; see [`Scope`] |
//! | `input`, `output` | content: they leave only with capture on |
//! | `cost` | `gen_ai.usage.cost`, what the provider charged in USD |
//! | `error_type` | `error.type` |
//! | `otel.name`, `otel.kind`, `otel.status_code` | set on purpose, and never changed |
//!
//! Short and full names are equals; short ones are read only on a GenAI span. The README lists them all. Each value can
//! be recorded later as well, declared or not: see [`GenAiSpanExt`].
//!
//! # Streams, and traces by hand
//!
//! [`GenAiStreamExt`] gives a streamed answer a span that lasts until its last chunk. [`Telemetry::trace`] begins a trace for
//! code that has no function to annotate; see [`Trace`].
//!
//! # Privacy
//!
//! By default no prompt, answer, tool argument, function argument, log text or returned value leaves the process, of any
//! crate's GenAI spans. [`Content`] and `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` let them out, and the stricter
//! of the two holds; [`Destination`] narrows that for one backend. An error's message always leaves, redacted and cut to
//! 256 bytes. [`Redaction`] runs over every text of every span. [`Limits`] shorten what is too large without breaking
//! its JSON.
//!
//! # Backends
//!
//! Destinations with a name, such as `Destination::langfuse()`, know endpoint, headers, limits and [`Dialect`] of a backend.
//!
//! # Cost
//!
//! *Of a call*: your own prices ([`Prices`]) go before what the provider charged, and that before the price list of
//! genai-prices. The amount is written in USD on the span that made the call and nowhere else, with where it comes from.
//! A model that is not known gets no amount, and a reason.
//! Agents and local roots tell what everything below them used and cost, under `tracing_genai.total.*`.
//!
//! *Of tracing*: on the application's thread a span costs what `tracing` and the OpenTelemetry layer with its cheap
//! options cost, plus one entry in a table and one push into a queue. Parsing, pricing, redaction, encoding and sending
//! happen on one thread of our own. At most 64 MiB wait; see [`Builder::with_queue_bytes`].
//!
//! # Loss
//!
//! Nothing is lost in silence. [`Telemetry::flush`] and [`Telemetry::shutdown`] have deadlines and give a [`Report`].
//! While there is no room, content goes before spans, and spans that are no GenAI spans before the others. A program
//! that ends by `std::process::exit` or a signal must call `shutdown` before; one that forks must install in the child.
//!
//! # Tasks, processes and retries
//!
//! [`Scope`] says once whose work it is. A task or a thread that is started belongs to the current span and scope by
//! [`in_work_context`](InWorkContext) or [`WorkContext`]; another process by [`Propagation`]. [`Attempts`] numbers and
//! links the tries of one piece of work.
//!
//! # Tests
//!
//! A test sees the spans that your code makes through an exporter in memory; `opentelemetry_sdk` has one, behind its feature
//! `testing`.
//!
//! ```
//! use std::time::Duration;
//!
//! use opentelemetry_sdk::trace::InMemorySpanExporter;
//! use tracing::{Span, instrument};
//! use tracing_genai::conventions::attribute::GEN_AI_USAGE_COST;
//! use tracing_genai::{GenAiSpanExt, Usage};
//! use tracing_subscriber::prelude::*;
//!
//! #[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
//! fn plan() {
//!     Span::current().record_usage(Usage::new(812, 140));
//! }
//!
//! // In a `#[test]` or a `#[tokio::test]`:
//! let exporter = InMemorySpanExporter::default();
//! let telemetry = tracing_genai::builder("test").without_env().with_span_exporter(exporter.clone()).build()?;
//! let _subscriber = tracing_subscriber::registry().with(telemetry.layer()).set_default();
//! plan();
//! telemetry.flush(Duration::from_secs(5)); // a `shutdown` would empty this exporter
//!
//! let spans = exporter.get_finished_spans()?;
//! assert_eq!(spans[0].name, "chat gpt-4o-mini");
//! assert!(spans[0].attributes.iter().any(|attribute| attribute.key.as_str() == GEN_AI_USAGE_COST));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A span stands behind those below it. `set_default` is for one thread, which is all that `#[tokio::test]` has; work on
//! other threads takes the subscriber along by `tracing::instrument::WithSubscriber`. [`install`] sets the subscriber of the
//! whole process, once, and is not for tests. Prompts are there with [`Content::span_only`].
//!
//! # Features
//!
//! `grpc`, `http`, `tls` and `gzip` are on by default; `zstd` compiles a C library; `spool` lets requests wait on disk;
//! `metrics` sends metrics by OTLP where `OTEL_METRICS_EXPORTER` asks for it; `tower` has layers for servers and clients. A
//! feature adds API and never changes what is exported. Without `grpc` and `http` any `SpanExporter` and the terminal are
//! still there.
//!
//! # With an existing OpenTelemetry setup
//!
//! [`Telemetry::processor`] takes the place of a provider's batch processor, and [`Telemetry::companion_layer`] goes
//! before the layer of `tracing-opentelemetry` that is there. [`Builder::with_span_exporter`] takes an exporter that is
//! in use, and [`Telemetry::span_exporter`] takes its place in a pipeline that knows exporters alone. [`Telemetry::layer`] is
//! for a registry without OpenTelemetry.
//!
//! Spans of crates that trace themselves (rig, genai, swiftide, goose, codex, langchain-rust and others) are known by their
//! fields and need no change.
//!
//! # Versions
//!
//! This version belongs to `opentelemetry` 0.33 and `tracing-opentelemetry` 0.34, and writes the names of the GenAI
//! conventions 1.41. It needs Rust 1.88 or newer, and asks for a newer one only in a minor version.

mod attempts;
mod budget;
mod builder;
mod chunks;
mod config;
mod content;
pub mod conventions;
mod core;
mod dialect;
mod error;
mod export;
mod exporter;
mod head;
mod install;
mod json_number;
mod layer;
mod message;
mod normalize;
mod observe;
mod packed;
mod payload;
mod pipeline;
mod price;
mod processor;
mod propagation;
mod queue;
mod record;
mod response;
mod rollup;
mod self_report;
mod span;
mod stream;
mod telemetry;
mod trace;
mod usage;
mod worker;

pub use attempts::Attempts;
pub use builder::{Builder, builder};
pub use content::{Content, ContentMode, InvalidMode, InvalidPattern, Limits, Path, Redaction};
pub use conventions::SpanType;
pub use dialect::Dialect;
pub use error::{BuildError, InstallError};
pub use export::{Compression, Destination, DestinationReport, LossReason, Protocol, Report};
#[cfg(feature = "spool")]
pub use export::{Spool, SpoolMode};
pub use exporter::GenAiSpanExporter;
pub use install::{Guard, install};
pub use layer::{Attached, InWorkContext, Scope, WorkContext};
pub use message::{Media, Message, Messages};
pub use normalize::Repair;
pub use observe::UsageRecord;
pub use payload::Payload;
pub use price::{CostKeys, Price, PriceError, Prices};
pub use processor::GenAiSpanProcessor;
pub use propagation::{Carrier, Propagation, RemoteContext};
#[cfg(feature = "tower")]
pub use propagation::{ExtractLayer, ExtractService, InjectLayer, InjectService};
pub use record::GenAiSpanExt;
pub use response::{Api, ProviderResponse, ResponseReader};
pub use stream::{GenAiStream, GenAiStreamExt, StreamRecord};
pub use telemetry::Telemetry;
pub use trace::{CompletedSpan, EnteredGenAiSpan, SpanHandle, SpanRef, Trace, TraceError};
pub use usage::{Iteration, Unit, Usage, UsageConvention};

/// The README's code is compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
