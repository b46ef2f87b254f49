//! What becomes of the records of files that fail, were deleted, or are another process's now.

use std::collections::HashSet;
use std::path::Path;

use super::file::{File, FileError, Head};
use super::index::Key;
use super::store::Store;
use crate::export::loss::LossReason;

impl Store {
    /// An open file has failed: it is opened anew, since the database takes nothing after an error.
    pub(super) fn broken(&mut self, id: u64, error: FileError) {
        let Some(file) = self.files.fail(id) else { return };
        let path = file.path().to_owned();
        file.close();
        if let FileError::Io(_) = error
            && let Ok(file) = File::open(&*self.disk, path.clone())
        {
            self.files.open_again(id, file);
            return self.say(&path, error);
        }
        self.fail(id, &path, error);
    }

    /// A file of ours cannot be used: for the moment, or for ever.
    pub(super) fn fail(&mut self, id: u64, path: &Path, error: FileError) {
        if let FileError::Io(_) = error {
            return self.say(path, error);
        }
        if self.own == Some(id) {
            self.own = None;
        }
        self.files.remove(id);
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
        self.files.open_again(id, file);
    }

    /// Takes records off the disk that are settled and still there, of files that failed and can be used again.
    pub(super) fn erase_settled(&mut self) {
        for id in self.files.take_uncertain() {
            let settled = |(at, head): &(u64, Head)| {
                self.has(head.identity) && self.index.get(Key { at: *at, file: id }).is_none()
            };
            match self.files.get(id).map(File::heads) {
                Some(Ok(heads)) => {
                    let keys: Vec<Key> =
                        heads.into_iter().filter(settled).map(|(at, _)| Key { at, file: id }).collect();
                    self.erase(&keys);
                }
                Some(Err(error)) => self.broken(id, error),
                None => {}
            }
        }
    }

    /// A destination is done with its records: those in files that somebody has deleted are lost now.
    pub(super) fn forget_deleted(&mut self, identity: u64) {
        for (id, path) in self.files.deleted() {
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
}
