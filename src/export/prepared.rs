//! A destination that was checked: what can be wrong without connecting is said when the telemetry is built.

#[cfg(feature = "_otlp")]
use std::sync::Arc;

#[cfg(feature = "_otlp")]
use opentelemetry_sdk::Resource;

#[cfg(feature = "_otlp")]
use super::counts::DestinationCounts;
#[cfg(not(feature = "_otlp"))]
use super::destination::Setting;
use super::destination::{Destination, DestinationError, Kind};
#[cfg(feature = "_otlp")]
use super::outbox::Outbox;
#[cfg(feature = "_otlp")]
use super::pack::PackLimits;
#[cfg(feature = "_otlp")]
use super::protocol::Wire;
#[cfg(feature = "_otlp")]
use super::sender::Sender;
#[cfg(feature = "_otlp")]
use super::settings::SinkSettings;
#[cfg(feature = "_otlp")]
use super::target::Target;
#[cfg(feature = "_otlp")]
use crate::budget::Budget;

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

/// The way to the destination that was checked.
#[cfg(feature = "_otlp")]
impl Sender {
    pub(crate) fn to(prepared: Prepared, resource: &Resource, settings: &SinkSettings) -> Self {
        let Prepared { mut target, counts } = prepared;
        if let Some(useless) = target.useless {
            let name = counts.name();
            settings.report.warn(&format!("{name} settings"), format_args!("{name}: {useless}"));
        }
        let limits = PackLimits {
            bytes: target.max_request_bytes,
            spans: settings.max_batch_spans.unwrap_or(usize::MAX).max(1),
        };
        let own = Budget::new(settings.outbox_bytes);
        let outbox = Outbox::new(resource, limits, settings.delay, settings.budget.clone(), own);
        let shelf = settings.spool.as_ref().map(|spool| spool.shelf(counts.name(), &target.address(), counts.clone()));
        let timeout = settings.export_timeout.map_or(target.timeout, |most| most.min(target.timeout));
        // The transport divides it among the parts of an exchange.
        target.timeout = timeout;
        let report = settings.report.clone();
        let concurrency = target.concurrency;
        let target = Arc::new(target);
        match target.wire {
            #[cfg(feature = "grpc")]
            Wire::Grpc => Self::start(
                move || super::grpc::Grpc::open(&target),
                concurrency,
                outbox,
                shelf,
                timeout,
                counts,
                report,
            ),
            #[cfg(feature = "http")]
            Wire::Http => Self::start(
                move || super::http::Http::open(&target),
                concurrency,
                outbox,
                shelf,
                timeout,
                counts,
                report,
            ),
        }
    }
}
