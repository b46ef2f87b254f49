//! What is said of a file that cannot be used, with the remedy. A damaged one is set aside.

use std::fs;
use std::path::{Path, PathBuf};

use super::file::FileError;
use super::files::is_of_spool;
use super::store::Store;

/// What a damaged file is renamed to.
const ASIDE: &str = "damaged";
/// Damaged files that are kept. Beyond, the oldest go.
const MOST_ASIDE: usize = 8;

impl Store {
    /// Says what is wrong with a file and what to do; a damaged one is set aside.
    pub(super) fn say(&mut self, path: &Path, error: FileError) {
        let report = &self.report;
        let dir = self.settings.dir().display();
        match error {
            FileError::Io(error) => report.warn(
                "spool",
                format_args!(
                    "the spool in {dir} cannot be used: {error}; free space there and make it writable, or name another \
                     directory in TRACING_GENAI_SPOOL_DIR or Spool::in_dir. Spans wait in memory meanwhile"
                ),
            ),
            FileError::Limit(error) => report.warn(
                "spool limit",
                format_args!(
                    "a file of the spool in {dir} can grow no more: {error}; raise the limit of a file's size (ulimit -f, \
                     LimitFSIZE). What comes goes into another one, or waits in memory where none can be made"
                ),
            ),
            FileError::Gone => report.warn(
                "spool gone",
                format_args!(
                    "the spool file {} was deleted; what was in it is lost. Leave the directory to tracing-genai",
                    path.display()
                ),
            ),
            FileError::InUse => report.warn(
                "spool in use",
                format_args!(
                    "the spool file {} was taken over by another process, which sends what is in it",
                    path.display()
                ),
            ),
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
                let aside = path.with_extension(ASIDE);
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
                self.bound_aside();
            }
        }
    }

    /// Nobody may look at damaged files for months.
    fn bound_aside(&self) {
        let Ok(entries) = fs::read_dir(self.settings.dir()) else { return };
        let mut aside: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        aside.retain(|path| is_of_spool(path, ASIDE));
        // By name, and so by age.
        aside.sort();
        for path in aside.iter().rev().skip(MOST_ASIDE) {
            // Where it cannot be removed it does no harm.
            let _ = fs::remove_file(path);
            self.report.warn(
                "spool aside",
                format_args!(
                    "the damaged spool file {} is removed; the youngest {MOST_ASIDE} are kept",
                    path.display()
                ),
            );
        }
    }

    /// Says that a file of another process cannot be taken over.
    pub(super) fn say_unreadable(&self, path: &Path, error: &str) {
        self.report.warn(
            &format!("spool {}", path.display()),
            format_args!(
                "the spool file {} cannot be opened: {error}; what is in it is sent once this process may read and write \
                 it. If it is no spool file, delete it",
                path.display()
            ),
        );
    }

    pub(super) fn say_deleted(&self) {
        self.report.warn(
            "spool gone",
            format_args!(
                "the spool file of this process in {} was deleted; what is in it is lost unless it is sent before the \
                 process ends. Leave the directory to tracing-genai",
                self.settings.dir().display()
            ),
        );
    }
}
