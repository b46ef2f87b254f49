//! Collects what an HTTP/2 connection writes, so that it takes a quarter of the system calls.
//!
//! h2 writes and flushes each frame by itself: 16 KiB, as most peers want it. `tokio::io::BufWriter` would do so too.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that leave at once: the window that a peer opens, 64 KiB unless it says otherwise, and what stands around it.
const FULL: usize = (64 + 8) << 10;

/// A connection whose flush waits for one more turn of its task where something new was written: there may be more.
#[derive(Debug)]
pub(crate) struct WriteBuffer<T> {
    io: T,
    waiting: Vec<u8>,
    /// How much of it has left.
    left: usize,
    /// Something was written after the last flush.
    is_new: bool,
}

impl<T> WriteBuffer<T> {
    pub(crate) fn new(io: T) -> Self {
        Self { io, waiting: Vec::new(), left: 0, is_new: false }
    }

    fn room(&self) -> usize {
        FULL.saturating_sub(self.waiting.len())
    }

    /// As much of it as there is room for.
    fn add(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.room());
        self.waiting.reserve_exact(FULL - self.waiting.len());
        self.waiting.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        self.is_new |= taken > 0;
        taken
    }
}

impl<T: AsyncWrite + Unpin> WriteBuffer<T> {
    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.waiting.get(self.left..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.io).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.left += written,
            }
        }
        self.waiting.clear();
        self.left = 0;
        self.is_new = false;
        Poll::Ready(Ok(()))
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.room() > 0 { Poll::Ready(Ok(())) } else { self.poll_write_out(cx) }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for WriteBuffer<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WriteBuffer<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_room(cx))?;
        Poll::Ready(Ok(self.add(bytes)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_new && self.room() > 0 {
            self.is_new = false;
            // h2 flushes in every turn, so that the first one without anything new ends the wait.
            cx.waker().wake_by_ref();
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_room(cx))?;
        Poll::Ready(Ok(buffers.iter().map(|buffer| self.add(buffer)).sum()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    use tokio::io::AsyncWriteExt;

    use super::*;

    /// Takes so many bytes in one write, and every other time none yet.
    #[derive(Debug)]
    struct Peer {
        most: usize,
        is_ready: bool,
        writes: Vec<Vec<u8>>,
    }

    impl Peer {
        fn new(most: usize) -> Self {
            Self { most, is_ready: true, writes: Vec::new() }
        }
    }

    impl AsyncWrite for Peer {
        fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            if self.most < bytes.len() {
                self.is_ready = !self.is_ready;
                if !self.is_ready {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            let taken = bytes.len().min(self.most);
            self.writes.push(bytes[..taken].to_vec());
            Poll::Ready(Ok(taken))
        }

        fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[derive(Default)]
    struct Calls(AtomicUsize);

    impl Wake for Calls {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn frames_that_are_flushed_one_by_one_leave_together_in_the_next_turn() {
        let calls = Arc::new(Calls::default());
        let waker = Waker::from(Arc::clone(&calls));
        let mut cx = Context::from_waker(&waker);
        let mut buffer = WriteBuffer::new(Peer::new(usize::MAX));
        for frame in ["one ", "two ", "three"] {
            let (head, body) = frame.as_bytes().split_at(1);
            let written = Pin::new(&mut buffer).poll_write_vectored(&mut cx, &[IoSlice::new(head), IoSlice::new(body)]);
            assert!(matches!(written, Poll::Ready(Ok(bytes)) if bytes == frame.len()));
            assert!(Pin::new(&mut buffer).poll_flush(&mut cx).is_ready());
        }
        assert!(buffer.io.writes.is_empty());
        assert!(calls.0.load(Ordering::Relaxed) > 0, "there is a next turn");
        assert!(Pin::new(&mut buffer).poll_flush(&mut cx).is_ready());
        assert_eq!(buffer.io.writes, [b"one two three"]);
    }

    #[tokio::test]
    async fn all_bytes_arrive_in_order_whatever_the_peer_takes_at_once() {
        for most in [1_000, FULL - 1, FULL, usize::MAX] {
            let mut buffer = WriteBuffer::new(Peer::new(most));
            let sent: Vec<u8> = (0..251).cycle().take(5 * FULL).collect();
            for piece in sent.chunks(16_393) {
                buffer.write_all(piece).await.unwrap();
                buffer.flush().await.unwrap();
            }
            assert!(buffer.waiting.capacity() <= FULL);
            buffer.shutdown().await.unwrap();
            assert!(buffer.io.writes.iter().all(|write| write.len() <= FULL));
            assert_eq!(buffer.io.writes.concat(), sent);
        }
    }
}
