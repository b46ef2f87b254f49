//! A destination that was checked on the application's side, to be opened as a sink on the worker.

use std::error::Error;
use std::fmt;

use opentelemetry_sdk::trace::SpanExporter;

use super::destination::Destination;
use super::foreign::ForeignExporter;
use super::terminal::TerminalSink;
use crate::content::Content;
use crate::self_report::SelfReport;

/// What is to be opened, and what of the content may go there.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) what: What,
    pub(super) content: Option<Content>,
}

/// The kinds of destinations.
pub(super) enum What {
    #[cfg(feature = "_otlp")]
    Otlp(Box<super::prepared::Prepared>),
    /// Its thread is started where the environment is read.
    Terminal(String, TerminalSink),
    Foreign(ForeignExporter),
}

impl Plan {
    /// Checks everything that can be checked without connecting; the error names the remedy.
    pub(crate) fn of(
        destination: Destination,
        variable: &dyn Fn(&str) -> Option<String>,
        captured: &Content,
        self_report: &SelfReport,
    ) -> Result<Self, String> {
        #[cfg(feature = "_otlp")]
        let (destination, preset) = destination.filled_in(variable)?;
        #[cfg(feature = "_otlp")]
        let prepared = destination.prepare().map_err(|error| preset.told(&error))?;
        #[cfg(not(feature = "_otlp"))]
        let prepared = destination.prepare().map_err(|error| error.to_string())?;
        let what = match prepared {
            #[cfg(feature = "_otlp")]
            Some(prepared) => What::Otlp(Box::new(prepared)),
            #[cfg(not(feature = "_otlp"))]
            Some(_) => return Err("sending spans needs the feature `grpc` or `http`".to_owned()),
            None => {
                let terminal = TerminalSink::stderr(variable, self_report.clone())
                    .map_err(|error| format!("the terminal's thread could not be started: {error}"))?;
                What::Terminal(destination.name.unwrap_or_else(|| "terminal".to_owned()), terminal)
            }
        };
        let content = destination.content.map(|content| captured.narrowed_by(&content));
        Ok(Self { what, content })
    }

    /// Whether it is told what of an amount is for input and what for output.
    pub(crate) fn tells_sides(&self) -> bool {
        match &self.what {
            #[cfg(feature = "_otlp")]
            What::Otlp(prepared) => prepared.target.dialect.tells_sides(),
            _ => false,
        }
    }

    /// An exporter of the OpenTelemetry SDK.
    pub(crate) fn foreign(exporter: impl SpanExporter + 'static) -> Self {
        Self { what: What::Foreign(ForeignExporter::new(exporter)), content: None }
    }

    /// An exporter that is built on its own thread.
    pub(crate) fn foreign_built_by<E, F>(build: impl FnOnce() -> Result<E, F> + Send + 'static) -> Self
    where
        E: SpanExporter + 'static,
        F: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        Self { what: What::Foreign(ForeignExporter::from_fn(build)), content: None }
    }
}

impl fmt::Debug for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "_otlp")]
            Self::Otlp(_) => "Otlp",
            Self::Terminal(..) => "Terminal",
            Self::Foreign(_) => "Foreign",
        })
    }
}
