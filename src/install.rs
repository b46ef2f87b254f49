//! The one-liner: telemetry from the environment, a global subscriber, and logs as before.

use std::io::IsTerminal as _;
use std::ops::Deref;
use std::sync::OnceLock;
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing_log::{AsLog as _, LogTracer};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::builder::{Builder, builder};
use crate::error::InstallError;
use crate::propagation;
use crate::telemetry::Telemetry;

/// Starts telemetry for the service and makes it the global subscriber, beside a log layer, so that a program that had
/// `tracing_subscriber::fmt::init()` keeps its logs (`RUST_LOG` filters them, `info` by default; traces have
/// `TRACING_GENAI_FILTER`).
///
/// The `OTEL_*` environment decides where spans go and what the service is called. With no endpoint and no exporter
/// named, traces are drawn on the terminal. The global text map propagator becomes W3C trace context and baggage, or
/// what `OTEL_PROPAGATORS` says; a program that has one of its own sets it afterwards.
///
/// Keep the guard until the program ends: dropping it flushes.
///
/// ```no_run
/// let _guard = tracing_genai::install("support-agent")?;
/// # Ok::<(), tracing_genai::InstallError>(())
/// ```
///
/// # Errors
///
/// When a variable has a value that cannot be used, or a global subscriber is set already. The message names the
/// remedy.
pub fn install(service: impl Into<String>) -> Result<Guard, InstallError> {
    builder(service).install()
}

/// The hint is for a person; once is enough.
static HINTED: OnceLock<()> = OnceLock::new();

/// Keeps telemetry running; derefs to [`Telemetry`].
///
/// Dropping it delivers what waits, for as long as the shutdown timeout allows (5 s by default), and says so in the
/// log when spans were lost. In a `static`, or where the process ends by `std::process::exit`, it is never dropped: call
/// [`shutdown`](Telemetry::shutdown).
#[derive(Debug)]
#[must_use = "dropping the guard shuts telemetry down at once; bind it to `_guard`, not `_`"]
pub struct Guard {
    telemetry: Telemetry,
    timeout: Duration,
}

impl Deref for Guard {
    type Target = Telemetry;

    fn deref(&self) -> &Telemetry {
        &self.telemetry
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let report = self.telemetry.shutdown(self.timeout);
        if !report.is_complete() {
            self.telemetry
                .core()
                .shared()
                .self_report
                .warn("shutdown", format_args!("not every span was delivered: {report}"));
        }
    }
}

impl Builder {
    /// Builds, and sets the global subscriber as [`install`] does.
    ///
    /// # Errors
    ///
    /// As [`install`].
    pub fn install(self) -> Result<Guard, InstallError> {
        let timeout = self.shutdown_timeout();
        let hint = self.hint();
        let propagators = self.propagators()?;
        let telemetry = self.build()?;
        let logs = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
        let lines = tracing_subscriber::fmt::layer();
        // No colours in a file or a pipe; on a terminal `NO_COLOR` decides.
        let lines = if std::io::stdout().is_terminal() { lines } else { lines.with_ansi(false) };
        let subscriber = tracing_subscriber::registry().with(telemetry.layer()).with(lines.with_filter(logs));
        tracing::subscriber::set_global_default(subscriber).map_err(|_| InstallError::already_installed())?;
        // After it, for then its level is known.
        if LogTracer::builder().with_max_level(LevelFilter::current().as_log()).init().is_err() {
            tracing::info!(
                target: "tracing_genai",
                "the `log` crate has a logger already; its records stay there, and spans do not carry them"
            );
        }
        propagation::switch(propagators.ours.is_some());
        if let Some(ours) = propagators.ours {
            opentelemetry::global::set_text_map_propagator(ours);
        }
        let self_report = &telemetry.core().shared().self_report;
        self_report.say_held();
        if let Some(left_out) = propagators.left_out {
            self_report.warn("propagators", format_args!("{left_out}"));
        }
        if let Some(hint) = hint
            && HINTED.set(()).is_ok()
        {
            tracing::info!(target: "tracing_genai", "{hint}");
        }
        Ok(Guard { telemetry, timeout })
    }
}
