//! What becomes of the records of files that fail, were deleted, or are another process's now.

use std::collections::HashSet;
use std::path::Path;

use super::file::{File, FileError, Head};
use super::index::Key;
use super::rest::Rest;
use super::store::Store;
use crate::export::loss::LossReason;

impl Store {
    /// An open file has failed: it is opened anew, since the database takes nothing after an error.
    pub(super) fn broken(&mut self, id: u64, error: FileError) {
        let Some(file) = self.files.fail(id) else { return };
        let place = file.place().clone();
        file.close();
        if error.may_pass()
            && let Ok(file) = File::open_again(&*self.disk, &place)
        {
            self.files.open_again(id, file);
        }
        self.fail(id, place.path(), error);
    }

    /// A file for what comes cannot be made.
    pub(super) fn unmade(&mut self, path: &Path, error: FileError) {
        self.rest.begin();
        self.say(path, error);
    }

    /// A file of ours cannot be used: for the moment, or for ever.
    pub(super) fn fail(&mut self, id: u64, path: &Path, error: FileError) {
        let is_own = self.own == Some(id);
        if error.may_pass() {
            let rest = if is_own { Some(&mut self.rest) } else { self.files.rest(id) };
            rest.into_iter().for_each(Rest::begin);
        }
        if is_own && !matches!(error, FileError::Io(_)) {
            // Also where it is as large as it may be: what is in it is sent, and a new one takes what comes.
            self.own = None;
        }
        if error.may_pass() {
            return self.say(path, error);
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
