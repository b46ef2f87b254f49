//! Where an open file lies, and whether it still does.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A path, and which file was there.
#[derive(Clone, Debug)]
pub(super) struct Place {
    path: PathBuf,
    /// Nothing where the system has no such numbers.
    inode: Option<(u64, u64)>,
}

impl Place {
    /// With the file that is there now.
    pub(super) fn of(path: PathBuf) -> Self {
        let inode = inode(&path).ok().flatten();
        Self { path, inode }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is there no more; also where another one is, or a file in place of its directory.
    pub(super) fn is_left(&self) -> bool {
        match inode(&self.path) {
            Ok(inode) => self.inode.is_some() && inode != self.inode,
            Err(error) => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        }
    }
}

#[cfg(unix)]
fn inode(path: &Path) -> io::Result<Option<(u64, u64)>> {
    use std::os::unix::fs::MetadataExt;

    fs::metadata(path).map(|of| Some((of.dev(), of.ino())))
}

#[cfg(not(unix))]
fn inode(path: &Path) -> io::Result<Option<(u64, u64)>> {
    fs::metadata(path).map(|_| None)
}
