//! What is said of a file that cannot be used, with the remedy; and what is done with it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::file::{File, FileError, Head, is_deleted};
use super::index::Key;
use super::store::{Store, is_of_spool};
use crate::export::loss::LossReason;

/// How long a disk that failed is left in peace.
const RETRY: Duration = Duration::from_secs(10);
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
                 it. Delete it if it is none",
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

    /// A destination is done with its records: those in files that somebody has deleted are lost now.
    pub(super) fn forget_deleted(&mut self, identity: u64) {
        let open = self.files.iter().map(|(id, file)| (*id, file.path().to_owned()));
        let failed = self.failed.iter().map(|(id, path)| (*id, path.clone()));
        let deleted: Vec<(u64, PathBuf)> = open.chain(failed).filter(|(_, path)| is_deleted(path)).collect();
        for (id, path) in deleted {
            let is_of = |key: &Key| self.index.get(*key).is_some_and(|entry| entry.head.identity == identity);
            let keys: Vec<Key> = self.index.of_file(id).into_iter().filter(is_of).collect();
            for key in &keys {
                self.forget(*key, LossReason::SpoolDamaged);
            }
            if !keys.is_empty() {
                self.say(&path, FileError::Gone);
            }
        }
    }

    /// An open file has failed: it is opened anew, since the database takes nothing after an error.
    pub(super) fn broken(&mut self, id: u64, error: FileError) {
        let Some(file) = self.files.remove(&id) else { return };
        // A record may be in it though its writing failed, or because its removal did.
        self.uncertain.insert(id);
        let path = file.path().to_owned();
        file.close();
        if let FileError::Io(_) = error
            && let Ok(file) = File::open(&*self.disk, path.clone())
        {
            self.files.insert(id, file);
            return self.say(&path, error);
        }
        self.fail(id, &path, error);
    }

    /// A file of ours cannot be used: for the moment, or for ever.
    pub(super) fn fail(&mut self, id: u64, path: &Path, error: FileError) {
        if let FileError::Io(_) = error {
            self.failed.insert(id, path.to_owned());
            return self.say(path, error);
        }
        if self.own == Some(id) {
            self.own = None;
        }
        for key in self.index.of_file(id) {
            match error {
                // Found again by who looks for files, should the other process leave something.
                FileError::InUse => self.hand_over(key),
                _ => _ = self.forget(key, LossReason::SpoolDamaged),
            }
        }
        self.say(path, error);
    }

    /// A file of ours that was closed for a while. What is in it no more has been sent by another process that had it.
    pub(super) fn opened_again(&mut self, id: u64, file: File) {
        if let Ok(heads) = file.heads() {
            let there: HashSet<u64> = heads.into_iter().map(|(at, _)| at).collect();
            for key in self.index.of_file(id).into_iter().filter(|key| !there.contains(&key.at)) {
                self.hand_over(key);
            }
        }
        self.files.insert(id, file);
    }

    /// Takes records off the disk that are settled and still there, of files that failed and can be used again.
    pub(super) fn erase_settled(&mut self) {
        for id in std::mem::take(&mut self.uncertain) {
            let settled = |(at, head): &(u64, Head)| {
                self.has(head.identity) && self.index.get(Key { at: *at, file: id }).is_none()
            };
            match self.files.get(&id).map(File::heads) {
                Some(Ok(heads)) => {
                    let keys: Vec<Key> =
                        heads.into_iter().filter(settled).map(|(at, _)| Key { at, file: id }).collect();
                    self.erase(&keys);
                }
                Some(Err(error)) => self.broken(id, error),
                None if self.failed.contains_key(&id) => _ = self.uncertain.insert(id),
                None => {}
            }
        }
    }
}
