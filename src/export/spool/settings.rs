//! What a user says about the spool.

#[cfg(feature = "_otlp")]
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

const DEFAULT_MAX_BYTES: u64 = 512 << 20;
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(24 * 3_600);

/// When requests go to disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpoolMode {
    /// When memory gets short while a destination is away, and at the end for what could not be sent. Costs nothing
    /// while all is well; a process that is killed loses what waits in memory.
    #[default]
    OnFailure,
    /// Each before it is sent: a process that is killed loses the spans of its last second at most, and sends twice at
    /// most the one request for each destination whose answer it had not noted yet. Costs two synchronized writes for
    /// each request; a request leaves after a quarter of a second, or `OTEL_BSP_SCHEDULE_DELAY` when that is less.
    /// A disk that has not answered for 5 s, or a quarter of a flush's time (1 s at least), is said, and requests leave
    /// unwritten until it does.
    WriteAhead,
}

/// A directory in which requests wait for OTLP destinations that are away, also across a restart. Needs the feature
/// `spool`.
///
/// Each process has a file there. When it has ended without sending all of it, another process with the same directory
/// takes it over, about a minute later or when its own first span has ended; requests go to the destination of the same
/// name and address. What lies there has passed content policy and redaction. It is **not encrypted**: the files are
/// readable by their owner only. Headers and tokens are never written.
///
/// ```
/// use tracing_genai::{Spool, SpoolMode};
///
/// let spool = Spool::in_dir("/var/lib/agent/spool").with_mode(SpoolMode::WriteAhead).with_max_bytes(1 << 30);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "_otlp"), expect(dead_code, reason = "without a transport nothing waits for one"))]
pub struct Spool {
    dir: PathBuf,
    mode: SpoolMode,
    max_bytes: u64,
    max_age: Duration,
}

impl Spool {
    /// In this directory, which is made when it is not there.
    pub fn in_dir(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        // The process may change its directory, and the files stay.
        let dir = std::path::absolute(&dir).unwrap_or(dir);
        Self { dir, mode: SpoolMode::default(), max_bytes: DEFAULT_MAX_BYTES, max_age: DEFAULT_MAX_AGE }
    }

    /// When requests go there. Default: [`SpoolMode::OnFailure`].
    #[must_use]
    pub fn with_mode(mut self, mode: SpoolMode) -> Self {
        self.mode = mode;
        self
    }

    /// How many bytes may lie there, for this process and those whose files it has taken over. Beyond, the oldest are
    /// dropped and counted as lost. Default: 512 MiB. The file may be about twice that size.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How long a request may lie there before it is dropped and counted as lost. Default: 24 hours, which is what
    /// hosted backends take. What lies there for destinations that this process has not may lie for 30 days at least.
    #[must_use]
    pub fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }
}

#[cfg(feature = "_otlp")]
impl Spool {
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn mode(&self) -> SpoolMode {
        self.mode
    }

    pub(super) fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    pub(super) fn max_age(&self) -> Duration {
        self.max_age
    }
}

#[cfg(all(test, feature = "_otlp"))]
mod tests {
    use super::*;

    #[test]
    fn a_relative_directory_stays_where_it_is_when_the_process_moves() {
        assert_eq!(Spool::in_dir("spool").dir(), std::env::current_dir().unwrap().join("spool"));
    }
}
