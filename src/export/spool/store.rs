//! All files that are ours now: the one we write, and those of processes that have ended.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Notify;

use super::bounds::now_nanos;
use super::file::{Disk, File, FileError, Head, RealDisk};
use super::files::{Files, OurFile, new_path};
use super::index::{Entry, Index, Key, taken};
use super::rest::Rest;
use super::settings::Spool;
use crate::export::counts::DestinationCounts;
use crate::export::loss::LossReason;
use crate::self_report::SelfReport;

/// Files that are ours at once.
pub(super) const MAX_FILES: usize = 64;

/// The store. Blocks while it is used.
#[derive(Debug)]
pub(crate) struct Store {
    pub(super) settings: Spool,
    pub(super) report: SelfReport,
    pub(super) index: Index,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) files: Files,
    pub(super) own: Option<u64>,
    last_at: u64,
    pub(super) destinations: HashMap<u64, Destination>,
    /// Left alone or set aside, and spoken of. Bounded by the directory.
    pub(super) told: HashSet<PathBuf>,
    pub(super) rest: Rest,
    pub(super) scan_at: Option<Instant>,
    pub(super) closed: bool,
}

#[derive(Debug)]
pub(super) struct Destination {
    pub(super) counts: DestinationCounts,
    /// There is something to replay.
    pub(super) wake: Arc<Notify>,
}

impl Store {
    pub(super) fn new(settings: Spool, report: SelfReport) -> Self {
        Self {
            settings,
            report,
            index: Index::default(),
            disk: Arc::new(RealDisk),
            files: Files::default(),
            own: None,
            last_at: 0,
            destinations: HashMap::new(),
            told: HashSet::new(),
            rest: Rest::default(),
            scan_at: None,
            closed: false,
        }
    }

    #[cfg(test)]
    pub(super) fn on(self, disk: impl Disk + 'static) -> Self {
        Self { disk: Arc::new(disk), ..self }
    }

    /// The disk is tried again at once, also for files of others.
    #[cfg(test)]
    pub(super) fn retry_now(&mut self) {
        self.rest.end();
        self.files.end_rests();
        self.scan_at = None;
    }

    /// A destination that may have records here. Gives its identity, which differs where two are alike.
    pub(super) fn register(&mut self, mut identity: u64, counts: DestinationCounts, wake: Arc<Notify>) -> u64 {
        while self.destinations.contains_key(&identity) {
            identity = identity.wrapping_add(1);
        }
        // The file's name does not tell of it: the next one's does.
        self.own = None;
        self.destinations.insert(identity, Destination { counts, wake });
        identity
    }

    /// The last one closes the files; ours goes when it is empty.
    pub(super) fn unregister(&mut self, identity: u64) {
        self.erase_settled();
        self.forget_deleted(identity);
        self.destinations.remove(&identity);
        if self.destinations.is_empty() {
            self.closed = true;
            self.close_empty(true);
            std::mem::take(&mut self.files).close();
        }
    }

    /// Looks after the files: at the start, and from time to time.
    pub(super) fn tend(&mut self) {
        if self.closed || self.rest.lasts() {
            return;
        }
        for (id, place) in self.files.failed() {
            match File::open_again(&*self.disk, &place) {
                Ok(file) => self.opened_again(id, file),
                Err(error) => self.fail(id, place.path(), error),
            }
        }
        if self.own.and_then(|id| self.files.get(id)).is_some_and(File::is_deleted) {
            self.say_deleted();
            // Its records are sent as long as we live. What comes now is to outlive us.
            self.own = None;
        }
        // Where none may grow, each is small: they are bounded too.
        if self.own.is_none() && !self.rest.lasts() && self.files.len() < 2 * MAX_FILES {
            self.make_own();
        }
        self.erase_settled();
        self.drop_old();
        self.close_empty(false);
    }

    /// Writes a record. `in_memory`: it stays there as well.
    pub(super) fn keep(&mut self, identity: u64, spans: u32, body: &[u8], in_memory: bool) -> Option<Key> {
        self.tend();
        let file = self.own.filter(|_| !self.rest.lasts())?;
        let head = Head::of(identity, spans, body)?;
        if !self.make_room(head) {
            return None;
        }
        let key = self.write(file, &[(head, body)])?.pop()?;
        if !in_memory {
            self.let_go(&[(key, spans)]);
        }
        Some(key)
    }

    /// The same of several that stay in memory: all of them or none, and none where others had to go for them.
    pub(super) fn keep_together(&mut self, identity: u64, requests: &[(u32, Vec<u8>)]) -> Option<Vec<Key>> {
        self.tend();
        let file = self.own.filter(|_| !self.rest.lasts())?;
        let record = |(spans, body): &'_ (u32, Vec<u8>)| Head::of(identity, *spans, body);
        let heads = requests.iter().map(record).collect::<Option<Vec<_>>>()?;
        if self.index.bytes() + heads.iter().copied().map(taken).sum::<u64>() > self.settings.max_bytes() {
            return None;
        }
        let bodies = requests.iter().map(|(_, body)| body.as_slice());
        self.write(file, &heads.into_iter().zip(bodies).collect::<Vec<_>>())
    }

    fn write(&mut self, file: u64, records: &[(Head, &[u8])]) -> Option<Vec<Key>> {
        // Later than all before, also when the clock was set back.
        let keys: Vec<Key> =
            (now_nanos().max(self.last_at + 1)..).take(records.len()).map(|at| Key { at, file }).collect();
        let keyed = keys.iter().zip(records).map(|(key, (head, body))| (key.at, *head, *body));
        let written = self.files.get(file)?.put(keyed);
        if let Err(error) = written {
            self.broken(file, error);
            return None;
        }
        self.rest.forget();
        for (key, (head, _)) in keys.iter().zip(records) {
            self.last_at = key.at;
            self.index.insert(*key, Entry { head: *head, held: true, is_ahead: true });
        }
        Some(keys)
    }

    /// The oldest record of a destination that is on disk alone; from now on it is in memory too.
    pub(super) fn oldest(&mut self, identity: u64) -> Option<(Key, Head, Vec<u8>)> {
        self.tend();
        let mut failed = None;
        loop {
            let there = |key: Key, head: Head| head.identity == identity && self.files.get(key.file).is_some();
            let (key, head) = self.index.oldest(there)?;
            match self.files.get(key.file)?.body(key.at, head) {
                Ok(Some(body)) => {
                    self.index.hold(key);
                    self.count(identity, |counts| counts.unspool(u64::from(head.spans)));
                    return Some((key, head, body));
                }
                Err(error) if failed != Some(key) => {
                    failed = Some(key);
                    self.broken(key.file, error);
                }
                // Also when it cannot be read though its file can be opened: others would wait behind it.
                Ok(None) | Err(_) => {
                    self.report.warn(
                        "spool record",
                        format_args!(
                            "a request in the spool in {} is damaged and dropped; check the disk",
                            self.settings.dir().display()
                        ),
                    );
                    self.forget(key, LossReason::SpoolDamaged);
                    self.erase(&[key]);
                }
            }
        }
    }

    /// The records are on disk alone again, and so many spans of each are left; `false` when one is not where it outlives
    /// us: then nothing has changed.
    pub(super) fn release(&mut self, records: &[(Key, u32)]) -> bool {
        let are_there = self.are_there(records);
        if are_there {
            self.let_go(records);
        }
        are_there
    }

    /// Whether all of them are where they outlive us.
    pub(super) fn are_there(&mut self, records: &[(Key, u32)]) -> bool {
        for (key, _) in records {
            if self.files.get(key.file).is_some_and(File::is_deleted) {
                self.index.remove(*key);
            }
        }
        records.iter().all(|(key, _)| self.index.get(*key).is_some())
    }

    /// The records are on disk alone, and so many spans of each are left. Touches no disk.
    pub(super) fn let_go(&mut self, records: &[(Key, u32)]) {
        for (key, spans) in records {
            if let Some(head) = self.index.release(*key, *spans) {
                self.count(head.identity, |counts| counts.spool(u64::from(*spans)));
            }
        }
    }

    /// The records are settled.
    pub(super) fn remove(&mut self, keys: &[Key]) {
        let known: Vec<Key> = keys.iter().copied().filter(|key| self.index.remove(*key).is_some()).collect();
        self.erase(&known);
    }

    /// Takes a record off the index and counts its spans as lost.
    pub(super) fn forget(&mut self, key: Key, reason: LossReason) -> Option<Head> {
        let Entry { head, held, .. } = self.index.remove(key)?;
        if !held {
            let spans = u64::from(head.spans);
            self.count(head.identity, |counts| {
                counts.unspool(spans);
                counts.lose(reason, spans);
            });
        }
        Some(head)
    }

    /// Takes a record off the index: another process has it, and counts it.
    pub(super) fn hand_over(&mut self, key: Key) {
        if let Some(Entry { head, held: false, .. }) = self.index.remove(key) {
            self.count(head.identity, |counts| counts.hand_over(u64::from(head.spans)));
        }
    }

    /// Takes records off the disk. Where that fails it is done later; if the process dies before, they are sent twice.
    pub(super) fn erase(&mut self, keys: &[Key]) {
        let mut of_file: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for key in keys {
            of_file.entry(key.file).or_default().push(key.at);
        }
        for (id, keys) in of_file {
            match self.files.get(id).map(|file| file.remove(&keys)) {
                Some(Ok(())) => self.files.rest(id).into_iter().for_each(Rest::forget),
                Some(Err(error)) => self.broken(id, error),
                None => self.files.doubt(id),
            }
        }
    }

    fn count(&self, identity: u64, count: impl FnOnce(&DestinationCounts)) {
        if let Some(destination) = self.destinations.get(&identity) {
            count(&destination.counts);
        }
    }

    fn make_own(&mut self) {
        let path = new_path(self.settings.dir(), self.destinations.keys());
        let made = make_dir(self.settings.dir()).map_err(|error| FileError::Io(error.to_string()));
        match made.and_then(|()| File::create(&*self.disk, path.clone())) {
            Ok(file) => self.own = Some(self.files.add(file, false)),
            Err(error) => self.unmade(&path, error),
        }
    }

    /// When the youngest record was written.
    pub(super) fn youngest(&self) -> u64 {
        self.last_at
    }

    /// Whether there is something of the destination on disk, on its way or still to be sent: what ended processes have
    /// left, and what we have written until then. Not what was only written ahead: whoever waits for that knows its batch.
    pub(super) fn has_of(&self, identity: u64, until: u64) -> bool {
        let is_asked = |key: Key| (self.own != Some(key.file) || key.at <= until) && self.files.get(key.file).is_some();
        self.index.any(|key, head| head.identity == identity && is_asked(key))
    }

    /// Whether it is one of our destinations.
    pub(super) fn has(&self, identity: u64) -> bool {
        self.destinations.contains_key(&identity)
    }

    /// Files of others that were emptied go, and at the end ours too. What lies there for others is left to them.
    pub(super) fn close_empty(&mut self, at_end: bool) {
        let is_empty = |(id, file): &(u64, &OurFile)| {
            // Who opened it again would find there what we have sent.
            let is_unclean = file.is_shared && file.is_uncertain;
            file.open.is_some() && !self.index.has_file(*id) && (at_end || (self.own != Some(*id) && !is_unclean))
        };
        let ids: Vec<u64> = self.files.iter().filter(is_empty).map(|(id, _)| id).collect();
        for ours in ids.into_iter().filter_map(|id| self.files.remove(id)) {
            match ours.open {
                Some(file) if ours.is_shared => file.close_apart(),
                Some(file) => file.delete(),
                None => {}
            }
        }
    }
}

/// For its owner only, where it is not there yet.
fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
