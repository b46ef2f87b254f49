//! The body of one request: pieces, one after another, which are not copied together.

use std::collections::VecDeque;
use std::convert::Infallible;
#[cfg(any(feature = "gzip", feature = "zstd", test))]
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// Fewer bytes are put together with others: each piece is an HTTP/2 frame of its own, and peers hang up on many small
/// ones.
pub(super) const SMALL: usize = 4 << 10;

/// Cheap to clone, for each attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    /// None is empty.
    pieces: VecDeque<Bytes>,
    /// How long it is goes into no header.
    is_framed: bool,
}

impl Body {
    pub(crate) fn push(&mut self, piece: impl Into<Bytes>) {
        let piece = piece.into();
        if !piece.is_empty() {
            self.pieces.push_back(piece);
        }
    }

    /// The same as one message of gRPC, behind a head of its own.
    #[cfg(feature = "grpc")]
    pub(crate) fn framed(mut self, head: &[u8]) -> Self {
        self.is_framed = true;
        let is_small = self.pieces.front().is_some_and(|first| first.len() < SMALL);
        let first = if is_small { self.pieces.pop_front() } else { None };
        self.pieces.push_front([head, first.as_deref().unwrap_or_default()].concat().into());
        self
    }

    #[cfg(any(feature = "gzip", feature = "zstd", test))]
    pub(crate) fn write_to(&self, out: &mut impl io::Write) -> io::Result<()> {
        self.pieces.iter().try_for_each(|piece| out.write_all(piece))
    }

    pub(crate) fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        let mut body = Self::default();
        body.push(bytes);
        body
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_framed { SizeHint::default() } else { SizeHint::with_exact(self.len() as u64) }
    }
}
