//! `GenAiStream`: a stream in its span.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use serde::Serialize;

use super::bytes::Pieces;
use super::record::StreamRecord;
use super::watcher::{Reading, Watcher};
use crate::response::ResponseReader;

pin_project! {
    /// A stream in a span, made by [`GenAiStreamExt`](crate::GenAiStreamExt). `C` is what a chunk is.
    ///
    /// Its methods say what chunks tell. They are called before the first poll, and do nothing where the span is
    /// disabled. Beside what they do, a poll costs entering and leaving the span and, where a chunk came, reading the
    /// clock; it allocates nothing.
    ///
    /// Once it has ended it stays ended: polled again it gives `None`, and does not ask the stream inside, which was
    /// dropped in the span.
    #[must_use = "streams do nothing unless polled"]
    pub struct GenAiStream<S, C = <S as Stream>::Item>
    where
        S: Stream,
    {
        #[pin]
        inner: Option<S>,
        watcher: Option<Box<Watcher<S::Item, C>>>,
    }

    impl<S, C> PinnedDrop for GenAiStream<S, C>
    where
        S: Stream,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(watcher) = this.watcher.take() else { return };
            let entered = watcher.span.enter();
            this.inner.set(None);
            drop(entered);
            watcher.let_go(false);
        }
    }
}

impl<S: Stream, C> GenAiStream<S, C> {
    pub(super) fn new(inner: S, watcher: Option<Box<Watcher<S::Item, C>>>) -> Self {
        Self { inner: Some(inner), watcher }
    }

    /// Calls `tell` with each chunk, inside the span, to say what it holds; repeatable. When `tell` panics, that is
    /// caught, told in the log, and it is not called again.
    pub fn on_chunk(mut self, tell: impl FnMut(&C, &mut StreamRecord) + Send + Sync + 'static) -> Self {
        if let Some(watcher) = &mut self.watcher {
            watcher.seen.on_chunk.push(Box::new(tell));
        }
        self
    }

    /// Reads the chunks as events of a provider's answer: `event` gives what serializes as one, such as the chunk itself
    /// where a client crate made it, or a `serde_json::Value`. The first argument is an [`Api`](crate::Api), or a
    /// [`ResponseReader`] that was told status and headers. Each chunk is serialized and read on the caller's thread.
    ///
    /// The answer's words are not read; [`on_chunk`](Self::on_chunk) records them.
    pub fn with_response<T, F>(mut self, reader: impl Into<ResponseReader>, event: F) -> Self
    where
        T: Serialize + ?Sized,
        F: for<'a> Fn(&'a C) -> &'a T + Send + Sync + 'static,
    {
        if let Some(watcher) = &mut self.watcher {
            watcher.seen.reading = Some(Reading {
                reader: reader.into(),
                feed: Some(Box::new(move |chunk, reader| reader.push_event(event(chunk)))),
                rest: None,
            });
        }
        self
    }

    /// As [`with_response`](Self::with_response), for bytes as they come from the connection: server-sent events or lines
    /// of JSON, cut anywhere. Of an event that has not ended 1 MiB is kept, without what is beyond 8 KiB of a text, such as
    /// an image; one that is longer still is left out, and `tracing_genai.response.flaw` says so.
    pub fn with_response_bytes(mut self, reader: impl Into<ResponseReader>) -> Self
    where
        C: AsRef<[u8]>,
    {
        if let Some(watcher) = &mut self.watcher {
            let pieces = Pieces::shared();
            let rest = Arc::clone(&pieces);
            watcher.seen.reading = Some(Reading {
                reader: reader.into(),
                feed: Some(Box::new(move |chunk, reader| pieces.add(chunk.as_ref(), |event| reader.push(event)))),
                rest: Some(Box::new(move |reader| {
                    if rest.finish(|event| reader.push(event)) {
                        reader.note_left_out();
                    }
                })),
            });
        }
        self
    }

    /// Makes a stream that is dropped before its end an error, with `error.type = "cancelled"`. Otherwise its status is
    /// left alone: a program may have enough before the end.
    pub fn cancelled_is_error(mut self) -> Self {
        if let Some(watcher) = &mut self.watcher {
            watcher.seen.cancelled_is_error = true;
        }
        self
    }

    /// When the request was made, for `gen_ai.response.time_to_first_chunk`. Defaults to the beginning of the span.
    pub fn requested_at(mut self, time: SystemTime) -> Self {
        if let Some(watcher) = &mut self.watcher {
            watcher.seen.requested = Some(time);
        }
        self
    }
}

impl<S, C, E> GenAiStream<S, C>
where
    S: Stream<Item = Result<C, E>>,
{
    /// Calls `tell` with each error, inside the span, to say more of it than its words, such as
    /// [`error_type`](StreamRecord::error_type).
    pub fn on_error(mut self, mut tell: impl FnMut(&E, &mut StreamRecord) + Send + Sync + 'static) -> Self {
        if let Some(watcher) = &mut self.watcher {
            watcher.seen.on_error.push(Box::new(move |item: &Result<C, E>, record: &mut StreamRecord| {
                if let Err(error) = item {
                    tell(error, record);
                }
            }));
        }
        self
    }
}

impl<S: Stream, C> Stream for GenAiStream<S, C> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let Some(watcher) = this.watcher.as_deref_mut() else {
            let polled = inner.poll_next(cx);
            if matches!(polled, Poll::Ready(None)) {
                this.inner.set(None);
            }
            return polled;
        };
        let entered = watcher.span.enter();
        let polled = inner.poll_next(cx);
        match &polled {
            Poll::Pending => watcher.seen.wait(),
            Poll::Ready(Some(item)) => watcher.seen.came(item),
            Poll::Ready(None) => this.inner.set(None),
        }
        drop(entered);
        if matches!(polled, Poll::Ready(None))
            && let Some(watcher) = this.watcher.take()
        {
            watcher.let_go(true);
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<S: Stream, C> FusedStream for GenAiStream<S, C> {
    fn is_terminated(&self) -> bool {
        self.inner.is_none()
    }
}

impl<S: Stream, C> fmt::Debug for GenAiStream<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenAiStream").field("ended", &self.inner.is_none()).finish_non_exhaustive()
    }
}
