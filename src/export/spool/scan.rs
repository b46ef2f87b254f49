//! Looks for the files of processes that have ended, and takes them over.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::file::{Disk, File, FileError, Head, IN_MAKING};
use super::files::{EXTENSION, is_of_spool, may_be_of};
use super::index::{Entry, Key};
use super::store::{MAX_FILES, Store};

/// How often that is done.
const SCAN: Duration = Duration::from_secs(60);

/// A file with what is in it, or why not.
pub(super) type Opened = Result<(File, Vec<(u64, Head)>), FileError>;

/// Files to be opened.
#[derive(Debug)]
pub(super) struct Scan {
    paths: Vec<PathBuf>,
    disk: Arc<dyn Disk>,
}

impl Scan {
    pub(super) fn open(self) -> impl Iterator<Item = (PathBuf, Opened)> {
        let Self { paths, disk } = self;
        paths.into_iter().map(move |path| {
            let opened = File::open(&*disk, path.clone()).and_then(|file| Ok((file.heads()?, file)));
            (path, opened.map(|(heads, file)| (file, heads)))
        })
    }
}

impl Store {
    /// Files that may be of processes that have ended, when it is time to look. They are opened without the store:
    /// what was not closed is repaired, which may take a while, and meanwhile the living write.
    pub(super) fn files_to_scan(&mut self) -> Option<Scan> {
        // There may be room again.
        self.close_empty(false);
        let is_time = self.scan_at.is_none_or(|at| Instant::now() >= at);
        if self.closed || !is_time || self.files.len() >= MAX_FILES {
            return None;
        }
        self.scan_at = Some(Instant::now() + SCAN);
        // Where it cannot be read, nothing is found in it.
        let entries = fs::read_dir(self.settings.dir()).into_iter().flatten();
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        for path in paths.iter().filter(|path| is_of_spool(path, IN_MAKING)) {
            File::remove_unmade(&*self.disk, path);
        }
        let is_ours = |path: &PathBuf| self.told.contains(path) || self.files.paths().any(|(_, ours)| ours == path);
        let is_for_us = |path: &PathBuf| may_be_of(path, |identity| self.has(identity)) || self.is_forsaken(path);
        paths.retain(|path| is_of_spool(path, EXTENSION) && !is_ours(path) && is_for_us(path));
        // By name, and so by age.
        paths.sort();
        Some(Scan { paths, disk: Arc::clone(&self.disk) })
    }

    /// What came of opening one of them. Whether more are to be opened.
    pub(super) fn scanned(&mut self, path: &Path, opened: Opened) -> bool {
        match opened {
            // Closed again, for the next process, or for the next time.
            Ok((file, _)) if self.closed || self.files.len() >= MAX_FILES => file.close_apart(),
            Ok((file, heads)) => self.adopt(file, heads),
            Err(FileError::InUse | FileError::Gone) => {}
            // Ours can be written: it is that file alone.
            Err(FileError::Io(error) | FileError::Limit(error)) if self.own.is_some() => {
                self.say_unreadable(path, &error);
            }
            Err(error) => self.say(path, error),
        }
        let has_room = self.files.len() < MAX_FILES;
        if !has_room {
            // There may be more: they are looked for as soon as there is room again.
            self.scan_at = None;
        }
        has_room && !self.closed
    }

    fn adopt(&mut self, file: File, heads: Vec<(u64, Head)>) {
        if heads.is_empty() {
            return file.delete();
        }
        let (ours, others): (Vec<_>, Vec<_>) = heads.into_iter().partition(|(_, head)| self.has(head.identity));
        if ours.is_empty() {
            // Of destinations that we have not: for another process.
            return self.leave(file, &others);
        }
        let id = self.files.add(file, !others.is_empty());
        let mut adopted: u64 = 0;
        for (at, head) in ours {
            self.index.insert(Key { at, file: id }, Entry { head, held: false, is_ahead: false });
            if let Some(destination) = self.destinations.get(&head.identity) {
                destination.counts.adopt(u64::from(head.spans));
                destination.wake.notify_one();
                adopted += u64::from(head.spans);
            }
        }
        self.report.inform(
            "spool adopted",
            format_args!(
                "{adopted} spans that a process left in the spool in {} are sent now",
                self.settings.dir().display()
            ),
        );
    }
}
