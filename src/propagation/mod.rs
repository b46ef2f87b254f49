//! How a trace goes on in another process: what is written into a request and read from one.
//!
//! [`Propagation`] writes the current span into a [`Carrier`] and reads a caller's from one, as a [`RemoteContext`]. The
//! carriers are plain maps, the `_meta` of MCP, a child process's environment, and, behind the features of their names,
//! headers of `http` and metadata of `tonic`; the feature `tower` has a layer for each side.

mod baggage;
mod boundary;
mod carrier;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(any(feature = "http", feature = "tower"))]
mod http;
mod json;
mod process;
mod remote;
#[cfg(feature = "tower")]
mod tower;
mod traceparent;

pub use boundary::Propagation;
pub(crate) use boundary::switch;
pub use carrier::Carrier;
pub use remote::RemoteContext;
#[cfg(feature = "tower")]
pub use tower::{ExtractLayer, ExtractService, InjectLayer, InjectService};
