//! What lies in all files, by age, in memory.

use std::collections::{BTreeMap, HashMap};

use super::file::Head;

/// Where a record is. Sorts by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Nanoseconds since 1970.
    pub(super) at: u64,
    pub(super) file: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) head: Head,
    /// In memory too, and there to be sent or dropped.
    pub(super) held: bool,
    /// It has been there all the time since it was written.
    pub(super) is_ahead: bool,
}

/// The records. Bounded by the bytes that may lie on disk.
#[derive(Debug, Default)]
pub(super) struct Index {
    entries: BTreeMap<Key, Entry>,
    /// How many each file has.
    of_files: HashMap<u64, usize>,
    bytes: u64,
}

impl Index {
    pub(super) fn insert(&mut self, key: Key, entry: Entry) {
        self.remove(key);
        self.bytes += taken(entry.head);
        *self.of_files.entry(key.file).or_default() += 1;
        self.entries.insert(key, entry);
    }

    pub(super) fn get(&self, key: Key) -> Option<Entry> {
        self.entries.get(&key).copied()
    }

    /// The record is in memory too.
    pub(super) fn hold(&mut self, key: Key) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.held = true;
        }
    }

    /// The record is on disk alone again, and so many spans of it are left. Gives the record when that is new.
    pub(super) fn release(&mut self, key: Key, spans: u32) -> Option<Head> {
        let entry = self.entries.get_mut(&key).filter(|entry| entry.held)?;
        (entry.held, entry.is_ahead) = (false, false);
        entry.head.spans = spans;
        Some(entry.head)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Entry> {
        let entry = self.entries.remove(&key)?;
        self.bytes -= taken(entry.head);
        if let Some(count) = self.of_files.get_mut(&key.file) {
            *count -= 1;
            if *count == 0 {
                self.of_files.remove(&key.file);
            }
        }
        Some(entry)
    }

    /// The oldest that is on disk alone.
    pub(super) fn oldest(&self, wanted: impl Fn(Key, Head) -> bool) -> Option<(Key, Head)> {
        let mut free = self.entries.iter().filter(|(_, entry)| !entry.held);
        free.find(|(key, entry)| wanted(**key, entry.head)).map(|(key, entry)| (*key, entry.head))
    }

    /// Whether there is one that is, or was, on disk alone.
    pub(super) fn any(&self, wanted: impl Fn(Key, Head) -> bool) -> bool {
        self.entries.iter().any(|(key, entry)| !entry.is_ahead && wanted(*key, entry.head))
    }

    /// Those that were written before, but for those that are in memory too.
    pub(super) fn before(&self, at: u64) -> Vec<Key> {
        let older = self.entries.range(..Key { at, file: 0 });
        older.filter(|(_, entry)| !entry.held).map(|(key, _)| *key).collect()
    }

    pub(super) fn of_file(&self, file: u64) -> Vec<Key> {
        self.entries.keys().filter(|key| key.file == file).copied().collect()
    }

    /// Whether there are records in the file.
    pub(super) fn has_file(&self, file: u64) -> bool {
        self.of_files.contains_key(&file)
    }

    /// What those records take on disk that are in memory too, and so are not dropped.
    pub(super) fn held_bytes(&self) -> u64 {
        self.entries.values().filter(|entry| entry.held).map(|entry| taken(entry.head)).sum()
    }

    /// What the records take on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The database gives out pages of 4 KiB, twice as many each time one is not enough.
pub(super) fn taken(head: Head) -> u64 {
    u64::from(head.bytes).next_power_of_two().max(4 << 10)
}
