//! Where finished spans go. The one folder that does I/O.
//!
//! A span comes to each [`Sink`](sink::Sink), which never blocks. For OTLP it is brought into the destination's `shape`
//! (dialect and `limits`; `preset` has those of backends with a name) and encoded (`encode`, `wire`), once for all `sinks`
//! that read it alike, and packed into requests (`pack`) that wait in an outbox bounded by bytes (`outbox`). They are sent by
//! one task or more (`sender`), in smaller `parts` or with a span `shorten`ed where the peer takes them only so, and set
//! `aside` where they break their connection (`suspects`), over gRPC (`grpc`) or HTTP (`http`), both on the same connections
//! (`connect`, `proxy`, `tls`). Exporters of other crates have a thread each (`foreign`). What became of the spans is in the
//! `report`.

#[cfg(feature = "_otlp")]
mod aside;
#[cfg(feature = "_otlp")]
mod batch;
#[cfg(feature = "_otlp")]
mod batches;
#[cfg(feature = "_otlp")]
mod body;
#[cfg(feature = "_otlp")]
mod clerk;
#[cfg(feature = "_otlp")]
mod compression;
#[cfg(feature = "_otlp")]
mod connect;
mod counts;
pub(crate) mod destination;
#[cfg(feature = "_otlp")]
mod diagnosis;
#[cfg(feature = "_otlp")]
mod encode;
#[cfg(feature = "_otlp")]
mod encoded;
#[cfg(feature = "_otlp")]
mod endpoint;
mod figures;
#[cfg(feature = "_otlp")]
mod first_times;
mod foreign;
mod foreign_thread;
#[cfg(feature = "_otlp")]
mod group;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "_otlp")]
mod heard;
mod held;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "_otlp")]
mod in_flight;
mod light;
#[cfg(feature = "_otlp")]
mod limits;
mod loss;
#[cfg(feature = "metrics")]
mod meters;
#[cfg(feature = "_otlp")]
mod named;
#[cfg(all(feature = "_otlp", not(feature = "spool")))]
mod no_spool;
#[cfg(feature = "_otlp")]
mod outbox;
#[cfg(feature = "_otlp")]
mod outcome;
#[cfg(feature = "_otlp")]
mod pack;
#[cfg(feature = "_otlp")]
mod parts;
mod plan;
mod prepared;
#[cfg(feature = "_otlp")]
mod preset;
#[cfg(feature = "_otlp")]
mod protocol;
#[cfg(feature = "_otlp")]
mod proxy;
pub(crate) mod report;
#[cfg(feature = "_otlp")]
mod request_size;
#[cfg(feature = "_otlp")]
mod retry;
#[cfg(feature = "_otlp")]
mod sender;
#[cfg(feature = "_otlp")]
mod sending;
mod settings;
#[cfg(feature = "_otlp")]
mod shape;
#[cfg(feature = "_otlp")]
mod shed;
#[cfg(feature = "_otlp")]
mod shorten;
mod since;
mod sink;
mod sinks;
#[cfg(feature = "spool")]
mod spool;
mod spool_setting;
#[cfg(feature = "_otlp")]
mod suspects;
#[cfg(feature = "_otlp")]
mod target;
pub(crate) mod terminal;
#[cfg(test)]
mod tests;
#[cfg(all(feature = "_otlp", feature = "tls"))]
mod tls;
#[cfg(feature = "_otlp")]
mod trial;
#[cfg(feature = "_otlp")]
mod turn;
#[cfg(feature = "_otlp")]
mod wire;
mod words;
#[cfg(feature = "grpc")]
mod write_buffer;

#[cfg(feature = "_otlp")]
#[rustfmt::skip]
mod generated {
    pub(super) mod preset;
}

pub(crate) use figures::{Figures, observe as observe_figures};
#[cfg(feature = "metrics")]
pub(crate) use meters::Meters;
pub(crate) use plan::Plan;
pub(crate) use settings::SinkSettings;
pub(crate) use sink::Counted;
pub(crate) use sinks::Sinks;
pub(crate) use spool_setting::SpoolSetting;

pub use destination::{Compression, Destination, Protocol};
pub use loss::LossReason;
pub use report::{DestinationReport, Report};
#[cfg(feature = "spool")]
pub use spool::{Spool, SpoolMode};
