//! Writes whole drawings, each with one call.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

/// How long and how often to wait for a stderr that another program has set to non-blocking.
const PAUSE: Duration = Duration::from_millis(10);
const MAX_PAUSES: u32 = 100;

/// This process's stderr. A whole drawing is written under its lock, so that no log line falls between.
#[derive(Debug)]
pub(crate) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_patiently(bytes, write_under_lock, || thread::sleep(PAUSE))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Writes until the end or an error; how far it came and how it ended.
fn write_under_lock(bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut stderr = io::stderr().lock();
    let mut rest = bytes;
    while !rest.is_empty() {
        let ended = match stderr.write(rest) {
            Ok(0) => Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                rest = rest.get(written..).unwrap_or_default();
                continue;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        return (bytes.len() - rest.len(), ended);
    }
    (bytes.len(), Ok(()))
}

/// Goes on after `WouldBlock`, for a bounded time and without the lock in between.
fn write_patiently(
    bytes: &[u8],
    mut write: impl FnMut(&[u8]) -> (usize, io::Result<()>),
    mut pause: impl FnMut(),
) -> io::Result<()> {
    let mut rest = bytes;
    for _ in 0..MAX_PAUSES {
        let (written, ended) = write(rest);
        rest = rest.get(written..).unwrap_or_default();
        match ended {
            Err(error) if error.kind() == ErrorKind::WouldBlock => pause(),
            ended => return ended,
        }
    }
    Err(ErrorKind::WouldBlock.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_non_blocking_stderr_gets_the_whole_drawing() {
        let (mut seen, mut pauses) = (Vec::new(), 0);
        let slow = |rest: &[u8]| {
            seen.extend_from_slice(&rest[..rest.len().min(3)]);
            if rest.len() > 3 { (3, Err(ErrorKind::WouldBlock.into())) } else { (rest.len(), Ok(())) }
        };
        write_patiently(b"a whole tree", slow, || pauses += 1).unwrap();
        assert_eq!((seen.as_slice(), pauses), (b"a whole tree".as_slice(), 3));
    }

    #[test]
    fn a_stderr_that_stays_blocked_is_given_up() {
        let mut pauses = 0;
        let ended = write_patiently(b"tree", |_| (0, Err(ErrorKind::WouldBlock.into())), || pauses += 1);
        assert_eq!((ended.unwrap_err().kind(), pauses), (ErrorKind::WouldBlock, MAX_PAUSES));
    }

    #[test]
    fn a_closed_pipe_is_an_error_at_once() {
        let ended = write_patiently(b"tree", |_| (0, Err(ErrorKind::BrokenPipe.into())), || panic!("it waits"));
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}
