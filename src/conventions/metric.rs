//! What is known of a metric.

pub(crate) use super::generated::metric::*;

/// A registered metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MetricDef {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) brief: &'static str,
    /// The bounds of a histogram's buckets; empty for a counter.
    pub(crate) buckets: &'static [f64],
}
