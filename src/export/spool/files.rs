//! The files that are ours now, and how each of them stands.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use super::bounds::now_nanos;
use super::file::File;
use super::place::Place;
use super::rest::Rest;

pub(super) const EXTENSION: &str = "spool";
const PREFIX: &str = "tracing-genai-";
/// More destinations would make too long a name.
const MOST_NAMED: usize = 8;

/// The files, by numbers of our own.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: BTreeMap<u64, OurFile>,
    last: u64,
}

/// One of them.
#[derive(Debug)]
pub(super) struct OurFile {
    place: Place,
    /// Nothing after it has failed: it is to be opened again.
    pub(super) open: Option<File>,
    /// It also holds records of destinations that we have not.
    pub(super) is_shared: bool,
    /// It may hold records which are settled.
    pub(super) is_uncertain: bool,
    /// Of one that we do not write into.
    rest: Rest,
}

impl Files {
    pub(super) fn add(&mut self, file: File, is_shared: bool) -> u64 {
        self.last += 1;
        let place = file.place().clone();
        let ours = OurFile { place, open: Some(file), is_shared, is_uncertain: false, rest: Rest::default() };
        self.files.insert(self.last, ours);
        self.last
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<OurFile> {
        self.files.remove(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Where it is open.
    pub(super) fn get(&self, id: u64) -> Option<&File> {
        self.files.get(&id)?.open.as_ref()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &OurFile)> {
        self.files.iter().map(|(id, file)| (*id, file))
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = (u64, &Path)> {
        self.iter().map(|(id, file)| (id, file.place.path()))
    }

    /// Those that have failed and may be tried again.
    pub(super) fn failed(&self) -> Vec<(u64, Place)> {
        let failed = self.iter().filter(|(_, file)| file.open.is_none() && !file.rest.lasts());
        failed.map(|(id, file)| (id, file.place.clone())).collect()
    }

    /// Those that are where they were no more.
    pub(super) fn deleted(&self) -> Vec<(u64, PathBuf)> {
        let deleted = self.iter().filter(|(_, file)| file.place.is_left());
        deleted.map(|(id, file)| (id, file.place.path().to_owned())).collect()
    }

    /// It has failed. A record may be in it though its writing failed, or because its removal did.
    pub(super) fn fail(&mut self, id: u64) -> Option<File> {
        self.doubt(id);
        self.files.get_mut(&id)?.open.take()
    }

    pub(super) fn open_again(&mut self, id: u64, file: File) {
        if let Some(ours) = self.files.get_mut(&id) {
            ours.open = Some(file);
        }
    }

    /// The rest of one of them, when it has failed or was written.
    pub(super) fn rest(&mut self, id: u64) -> Option<&mut Rest> {
        self.files.get_mut(&id).map(|ours| &mut ours.rest)
    }

    pub(super) fn end_rests(&mut self) {
        self.files.values_mut().for_each(|ours| ours.rest.end());
    }

    /// A record in it is settled and could not be taken off the disk.
    pub(super) fn doubt(&mut self, id: u64) {
        if let Some(ours) = self.files.get_mut(&id) {
            ours.is_uncertain = true;
        }
    }

    /// Those that are open and may hold records which are settled: they are to be looked through now.
    pub(super) fn take_uncertain(&mut self) -> Vec<u64> {
        let open = self.files.iter_mut().filter(|(_, file)| file.open.is_some() && !file.rest.lasts());
        open.filter_map(|(id, file)| std::mem::take(&mut file.is_uncertain).then_some(*id)).collect()
    }

    pub(super) fn close(self) {
        self.files.into_values().filter_map(|file| file.open).for_each(File::close);
    }
}

/// Where a new file is to be. Its name sorts by age, and tells the destinations of what will be in it, so that processes
/// which have none of them need not open it.
pub(super) fn new_path<'a>(dir: &Path, destinations: impl ExactSizeIterator<Item = &'a u64>) -> PathBuf {
    let mut name = format!("{PREFIX}{:x}-{:08x}", now_nanos(), RandomState::new().hash_one(0) >> 32);
    if destinations.len() <= MOST_NAMED {
        for identity in destinations {
            // A text takes all.
            let _ = write!(name, "-{identity:016x}");
        }
    }
    dir.join(name).with_extension(EXTENSION)
}

/// Whether requests of a destination that `is_wanted` may be in the file, by its name.
pub(super) fn may_be_of(path: &Path, is_wanted: impl Fn(u64) -> bool) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let mut named = name.trim_start_matches(PREFIX).split('-').skip(2).peekable();
    named.peek().is_none() || named.any(|identity| u64::from_str_radix(identity, 16).map_or(true, &is_wanted))
}

pub(super) fn is_of_spool(path: &Path, kind: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with(PREFIX) && path.extension().is_some_and(|extension| extension == kind)
}
