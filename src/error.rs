//! Why telemetry could not be built or installed.

use std::error::Error;
use std::fmt;

use crate::config::VariableError;

/// Why [`Builder::build`](crate::Builder::build) failed. The message names what is wrong and what would be right; `main`
/// prints it when it returns the error.
pub struct BuildError(BuildErrorKind);

#[derive(Debug)]
enum BuildErrorKind {
    Variable(VariableError),
    Destination(String),
    Filter(String),
    Prices(String),
    Worker(std::io::Error),
}

impl BuildError {
    pub(crate) fn destination(message: impl fmt::Display) -> Self {
        Self(BuildErrorKind::Destination(message.to_string()))
    }

    pub(crate) fn prices(message: impl fmt::Display) -> Self {
        Self(BuildErrorKind::Prices(message.to_string()))
    }

    pub(crate) fn filter(directives: &str) -> Self {
        Self(BuildErrorKind::Filter(directives.to_owned()))
    }

    /// An environment variable has a value that cannot be used.
    pub fn is_environment(&self) -> bool {
        matches!(self.0, BuildErrorKind::Variable(_))
    }

    /// A destination cannot be used as it was described: its endpoint, headers, certificates or protocol.
    pub fn is_destination(&self) -> bool {
        matches!(self.0, BuildErrorKind::Destination(_))
    }

    /// Prices of your own cannot be used: a file cannot be read, or a line of it says what no price can be.
    pub fn is_prices(&self) -> bool {
        matches!(self.0, BuildErrorKind::Prices(_))
    }

    /// The worker's thread or runtime could not be started.
    pub fn is_worker(&self) -> bool {
        matches!(self.0, BuildErrorKind::Worker(_))
    }
}

impl From<VariableError> for BuildError {
    fn from(error: VariableError) -> Self {
        Self(BuildErrorKind::Variable(error))
    }
}

impl From<std::io::Error> for BuildError {
    fn from(error: std::io::Error) -> Self {
        Self(BuildErrorKind::Worker(error))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            BuildErrorKind::Variable(error) => error.fmt(f),
            BuildErrorKind::Destination(message) | BuildErrorKind::Prices(message) => f.write_str(message),
            BuildErrorKind::Filter(directives) => write!(
                f,
                "the filter {directives:?} cannot be read; expected directives such as info,my_crate=debug,noisy=off"
            ),
            BuildErrorKind::Worker(error) => write!(f, "the telemetry worker could not be started: {error}"),
        }
    }
}

/// The message: this is what a person sees whose `main` returns it.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            BuildErrorKind::Worker(error) => Some(error),
            _ => None,
        }
    }
}

/// Why [`install`](crate::install) failed. `main` prints the message when it returns the error.
pub struct InstallError(InstallErrorKind);

#[derive(Debug)]
enum InstallErrorKind {
    AlreadyInstalled,
    Build(BuildError),
}

impl InstallError {
    pub(crate) fn already_installed() -> Self {
        Self(InstallErrorKind::AlreadyInstalled)
    }

    /// The process has a global subscriber already.
    pub fn is_already_installed(&self) -> bool {
        matches!(self.0, InstallErrorKind::AlreadyInstalled)
    }

    /// Why telemetry could not be built, when that is what failed.
    pub fn as_build_error(&self) -> Option<&BuildError> {
        match &self.0 {
            InstallErrorKind::Build(error) => Some(error),
            InstallErrorKind::AlreadyInstalled => None,
        }
    }
}

impl From<BuildError> for InstallError {
    fn from(error: BuildError) -> Self {
        Self(InstallErrorKind::Build(error))
    }
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            InstallErrorKind::AlreadyInstalled => f.write_str(
                "a global subscriber is set already; call install once and before any other, or add \
                 tracing_genai::builder(..).build()?.layer() to the registry that is there",
            ),
            InstallErrorKind::Build(error) => error.fmt(f),
        }
    }
}

/// The message: this is what a person sees whose `main` returns it.
impl fmt::Debug for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for InstallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            InstallErrorKind::Build(error) => error.source(),
            InstallErrorKind::AlreadyInstalled => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BuildError, InstallError};

    #[test]
    fn what_main_prints_of_an_error_names_the_remedy() {
        let printed = format!("{:?}", InstallError::already_installed());
        assert!(printed.contains("call install once"), "{printed}");
        let printed = format!("{:?}", InstallError::from(BuildError::filter("a=b=c")));
        assert!(printed.contains("expected directives such as"), "{printed}");
    }
}
