//! What all destinations of one telemetry have in common.

use std::time::Duration;

#[cfg(all(feature = "_otlp", not(feature = "spool")))]
use super::no_spool::SharedSpool;
#[cfg(all(feature = "_otlp", feature = "spool"))]
use super::spool::SharedSpool;
use crate::budget::Budget;
use crate::self_report::SelfReport;

/// The settings.
#[derive(Clone, Debug)]
pub(crate) struct SinkSettings {
    /// Shared with the queue.
    pub(crate) budget: Budget,
    /// Bytes that one destination may keep by itself, so that one that is away leaves room to the others.
    pub(crate) outbox_bytes: usize,
    /// How long the first span of a batch waits for others.
    pub(crate) delay: Duration,
    /// Spans of one request, when there is a bound beside the one in bytes.
    pub(crate) max_batch_spans: Option<usize>,
    /// Bounds each request's time beside the destination's own timeout.
    #[cfg_attr(not(feature = "_otlp"), expect(dead_code, reason = "without a transport there are no requests"))]
    pub(crate) export_timeout: Option<Duration>,
    #[cfg(feature = "_otlp")]
    pub(crate) spool: Option<SharedSpool>,
    pub(crate) report: SelfReport,
}
