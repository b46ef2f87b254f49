//! Whether there is a spool: what code says, or else the environment.

#[cfg(all(feature = "_otlp", not(feature = "spool")))]
use super::no_spool::SharedSpool;
#[cfg(all(feature = "_otlp", feature = "spool"))]
use super::spool::SharedSpool;
#[cfg(feature = "spool")]
use super::spool::Spool;
#[cfg(feature = "_otlp")]
use crate::self_report::SelfReport;

#[cfg(not(feature = "spool"))]
type Given = std::convert::Infallible;
#[cfg(feature = "spool")]
type Given = Spool;

/// What code says; nothing where the feature is off.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpoolSetting {
    given: Option<Given>,
}

impl SpoolSetting {
    #[cfg(feature = "spool")]
    pub(crate) fn of(spool: Spool) -> Self {
        Self { given: Some(spool) }
    }

    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// The spool of a telemetry; `dir` is what the environment says.
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    pub(crate) fn shared(self, dir: Option<&str>, report: &SelfReport) -> Option<SharedSpool> {
        let spool = self.given.or_else(|| dir.map(Spool::in_dir));
        spool.map(|spool| SharedSpool::new(spool, report.clone()))
    }

    #[cfg(all(feature = "_otlp", not(feature = "spool")))]
    pub(crate) fn shared(self, _dir: Option<&str>, _report: &SelfReport) -> Option<SharedSpool> {
        self.given.map(|never| match never {})
    }
}
