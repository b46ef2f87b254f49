//! How much may lie on disk, and for how long: the oldest goes first, and is counted.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::file::{File, Head};
use super::index::{Index, taken};
use super::store::Store;
use crate::export::loss::LossReason;

/// How long a file is left for processes with other destinations, at least. After that nobody takes its requests.
const FORSAKEN: Duration = Duration::from_secs(30 * 24 * 3_600);

impl Store {
    /// Makes room for a record; `false` when even an empty spool has none.
    pub(super) fn make_room(&mut self, head: Head) -> bool {
        let most = self.settings.max_bytes();
        let room = |index: &Index| index.bytes() + taken(head) <= most;
        if !room(&self.index) && self.index.held_bytes() + taken(head) > most {
            // None of the others need go for it.
            self.report.warn(
                "spool too small",
                format_args!(
                    "a request of {} bytes finds no room in the spool in {} and waits in memory; raise \
                     Spool::with_max_bytes",
                    head.bytes,
                    self.settings.dir().display()
                ),
            );
            return false;
        }
        let mut dropped = Vec::new();
        while !room(&self.index) {
            let Some((oldest, _)) = self.index.oldest(|_, _| true) else { break };
            dropped.extend(self.forget(oldest, LossReason::SpoolFull).map(|_| oldest));
        }
        if !dropped.is_empty() {
            self.report.warn(
                "spool full",
                format_args!(
                    "the spool in {} is full; the oldest requests in it are dropped. Raise Spool::with_max_bytes",
                    self.settings.dir().display()
                ),
            );
            self.erase(&dropped);
        }
        room(&self.index)
    }

    /// Drops what has lain here for too long.
    pub(super) fn drop_old(&mut self) {
        let age = u64::try_from(self.settings.max_age().as_nanos()).unwrap_or(u64::MAX);
        let old = self.index.before(now_nanos().saturating_sub(age));
        if old.is_empty() {
            return;
        }
        for key in &old {
            self.forget(*key, LossReason::TooOld);
        }
        self.report.warn(
            "spool too old",
            format_args!(
                "requests that lay in the spool in {} for longer than {:?} are dropped; Spool::with_max_age sets how \
                 long they may",
                self.settings.dir().display(),
                self.settings.max_age()
            ),
        );
        self.erase(&old);
    }

    /// Leaves a file to processes that have the destinations of what is in it. Where none has come for very long, none
    /// will: a destination's address has changed.
    pub(super) fn leave(&self, file: File, heads: &[(u64, Head)]) {
        let newest = heads.iter().map(|(at, _)| *at).max().unwrap_or_default();
        let age = Duration::from_nanos(now_nanos().saturating_sub(newest));
        if age <= self.forsaken_after() {
            return file.close_apart();
        }
        let spans: u64 = heads.iter().map(|(_, head)| u64::from(head.spans)).sum();
        self.report.warn(
            &format!("spool {}", file.path().display()),
            format_args!(
                "the spool file {} is removed with {spans} spans in it: for {} days no process came that has their \
                 destinations",
                file.path().display(),
                age.as_secs() / (24 * 3_600)
            ),
        );
        file.delete();
    }

    /// Whether so much time has passed since something was written into the file.
    pub(super) fn is_forsaken(&self, path: &Path) -> bool {
        let age = fs::metadata(path).and_then(|of| of.modified()).ok().and_then(|written| written.elapsed().ok());
        age.is_some_and(|age| age > self.forsaken_after())
    }

    fn forsaken_after(&self) -> Duration {
        FORSAKEN.max(self.settings.max_age())
    }
}

/// Since 1970.
pub(super) fn now_nanos() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap_or(Duration::ZERO).as_nanos()).unwrap_or(u64::MAX)
}
