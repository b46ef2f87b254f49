//! A destination that was checked: what can be wrong without connecting is said when the telemetry is built.

#[cfg(feature = "_otlp")]
use super::counts::DestinationCounts;
#[cfg(not(feature = "_otlp"))]
use super::destination::Setting;
use super::destination::{Destination, DestinationError, Kind};
#[cfg(feature = "_otlp")]
use super::target::Target;

/// A destination that was checked, to be opened as a sink on the worker.
#[derive(Debug)]
pub(crate) struct Prepared {
    #[cfg(feature = "_otlp")]
    pub(crate) target: Target,
    /// Shared with the sink that is opened, for whoever asks how it goes.
    #[cfg(feature = "_otlp")]
    pub(crate) counts: DestinationCounts,
}

#[cfg(feature = "_otlp")]
impl Prepared {
    /// What spans are made before they are sent there.
    pub(crate) fn shape(&self) -> super::shape::Shape {
        let Target { dialect, limits, .. } = &self.target;
        super::shape::Shape { dialect: *dialect, limits: limits.with_dialect(*dialect), counts: self.counts.clone() }
    }
}

impl Destination {
    /// Checks everything that can be checked without connecting. Nothing to prepare for the terminal.
    pub(crate) fn prepare(&self) -> Result<Option<Prepared>, DestinationError> {
        match &self.kind {
            Kind::Terminal => Ok(None),
            #[cfg(feature = "_otlp")]
            Kind::Otlp(otlp) => {
                let target = Target::of(otlp)?;
                let name = self.name.clone().unwrap_or_else(|| target.host_and_port());
                Ok(Some(Prepared { target, counts: DestinationCounts::new(name) }))
            }
            #[cfg(not(feature = "_otlp"))]
            Kind::Otlp(otlp) => {
                let expected = "the cargo feature `grpc` or `http`, without which nothing can be sent";
                Err(DestinationError::new(Setting::Endpoint, &otlp.endpoint, expected))
            }
        }
    }
}
