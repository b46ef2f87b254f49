//! What is said of a file that cannot be used, with the remedy; and what is done with it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::file::FileError;
use super::store::Store;

/// How long a disk that failed is left in peace.
const RETRY: Duration = Duration::from_secs(10);

impl Store {
    /// Says what is wrong with a file and what to do; a damaged one is set aside.
    pub(super) fn say(&mut self, path: &Path, error: FileError) {
        let report = &self.report;
        let dir = self.settings.dir().display();
        match error {
            FileError::Io(error) => {
                self.retry_at = Some(Instant::now() + RETRY);
                report.warn(
                    "spool",
                    format_args!(
                        "the spool in {dir} cannot be used: {error}; free space there and make it writable, or name \
                         another directory in TRACING_GENAI_SPOOL_DIR or Spool::in_dir. Spans wait in memory meanwhile"
                    ),
                );
            }
            FileError::Gone => report.warn(
                "spool gone",
                format_args!(
                    "the spool file {} was deleted; what was in it is lost. Leave the directory to tracing-genai",
                    path.display()
                ),
            ),
            FileError::InUse => {
                self.retry_at = Some(Instant::now() + RETRY);
                report.warn(
                    "spool in use",
                    format_args!(
                        "the spool file {} was taken over by another process, which sends what is in it",
                        path.display()
                    ),
                );
            }
            FileError::OtherVersion(what) => {
                self.told.insert(path.to_owned());
                report.warn(
                    &format!("spool {}", path.display()),
                    format_args!(
                        "the spool file {} was written by another version of tracing-genai ({what}) and is left as \
                         it is; run that version to have it sent, or delete the file",
                        path.display()
                    ),
                );
            }
            FileError::Damaged(what) => {
                let aside = path.with_extension("damaged");
                let where_to = match fs::rename(path, &aside) {
                    Ok(()) => aside,
                    Err(_) => path.to_owned(),
                };
                self.told.insert(path.to_owned());
                report.warn(
                    &format!("spool {}", path.display()),
                    format_args!(
                        "a spool file is damaged ({what}); what was in it is not sent. It is kept as {}: check the \
                         disk, and delete the file",
                        where_to.display()
                    ),
                );
            }
        }
    }
}
