//! One file of records: a `redb` database, locked by the process that writes it for as long as it lives.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use redb::backends::FileBackend;
use redb::{Database, ReadableTable, StorageBackend, TableDefinition};
use tokio::runtime::Handle;

use super::backend::Backend;
use super::place::Place;

/// What is known of a record without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) identity: u64,
    pub(super) spans: u32,
    pub(super) bytes: u32,
    /// Of the body.
    pub(super) checksum: u32,
}

impl Head {
    /// Nothing where the body is too large.
    pub(super) fn of(identity: u64, spans: u32, body: &[u8]) -> Option<Self> {
        let bytes = u32::try_from(body.len()).ok()?;
        Some(Self { identity, spans, bytes, checksum: crc32fast::hash(body) })
    }

    /// The database does not check what it reads. What cannot be is no reason to drop others for room, and is not counted:
    /// what the body holds is known when it is read.
    fn plausible(self, len_of_file: u64) -> Self {
        let can_be = |number: &u32| u64::from(*number) <= len_of_file;
        let spans = Some(self.spans).filter(can_be).unwrap_or(1);
        let bytes = Some(self.bytes).filter(can_be).unwrap_or(0);
        Self { spans, bytes, ..self }
    }
}

/// Why a file is of no use, now or for ever.
#[derive(Debug)]
pub(super) enum FileError {
    /// Its process lives.
    InUse,
    OtherVersion(String),
    Damaged(String),
    /// Deleted by somebody.
    Gone,
    Io(String),
    /// It is as large as the system lets it be.
    Limit(String),
}

type Result<T> = std::result::Result<T, FileError>;

/// By time in nanoseconds since 1970.
const HEADS: TableDefinition<'_, u64, (u64, u32, u32, u32)> = TableDefinition::new("heads");
const BODIES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("bodies");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const FORMAT: &str = "format";
pub(super) const CURRENT_FORMAT: u64 = 1;
/// The library's own default would be a gigabyte.
const CACHE_BYTES: usize = 2 << 20;
/// Where the database's file says how large its pages and regions are: bytes of a page, pages of a region's head, and
/// pages in a region, of which there are as many as make 4 GiB.
const SHAPE: Range<usize> = 12..24;
const MOST_HEADER_PAGES: u32 = 1 << 10;
const MOST_PAGES: u32 = 1 << 20;
/// Where it says, of each of two transactions, how it is written, and the newest way that the library knows.
const VERSIONS: [usize; 2] = [64, 192];
const NEWEST_VERSION: u8 = 3;
const BEGINNING: usize = 320;
/// While a file is made, before it is locked, it has another name, so that nobody takes it for an abandoned one.
pub(super) const IN_MAKING: &str = "new";
/// Within this its maker may not have locked it yet.
const UNLOCKED: Duration = Duration::from_secs(1);

/// How the disk is reached. A test has one that fails.
pub(super) trait Disk: Send + Sync + std::fmt::Debug {
    fn backend(&self, path: &Path, new: bool) -> Result<Box<dyn StorageBackend>>;
}

/// The real one.
#[derive(Debug)]
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn backend(&self, path: &Path, new: bool) -> Result<Box<dyn StorageBackend>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(new);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(FileBackend::new(options.open(path)?)?))
    }
}

/// A file that is open and locked.
pub(super) struct File {
    database: Database,
    place: Place,
}

impl File {
    pub(super) fn create(disk: &dyn Disk, path: PathBuf) -> Result<Self> {
        let making = path.with_extension(IN_MAKING);
        let made = contained(|| {
            let database = open(disk, &making, true)?;
            let transaction = database.begin_write()?;
            transaction.open_table(META)?.insert(FORMAT, CURRENT_FORMAT)?;
            transaction.open_table(HEADS)?;
            transaction.open_table(BODIES)?;
            transaction.commit()?;
            fs::rename(&making, &path)?;
            Ok(database)
        });
        if made.is_err() {
            // Nothing was in it yet. Where it cannot be removed it does no harm.
            let _ = fs::remove_file(&making);
        }
        Ok(Self { database: made?, place: Place::of(path) })
    }

    /// Opens one that was there before, unless another one lies in its place.
    pub(super) fn open_again(disk: &dyn Disk, place: &Place) -> Result<Self> {
        if place.is_left() { Err(FileError::Gone) } else { Self::open(disk, place.path().to_owned()) }
    }

    /// Opens one that another process has left.
    pub(super) fn open(disk: &dyn Disk, path: PathBuf) -> Result<Self> {
        let database = contained(|| {
            let database = open(disk, &path, false)?;
            let format = {
                let transaction = database.begin_read()?;
                transaction.open_table(META)?.get(FORMAT)?.map(|format| format.value())
            };
            Ok((database, format))
        });
        match database? {
            (database, Some(CURRENT_FORMAT)) => Ok(Self { database, place: Place::of(path) }),
            (_, Some(other)) => Err(FileError::OtherVersion(format!("format {other}"))),
            (_, None) => Err(FileError::OtherVersion("no format".to_owned())),
        }
    }

    /// Removes what is left of a process that was killed while it made a file: nothing was in it.
    pub(super) fn remove_unmade(disk: &dyn Disk, path: &Path) {
        let age = fs::metadata(path).and_then(|of| of.modified()).ok().and_then(|made| made.elapsed().ok());
        if age.is_some_and(|age| age > UNLOCKED) && disk.backend(path, false).is_ok() {
            // Where it cannot be removed it does no harm.
            let _ = fs::remove_file(path);
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether somebody has deleted the file, or put another one in its place. What is in it can be read as long as it is
    /// open.
    pub(super) fn is_deleted(&self) -> bool {
        self.place.is_left()
    }

    pub(super) fn heads(&self) -> Result<Vec<(u64, Head)>> {
        let most = fs::metadata(self.path()).map_or(u64::MAX, |of| of.len());
        contained(|| {
            let mut heads = Vec::new();
            for row in self.database.begin_read()?.open_table(HEADS)?.iter()? {
                let (key, value) = row?;
                let (identity, spans, bytes, checksum) = value.value();
                heads.push((key.value(), Head { identity, spans, bytes, checksum }.plausible(most)));
            }
            Ok(heads)
        })
    }

    /// On disk when it returns, all of them or none.
    pub(super) fn put<'b>(&self, records: impl IntoIterator<Item = (u64, Head, &'b [u8])>) -> Result<()> {
        contained(|| {
            let transaction = self.database.begin_write()?;
            for (key, head, body) in records {
                let Head { identity, spans, bytes, checksum } = head;
                transaction.open_table(HEADS)?.insert(key, (identity, spans, bytes, checksum))?;
                transaction.open_table(BODIES)?.insert(key, body)?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// The body, when it is what was written.
    pub(super) fn body(&self, key: u64, head: Head) -> Result<Option<Vec<u8>>> {
        contained(|| {
            let body = self.database.begin_read()?.open_table(BODIES)?.get(key)?.map(|body| body.value().to_vec());
            Ok(body.filter(|body| crc32fast::hash(body) == head.checksum))
        })
    }

    pub(super) fn remove(&self, keys: &[u64]) -> Result<()> {
        contained(|| {
            let transaction = self.database.begin_write()?;
            for key in keys {
                transaction.open_table(HEADS)?.remove(key)?;
                transaction.open_table(BODIES)?.remove(key)?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// Closes and deletes it: there is nothing in it any more.
    pub(super) fn delete(self) {
        // While it is still locked, so that nobody opens it in between. What others have put in its place is theirs.
        if !self.is_deleted() {
            let _ = fs::remove_file(self.path());
        }
        self.close_apart();
    }

    /// Closes it where nobody waits: the database writes its whole state down then, which may take longer than many
    /// records do.
    pub(super) fn close_apart(self) {
        match Handle::try_current() {
            // Not waited for, also at the end.
            Ok(runtime) => drop(runtime.spawn_blocking(move || self.close())),
            Err(_) => self.close(),
        }
    }

    /// Where the file is damaged, writing the state down may panic.
    pub(super) fn close(self) {
        // What was not written down is repaired when it is opened again.
        let _ = contained(|| {
            drop(self.database);
            Ok(())
        });
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("path", &self.path()).finish_non_exhaustive()
    }
}

fn open(disk: &dyn Disk, path: &Path, new: bool) -> Result<Database> {
    let backend = disk.backend(path, new)?;
    if !new {
        if backend.len()? < BEGINNING as u64 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the file is empty, or nearly").into());
        }
        let beginning = backend.read(0, BEGINNING)?;
        check_shape(beginning.get(SHAPE).unwrap_or_default())?;
        check_version(&beginning)?;
    }
    Ok(Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(Backend::of(backend))?)
}

/// One that a newer library wrote is whole, though it makes no sense to ours.
fn check_version(beginning: &[u8]) -> Result<()> {
    match VERSIONS.map(|at| beginning.get(at)) {
        [Some(first), Some(second)] if first == second && *first > NEWEST_VERSION => {
            Err(FileError::OtherVersion(format!("version {first} of the database's file")))
        }
        _ => Ok(()),
    }
}

/// The database believes these without a checksum, and makes tables for as many pages as they say.
fn check_shape(shape: &[u8]) -> Result<()> {
    let mut numbers = shape.chunks_exact(4).filter_map(|four| Some(u32::from_le_bytes(four.try_into().ok()?)));
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(4_096), Some(..=MOST_HEADER_PAGES), Some(..=MOST_PAGES)) => Ok(()),
        _ => Err(FileError::Damaged("its beginning makes no sense".to_owned())),
    }
}

/// On a damaged file the library may panic.
fn contained<T>(act: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(act))
        .unwrap_or_else(|_| Err(FileError::Damaged("it makes no sense to the database".to_owned())))
}

impl FileError {
    /// Whether the file may be of use later.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Limit(_))
    }

    fn of(error: redb::Error) -> Self {
        let words = error.to_string();
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::UpgradeRequired(_)
            | redb::Error::TableDoesNotExist(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableIsMultimap(_) => Self::OtherVersion(words),
            redb::Error::Corrupted(_) | redb::Error::RepairAborted => Self::Damaged(words),
            redb::Error::Io(error) if error.kind() == ErrorKind::NotFound => Self::Gone,
            redb::Error::Io(error) if error.kind() == ErrorKind::FileTooLarge => Self::Limit(words),
            redb::Error::Io(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
                Self::Damaged(words)
            }
            _ => Self::Io(words),
        }
    }
}

/// The library has an error type for each thing that may be done.
macro_rules! errors_of_the_database {
    ($($error:ty),+) => {$(
        impl From<$error> for FileError {
            fn from(error: $error) -> Self {
                Self::of(error.into())
            }
        }
    )+};
}

errors_of_the_database!(
    io::Error,
    redb::CommitError,
    redb::DatabaseError,
    redb::StorageError,
    redb::TableError,
    redb::TransactionError
);

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_a_process_left_unmade_goes_and_what_is_being_made_stays() {
        let dir = tempfile::tempdir().unwrap();
        let left = |name: &str, age| {
            let path = dir.path().join(name);
            let file = fs::File::create_new(&path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
            path
        };
        let (old, young, locked) = (left("a.new", 60), left("b.new", 0), left("c.new", 60));
        let maker = RealDisk.backend(&locked, false).unwrap();
        for path in [&old, &young, &locked] {
            File::remove_unmade(&RealDisk, path);
        }
        assert_eq!([&old, &young, &locked].map(|path| path.exists()), [false, true, true]);
        drop(maker);
    }
}
