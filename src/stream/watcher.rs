//! What is known of a stream that is still open.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::SystemTime;

use tracing::Span;

use super::record::StreamRecord;
use crate::chunks::Chunks;
use crate::conventions::attribute;
use crate::layer::{self, Recorded, StreamEnd};
use crate::record;
use crate::response::{Api, ProviderResponse, ResponseReader};

/// `error.type` of a stream that was dropped, where that is an error.
const CANCELLED: &str = "cancelled";

/// What an item turns out to be.
pub(super) enum Look<'a, C> {
    Chunk(&'a C),
    Error(&'a dyn Display),
}

/// Told of each chunk, or of each item that is an error.
type Tell<T> = Box<dyn FnMut(&T, &mut StreamRecord) + Send + Sync>;
/// Gives what a chunk holds to the reader.
type Feed<C> = Box<dyn FnMut(&C, &mut ResponseReader) + Send + Sync>;
/// Gives what is left to the reader, at the end.
type Rest = Box<dyn FnOnce(&mut ResponseReader) + Send + Sync>;

/// The span of a stream, and what its items have told.
pub(super) struct Watcher<I, C> {
    pub(super) span: Span,
    pub(super) seen: Seen<I, C>,
}

/// All but the span, which is borrowed while it is entered.
pub(super) struct Seen<I, C> {
    look: for<'a> fn(&'a I) -> Look<'a, C>,
    pub(super) on_chunk: Vec<Tell<C>>,
    pub(super) on_error: Vec<Tell<I>>,
    pub(super) reading: Option<Reading<C>>,
    pub(super) requested: Option<SystemTime>,
    pub(super) cancelled_is_error: bool,
    record: StreamRecord,
    chunks: Chunks,
    error: Option<String>,
    failed: Option<SystemTime>,
    /// The stream was waited for since the last item.
    waited: bool,
}

/// Reads chunks as a provider's answer.
pub(super) struct Reading<C> {
    pub(super) reader: ResponseReader,
    /// Until it has panicked.
    pub(super) feed: Option<Feed<C>>,
    pub(super) rest: Option<Rest>,
}

impl<I, C> Watcher<I, C> {
    /// Nothing for a span that nobody sees: then the stream is only passed through.
    pub(super) fn of(span: Span, look: for<'a> fn(&'a I) -> Look<'a, C>) -> Option<Box<Self>> {
        if span.is_disabled() {
            return None;
        }
        let seen = Seen {
            look,
            on_chunk: Vec::new(),
            on_error: Vec::new(),
            reading: None,
            requested: None,
            cancelled_is_error: false,
            record: StreamRecord::default(),
            chunks: Chunks::default(),
            error: None,
            failed: None,
            waited: false,
        };
        Some(Box::new(Self { span, seen }))
    }

    /// The stream has ended by itself, or was dropped. The span closes here where nobody else holds it.
    pub(super) fn let_go(self: Box<Self>, by_itself: bool) {
        let Self { span, seen } = *self;
        let (end, steps) = seen.outcome(by_itself);
        span.with_subscriber(|(id, dispatch)| {
            layer::record_all_in(dispatch, id, steps.into_iter());
            layer::end_stream_in(dispatch, id, Box::new(end));
        });
    }
}

impl<I, C> Seen<I, C> {
    pub(super) fn wait(&mut self) {
        self.waited = true;
    }

    /// An item has come. Foreign code that panics here is not asked again: the stream is the program's, and goes on.
    pub(super) fn came(&mut self, item: &I) {
        let now = SystemTime::now();
        self.waited = false;
        let told = match (self.look)(item) {
            Look::Chunk(chunk) => {
                self.chunks.came(now);
                self.read(chunk)
            }
            Look::Error(_) => {
                self.failed = Some(now);
                self.fail(item)
            }
        };
        if told.is_err() {
            if let Some(reading) = &mut self.reading {
                reading.feed = None;
            }
            self.on_chunk.clear();
            self.on_error.clear();
            tracing::warn!(
                target: "tracing_genai",
                "a function given to a stream's on_chunk, on_error or with_response panicked; none of them is called \
                 again for this stream"
            );
        }
    }

    fn read(&mut self, chunk: &C) -> thread::Result<()> {
        let Self { on_chunk, reading, record, .. } = self;
        catch_unwind(AssertUnwindSafe(|| {
            if let Some(Reading { feed: Some(feed), reader, .. }) = reading {
                feed(chunk, reader);
            }
            for tell in on_chunk {
                tell(chunk, record);
            }
        }))
    }

    fn fail(&mut self, item: &I) -> thread::Result<()> {
        let Self { look, on_error, record, error, .. } = self;
        catch_unwind(AssertUnwindSafe(|| {
            if let Look::Error(failure) = look(item) {
                *error = Some(failure.to_string());
            }
            for tell in on_error {
                tell(item, record);
            }
        }))
    }

    fn outcome(self, by_itself: bool) -> (StreamEnd, Vec<Recorded>) {
        let Self { reading, requested, cancelled_is_error, record: told, chunks, error, failed, waited, .. } = self;
        let response = reading.map(|reading| reading.finish(by_itself && error.is_none()));
        let told_why = told.has_finish_reason() || response.as_ref().is_some_and(ProviderResponse::has_ended);
        let has_failed = error.is_some() || response.as_ref().is_some_and(ProviderResponse::is_error);
        // An answer that went on after an error, and said why it ended, has told all.
        let mut partial = !told_why && (has_failed || !by_itself);
        let cancelled = partial && !has_failed;

        let is_of_openai = |api| matches!(api, Api::OpenAiChat | Api::AzureOpenAi);
        let usage_not_asked = by_itself
            && !has_failed
            && !told.has_usage()
            && response.as_ref().is_some_and(|response| is_of_openai(response.api()) && response.usage().is_none());

        let mut steps = vec![Recorded::attribute(attribute::GEN_AI_REQUEST_STREAM, true)];
        if let Some(response) = &response {
            steps.extend(record::provider_response(response));
            partial &= response.usage().is_some() || told.has_usage();
        } else {
            partial &= told.has_usage();
        }
        steps.extend(told.into_steps());
        if partial {
            steps.push(Recorded::attribute(attribute::TRACING_GENAI_USAGE_PARTIAL, true));
        }
        if let Some(error) = error {
            steps.push(Recorded::Error(error));
        } else if cancelled && cancelled_is_error {
            steps.push(Recorded::attribute(attribute::ERROR_TYPE, CANCELLED));
            steps.push(Recorded::Error("the stream was dropped before its end".to_owned()));
        }
        let let_go = SystemTime::now();
        // A stream that had nothing more to wait for ended with its last item, whenever it was asked. One that was
        // waited for ended now, by itself.
        let ended = if by_itself && waited { None } else { chunks.last.max(failed) };
        (StreamEnd { chunks, requested, ended, let_go, cancelled, usage_not_asked }, steps)
    }
}

impl<C> Reading<C> {
    fn finish(mut self, is_whole: bool) -> ProviderResponse {
        if let Some(rest) = self.rest.take() {
            rest(&mut self.reader);
        }
        if !is_whole {
            self.reader.note_given_up();
        }
        self.reader.finish()
    }
}
