//! What the database reads and writes through: its file, within what it has and, on Linux, what the process may write.

use std::fs;
use std::io::{self, ErrorKind};

use redb::StorageBackend;

/// A backend for `redb`, which takes one by its type.
#[derive(Debug)]
pub(super) struct Backend {
    file: Box<dyn StorageBackend>,
    /// Beyond, the system ends the process.
    most: Option<u64>,
}

impl Backend {
    pub(super) fn of(file: Box<dyn StorageBackend>) -> Self {
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        Self { file, most: most_of_a_file(&limits) }
    }

    /// An error where the system would send SIGXFSZ, which ends a program that does not expect it.
    fn check(&self, end: Option<u64>) -> io::Result<()> {
        match self.most {
            Some(most) if end.is_none_or(|end| end > most) => Err(io::Error::new(
                ErrorKind::FileTooLarge,
                format!("this process may make no file larger than {most} bytes"),
            )),
            _ => Ok(()),
        }
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    /// Memory is taken for as many bytes as are asked for. A damaged file may ask for more than any machine has, and that
    /// would end the program.
    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        if offset.checked_add(len as u64).is_none_or(|end| self.file.len().is_ok_and(|most| end > most)) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.file.read(offset, len)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check(Some(len))?;
        self.file.set_len(len)
    }

    fn sync_data(&self, eventual: bool) -> io::Result<()> {
        self.file.sync_data(eventual)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check(offset.checked_add(data.len() as u64))?;
        self.file.write(offset, data)
    }
}

/// By what Linux tells of a process's limits; nothing where there is none.
fn most_of_a_file(limits: &str) -> Option<u64> {
    limits.lines().find_map(|line| line.strip_prefix("Max file size"))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_a_file_is_read_where_there_is_one() {
        let told =
            |soft: &str| format!("Max cpu time  7  7  seconds\nMax file size             {soft}  unlimited  bytes\n");
        assert_eq!(most_of_a_file(&told("307200")), Some(307_200));
        assert_eq!(most_of_a_file(&told("unlimited")), None);
        assert_eq!(most_of_a_file(""), None);
    }
}
